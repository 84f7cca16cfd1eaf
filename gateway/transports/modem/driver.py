"""The modem as a way out and in: keeps it alive, and hands over what it carries.

Nothing here gives up: a modem that is gone is looked for, one that hangs is reset, one
that cannot be reset loses its power, and meanwhile it is a fault of the part `modem`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from pathlib import Path

from alerting.delivery.channels import Progress
from alerting.events import ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.modem import condition as parts
from gateway.transports.modem import texts as texting
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.at import AtError, AtSilent, number, values
from gateway.transports.modem.balance import Balance
from gateway.transports.modem.calls import Calls
from gateway.transports.modem.condition import Condition
from gateway.transports.modem.memory import Memory, name_of
from gateway.transports.modem.reviving import Reviver
from gateway.transports.modem.session import PinRefused, Session, SimTrouble
from gateway.transports.modem.texts import Texts
from gateway.transports.transport import Door, FaultSink, Gauge, SendError, Submitted, Text

SMS = "sms"

_log = logging.getLogger(__name__)


class Modem:
    """One modem, its SIM, and who talks through it."""

    name = texting.NAME
    keeps_track = True
    channels = (SMS, "voice")
    sends_at_once_max = 2
    """What waits for it waits outside, where the urgent pass: a text takes seconds."""

    def __init__(self, access: ModemAccess, data: Path, clock: Clock, door: Door) -> None:
        """Make it; the device is opened by `listen`.

        Args:
            access: our modem.
            data: where it keeps what must outlive us.
            clock: the time.
            door: takes what people send and press.
        """
        self._access = access
        self._clock = clock
        self._door = door
        self.condition = Condition(access, clock)
        self._memory = Memory(data, lambda wrong: self.condition.say(parts.KEEPING, wrong))
        self._texts = Texts(access, clock, self._memory, self._note, self._arrived)
        self._calls = Calls(access, clock, self._memory, door)
        self._reviver = Reviver(access, clock, self.condition)
        self._count: Callable[[str, str, str], None] | None = None
        self._session: Session | None = None
        self._ready = asyncio.Event()
        self._recalled = asyncio.Event()
        self._look = asyncio.Event()
        self._doubt = asyncio.Event()
        self._slots = asyncio.Lock()
        """Held while slots are read and freed: texts and reports lie in two memories."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._balance = Balance(access, clock, self.condition, self._note)
        self.condition.proven_at = self._proven_at

    # ------------------------------------------------------------------ a transport

    async def warm(self) -> None:
        """Wait for the modem to be ready.

        Raises:
            SendError: it is not.
        """
        await self._live_session()

    def is_taken(self, channel: str) -> bool:
        """Return whether a call would wait for its line; texts go out beside one another."""
        return channel != SMS and not self._calls.is_idle

    async def send(self, row: OutboxRow) -> Submitted:
        """Hand a text to the modem, or queue a call for its line.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        session = await self._live_session()
        if row.channel != SMS:
            return self._calls.send(row)
        try:
            return await self._texts.send(session.at, row)
        except SendError as error:
            if error.error in (ErrorClass.AMBIGUOUS, ErrorClass.TRANSIENT):
                self._doubt.set()
            raise

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look whether the modem took this message, as far as was written down.

        A modem keeps no list of what it sent. Between its taking a text and our writing
        down its reference lies a moment; who dies in it sends the text once more.

        Raises:
            SendError: what was written down cannot be read yet.
        """
        await self._wait(self._recalled, "the modem's memory is not read yet")
        if row.channel == SMS:
            return self._texts.find(row, since, taken)
        return self._calls.find(row, since, taken)

    async def progress(self, row: OutboxRow) -> Progress:
        """Return what the carrier reported of a message, or how far a call is.

        Raises:
            SendError: nothing can be heard of it now.
        """
        await self._wait(self._recalled, "the modem's memory is not read yet")
        if row.channel == SMS:
            found = self._texts.progress(row.provider_id)
            if not found.final and not self._ready.is_set():
                raise SendError(ErrorClass.TRANSIENT, "no report can come: the modem is not ready")
            return found
        return self._calls.progress(row.provider_id)

    async def recall(self, row: OutboxRow) -> Progress | None:
        """End a call that waits or rings; a text is on its way.

        Raises:
            SendError: somebody is listening already.
        """
        if row.channel == SMS:
            return None
        return await self._calls.recall(row.provider_id)

    async def close(self) -> None:
        """Let go of the device and the memory."""
        self._end_session()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._memory.close()

    # ------------------------------------------------------------------ who looks after it

    def look_after(self, fault: FaultSink, count: Callable[[str, str, str], None]) -> None:
        """Report faults and count bad input there from now on."""
        self._count = count
        self.condition.report_to(fault)

    def gauge(self) -> Gauge:
        """Return how it is."""
        return self.condition.gauge()

    # ------------------------------------------------------------------ its life

    async def listen(self) -> None:
        """Keep the modem alive and take what it brings, until cancelled."""
        await self._recall_past()
        said = ""
        while True:
            try:
                why = await self._live()
            finally:  # whatever ended it: what waits must not go on waiting for a dead line
                self._end_session()
                await self._calls.abandon()
            if why != said:  # it is looked for every few seconds
                said = why
                _log.warning("modem: %s", why)
            await self._clock.sleep(self._access.times.reopen)

    async def _recall_past(self) -> None:
        if self._recalled.is_set():
            return
        for sent in await self._memory.sent():
            self._calls.remember(sent)
        past = asyncio.create_task(self._texts.recall_past())
        self._tasks.add(past)
        past.add_done_callback(self._tasks.discard)
        await self._texts.sent_known.wait()
        self._recalled.set()

    async def _live(self) -> str:
        """Open it, set it up and serve until it fails; return why it did."""
        try:
            session = Session(self._access, self._clock, self._heard)
        except OSError as error:
            why = f"{self._access.device}: {error.strerror or error}"
            self.condition.say_if_it_lasts(parts.LINK, why)
            return why
        self._session = session
        try:
            refused = await self._memory.refused_pin() == name_of(self._access.pin)
            await session.set_up(may_unlock=not refused)
            self._opened(session)
            await self._serve(session)
        except PinRefused as error:
            await self._memory.note_refused_pin(self._access.pin)
            return await self._sim_trouble(error)
        except SimTrouble as error:
            return await self._sim_trouble(error)
        except AtSilent as error:
            return await self._silent(session, error)
        except AtError as error:
            self.condition.say_if_it_lasts(parts.LINK, str(error))
            return str(error)
        return "it ended"

    async def _serve(self, session: Session) -> None:
        """Work with an open modem for ever.

        Raises:
            AtSilent: it does not answer any more.
            AtError: it refuses what it must not.
        """
        works = (
            self._watch(session),
            self._collect(session),
            self._calls.carry(session.at, session.skills),
        )
        running = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _opened(self, session: Session) -> None:
        self.condition.skills = session.skills
        self.condition.looked(session.state)
        self.condition.say(parts.LINK, "")
        self.condition.say(parts.SIM, "")
        self._reviver.lives()
        self._look.set()
        self._ready.set()
        if session.refused:
            _log.warning("modem: it refuses %s", ", ".join(session.refused))

    def _end_session(self) -> None:
        self._ready.clear()
        self.condition.state = None
        if self._session is not None:
            self._session.close()
            self._session = None

    async def _sim_trouble(self, error: SimTrouble) -> str:
        self.condition.say(parts.SIM, str(error))
        await self._clock.sleep(self._access.times.rest)
        return str(error)

    async def _silent(self, session: Session, error: AtSilent) -> str:
        """It does not answer: if its device is still there, revive it."""
        self._ready.clear()
        self.condition.state = None
        self.condition.say_if_it_lasts(parts.LINK, f"{self._access.device}: {error}")
        if not session.lost:
            await self._reviver.revive(session)
        return str(error)

    # ------------------------------------------------------------------ while it lives

    async def _watch(self, session: Session) -> None:
        """Ask every while whether it lives, how it is, and what money is left."""
        while True:
            timer = self._clock.call_later(self._access.times.watch, self._doubt.set)
            await self._doubt.wait()
            timer.cancel()
            self._doubt.clear()
            await session.wake()
            self.condition.looked(await session.look())
            await self._balance.ask(session)

    async def _collect(self, session: Session) -> None:
        """Take texts out of its memory whenever it tells of one, and every while."""
        while True:
            timer = self._clock.call_later(self._access.times.look, self._look.set)
            await self._look.wait()
            timer.cancel()
            self._look.clear()
            async with self._slots:
                await self._empty(session)
            await self._texts.expire()

    async def _empty(self, session: Session) -> None:
        """Take every text out of its memory."""
        try:
            await self._texts.collect(session.at)
        except (AtError, AtSilent) as error:
            await session.wake()  # if it lives, one text of it is what stops it
            self._note("SIM memory not read", "SIM", str(error))
            await self._texts.collect_singly(session.at)

    def _heard(self, line: str, pdu: str) -> None:
        """Take a line nobody asked for."""
        if line.startswith("+CMTI:"):
            self._look.set()
        elif line.startswith(("+CMT:", "+CDS:")):
            self._aside_pushed(line, pdu)
        elif line.startswith("+CDSI:"):
            self._task(self._fetch_report(values(line)))
        elif line.startswith("+CMGS:"):
            self._task(self._texts.late_reference(number(values(line)[0])))
        elif line.startswith(("RDY", "+CFUN:")):
            # it restarted by itself, and has forgotten everything we set, or are setting
            if self._session is not None:
                self._session.give_up("the modem restarted by itself")
        else:
            self._calls.heard(line)

    def _aside_pushed(self, line: str, pdu: str) -> None:
        if pdu:
            self._task(self._texts.pushed(pdu))
        else:
            self._note(texting.BAD_TEXT, "SIM", f"nothing came after {line[:40]!r}")

    async def _fetch_report(self, where: list[str]) -> None:
        """Read a report the modem keeps, and delete it."""
        session = self._session
        if session is None or len(where) < 2:
            return
        store, slot = where[0], number(where[1])
        commands = (f'AT+CPMS="{store}"', f"AT+CMGR={slot}", f"AT+CMGD={slot}")
        answers: list[list[str]] = []
        async with self._slots:
            try:
                answers = await session.at.ask_all(commands, self._access.times.answer)
            except (AtError, AtSilent) as error:
                self._note("report not read", "SIM", str(error))
            finally:
                await self._back_to_texts(session)
        for pdu in answers[1][1:2] if answers else ():
            await self._texts.pushed(pdu)

    async def _back_to_texts(self, session: Session) -> None:
        try:
            await session.choose_memory()
        except AtSilent:
            self._doubt.set()

    async def _arrived(self, text: Text, late: bool) -> None:
        """Take a whole text: the carrier's own is no person's."""
        if not self._balance.take(text):
            await self._door.text(text, late)

    # ------------------------------------------------------------------ helpers

    async def _live_session(self) -> Session:
        await self._wait(self._ready, "the modem is not ready")
        if self._session is None:
            raise SendError(ErrorClass.TRANSIENT, "the modem is not ready")
        return self._session

    async def _wait(self, event: asyncio.Event, why: str) -> None:
        """Wait for a short while.

        Raises:
            SendError: it did not happen.
        """
        if event.is_set():
            return
        if self.condition.is_hopeless:
            raise SendError(ErrorClass.TRANSIENT, f"{why}: {self.condition.trouble}")
        over = asyncio.Event()
        timer = self._clock.call_later(self._access.times.ready, over.set)
        waiting = [asyncio.create_task(one.wait()) for one in (event, over)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            for one in waiting:
                one.cancel()
        if not event.is_set():
            raise SendError(ErrorClass.TRANSIENT, why)

    def _proven_at(self) -> datetime | None:
        proven = [one.proven_at for one in (self._texts, self._calls) if one.proven_at]
        return max(proven, default=None)

    def _note(self, what: str, who: str, detail: str) -> None:
        _log.warning("modem: %s, %s: %s", what, who, detail)
        if self._count is not None:
            self._count(what, who, detail)

    def _task(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
