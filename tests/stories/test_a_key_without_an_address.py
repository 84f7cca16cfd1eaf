"""A fall at night. The daughter lives abroad, and nobody can reach the gateway from outside.

Twilio rings her and keeps the key she presses; the gateway asks for it, and the ladder stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from alerting.engine import Engine
from alerting.events import Configured, Event, Tick
from alerting.household import Device, IncidentKind, Policy, Role, Step
from alerting.incident import Response
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.phonebook import PhoneBook
from gateway.store.rows import Entry, RowState, rows_owed
from gateway.transports import open_twilio
from gateway.transports.studio_flow import definition
from gateway.transports.twilio_library import Library
from simulators.phones.people import HABITS, Person
from tests import waves
from tests.builders import PANEL, household, person
from tests.fakes.answering import Notes
from tests.fakes.carrier import Running, running_carrier
from tests.fakes.provider import FakeRows
from tests.gateway.lives import until
from tests.gateway.test_twilio import access

DAUGHTER = person("daughter", "+85251000001", channels=("voice",))
NEIGHBOUR = person("neighbour", "+85251000011", channels=("voice",))
WATCH = Device("watch", "native", Role.WEARABLE, worn="waist")
CALLS = Policy(
    steps=(
        Step("家庭", (DAUGHTER,), timedelta(minutes=1)),
        Step("村", (NEIGHBOUR,), timedelta(minutes=2)),
    ),
    channels=("voice",),
)
ASKED_FIRST = timedelta(seconds=30)
"""So long the resident is asked before anybody is called."""
KEY = "h1-0001/0/daughter/voice"


class House:
    """The home, and everything of the gateway between its engine and the carrier."""

    def __init__(self, carrier: Running, flow: str) -> None:
        self.clock = SystemClock()
        self.at = self.clock.now() - ASKED_FIRST
        zone = _where_it_is_three_at_night(self.clock.now())
        policies = {IncidentKind.EMERGENCY: CALLS}
        home = household(WATCH, PANEL, zone=zone, policies=policies)
        self.engine = Engine(Configured(self.at, home))
        self.store = FakeRows()
        door = FrontDoor()
        self.provider = open_twilio(access(carrier.url, studio_flow=flow), self.clock, door)
        self.outbox = Outbox(self.clock, self.store, (self.provider,), self.offer, _nobody)
        self.inbound = Inbound(
            self.clock,
            Notes(),
            PhoneBook({"h1": self.engine}),
            self.offer,
            self.outbox.owe,
            Counters(self.clock.now),
            _nobody,
        )
        door.open(self.inbound, self.outbox)

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        asyncio.get_running_loop().call_soon(self.step, event, acknowledge)

    def step(self, event: Event, acknowledge: Callable[[], None] | None = None) -> None:
        entry = Entry("h1", event, tuple(self.engine.step(event)))
        if acknowledge is not None:
            acknowledge()
        self.inbound.applied(entry)
        self.outbox.owe(rows_owed(entry))

    @property
    def response(self) -> Response:
        return self.engine.incidents[0].response


def _nobody(part: str, active: bool, detail: str, source: str = "") -> None:
    assert not active, f"{part}: {detail}"


def _where_it_is_three_at_night(now: datetime) -> str:
    """Return a zone; its name counts westwards, from -14 to 12."""
    west = (now.astimezone(UTC).hour - 3 + 14) % 24 - 14
    return f"Etc/GMT{west:+d}"


async def installed(carrier: Running) -> str:
    library = Library(access(carrier.url))
    try:
        return await library.install(definition(), "guanai")
    finally:
        await library.close()


async def test_the_daughter_presses_1_and_nobody_else_is_woken() -> None:
    helpful = msgspec.structs.replace(HABITS["helpful"])
    people = (
        Person(number=DAUGHTER.phone, name="王芳", habit=helpful),
        Person(number=NEIGHBOUR.phone, name="周婶", habit=helpful),
    )
    async with running_carrier(people) as carrier:
        house = House(carrier, await installed(carrier))
        running = asyncio.create_task(house.outbox.run())
        try:
            house.step(waves.knock(house.at))
            # nobody at home says that all is well
            house.step(Tick(house.clock.now()))
            assert house.response is Response.OPEN
            await until(lambda: house.response is Response.CLAIMED, 20)

            taken = house.engine.incidents[0].responder
            assert taken == "daughter"
            await until(lambda: house.store.rows[KEY].state is RowState.HEARD)
            house.step(Tick(house.clock.now() + timedelta(minutes=5)))
            await asyncio.sleep(0)
            assert [call.to for call in carrier.core.calls()] == [DAUGHTER.phone]
            said = carrier.core.calls()[0].lines[0].text
            assert "王奶奶家" in said
            assert "请立即上门" in said
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await house.provider.close()
