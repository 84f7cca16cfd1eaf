from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.duty import Roster, Shift
from devices.observation import Fault
from gateway import fleet
from gateway.brokers.address import BrokerAddress
from gateway.ingest import Ingest
from gateway.runtime import Runtime
from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.store import Store
from gateway.watchdog import (
    BROKER_DOWN_SECONDS_MAX,
    CANARY_TOPIC,
    CANARY_WAIT_SECONDS,
    SystemdNotifier,
    Watchdog,
)
from tests.fakes.broker import Mosquitto
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import TINY, TinyEngine, household
from tests.fakes.outbox import FakeBoard, FakeOutbox
from tests.gateway.lives import motion, press, until

HOMES = {"h1": household(), "gateway": household("gateway")}


class Told:
    """Counts what systemd hears."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def ready(self) -> None:
        self.words.append("ready")

    def alive(self) -> None:
        self.words.append("alive")


class House:
    """A gateway on a pushed clock, with a broker that a test gives or takes."""

    def __init__(self, store: Store, runtime: Runtime, clock: FakeClock, board: FakeBoard) -> None:
        self.store = store
        self.clock = clock
        self.runtime = runtime
        self.board = board
        self.told = Told()
        self.free = 10_000_000_000
        address = BrokerAddress(host="127.0.0.1", port=1)
        self.ingest = Ingest(
            address,
            "test",
            HOMES,
            runtime,
            store,
            clock,
            specials={CANARY_TOPIC: lambda payload: self.watchdog.canary(payload)},
        )
        self.watchdog = Watchdog(
            runtime,
            self.ingest,
            store,
            clock,
            notifier=self.told,
            maker=TINY,
            disk_free=lambda path: self.free,
            press=lambda: self.press,
        )
        self.press: bool | None = None
        self.echoes = True
        self.ingest.session.publish = self._publish  # type: ignore[method-assign]

    def connect(self, connected: bool) -> None:
        session = self.ingest.session
        session._client = object() if connected else None  # type: ignore[assignment]
        session._down_since = None if connected else self.clock.monotonic()

    async def _publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        if self.echoes:
            self.ingest.heard(topic.encode(), payload, False, None)

    def faults(self, part: str) -> list[Fault]:
        return [
            entry.event
            for entry in self.board.entries
            if isinstance(entry.event, Fault) and entry.event.device == part
        ]

    async def pass_(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await self.clock.advance(1)

    async def until_fault(self, part: str, active: bool) -> Fault:
        """Let minutes pass until `part` is said to be broken, or to work again."""
        for _ in range(1_000):
            await self.pass_(5)
            await asyncio.sleep(0.001)  # the disk is asked on a thread
            found = self.faults(part)
            if found and found[-1].active is active:
                return found[-1]
        raise AssertionError(f"{part} never became {active}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store.open(tmp_path / "gateway.db")
    clock = FakeClock()
    engines = (await fleet.restore(store, HOMES, START, TINY)).engines
    board = FakeBoard()
    runtime = Runtime(engines, clock, store, FakeOutbox(), board)
    clock.busy.append(lambda: runtime.is_writing)
    house = House(store, runtime, clock, board)
    house.connect(True)
    loop = asyncio.create_task(runtime.run())
    watch = asyncio.create_task(house.watchdog.run())
    yield house
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await runtime.stop()
    await loop
    await store.close()


async def test_systemd_hears_that_we_are_alive_while_the_canary_comes_through(
    house: House,
) -> None:
    await house.pass_(60)
    assert house.told.words[0] == "ready"
    assert house.told.words.count("alive") >= 55


async def test_without_the_canary_systemd_may_restart_us(house: House) -> None:
    await house.pass_(20)
    house.echoes = False
    await house.pass_(CANARY_WAIT_SECONDS + 15)
    before = len(house.told.words)
    await house.pass_(30)
    assert len(house.told.words) == before
    assert house.faults("ingest")[-1].active
    house.echoes = True
    await house.pass_(15)
    assert not house.faults("ingest")[-1].active
    assert len(house.told.words) > before


async def test_our_own_press_feeds_systemd_and_the_dead_mans_switch(house: House) -> None:
    await house.pass_(60)
    assert house.told.words.count("alive") >= 55, "not tried yet is no reason to restart"
    assert not house.watchdog.is_well, "but not known to work either"
    house.press = True
    await house.pass_(5)
    assert house.watchdog.is_well
    house.press = False
    before = len(house.told.words)
    await house.pass_(30)
    assert len(house.told.words) == before
    assert not house.watchdog.is_well
    house.press = True
    await house.pass_(5)
    assert len(house.told.words) > before
    house.connect(False)
    await house.pass_(5)
    assert not house.watchdog.is_well


async def test_a_broker_away_is_a_fault_and_no_reason_to_restart(house: House) -> None:
    await house.pass_(5)
    house.connect(False)
    await house.pass_(BROKER_DOWN_SECONDS_MAX - 5)
    assert not any(fault.active for fault in house.faults("broker"))
    before = len(house.told.words)
    await house.pass_(30)
    assert house.faults("broker")[-1].active
    assert "127.0.0.1:1" in house.faults("broker")[-1].detail
    assert len(house.told.words) > before
    house.connect(True)
    await house.pass_(5)
    assert not house.faults("broker")[-1].active


async def test_a_full_disk_is_told_before_it_is_full(house: House) -> None:
    house.free = 150_000_000
    assert "150 MB" in (await house.until_fault("disk", True)).detail
    house.free = 1_000_000_000
    await house.until_fault("disk", False)


async def test_a_clock_that_is_behind_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.clock, "ahead", lambda: timedelta(hours=2))
    assert "2:00:00" in (await house.until_fault("clock", True)).detail


async def test_an_open_incident_with_nothing_due_is_found(house: House) -> None:
    house.runtime.offer("h1", press(0))
    await house.pass_(3)
    engine = house.runtime.engines["h1"]
    assert isinstance(engine, TinyEngine)
    (record,) = engine.incidents
    stuck = msgspec.structs.replace(record, due_at=START - timedelta(minutes=5))
    monkey = engine.deadline
    engine.deadline = lambda: None  # type: ignore[method-assign]
    engine.state.open[record.id] = stuck
    assert "h1-0001" in (await house.until_fault("audit", True)).detail
    engine.deadline = monkey  # type: ignore[method-assign]
    house.runtime.offer("h1", motion(200))
    await house.until_fault("audit", False)


async def test_an_idle_store_that_cannot_be_written_is_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise StoreError(house.store.path, Trouble.FULL, "database or disk is full")

    await house.pass_(70)
    monkeypatch.setattr(house.store, "check", fail)
    assert "the disk is full" in (await house.until_fault("store", True)).detail


async def test_the_journal_is_pruned(house: House) -> None:
    house.runtime.offer("h1", motion(0))
    await house.pass_(3)
    kept = len(list(reading.journal(house.store.path, 0)))
    house.clock.jump(500 * 86_400)
    house.runtime.nudge()
    for id in ("a", "b"):  # the last two snapshots of each home are kept
        for home in HOMES:
            house.runtime._snapshots.hurry(home)
        house.runtime.offer("h1", press(0, id))
        await house.pass_(2)
    before = len(list(reading.journal(house.store.path, 0)))
    assert before > kept
    await house.watchdog._prune()
    await house.watchdog._prune()
    left = [one.event for one in reading.journal(house.store.path, 0)]
    assert 0 < len(left) <= before - 2
    assert motion(0) not in left


async def test_one_failing_check_does_not_end_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.ingest, "review", lambda: 1 / 0)
    await house.pass_(70)
    assert house.told.words.count("alive") > 60


def test_the_words_for_systemd(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        notifier = SystemdNotifier(str(path))
        notifier.ready()
        notifier.alive()
        assert systemd.recv(100) == b"READY=1"
        assert systemd.recv(100) == b"WATCHDOG=1"
    notifier.alive()  # nobody listens any more: no error
    SystemdNotifier("").ready()


def test_a_systemd_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        notifier = SystemdNotifier(str(path))
        for _ in range(2_000):  # more than the kernel queues for a socket
            notifier.alive()


def test_an_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0guanai-test-notify")
        SystemdNotifier("@guanai-test-notify").ready()
        assert systemd.recv(100) == b"READY=1"


@pytest.mark.line
async def test_the_canary_goes_by_way_of_a_real_broker(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as broker:
        store = Store.open(tmp_path / "gateway.db")
        clock = FakeClock()
        engines = (await fleet.restore(store, HOMES, START, TINY)).engines
        runtime = Runtime(engines, clock, store, FakeOutbox(), FakeBoard())
        seen: list[bytes] = []
        ingest = Ingest(
            broker.address,
            "canary",
            HOMES,
            runtime,
            store,
            clock,
            specials={CANARY_TOPIC: seen.append},
        )
        watchdog = Watchdog(runtime, ingest, store, clock, notifier=Told(), maker=TINY)
        listening = asyncio.create_task(ingest.run())
        await until(lambda: ingest.session.is_connected)
        await asyncio.sleep(0.1)
        sending = watchdog._send_canary()
        assert asyncio.iscoroutine(sending)
        await sending
        await until(lambda: seen)
        assert watchdog._canary_path() is None
        watchdog.canary(seen[0])
        assert watchdog._canary_path() is True
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await store.close()


async def test_a_disk_that_does_not_answer_is_told_and_holds_nothing_else_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.watchdog.DISK_SECONDS_MAX", 0.01)
    answers = threading.Event()
    asked: list[Path] = []

    def hangs(path: Path) -> int:
        asked.append(path)
        answers.wait(30)
        return 10_000_000_000

    house.watchdog._disk_free = hangs
    fault = await house.until_fault("disk", True)
    assert "does not answer" in fault.detail
    for _ in range(3):
        await house.pass_(60)
        await asyncio.sleep(0.02)
    assert len(asked) == 1, "one thread waits, not one more each minute"
    answers.set()
    await house.until_fault("disk", False)


async def test_a_check_that_fails_is_a_fault_until_it_works_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.runtime, "review", fails)
    fault = await house.until_fault("watchdog", True)
    assert "check_slowly" in fault.detail
    monkeypatch.undo()
    await house.until_fault("watchdog", False)


async def test_a_disk_that_cannot_be_read_is_a_fault_of_the_disk(house: House) -> None:
    def dies(path: Path) -> int:
        raise OSError(5, "Input/output error")

    house.watchdog._disk_free = dies
    fault = await house.until_fault("disk", True)
    assert "Input/output error" in fault.detail
    house.watchdog._disk_free = lambda path: 10_000_000_000
    await house.until_fault("disk", False)


async def test_a_roster_that_ends_is_a_fault_two_weeks_before(
    house: House,
) -> None:
    def until(last: str) -> Roster:
        return Roster(
            "town", "镇值班", "Asia/Shanghai", (Shift("全天", "08:00", "08:00", ("a",)),), last=last
        )

    house.watchdog._rosters = (until("2026-03-16"),)  # START is the 2nd
    assert not [fault for fault in house.faults("roster") if fault.active]
    house.watchdog._rosters = (until("2026-03-15"),)
    fault = await house.until_fault("roster", True)
    assert "镇值班 到 2026-03-15 为止" in fault.detail
    house.watchdog._rosters = (until("2027-03-15"),)
    await house.until_fault("roster", False)
