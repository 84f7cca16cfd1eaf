"""夜里消息代理坏了: one incident of the gateway, and none in the homes it can no longer hear."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from alerting.household import Device, IncidentKind, Role
from devices.observation import Alive, Contact, Fault, Motion
from gateway.fleet import restore
from gateway.runtime import Runtime
from gateway.store.store import Store
from tests import builders
from tests.fakes.clock import START, FakeClock
from tests.fakes.outbox import FakeBoard, FakeOutbox

HOURS = 3_600
GATEWAY = builders.household(Device("broker", "gateway", Role.GATEWAY), id="gateway", residents=())
HOMES = {**{id: builders.household(id=id) for id in ("h1", "h2", "h3")}, "gateway": GATEWAY}


class County:
    """Three homes on real engines, and a broker that a test takes away."""

    def __init__(self, store: Store, runtime: Runtime, clock: FakeClock) -> None:
        self.store = store
        self.runtime = runtime
        self.clock = clock
        self.deaf_since: datetime | None = None

    def heard(self, *homes: str) -> None:
        """Let every device of the homes be heard."""
        now = self.clock.now()
        for home in homes:
            for device in HOMES[home].devices:
                self.runtime.offer(home, Alive(now, device))
            self.runtime.offer(home, Motion(now, "pir"))
            self.runtime.offer(home, Contact(now, "door", is_open=False))

    async def hours(self, number: int, *homes: str) -> None:
        for _ in range(number):
            self.heard(*homes)
            await self.clock.advance(HOURS)

    def goes_deaf(self) -> None:
        self.deaf_since = self.clock.now()
        fault = Fault(self.clock.now(), "broker", active=True, detail="失去连接")
        self.runtime.offer("gateway", fault)

    def hears_again(self) -> None:
        assert self.deaf_since is not None
        self.runtime.resume(self.deaf_since, "the broker is back")
        self.deaf_since = None
        fault = Fault(self.clock.now(), "broker", active=False, detail="已连接")
        self.runtime.offer("gateway", fault)

    def open(self, home: str) -> list[IncidentKind]:
        return [incident.kind for incident in self.runtime.engines[home].incidents]


@contextlib.asynccontextmanager
async def county(folder: Path) -> AsyncIterator[County]:
    store, clock = Store.open(folder / "gateway.db"), FakeClock()
    engines = (await restore(store, HOMES, START)).engines
    found: list[County] = []
    runtime = Runtime(
        engines,
        clock,
        store,
        FakeOutbox(),
        FakeBoard(),
        deaf_since=lambda: found[0].deaf_since,
    )
    found.append(County(store, runtime, clock))
    clock.busy.append(lambda: runtime.is_writing)
    loop = asyncio.create_task(runtime.run())
    try:
        yield found[0]
    finally:
        await runtime.stop()
        await loop
        await store.close()


async def test_while_the_gateway_is_deaf_only_its_own_fault_is_told(tmp_path: Path) -> None:
    async with county(tmp_path) as here:
        await here.hours(2, "h1", "h2", "h3")
        here.goes_deaf()
        await here.hours(40)
        assert here.open("gateway") == [IncidentKind.TECHNICAL]
        assert [here.open(home) for home in ("h1", "h2", "h3")] == [[], [], []]


async def test_the_same_silence_of_homes_we_do_hear_is_told(tmp_path: Path) -> None:
    async with county(tmp_path) as here:
        await here.hours(2, "h1", "h2", "h3")
        await here.hours(40, "h1")
        assert here.open("h1") == []
        assert IncidentKind.TECHNICAL in here.open("h2")
        assert here.open("gateway") == []


async def test_after_it_hears_again_each_device_is_judged_by_itself(tmp_path: Path) -> None:
    async with county(tmp_path) as here:
        await here.hours(2, "h1", "h2", "h3")
        here.goes_deaf()
        await here.hours(40)
        here.hears_again()
        await here.hours(3, "h1", "h3")
        assert here.open("gateway") == [], "its fault is over, and closed by itself"
        assert here.open("h2") == [], "what is silent has its time anew"
        await here.hours(26, "h1", "h3")
        assert (here.open("h1"), here.open("h3")) == ([], [])
        assert IncidentKind.TECHNICAL in here.open("h2")
        assert here.clock.now() - START < timedelta(days=4)
