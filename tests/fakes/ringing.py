"""The county by telephone: two homes, the gateway's own household, and people who ring."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from alerting.engine import Engine
from alerting.events import Configured, Notify, Tick
from alerting.household import Household, IncidentKind, Policy, Resident, Responder, Step
from alerting.incident import Incident
from gateway.calls_in import CallsIn
from gateway.door import FrontDoor
from gateway.store.rows import OutboxRow
from gateway.transports.transport import Ring, Spoken
from tests.fakes import answering
from tests.fakes.answering import MINUTE, home

GRANDMA = "+85251000009"
DUTY = Responder("duty", "镇值班", "town_duty", "+85251000020")


class Exchange(answering.World):
    """Everybody's telephones, as the gateway hears them."""

    def __init__(self) -> None:
        super().__init__()
        now = self.clock.now()
        first = home("h1")
        with_phone = msgspec.structs.replace(
            first, residents=(Resident("王秀兰", "王奶奶", phone=GRANDMA),)
        )
        self.engines["h1"] = Engine(Configured(now, with_phone))
        self.engines["gateway"] = Engine(Configured(now, _gateway(first)))
        self.rang_back: list[tuple[str, str]] = []
        self.inbound = self.open()
        self.calls = CallsIn(
            self.clock,
            self.inbound._book,
            self.offer,
            self.inbound.keys,
            self.inbound,
            self,
            self.counters,
        )
        self.door = FrontDoor()
        self.door.open(self.inbound, self, self.calls)
        self._rings = 0

    # what the calls need of the outbox

    def answered(self, incident: str, responder: str) -> None:
        self.rang_back.append((incident, responder))

    def heard(self, key: str) -> None:
        raise AssertionError("no call of ours is under way")

    def row(self, key: str) -> OutboxRow | None:
        return None

    # people

    def dials(
        self, caller: str, id: str = "", can_press: bool = True, at: datetime | None = None
    ) -> Ring:
        """Let somebody dial our number; return the call."""
        self._rings += 1
        return Ring("modem", id or f"call-{self._rings}", caller, at, can_press)

    async def rings(
        self, caller: str, can_press: bool = True, id: str = "", at: datetime | None = None
    ) -> tuple[Ring, Spoken]:
        """Let somebody ring; return the call and what they hear first."""
        ring = self.dials(caller, id, can_press, at)
        said = await self.door.ring(ring)
        await self.clock.advance(0)
        return ring, said

    async def presses(self, ring: Ring, digit: str) -> Spoken:
        """Let them press a key; return what they hear next."""
        pressing = asyncio.create_task(self.door.ring_key(ring, digit))
        for _ in range(5):
            await self.clock.advance(0)
        return pressing.result()

    async def waits(self, seconds: float) -> None:
        """Let time pass, for the engines too."""
        await self.clock.advance(seconds)
        for id in self.engines:
            self.step(id, Tick(self.clock.now()))

    def open_in(self, household: str) -> list[Incident]:
        return list(self.engines[household].incidents)

    def story(self, household: str) -> list[str]:
        """Return what happened to the home's incidents, in Chinese."""
        return [words for home, words in self.lines if home == household]

    def told_of(self, incident: str) -> list[Notify]:
        """Return what people were sent of an incident."""
        return [letter for letter in self.letters if letter.incident == incident]


def _gateway(like: Household) -> Household:
    policy = Policy((Step("镇", (DUTY,), MINUTE),))
    return msgspec.structs.replace(
        like,
        id="gateway",
        code="GW1",
        name="关爱网关",
        residents=(),
        devices={},
        policies={IncidentKind.EMERGENCY: policy, IncidentKind.TECHNICAL: policy},
    )
