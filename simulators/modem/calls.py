"""Calls of the simulated modem: dialled, answered, spoken into, listened to, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from simulators.modem.network import Network
from simulators.modem.phones import Call
from simulators.modem.settings import Setup, Timing
from simulators.phones.exchange import LineKind
from simulators.phones.people import OnCall

ACTIVE, DIALLING, ALERTING, INCOMING, WAITING = 0, 2, 3, 4, 5
BUSY, NO_ANSWER, REJECTED, UNASSIGNED, OFF = 17, 19, 21, 1, 20
RINGS_SECONDS = 60.0
"""A network gives up ringing after this."""
ASKS = ("请按", "press")


class Calls:
    """At most one call, and perhaps one more that knocks."""

    def __init__(
        self, network: Network, setup: Setup, timing: Timing, say: Callable[[str], None]
    ) -> None:
        """Make it; `say` writes one line to the machine."""
        self._network = network
        self._setup = setup
        self._timing = timing
        self._say = say
        self._speaking: asyncio.TimerHandle | None = None
        self.current: Call | None = None
        self.waiting: Call | None = None
        self.last_cause = 0
        self.detects_keys = False
        self.shows_caller = False
        self.shows_waiting = False
        self.engaged: Callable[[str], bool] = lambda number: False
        """Whether a phone has a call on another line."""

    # ------------------------------------------------------------------ out

    def dial(self, number: str) -> bool:
        """Begin a call; False: the line is taken."""
        if self.current is not None:
            return False
        call = Call(self._network.phone(number))
        call.phone.calls.append(call)
        self.current = call
        self._later(self._timing.dial, lambda: self._reach(call))
        return True

    def _reach(self, call: Call) -> None:
        if call.ended:
            return
        habit = call.phone.habit
        if self.engaged(call.phone.person.number):
            self._end(call, BUSY, "BUSY")
            return
        self._network.changed(call.phone)
        match habit.on_call:
            case OnCall.BUSY:
                self._end(call, BUSY, "BUSY")
            case OnCall.OFF:
                self._end(call, OFF, "NO CARRIER")
            case OnCall.ANSWERS | OnCall.VOICEMAIL:
                call.state = ALERTING
                self._later(habit.answers_after_s, lambda: self.pick_up(call))
            case OnCall.REJECTS:
                call.state = ALERTING
                self._later(habit.answers_after_s, lambda: self.refuse(call))
            case _:
                call.state = ALERTING
                self._later(RINGS_SECONDS, lambda: self._end(call, NO_ANSWER, "NO ANSWER"))

    def refuse(self, call: Call) -> None:
        """Let the other end refuse it."""
        self._end(call, REJECTED, "BUSY")

    def pick_up(self, call: Call) -> None:
        """Let the other end take it."""
        if call.ended or call.answered:
            return
        self._active(call)
        if call.phone.habit.on_call is OnCall.VOICEMAIL:
            call.note(LineKind.NOTE, "voicemail")
        if self._setup.family == "simcom":
            self._say("VOICE CALL: BEGIN")
        if call.phone.hangs_up_after_s:
            self._later(call.phone.hangs_up_after_s, lambda: self.far_end_hangs_up(call))

    # ------------------------------------------------------------------ in

    def ring(self, number: str, keys: tuple[str, ...] = (), gives_up_after: float = 30.0) -> Call:
        """Let somebody call the modem; `number` empty: withheld."""
        call = Call(self._network.phone(number), inbound=True, state=INCOMING, keys=keys)
        call.phone.calls.append(call)
        if self.current is not None:
            call.state, self.waiting = WAITING, call
            if self.shows_waiting:
                self._say(f'+CCWA: "{number}",145,1')
        else:
            self.current = call
            self._ringing(call, number)
        self._network.changed(call.phone)
        self._later(gives_up_after, lambda: None if call.answered else self.far_end_hangs_up(call))
        return call

    def _ringing(self, call: Call, number: str) -> None:
        if call.ended or call.answered:
            return
        self._say("RING")
        if self.shows_caller:
            shown, kind = (number.lstrip("+"), 145) if number.startswith("+") else (number, 129)
            validity = 0 if number else 1
            self._say(f'+CLIP: "{shown}",{kind},,,,{validity}')
        self._later(self._timing.ring, lambda: self._ringing(call, number))

    def answer(self) -> bool:
        """Take the call that rings; False: none does."""
        call = self.current
        if call is None or call.state != INCOMING:
            return False
        self._active(call)
        return True

    def _active(self, call: Call) -> None:
        call.state, call.answered, call.since = ACTIVE, True, datetime.now(UTC)
        self._network.changed(call.phone)

    # ------------------------------------------------------------------ in a call

    def speak(self, text: str, ended: str) -> bool:
        """Say a text to the other end; `ended` is reported when it is over. False: no call."""
        call = self.current
        if call is None or call.state != ACTIVE or self._speaking is not None:
            return False

        def over() -> None:
            self._speaking = None
            if call.ended:
                return
            call.heard.append(text)
            call.asked = any(one in text for one in ASKS)
            self._network.changed(call.phone)
            self._say(ended)
            if any(one in text for one in ASKS):
                self._question(call)

        call.note(LineKind.SAID, text)
        self._network.changed(call.phone)
        seconds = self._timing.of(self._timing.character * len(text))
        self._speaking = asyncio.get_running_loop().call_later(seconds, over)
        return True

    def hush(self) -> None:
        """Stop speaking."""
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def press(self, key: str) -> None:
        """Let the other end press a key."""
        if self.current is None or self.current.state != ACTIVE:
            return
        self.current.note(LineKind.PRESSED, key)
        self._network.changed(self.current.phone)
        if not self.detects_keys:
            return
        quectel = self._setup.family == "quectel"
        self._say(f"+QTONEDET: {ord(key)}" if quectel else f"+RXDTMF: {key}")

    def _question(self, call: Call) -> None:
        if call.phone.habit.on_call is OnCall.VOICEMAIL:
            return
        keys = call.keys or (() if call.inbound else call.phone.habit.keys)
        if not keys:
            return
        key = keys[min(call.questions, len(keys) - 1)]
        call.questions += 1
        self._later(
            call.phone.habit.presses_after_s, lambda: None if call.ended else self.press(key)
        )

    # ------------------------------------------------------------------ the end

    def hang_up(self) -> None:
        """End what there is, from our side."""
        if self.current is not None:
            self._end(self.current, 16, "")

    def far_end_hangs_up(self, call: Call) -> None:
        """End a call from the other side."""
        if call.ended:
            return
        if call is self.waiting:
            call.ended, self.waiting = True, None
            self._network.changed(call.phone)
            return
        if call.inbound and not call.answered and self._setup.family == "simcom":
            self._say(f"MISSED_CALL: 08:00AM {call.phone.person.number}")
        self._end(call, 16, "NO CARRIER")

    def drop(self) -> None:
        """Lose the call, as a restart of the modem does."""
        if self.current is not None:
            self.current.ended = True
            self._network.changed(self.current.phone)
            self.current = None
        self.hush()
        self.detects_keys = self.shows_caller = self.shows_waiting = False

    def _end(self, call: Call, cause: int, word: str) -> None:
        if call.ended:
            return
        was_active, call.ended, call.cause = call.answered, True, cause
        call.asked = False
        self._network.changed(call.phone)
        if call is self.current:
            self.hush()
            self.current, self.last_cause = None, cause
            if self._setup.family == "simcom" and was_active:
                self._say("VOICE CALL: END: 000012")
            if word:
                self._say("NO CARRIER" if was_active else word)

    def listed(self) -> list[str]:
        """Return what +CLCC lists."""
        lines: list[str] = []
        if self._setup.family == "quectel" and self._setup.lists_data:
            lines.append('+CLCC: 1,1,0,1,0,"",128')
        for call in (self.current, self.waiting):
            if call is not None:
                number = call.phone.person.number
                direction = int(call.inbound)
                lines.append(f'+CLCC: 2,{direction},{call.state},0,0,"{number}",145')
        return lines

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(self._timing.of(seconds), call)
