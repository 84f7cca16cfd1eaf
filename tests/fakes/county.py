"""A county in which phones ring: the whole path from a press to a person, on the virtual clock.

Engine, runtime, database, outbox, inbound side and front door are the real ones; the homes'
devices, the providers and the people are played. Stories are told through it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path as File
from typing import Any, TypeVar

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Event, Resumed
from alerting.household import Household, Path
from alerting.incident import Incident
from devices.observation import HelpCall
from gateway.board import Board
from gateway.calls_in import CallsIn
from gateway.clock import Clock
from gateway.config.delivery import DeliverySettings
from gateway.counters import Counters
from gateway.door import FrontDoor
from gateway.fleet import restore
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.phonebook import PhoneBook
from gateway.reachability import Reachability
from gateway.runtime import Runtime
from gateway.store.rows import OutboxRow
from gateway.store.store import Store
from gateway.transports.transport import Ring, SendError, Spoken, Submitted, Text, Transport
from tests.fakes.clock import START, FakeClock

T = TypeVar("T")

ACCEPTED = Progress(DeliveryState.ACCEPTED)
DELIVERED = Progress(DeliveryState.DELIVERED, final=True)
PICKED_UP = Progress(DeliveryState.DELIVERED)
HUNG_UP = Progress(DeliveryState.DELIVERED, final=True, detail="the call ended without a key press")


def missed(why: str, machine: bool = False) -> Progress:
    """Return what a provider says of a phone that nobody answers."""
    return Progress(
        DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, detail=why, machine=machine
    )


class Got(msgspec.Struct, frozen=True):
    """What a phone got."""

    at: datetime
    path: str
    channel: str
    text: str
    key: str


class Phone:
    """One person's phone, which can be busy, off, or answered by a machine."""

    def __init__(self, county: County, number: str) -> None:
        self.number = number
        self.got: list[Got] = []
        self.state = "answers"
        """`answers`, `busy`, `off` (texts and calls fail), `voicemail`, `dead` (no such number)."""
        self._county = county

    @property
    def texts(self) -> list[str]:
        """What it has to read, oldest first."""
        return [one.text for one in self.got if one.channel == "sms"]

    @property
    def calls(self) -> list[str]:
        """What was said in the calls that a person took, oldest first."""
        return [one.text for one in self.got if one.channel == "voice"]

    async def writes(self, body: str, path: str = "twilio") -> None:
        """Send a text to the gateway."""
        county = self._county
        county.count += 1
        text = Text(path, f"in-{county.count}", self.number, body, county.clock.now())
        await county.door.text(text)
        await county.settle()

    async def presses(self, digit: str) -> Spoken:
        """Press a key in the last call."""
        last = [one for one in self.got if one.channel == "voice"][-1]
        said = await self._county.within(self._county.door.key(last.key, digit))
        await self._county.settle()
        return said

    async def rings(self, path: str = "modem", **fields: bool) -> tuple[Ring, Spoken]:
        """Call the gateway's number."""
        county = self._county
        county.count += 1
        ring = Ring(path, f"ring-{county.count}", self.number, county.clock.now(), **fields)
        said = await county.within(county.door.ring(ring))
        await county.settle()
        return ring, said

    async def presses_in(self, ring: Ring, digit: str) -> Spoken:
        """Press a key in a call of one's own; empty: hang up without."""
        said = await self._county.within(self._county.door.ring_key(ring, digit))
        await self._county.settle()
        return said


class Operator:
    """One path out of the house: brings messages to phones, or fails as it is told to."""

    keeps_track = True

    def __init__(self, path: Path, county: County, clock: Clock) -> None:
        self.name, self.channels = path.name, path.channels
        self.down: SendError | None = None
        self.swallows: SendError | None = None
        """It carries the message and does not say so."""
        self.refuses: SendError | None = None
        """What every request to send meets, while questions are answered."""
        self.sent: list[OutboxRow] = []
        self._answers: dict[str, list[Progress]] = {}
        self._county, self._clock = county, clock

    async def warm(self) -> None:
        self._reachable()

    async def send(self, row: OutboxRow) -> Submitted:
        self._reachable()
        if self.refuses is not None:
            raise self.refuses
        phone = self._county.phone(row.address)
        if phone.state == "dead":
            raise SendError(ErrorClass.CONTACT, "no such number", code=21211)
        id = f"{self.name}-{len(self.sent)}"
        self.sent.append(row)
        self._answers[id] = self._carry(phone, row)
        if self.swallows is not None:
            raise self.swallows
        return Submitted(id, ACCEPTED)

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        self._reachable()
        for number, one in enumerate(self.sent):
            id = f"{self.name}-{number}"
            if one.address == row.address and one.text == row.text and id not in taken:
                return Submitted(id, ACCEPTED)
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        self._reachable()
        answers = self._answers[row.provider_id]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def recall(self, row: OutboxRow) -> Progress | None:
        self._reachable()
        return None

    async def close(self) -> None:
        pass

    def _carry(self, phone: Phone, row: OutboxRow) -> list[Progress]:
        is_call = row.channel == "voice"
        if phone.state == "off":
            return [ACCEPTED, missed("the handset is off")]
        if is_call and phone.state != "answers":
            machine = phone.state == "voicemail"
            said = missed(f"answered by {'a machine' if machine else phone.state}", machine)
            return [ACCEPTED, PICKED_UP, said] if machine else [ACCEPTED, said]
        phone.got.append(Got(self._clock.now(), self.name, row.channel, row.text, row.key))
        return [ACCEPTED, PICKED_UP, HUNG_UP] if is_call else [ACCEPTED, DELIVERED]

    def _reachable(self) -> None:
        if self.down is not None:
            raise self.down


class County:
    """Homes, a gateway, providers and phones."""

    runtime: Runtime

    def __init__(
        self, folder: File, homes: Sequence[Household], limits: dict[str, int] | None = None
    ) -> None:
        self.clock = FakeClock()
        self.folder = folder
        self.homes = {home.id: home for home in homes}
        self.phones: dict[str, Phone] = {}
        self.faults: list[tuple[str, bool, str]] = []
        paths = {path.name: path for home in homes for path in home.paths}
        ways = DeliverySettings(paths=tuple(paths.values()))
        changed: dict[str, Any] = dict(limits or {})
        self.delivery = replace(ways, **changed)
        self.operators = {path.name: Operator(path, self, self.clock) for path in paths.values()}
        self.count = 0
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------------------------ the gateway

    async def start(self) -> None:
        """Start the gateway on what the database holds."""
        self.store = Store.open(self.folder / "county.db")
        fleet = await restore(self.store, self.homes, self.clock.now())
        self.engines = fleet.engines
        self.door = FrontDoor()
        self.counters = Counters(self.clock.now)
        self.board = Board(lambda: None, lambda incident, at: None)
        transports: list[Transport] = list(self.operators.values())
        self.outbox = Outbox(
            self.clock,
            self.store,
            transports,
            lambda household, receipt: self.runtime.offer(household, receipt),
            self._fault,
            luck=lambda: 0.5,
            settings=self.delivery,
        )
        book = PhoneBook(self.engines)
        self.reach = Reachability(
            self.clock, self.engines, lambda *given: self.runtime.offer(*given)
        )
        self.inbound = Inbound(
            self.clock,
            self.store,
            book,
            lambda *given: self.runtime.offer(*given),
            self.outbox.owe,
            self.counters,
            self._fault,
        )
        self.runtime = Runtime(
            self.engines,
            self.clock,
            self.store,
            self.outbox,
            self.board,
            counters=self.counters,
            listeners=(self.inbound.applied, self.reach.applied),
        )
        for household, event in fleet.events:
            self.runtime.offer(household, event)
        calls = CallsIn(
            self.clock,
            book,
            lambda *given: self.runtime.offer(*given),
            self.inbound.keys,
            self.inbound,
            self.outbox,
            self.counters,
        )
        self.door.open(self.inbound, self.outbox, calls)
        self.clock.busy[:] = [lambda: self.runtime.is_writing]
        self._tasks = [
            asyncio.create_task(self.runtime.run()),
            asyncio.create_task(self.outbox.run()),
        ]
        await self.settle()

    async def kill(self) -> None:
        """End the gateway with nothing tidied up."""
        jobs = [job.task for job in self.outbox._register if job.task is not None]
        for task in (*self._tasks, *jobs):
            task.cancel()
        await asyncio.gather(*self._tasks, *jobs, return_exceptions=True)
        await self.store.close()

    async def stop(self) -> None:
        """Stop the gateway as systemd does."""
        await self.runtime.stop()
        await self.kill()

    # ------------------------------------------------------------------ what happens

    def phone(self, number: str) -> Phone:
        """Return the phone of that number."""
        return self.phones.setdefault(number, Phone(self, number))

    async def happens(self, home: str, event: Event) -> None:
        """Let a device of the home say something, and everything follow that follows at once."""
        self.runtime.offer(home, event)
        await self.settle()

    async def press(self, home: str = "h1", button: str = "sos") -> str:
        """Press the button; return the incident's id."""
        self.count += 1
        before = {incident.id for incident in self.open(home)}
        await self.happens(home, HelpCall(self.clock.now(), button, id=f"press-{self.count}"))
        fresh = [one.id for one in self.open(home) if one.id not in before]
        return fresh[0] if fresh else next(iter(before))

    def open(self, home: str = "h1") -> list[Incident]:
        """Return the home's incidents that are not over."""
        return list(self.engines[home].incidents)

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(seconds)

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(3):
            await self.clock.advance(0.01)

    async def within(self, work: Coroutine[Any, Any, T], seconds: float = 5.0) -> T:
        """Return what `work` gives while time goes on."""
        task = asyncio.ensure_future(work)
        for _ in range(int(seconds * 10)):
            if task.done():
                break
            await self.clock.advance(0.1)
        return await task

    def resumed(self, home: str, since: datetime) -> Resumed:
        """Return that the home was not heard since then."""
        return Resumed(self.clock.now(), since, "the broker is back")

    def _fault(self, part: str, active: bool, detail: str, source: str = "") -> None:
        self.faults.append((part, active, detail))
        self.reach.fault(part, active, detail, source)


@contextlib.asynccontextmanager
async def county(folder: File, *homes: Household, **limits: int) -> AsyncIterator[County]:
    """Run a county for as long as the block lasts; `limits` are those of the SIM."""
    world = County(folder, homes, limits)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()


__all__ = ["START", "County", "Got", "Operator", "Phone", "county", "missed"]
