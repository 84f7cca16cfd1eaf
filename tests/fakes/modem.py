"""A modem that is not there: emulator, driver, a door that remembers, all on one real loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import msgspec

from alerting.delivery.channels import Progress
from alerting.delivery.channels.spoken import KEYS
from alerting.events import Purpose
from alerting.incident import Urgency
from gateway.clock import SystemClock
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.modem import Modem, ModemAccess, Times
from gateway.transports.transport import Ring, Spoken, Text
from simulators.modem.emulator import Emulator
from simulators.modem.settings import HURRIED, Setup, Timing
from simulators.phones.people import HABITS, Habit, OnCall, Person

OURS = "+8613800000000"
DAUGHTER = "+8613800000001"
SON = "+8613800000002"
ELDER = "+8613800000009"
PATIENCE_SECONDS = 20.0
"""How long a test waits for what must come: far longer than it takes."""

QUICK = Times(
    answer=0.25,
    submit=1.0,
    dial=2.0,
    ready=2.0,
    watch=0.1,
    boot=2.0,
    reopen=0.02,
    rest=0.3,
    absent=0.2,
    look=0.2,
    poll=0.02,
    key=0.3,
    speech=0.05,
    caller=0.1,
)


class FakeDoor:
    """Takes what people do, as the gateway's own does, and remembers it."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.late: list[bool] = []
        self.keys: list[tuple[str, str]] = []
        self.rings: list[Ring] = []
        self.ring_keys: list[tuple[str, str]] = []
        self.ring_says = Spoken("您好，请按1确认。", "zh", wants_key=True)

    async def text(self, text: Text, late: bool = False) -> None:
        if text.id not in [one.id for one in self.texts]:
            self.texts.append(text)
            self.late.append(late)

    async def key(self, key: str, digit: str) -> Spoken:
        self.keys.append((key, digit))
        if digit in KEYS:
            return Spoken("已记录，谢谢。", "zh")
        if not digit:
            return Spoken("没有收到您的按键。", "zh")
        return Spoken("这个按键无效。请按1。", "zh", wants_key=True)

    async def ring(self, ring: Ring) -> Spoken:
        self.rings.append(ring)
        return self.ring_says

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        self.ring_keys.append((ring.caller, digit))
        return Spoken("收到。", "zh")


class World:
    """The modem, whoever is behind it, and our driver."""

    def __init__(
        self, folder: Path, people: Iterable[Person], setup: Setup, timing: Timing
    ) -> None:
        self.folder = folder
        self.emulator = Emulator(folder / "tty", people, setup, timing)
        self.door = FakeDoor()
        self.faults: dict[str, str] = {}
        self.fault_history: list[tuple[str, bool, str]] = []
        self.counted: list[tuple[str, str, str]] = []
        self.clock = SystemClock()
        self.access = ModemAccess(
            device=str(folder / "tty"), number=OURS, pin=setup.pin, times=QUICK
        )
        self.modem = self.made()
        self._listening: asyncio.Task[None] | None = None
        self._count = 0

    def made(self, **changes: object) -> Modem:
        self.access = msgspec.structs.replace(self.access, **changes)
        modem = Modem(self.access, self.folder, self.clock, self.door)
        modem.look_after(self._fault, lambda *what: self.counted.append(what))
        return modem

    def listen(self) -> None:
        self._listening = asyncio.create_task(self.modem.listen())

    async def die(self) -> None:
        """End the driver between two of its steps, without a goodbye."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await self.modem.close()

    async def reborn(self, **changes: object) -> None:
        await self.die()
        self.modem = self.made(**changes)
        self.listen()

    def row(
        self,
        text: str = "【桃花关爱】紧急：A1027 王奶奶按呼救，请立即上门。回复1接单",
        to: str = DAUGHTER,
        channel: str = "sms",
        minutes: float = 10,
        purpose: Purpose = Purpose.ALARM,
    ) -> OutboxRow:
        now = self.clock.now()
        self._count += 1
        return OutboxRow(
            key=f"h1-0001/{self._count}/wang/{channel}",
            household="h1",
            incident="h1-0001",
            responder="wang",
            channel=channel,
            address=to,
            purpose=purpose,
            urgency=Urgency.HIGH,
            text=text,
            language="zh",
            state=RowState.LEASED,
            created_at=now,
            due_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )

    async def sent(self, row: OutboxRow) -> OutboxRow:
        submitted = await self.modem.send(row)
        return msgspec.structs.replace(row, provider_id=submitted.provider_id)

    async def end_of(self, row: OutboxRow) -> Progress:
        """Return what became of a message, once that is final."""
        await until(lambda: self._final(row))
        return await self.modem.progress(row)

    def _final(self, row: OutboxRow) -> bool:
        carried = self.modem._texts if row.channel == "sms" else self.modem._calls
        return carried.progress(row.provider_id).final

    def _fault(self, part: str, active: bool, detail: str, source: str = "") -> None:
        assert part == "modem"
        self.fault_history.append((source, active, detail))
        if active:
            self.faults[source] = detail
        else:
            self.faults.pop(source, None)


@asynccontextmanager
async def modem_world(
    folder: Path,
    people: Iterable[Person] = (),
    setup: Setup | None = None,
    timing: Timing = HURRIED,
    ready: bool = True,
    **access: object,
) -> AsyncIterator[World]:
    """Run a modem and our driver for as long as the block lasts."""
    world = World(folder, people, setup or Setup(), timing)
    if access:
        world.modem = world.made(**access)
    world.emulator.start()
    world.listen()
    try:
        if ready:
            await world.modem.warm()
        yield world
    finally:
        await world.die()
        world.emulator.stop()


async def until(happened: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until it has happened; fail when it does not."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - another loop's world cannot wake us
            await asyncio.sleep(0.005)


def person(number: str = DAUGHTER, habit: str = "manual", **bent: object) -> Person:
    """Return somebody with a habit, bent as said."""
    bare: Habit = HABITS[habit]
    return Person(number=number, habit=msgspec.structs.replace(bare, **bent), habit_name=habit)


__all__ = ["OnCall", "World", "modem_world", "person", "until"]
