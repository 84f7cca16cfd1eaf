"""A county whose only way out is a SIM: engine, database, outbox and modem driver are real.

It lives on the real clock, for the modem does: the telephone world is a hundred times
faster, and tests wait for what must come.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path as File

import msgspec

from alerting.events import Event
from alerting.household import Household, Path
from alerting.incident import Incident, Response
from devices.observation import HelpCall
from gateway.board import Board
from gateway.calls_in import CallsIn
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.fleet import restore
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.phonebook import PhoneBook
from gateway.runtime import Runtime
from gateway.store.store import Store
from gateway.transports.modem import Modem, ModemAccess
from simulators.modem.emulator import Emulator
from simulators.modem.phones import Phone
from simulators.modem.settings import HURRIED, Setup
from simulators.phones.people import Person
from tests.builders import household
from tests.fakes.modem import OURS, QUICK

BY_SIM = (Path("modem", ("sms", "voice"), line="sim"),)


class SimCounty:
    """One home, a gateway with a modem, and the phones it reaches."""

    runtime: Runtime

    def __init__(
        self, folder: File, people: Iterable[Person], setup: Setup, home: Household | None = None
    ) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.homes = {"h1": home or household(paths=BY_SIM)}
        self.emulator = Emulator(folder / "tty", people, setup, HURRIED)
        self.access = ModemAccess(device=str(folder / "tty"), number=OURS, times=QUICK)
        self.faults: list[tuple[str, bool, str]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the gateway on what the disk holds."""
        self.store = Store.open(self.folder / "county.db")
        fleet = await restore(self.store, self.homes, self.clock.now())
        self.engines = fleet.engines
        self.counters = Counters(self.clock.now)
        door = FrontDoor(self.access.wording)
        self.modem = Modem(self.access, self.folder, self.clock, door)
        self.modem.look_after(self._fault, self.counters.count)

        def offer(
            household: str, event: Event, acknowledge: Callable[[], None] | None = None
        ) -> None:
            self.runtime.offer(household, event, acknowledge)

        self.outbox = Outbox(
            self.clock, self.store, (self.modem,), offer, self._fault, luck=lambda: 0.5
        )
        book = PhoneBook(self.engines)
        inbound = Inbound(
            self.clock, self.store, book, offer, self.outbox.owe, self.counters, self._fault
        )
        self.runtime = Runtime(
            self.engines,
            self.clock,
            self.store,
            self.outbox,
            Board(lambda: None, lambda incident, at: None),
            counters=self.counters,
            listeners=(inbound.applied,),
        )
        for one, event in fleet.events:
            self.runtime.offer(one, event)
        calls = CallsIn(self.clock, book, offer, inbound.keys, inbound, self.outbox, self.counters)
        door.open(inbound, self.outbox, calls)
        works = (self.modem.listen(), self.runtime.run(), self.outbox.run())
        self._tasks = [asyncio.create_task(work) for work in works]
        await self.modem.warm()

    async def kill(self) -> None:
        """End the gateway with nothing tidied up."""
        jobs = [job.task for job in self.outbox._register if job.task is not None]
        for task in (*self._tasks, *jobs):
            task.cancel()
        await asyncio.gather(*self._tasks, *jobs, return_exceptions=True)
        await self.modem.close()
        await self.store.close()

    async def stop(self) -> None:
        """Stop the gateway as systemd does."""
        await self.runtime.stop()
        await self.kill()

    def press(self) -> None:
        """Press the button at home."""
        self.runtime.offer("h1", HelpCall(self.clock.now(), "sos"))

    def phone(self, number: str) -> Phone:
        """Return somebody's phone."""
        return self.emulator.network.phone(number)

    @property
    def incidents(self) -> Sequence[Incident]:
        """What is open at home."""
        return self.engines["h1"].incidents

    def is_now(self, response: Response) -> bool:
        """Return whether the incident has come so far."""
        return [one.response for one in self.incidents] == [response]

    def _fault(self, part: str, active: bool, detail: str, source: str = "") -> None:
        self.faults.append((part, active, detail))


@contextlib.asynccontextmanager
async def sim_county(
    folder: File,
    *people: Person,
    setup: Setup | None = None,
    home: Household | None = None,
    **access: object,
) -> AsyncIterator[SimCounty]:
    """Run a county with a modem for as long as the block lasts."""
    world = SimCounty(folder, people, setup or Setup(), home)
    world.access = msgspec.structs.replace(world.access, **access)
    world.emulator.start()
    await world.start()
    try:
        yield world
    finally:
        await world.stop()
        world.emulator.stop()
