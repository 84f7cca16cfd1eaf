"""One call that was answered: what is said into it, and which keys come back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.clock import Clock
from gateway.transports.modem import families
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.at import At, AtError, values
from gateway.transports.modem.families import Family
from gateway.transports.transport import Spoken

QUESTIONS_MAX = 20
"""Of one call: a child playing with the keys must not hold the line for ever."""
TIMES = 2
"""How often a sentence is said to somebody who presses nothing."""


class Skills:
    """What this very module can, as it was found out when it started."""

    def __init__(self, family: Family, speaks: bool, hears: bool, recording: str) -> None:
        self.family = family
        self.speaks = speaks
        self.hears = hears
        self.recording = recording if family.play is not None and not speaks else ""


class Line:
    """What happens on the line: keys, the end of speaking, the end of the call, in order."""

    def __init__(self, at: At, skills: Skills, clock: Clock, access: ModemAccess) -> None:
        self.at = at
        self.skills = skills
        self._clock = clock
        self._access = access
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._moved = asyncio.Event()
        self._is_spoken = False
        self.is_active = False
        self.has_begun = False
        """The module says so; only the list of calls is proof, where there is one."""
        self.end = ""
        """How the call ended; empty: it has not."""
        self.was_heard = False
        """Something was said into it, as far as the module tells."""

    # ------------------------------------------------------------------ what the modem says

    def heard(self, line: str) -> bool:
        """Take a line of the modem's that may be about this call; False: it is not."""
        key = families.key_of(line)
        if key:
            self._keys.put_nowait(key)
        elif line.startswith(self.skills.family.spoken + self.skills.family.played or ("\0",)):
            self._is_spoken = True
        elif line.startswith(("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE")):
            self.ended(line)
        elif line.startswith("VOICE CALL: BEGIN"):
            self.has_begun = True
        elif not line.startswith("VOICE CALL:"):
            return False
        self._moved.set()
        return True

    def ended(self, how: str) -> None:
        """Take note that the call is over."""
        self.end = self.end or how
        self._moved.set()

    async def moved(self, seconds: float) -> None:
        """Wait until something happens on the line, or for so long."""
        if seconds <= 0:
            return
        timer = self._clock.call_later(seconds, self._moved.set)
        try:
            await self._moved.wait()
        finally:
            timer.cancel()
            self._moved.clear()

    # ------------------------------------------------------------------ talking

    async def talk(
        self, first: Spoken, pressed: Callable[[str], Awaitable[Spoken]], until: float
    ) -> bool:
        """Say what there is to say, and take keys, until one side ends it.

        Args:
            first: what is said first.
            pressed: takes a key (empty: none came) and returns what is said next.
            until: when the call must end, in monotonic seconds.

        Returns:
            Whether a key that was asked for is still owed: the other side hung up first.
        """
        said, times = first, 0
        for _ in range(QUESTIONS_MAX):
            key = await self._say(said, until)
            times += 1
            if not key and said.wants_key and self.skills.hears:
                key = await self._key(self._access.times.key, until)
            if key:
                said, times = await pressed(key), 0
                continue
            if self.end or self._clock.monotonic() >= until:
                return said.wants_key
            if said.wants_key and not self.skills.hears:
                said, times = await pressed(""), TIMES
            elif times >= TIMES or not said.wants_key:
                if not said.wants_key:
                    return False
                said = await pressed("")
                await self._say(said, until)
                return False
        return False

    async def _say(self, said: Spoken, until: float) -> str:
        """Speak; return the key that was pressed meanwhile, which ends the speaking."""
        family = self.skills.family
        if self.skills.recording and family.play is not None:
            return await self._utter(family.play(self.skills.recording), 30.0, until)
        if not self.skills.speaks or family.say is None:
            return ""
        for piece in families.pieces(said.text):
            longest = 2.0 + self._access.times.speech * len(piece)
            key = await self._utter(family.say(piece), longest, until)
            if key or self.end:
                return key
        return ""

    async def _utter(self, command: str, longest: float, until: float) -> str:
        self._is_spoken = False
        try:
            await self.at.ask(command, self._access.times.answer)
        except AtError:
            return self._pressed()
        over = min(self._clock.monotonic() + longest, until)
        while not self._is_spoken and not self.end and self._clock.monotonic() < over:
            if not self._keys.empty():
                await self._hush()
                break
            await self.moved(over - self._clock.monotonic())
        self.was_heard = self.was_heard or not self.end
        return self._pressed()

    async def _hush(self) -> None:
        if self.skills.family.hush:
            try:
                await self.at.ask(self.skills.family.hush, self._access.times.answer)
            except AtError:
                return

    async def _key(self, seconds: float, until: float) -> str:
        over = min(self._clock.monotonic() + seconds, until)
        while self._keys.empty() and not self.end and self._clock.monotonic() < over:
            await self.moved(over - self._clock.monotonic())
        return self._pressed()

    def _pressed(self) -> str:
        return "" if self._keys.empty() else self._keys.get_nowait()


class Listed:
    """One voice call as AT+CLCC lists it."""

    def __init__(self, line: str) -> None:
        found = [*values(line), "", "", "", "", "", ""]
        self.is_inbound = found[1] == "1"
        self.state = found[2]
        """0 active, 2 dialling, 3 ringing there, 4 ringing here, 5 knocking."""
        self.is_voice = found[3] == "0"
        self.number = found[5]


async def listed(at: At, seconds: float) -> list[Listed]:
    """Return the voice calls there are.

    Some modules list their data connections among them, always active (3GPP TS 27.007,
    7.18: the mode of a call tells them apart).

    Raises:
        AtError: the modem cannot list them.
        AtSilent: there was no answer.
    """
    lines = await at.ask("AT+CLCC", seconds)
    calls = [Listed(line) for line in lines if line.startswith("+CLCC:")]
    return [call for call in calls if call.is_voice]
