"""Two real engines, a runtime of ten lines, and the inbound side between them and people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from alerting.engine import Engine
from alerting.events import Answer, Changed, Configured, Event, Notify, Purpose, Reply
from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
    Step,
)
from alerting.incident import Outcome, Response
from devices.observation import HelpCall
from gateway.counters import Counters
from gateway.inbound import Inbound
from gateway.phonebook import PhoneBook
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry, OutboxRow
from gateway.store.rows import Inbound as Noted
from gateway.transports.transport import Text
from tests.fakes.clock import FakeClock

DAUGHTER = Responder("daughter", "王芳", "relative", "+85251000001")
SON = Responder("son", "Li Qiang", "relative", "+85251000002", language="en")
STRANGER = "+85259999999"
MINUTE = timedelta(minutes=1)


def home(id: str) -> Household:
    policy = Policy((Step("家庭", (DAUGHTER, SON), MINUTE),))
    return Household(
        id=id,
        code=f"A10{id[1:]}",
        name="王秀兰家",
        zone="Asia/Shanghai",
        residents=(Resident("王秀兰", "王奶奶"),),
        devices={f"{id}-button": Device(f"{id}-button", "native", Role.CALL_BUTTON)},
        policies={IncidentKind.EMERGENCY: policy},
        signature="桃花关爱",
        desk_phone="023-12345678",
    )


class Notes:
    """A store of inbound messages in memory, which can be broken."""

    def __init__(self) -> None:
        self.kept: list[Noted] = []
        self.is_broken = False

    async def seen_inbound(self, provider: str, id: str) -> bool:
        self._check()
        return any((note.provider, note.id) == (provider, id) for note in self.kept)

    async def note_inbound(self, message: Noted) -> None:
        self._check()
        self.kept.append(message)

    def _check(self) -> None:
        if self.is_broken:
            raise StoreError(Path("x"), Trouble.FULL, "disk")


class World:
    """Two real engines, a runtime of ten lines, and the inbound side."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        now = self.clock.now()
        self.engines = {id: Engine(Configured(now, home(id))) for id in ("h1", "h2")}
        self.notes = Notes()
        self.counters = Counters(self.clock.now)
        self.faults: list[tuple[str, bool]] = []
        self.answers: list[OutboxRow] = []
        self.replies: list[Reply] = []
        self.is_slow = False
        self.lines: list[tuple[str, str]] = []
        """What happened to incidents, by household, in Chinese."""
        self.letters: list[Notify] = []
        self.inbound = self.open()
        self._count = 0

    def open(self) -> Inbound:
        return Inbound(
            self.clock,
            self.notes,
            PhoneBook(self.engines),
            self.offer,
            self.owe,
            self.counters,
            lambda part, active, detail, source="": self.faults.append((part, active)),
        )

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        if isinstance(event, Reply):
            self.replies.append(event)
        if self.is_slow:
            return
        asyncio.get_running_loop().call_soon(self.step, household, event, acknowledge)

    def step(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> Entry:
        entry = Entry(household, event, tuple(self.engines[household].step(event)))
        if acknowledge is not None:
            acknowledge()
        self.inbound.applied(entry)
        for effect in entry.effects:
            if isinstance(effect, Changed):
                self.lines.append((household, effect.words.zh))
            elif isinstance(effect, Notify):
                self.letters.append(effect)
        return entry

    def owe(self, rows: Iterable[OutboxRow]) -> None:
        self.answers += rows

    def press(self, household: str = "h1") -> str:
        entry = self.step(household, HelpCall(self.clock.now(), f"{household}-button"))
        return next(effect.incident for effect in entry.effects if isinstance(effect, Notify))

    def close(self, incident: str) -> None:
        at = self.clock.now()
        reply = Reply(at, incident, "desk:amy", Answer.CLOSE, "desk", outcome=Outcome.SAFE)
        self.step(incident.partition("-")[0], reply)

    async def says(self, sender: str, body: str, id: str = "") -> None:
        self._count += 1
        await self.inbound.text(Text("twilio", id or f"SM{self._count}", sender, body))
        await self.clock.advance(0)

    def response(self, household: str = "h1") -> Response:
        return self.engines[household].incidents[0].response

    def call(self, incident: str, who: Responder = DAUGHTER) -> OutboxRow:
        engine = self.engines[incident.partition("-")[0]]
        now = self.clock.now()
        return OutboxRow(
            key=f"{incident}/0/{who.id}/voice",
            household=engine.household.id,
            incident=incident,
            responder=who.id,
            channel="voice",
            address=who.phone,
            purpose=Purpose.ALARM,
            urgency=engine.incidents[0].urgency,
            text="x",
            language="zh",
            created_at=now,
            due_at=now,
            expires_at=now + MINUTE,
        )
