"""Calls of one modem: one at a time, the most urgent first, and those that come in before all."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Collection, Coroutine
from datetime import datetime

from alerting.delivery.channels import Account, Progress, modem_voice, spoken
from alerting.delivery.channels.modem_voice import CALL_SECONDS_MAX, ModemVoice
from alerting.events import ErrorClass, Purpose
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.modem.access import ModemAccess, international
from gateway.transports.modem.at import At, AtError, values
from gateway.transports.modem.call import Call, Incoming, hang_up, picks_up
from gateway.transports.modem.memory import Memory, Sent
from gateway.transports.modem.talk import Line, Skills, listed
from gateway.transports.transport import Door, Ring, SendError, Spoken, Submitted, as_message

NAME = "modem"
CALLS_MAX = 500
INTERNATIONAL = "145"
GAVE_WAY = "gave way"
BETWEEN_SECONDS = 0.5
"""Between two calls, for one that wants to come in."""
_CAUSES = {"busy": 17, "no answer": 19, "reject": 21, "unassigned": 1, "unobtainable": 1}
_OUTGOING = ("0", "2", "3")

_log = logging.getLogger(__name__)


class Calls:
    """What rings, talks, waits; outlives resets of the modem."""

    def __init__(self, access: ModemAccess, clock: Clock, memory: Memory, door: Door) -> None:
        """Make it.

        Args:
            access: our modem.
            clock: the time.
            memory: what outlives us.
            door: understands keys and people who ring.
        """
        self._access = access
        self._clock = clock
        self._memory = memory
        self._door = door
        self._channel = ModemVoice()
        self._calls: dict[str, Call] = {}
        self._past: dict[str, Progress] = {}
        self._past_keys: dict[str, tuple[str, datetime]] = {}
        self._waiting: list[Call] = []
        self._wake = asyncio.Event()
        self._line: Line | None = None
        self._placed: Call | None = None
        """Whom we ring or talk to on it."""
        self._incoming: Incoming | None = None
        self._knocked: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.proven_at: datetime | None = None
        """When a call was last picked up."""

    # ------------------------------------------------------------------ out

    def send(self, row: OutboxRow) -> Submitted:
        """Take a call over; it rings when the line is free."""
        parameters = self._channel.request(
            as_message(row), Account(self._access.number), self._clock.now()
        )
        call = Call(row, parameters)
        self._calls[call.id] = call
        self._forget_ended()
        self._waiting.append(call)
        self._wake.set()
        self._make_room(call)
        return Submitted(call.id, self._channel.progress(call.status))

    def _forget_ended(self) -> None:
        """Know so many calls at most, and however many there are those that are still to come."""
        for one in list(self._calls.values()) if len(self._calls) > CALLS_MAX else ():
            is_over = one.status not in (*modem_voice.UNDER_WAY, modem_voice.ACTIVE)
            if is_over and len(self._calls) > CALLS_MAX:
                del self._calls[one.id]

    def _make_room(self, call: Call) -> None:
        """An alarm waits for no phone that only rings to tell, to remind or to try."""
        placed = self._placed
        is_alarm = call.row.purpose is Purpose.ALARM
        if not is_alarm or placed is None or placed.row.purpose is Purpose.ALARM:
            return
        if self._line is not None and placed.status in ("dialing", "alerting"):
            placed.gives_way = True
            self._line.ended("an alarm needs the line")

    def find(self, row: OutboxRow, since: datetime, taken: Collection[str]) -> Submitted | None:
        """Return a call of this key that we have, or had in a former life."""
        for call in reversed(self._calls.values()):
            if call.row.key == row.key and call.id not in taken:
                return Submitted(call.id, self.progress(call.id))
        past = self._past_keys.get(row.key)
        if past is None or past[0] in taken or past[1] < since:
            return None
        return Submitted(past[0], self._past[past[0]])

    def progress(self, id: str) -> Progress:
        """Return what became of a call; one nobody knows ended with a former life."""
        call = self._calls.get(id)
        if call is not None:
            return self._channel.progress(call.status, call.cause)
        return self._past.get(id) or self._channel.progress(modem_voice.LOST)

    def remember(self, sent: Sent) -> None:
        """Take the end of a call of a former life."""
        if sent.progress is not None:
            self._past[sent.id] = sent.progress
            self._past_keys[sent.key] = (sent.id, sent.at)

    async def recall(self, id: str) -> Progress:
        """End a call that waits or rings.

        Raises:
            SendError: somebody is listening already.
        """
        call = self._calls.get(id)
        if call is not None and call.status == modem_voice.ACTIVE:
            raise SendError(ErrorClass.CONFIGURATION, "somebody is listening")
        if call is not None and call.status in modem_voice.UNDER_WAY:
            call.is_recalled = True
            if call in self._waiting:
                self._waiting.remove(call)
                await self._settle(call, modem_voice.CANCELED)
            elif self._line is not None:
                self._line.ended("recalled")
                call.status = modem_voice.CANCELED
        return self.progress(id)

    # ------------------------------------------------------------------ the line

    @property
    def is_idle(self) -> bool:
        """Return whether nobody talks, rings or waits to be called."""
        return self._line is None and self._incoming is None and not self._waiting

    def heard(self, line: str) -> bool:
        """Take a line of the modem's that may be about calls; False: it is not."""
        if line.startswith(("RING", "+CRING")):
            self._incoming = self._incoming or Incoming()
            self._wake.set()
        elif line.startswith("+CLIP:"):
            self._rings(self._named(values(line)))
        elif line.startswith("+CCWA:"):
            self._knocks(self._named(values(line)))
        elif line.startswith("MISSED_CALL"):
            return True
        elif self._line is not None:
            return self._line.heard(line)
        elif line.startswith("NO CARRIER") and self._incoming is not None:
            self._incoming.is_over = True
        else:
            return False
        return True

    def _rings(self, caller: str) -> None:
        """Somebody rings; whoever rang before them and has hung up is known to have rung."""
        incoming = self._incoming
        if incoming is not None and incoming.is_known.is_set() and incoming.caller != caller:
            if not incoming.has_turn:
                self._knocks(incoming.caller)
            incoming = None
        self._incoming = incoming or Incoming()
        self._incoming.caller = caller
        self._incoming.is_known.set()
        self._wake.set()

    async def abandon(self) -> None:
        """Give back what waits for the line: there is none any more, others may have one."""
        waiting, self._waiting = self._waiting, []
        incoming, self._incoming = self._incoming, None
        if incoming is not None and incoming.is_known.is_set() and not incoming.has_turn:
            self._knocks(incoming.caller)  # they waited, too, and will not be answered
        for call in waiting:
            await self._settle(call, modem_voice.LOST)

    async def carry(self, at: At, skills: Skills) -> None:
        """Place and take calls on this line for ever.

        Raises:
            AtSilent: the modem does not answer any more.
        """
        try:
            while True:
                if self._incoming is not None:
                    await self._answer(at, skills, self._incoming)
                elif self._waiting:
                    call = min(self._waiting, key=lambda one: one.rank)
                    self._waiting.remove(call)
                    await self._place(at, skills, call)
                    await self._clock.sleep(BETWEEN_SECONDS * min(1.0, self._access.times.poll))
                else:
                    self._wake.clear()
                    await self._wake.wait()
        finally:
            self._line = None

    async def _place(self, at: At, skills: Skills, call: Call) -> None:
        if self._clock.now() >= call.row.expires_at:
            await self._settle(call, modem_voice.EXPIRED)
            return
        line = self._line = Line(at, skills, self._clock, self._access)
        self._placed = call
        call.status, call.gives_way = "dialing", False
        try:
            status, cause = await self._through(line, call)
        except BaseException:
            # the modem is gone, or we are: the phone must not ring on with nobody behind it
            at.shout("AT+CHUP")
            await self._settle(call, modem_voice.LOST)
            raise
        finally:
            self._line = self._placed = None
        if call.gives_way and status == GAVE_WAY:
            call.status = "queued"
            self._waiting.append(call)
            return
        await self._settle(call, status, cause)

    async def _through(self, line: Line, call: Call) -> tuple[str, int]:
        """Dial, wait for somebody, talk; return how it ended, and its cause."""
        times = self._access.times
        try:
            await line.at.ask(f"ATD{call.number};", times.dial)
        except AtError as error:
            return await self._failed(line, error.kind)
        give_up = self._clock.monotonic() + call.ring_seconds
        while not line.is_active:
            if line.end or self._clock.monotonic() >= give_up:
                await hang_up(line.at, self._access.times.answer)
                if call.is_recalled:
                    return modem_voice.CANCELED, 0
                if call.gives_way:
                    return GAVE_WAY, 0
                return await self._failed(line, line.end) if line.end else ("no-answer", 0)
            await line.moved(times.poll)
            if not line.end and not line.is_active:
                await self._look(line, call)
        call.status = modem_voice.ACTIVE
        self.proven_at = self._clock.now()
        row = call.row
        can_press = line.skills.hears and line.skills.speaks
        # where no keys are heard, to ring back is taken for an answer (`Ring.can_press`)
        text = spoken.opening(
            row.text,
            row.language,
            can_press,
            can_ring=not can_press,
            own=self._access.wording,
            purpose=row.purpose,
        )
        # whom nothing is asked must understand it all the same, and nobody else repeats it
        first = Spoken(text if can_press else text * 2, row.language, wants_key=can_press)
        until = self._clock.monotonic() + call.call_seconds
        await line.talk(first, lambda key: self._pressed(row, key), until)
        await hang_up(line.at, self._access.times.answer)
        return (modem_voice.ENDED if line.was_heard else modem_voice.MUTE), 0

    async def _look(self, line: Line, call: Call) -> None:
        try:
            ours = [
                one
                for one in await listed(line.at, self._access.times.answer)
                if not one.is_inbound and one.state in _OUTGOING
            ]
        except AtError:
            line.is_active = line.has_begun  # it cannot list calls: its word must do
            return
        if not ours and not line.end:
            line.ended("NO CARRIER")
        elif ours:
            line.is_active = ours[0].state == "0"
            if ours[0].state == "3":
                call.status = "alerting"

    async def _failed(self, line: Line, how: str) -> tuple[str, int]:
        """Return the state of a call nobody picked up: by its result, or by the network's cause."""
        if how in ("BUSY", "NO ANSWER"):
            cause = await self._cause(line)
            rejected = cause == 21
            return ("rejected" if rejected else how.lower().replace(" ", "-")), 0
        cause = await self._cause(line)
        if cause in (17, 18, 19, 21):
            return {17: "busy", 21: "rejected"}.get(cause, "no-answer"), 0
        return modem_voice.FAILED, cause

    async def _cause(self, line: Line) -> int:
        """Return why the last call ended (3GPP TS 24.008, annex H); 0: nobody says."""
        try:
            lines = await line.at.ask("AT+CEER", self._access.times.answer)
        except AtError:
            return 0
        said = " ".join(lines).lower()
        digits = [one for one in said.replace(",", " ").replace(":", " ").split() if one.isdigit()]
        if digits and 0 < int(digits[-1]) < 128:
            return int(digits[-1])
        return next((cause for words, cause in _CAUSES.items() if words in said), 0)

    async def _settle(self, call: Call, status: str, cause: int = 0) -> None:
        call.status, call.cause = status, cause
        progress = self._channel.progress(status, cause)
        row = call.row
        await self._memory.note(
            Sent(call.id, row.key, "voice", row.address, self._clock.now(), progress=progress)
        )

    # ------------------------------------------------------------------ in

    async def _answer(self, at: At, skills: Skills, incoming: Incoming) -> None:
        line = self._line = Line(at, skills, self._clock, self._access)
        owed, ring, incoming.has_turn = False, None, True
        try:
            timer = self._clock.call_later(self._access.times.caller, incoming.is_known.set)
            await incoming.is_known.wait()
            timer.cancel()
            is_missed = bool(line.end) or incoming.is_over
            can_press = skills.speaks and skills.hears and not is_missed
            ring = self._ring(incoming.caller, can_press)
            said = await self._rang(ring)
            owed = said.wants_key
            if not is_missed and not line.end and await picks_up(at, self._access.times.answer):
                until = self._clock.monotonic() + CALL_SECONDS_MAX
                self.proven_at = self._clock.now()
                known = ring
                owed = await line.talk(said, lambda key: self._pressed(known, key), until)
                await hang_up(line.at, self._access.times.answer)
        finally:
            self._line = None
            if self._incoming is incoming:
                self._incoming = None
            if ring is not None and owed:
                # they hung up first, or the modem died: that they rang is known, and must do
                self._aside(self._none_pressed(ring))

    async def _rang(self, ring: Ring) -> Spoken:
        """Take a call to the door; an error of ours there must not cost the others the line."""
        try:
            return await self._door.ring(ring)
        except Exception:
            _log.exception("a call to us met an error of ours")
            return Spoken(spoken.NOT_FOUND.worded(self._access.wording, "zh"), "zh")

    def _knocks(self, caller: str) -> None:
        """Somebody calls while the line is taken: they hear it ring, and are understood."""
        if caller not in self._knocked:
            self._knocked.add(caller)
            self._aside(self._knocked_on(caller))

    async def _knocked_on(self, caller: str) -> None:
        ring = self._ring(caller, can_press=False)
        if (await self._rang(ring)).wants_key:
            await self._none_pressed(ring)
        await self._clock.sleep(self._access.times.key)  # it knocks more than once
        self._knocked.discard(caller)

    async def _none_pressed(self, ring: Ring) -> None:
        await self._pressed(ring, "")

    async def _pressed(self, whose: OutboxRow | Ring, key: str) -> Spoken:
        """Take a key to the door; an error of ours there must not cost the others the line."""
        try:
            if isinstance(whose, Ring):
                return await self._door.ring_key(whose, key)
            return await self._door.key(whose.key, key)
        except Exception:
            _log.exception("a key pressed in a call met an error of ours")
            language = whose.language if isinstance(whose, OutboxRow) else "zh"
            return Spoken(spoken.NOT_FOUND.worded(self._access.wording, language), language)

    def _ring(self, caller: str, can_press: bool) -> Ring:
        id = secrets.token_hex(8)
        return Ring(NAME, id, caller, self._clock.now(), can_press=can_press)

    def _named(self, found: list[str]) -> str:
        """Return who calls, from the number and its type (145: international)."""
        number, kind = found[0], found[1] if len(found) > 1 else ""
        if kind == INTERNATIONAL and number.isdigit():
            return f"+{number}"
        return international(number, self._access.number)

    def _aside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
