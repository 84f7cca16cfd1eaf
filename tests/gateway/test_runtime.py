from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from alerting.events import Configured, Event, Receipt, Tick
from alerting.household import IncidentKind
from devices.observation import Fault, HelpCall, Motion
from gateway import ledger, repair
from gateway.engines import Engine, Failed
from gateway.fleet import rebuild, restore
from gateway.runtime import Runtime
from gateway.snapshots import SnapshotPlan
from gateway.store import reading
from gateway.store.store import Store
from tests import waves
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import TINY, TinyEngine, household
from tests.fakes.outbox import FakeBoard, FakeOutbox
from tests.gateway.lives import close, later, motion, press, until


class Gateway:
    """A runtime over a real database, with what goes out and in collected."""

    def __init__(self, path: Path, homes: int = 1) -> None:
        self.clock = FakeClock()
        self.trouble: str | None = None
        self.slow: asyncio.Event | None = None
        self.store = Store.open(path, probe=self._probe)
        self.outbox = FakeOutbox()
        self.board = FakeBoard()
        self.acknowledged: list[str] = []
        self.engines: dict[str, Engine] = {}
        self.homes = [*(f"h{n}" for n in range(1, homes + 1)), "gateway"]
        self.task: asyncio.Task[None] | None = None
        self.hold = False

    async def start(self) -> None:
        homes = {id: household(id) for id in self.homes}
        self.engines = (await restore(self.store, homes, START, TINY)).engines
        self.runtime = self.make()
        self.task = asyncio.create_task(self.runtime.run())
        self.clock.busy.append(lambda: self.runtime.is_writing and not self.hold)

    def make(self) -> Runtime:
        return Runtime(
            self.engines,
            self.clock,
            self.store,
            self.outbox,
            self.board,
            window=30,
            rebuild=tiny_rebuild,
        )

    def _probe(self, point: str) -> None:
        if point == "before commit" and self.trouble is not None:
            raise sqlite3.OperationalError(self.trouble)
        while self.hold and point == "before commit":
            import time

            time.sleep(0.001)

    def offer(self, home: str, event: Event, name: str = "") -> None:
        self.runtime.offer(home, event, (lambda: self.acknowledged.append(name)) if name else None)

    @property
    def journal(self) -> list[Event | None]:
        recorded = reading.journal(self.store.path, 0)
        return [one.event for one in recorded if not isinstance(one.event, Configured)]

    @property
    def faults(self) -> list[str]:
        return [
            entry.event.detail for entry in self.board.entries if isinstance(entry.event, Fault)
        ]


def tiny_rebuild(path: Path, failed: Failed, now: datetime) -> Engine:
    return rebuild(path, failed, now, TINY)


@contextlib.asynccontextmanager
async def running(path: Path, homes: int = 1) -> AsyncIterator[Gateway]:
    gateway = Gateway(path, homes)
    await gateway.start()
    assert gateway.task is not None
    try:
        yield gateway
        assert not gateway.task.done(), gateway.task.exception()
    finally:
        gateway.hold = False
        await gateway.runtime.stop()
        await gateway.task
        await gateway.store.close()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with running(tmp_path / "gateway.db") as gateway:
        yield gateway


async def test_a_press_is_written_then_acknowledged_then_owed(gateway: Gateway) -> None:
    gateway.offer("h1", press(1), "press")
    await until(lambda: gateway.outbox.keys)
    assert gateway.outbox.keys == ["h1-0001/0/daughter/sms"]
    assert [row.key for row in await gateway.store.owed()] == gateway.outbox.keys
    assert gateway.acknowledged == ["press"]
    assert gateway.journal == [press(1)]
    assert gateway.board.entries[0].event == press(1)


async def test_nothing_is_acknowledged_or_sent_before_it_is_written(gateway: Gateway) -> None:
    gateway.hold = True
    gateway.offer("h1", press(1), "press")
    await asyncio.sleep(0.05)
    assert (gateway.acknowledged, gateway.outbox.keys, gateway.board.entries) == ([], [], [])
    gateway.hold = False
    await until(lambda: gateway.outbox.keys)


async def test_measurements_are_gathered_for_a_second(gateway: Gateway) -> None:
    gateway.offer("h1", motion(0), "one")
    gateway.offer("h1", motion(0.5), "two")
    await gateway.clock.advance(0.9)
    assert gateway.journal == []
    await gateway.clock.advance(0.2)
    await until(lambda: len(gateway.acknowledged) == 2)
    assert gateway.journal == [motion(0), motion(0.5)]


async def test_a_third_of_the_window_is_written_at_once(gateway: Gateway) -> None:
    for number in range(10):
        gateway.offer("h1", motion(0), f"{number}")
    await until(lambda: len(gateway.acknowledged) == 10)


async def test_engines_go_on_while_a_group_is_written(gateway: Gateway) -> None:
    gateway.hold = True
    gateway.offer("h1", press(0), "first")
    await asyncio.sleep(0.02)
    for number in range(50):
        gateway.offer("h1", motion(number / 10), f"{number}")
    await asyncio.sleep(0.02)
    engine = gateway.engines["h1"]
    assert isinstance(engine, TinyEngine)
    assert engine.state.heard == 51
    assert gateway.acknowledged == []
    gateway.hold = False
    await until(lambda: len(gateway.acknowledged) == 51)
    assert gateway.acknowledged == ["first", *(str(n) for n in range(50))]


async def test_a_press_goes_before_measurements(gateway: Gateway) -> None:
    for number in range(300):
        gateway.offer("h1", motion(0), f"{number}")
    gateway.offer("h1", press(0), "press")
    await until(lambda: len(gateway.acknowledged) == 301)
    assert gateway.acknowledged[0] == "press"


async def test_time_never_goes_back(gateway: Gateway) -> None:
    gateway.offer("h1", motion(5))
    gateway.offer("h1", motion(3))
    await gateway.clock.advance(2)
    await until(lambda: gateway.journal)
    assert gateway.journal == [motion(5), motion(5)]


async def test_deadlines_are_met_and_written_when_they_cause_something(gateway: Gateway) -> None:
    gateway.offer("h1", press(0))
    await until(lambda: gateway.outbox.keys)
    await gateway.clock.advance(59)
    assert len(gateway.outbox.keys) == 1
    await gateway.clock.advance(1.5)
    await until(lambda: len(gateway.outbox.keys) == 2)
    assert gateway.outbox.keys[1] == "h1-0001/1/daughter/sms"
    assert gateway.journal == [press(0), Tick(later(60))]


async def test_a_deadline_that_was_put_off_is_not_met(gateway: Gateway) -> None:
    for second in range(0, 60, 5):
        gateway.offer("h1", motion(second))
        await gateway.clock.advance(5)
    assert gateway.outbox.keys == []
    await gateway.clock.advance(10)
    await until(lambda: gateway.outbox.keys)
    assert [type(event) for event in gateway.journal].count(Tick) == 1


async def test_a_thousand_silences_at_once_are_all_told(tmp_path: Path) -> None:
    async with running(tmp_path / "gateway.db", homes=1_000) as gateway:
        for number in range(1, 1_001):
            gateway.offer(f"h{number}", motion(0))
        await gateway.runtime.answer()
        await gateway.clock.advance(10.5)
        await until(lambda: len(gateway.outbox.keys) == 1_000)


async def test_after_a_jump_of_the_clock_nothing_is_concluded_from_it(gateway: Gateway) -> None:
    gateway.offer("h1", motion(0))
    gateway.offer("h1", press(0))
    await until(lambda: gateway.outbox.keys)
    gateway.clock.jump(4.5 * 3_600)
    gateway.runtime.nudge()
    await gateway.clock.advance(1.5)
    await until(lambda: len(gateway.journal) >= 3)
    assert [type(event).__name__ for event in gateway.journal[2:]] == ["Resumed", "Resumed"]
    assert len(gateway.outbox.keys) == 1, "no burst of what fell due unheard"
    await gateway.clock.advance(60)
    await until(lambda: len(gateway.outbox.keys) > 1)


async def test_what_nobody_lives_in_is_counted(gateway: Gateway) -> None:
    gateway.offer("h99", motion(0), "stranger")
    await until(lambda: gateway.acknowledged)
    assert gateway.runtime.counters.total("unknown household") == 1


async def test_withdrawals_reach_the_outbox(gateway: Gateway) -> None:
    gateway.offer("h1", press(0))
    gateway.offer("h1", close("h1-0001", 1))
    await until(lambda: gateway.outbox.withdrawn)
    assert gateway.outbox.withdrawn == ["h1-0001"]
    assert await gateway.store.owed() == []


async def test_a_restart_finds_nothing_to_replay(tmp_path: Path) -> None:
    async with running(tmp_path / "gateway.db", homes=2) as gateway:
        gateway.offer("h1", press(0))
        gateway.offer("h2", motion(0))
        before = gateway.engines["h1"]
    kept = {one.household: one for one in reversed(reading.snapshots(tmp_path / "gateway.db"))}
    assert set(kept) == {"h1", "h2", "gateway"}
    assert {one.seq for one in kept.values()} == {5}
    assert kept["h1"].body == before.snapshot()


def test_snapshots_go_round_and_keep_the_tail_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.snapshots.TAIL_ENTRIES_MAX", 100)
    clock = FakeClock()
    engines = {f"h{n}": TinyEngine(Configured(START, household(f"h{n}"))) for n in range(10)}
    plan = SnapshotPlan(clock.now, engines)
    kept: list[str] = []
    for _ in range(40):
        plan.count(10)
        kept += [one.household for one in plan.due(engines, ())]
    assert kept[:10] == list(engines)
    assert len(kept) >= 30


async def test_snapshots_once_a_day(gateway: Gateway) -> None:
    await gateway.clock.advance(23 * 3_600)
    gateway.offer("h1", press(23 * 3_600))
    await until(lambda: gateway.outbox.keys)
    assert len(reading.snapshots(gateway.store.path)) == 2, "those of the first day"
    await gateway.clock.advance(3_600)
    gateway.offer("h1", press(24 * 3_600, "b"))
    await until(lambda: len(reading.snapshots(gateway.store.path)) == 4)


# ---------------------------------------------------------------------- fail open


async def test_with_a_full_disk_an_alarm_goes_out_and_the_store_is_one_itself(
    gateway: Gateway,
) -> None:
    gateway.trouble = "database or disk is full"
    gateway.offer("h1", motion(0), "motion")
    gateway.offer("h1", press(0), "press")
    await until(lambda: len(gateway.outbox.keys) == 2)
    assert gateway.outbox.keys == ["h1-0001/0/daughter/sms", "gateway-0001/0/daughter/sms"]
    assert "the disk is full" in gateway.outbox.rows[1].text
    assert gateway.runtime.store_is_broken
    # motion shared the group of the press; what raised an alarm stays with the broker
    assert gateway.acknowledged == ["motion"]
    await until(lambda: len(gateway.board.entries) == 3)  # the desk goes on from memory

    gateway.offer("h1", press(1), "second")
    await until(lambda: len(gateway.outbox.keys) == 3)
    assert gateway.journal == []

    gateway.trouble = None
    await gateway.clock.advance(2.5)
    await until(lambda: not gateway.runtime.store_is_broken)
    await until(lambda: len(gateway.faults) == 2)
    assert gateway.faults[1] == "the store can be written again"
    assert gateway.acknowledged == ["motion", "press", "second"]
    await until(lambda: len(gateway.journal) == 5)
    assert [type(event).__name__ for event in gateway.journal] == [
        "HelpCall", "Motion", "Fault", "HelpCall", "Fault",
    ]  # fmt: skip
    assert len(gateway.outbox.keys) == 3, "nothing goes out twice"
    assert len(await gateway.store.owed()) == 3


async def test_a_slow_disk_delays_no_alarm_for_long(gateway: Gateway) -> None:
    gateway.hold = True
    gateway.offer("h1", press(0), "press")
    await gateway.runtime.answer()
    await gateway.clock.advance(1.9)
    assert gateway.outbox.keys == []
    await gateway.clock.advance(0.2)
    assert gateway.outbox.keys == ["h1-0001/0/daughter/sms"]
    gateway.offer("h1", press(3), "second")
    await gateway.runtime.answer()
    await gateway.clock.advance(2.1)
    assert len(gateway.outbox.keys) == 2
    assert not gateway.runtime.store_is_broken
    await gateway.clock.advance(1)
    assert gateway.runtime.store_is_broken
    assert "no answer from the disk" in gateway.outbox.rows[2].text
    gateway.hold = False
    await until(lambda: not gateway.runtime.store_is_broken)
    await until(lambda: len(gateway.acknowledged) == 2)
    assert len(gateway.outbox.keys) == 3
    await gateway.clock.advance(1.5)
    await until(lambda: len(gateway.journal) == 4)


async def test_what_cannot_be_written_for_long_is_bounded(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "ENTRIES_KEPT_MAX", 100)
    gateway.trouble = "disk I/O error"
    gateway.offer("h1", press(0))
    await until(lambda: gateway.runtime.store_is_broken)
    for number in range(1_000):
        gateway.offer("h1", motion(number / 1_000), f"{number}")
    await until(lambda: len(gateway.acknowledged) == 1_000)
    gateway.trouble = None
    await gateway.clock.advance(2.5)
    await until(lambda: not gateway.runtime.store_is_broken)
    journal = gateway.journal
    assert 50 < len(journal) < 110
    assert isinstance(journal[0], HelpCall), "what raised an alarm is the last to go"
    assert journal[-2] == motion(0.999)


async def test_only_half_the_window_is_held_back(gateway: Gateway) -> None:
    gateway.trouble = "database or disk is full"
    for number in range(25):
        gateway.offer("h1", press(0), f"{number}")
    await until(lambda: len(gateway.outbox.keys) == 26)
    assert len(gateway.acknowledged) == 10, "the broker must be able to send the next press"


async def test_a_database_damaged_while_running_is_replaced(gateway: Gateway) -> None:
    gateway.offer("h1", press(0))
    await until(lambda: gateway.outbox.keys)
    gateway.trouble = "database disk image is malformed"
    gateway.offer("h1", press(1, "two"))
    await until(lambda: len(gateway.outbox.keys) == 3)
    gateway.trouble = None
    await gateway.clock.advance(2.5)
    await until(lambda: not gateway.runtime.store_is_broken)
    assert gateway.store.moved_aside is not None
    assert gateway.store.moved_aside.exists()
    open_now = {record.id for record in reading.incidents_not_over(gateway.store.path)}
    assert open_now == {"h1-0001", "h1-0002", "gateway-0001"}
    assert {one.household for one in reading.snapshots(gateway.store.path)} == {"h1", "gateway"}


async def test_one_entry_that_cannot_be_written_does_not_keep_the_others(
    gateway: Gateway,
) -> None:
    gateway.hold = True
    gateway.offer("h1", press(0))
    await gateway.runtime.answer()
    for number in range(5):
        gateway.offer("h1", motion(number), f"{number}")
    gateway.offer("h1", Receipt(later(2), "k", "i", "no such state"))  # type: ignore[arg-type]
    gateway.offer("h1", Motion(at=later(3), device="\ud800"), "odd")
    gateway.hold = False
    await gateway.clock.advance(1.5)
    await until(lambda: gateway.runtime.counters.total("unwritable entry"))
    await until(lambda: len(gateway.acknowledged) == 6)
    assert not gateway.runtime.store_is_broken
    assert len(gateway.journal) == 7


# ---------------------------------------------------------------------- poison


async def test_an_engine_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    async with running(tmp_path / "gateway.db", homes=2) as gateway:
        gateway.offer("h1", press(0, "a"))
        gateway.offer("h1", motion(1, "poison"), "poison")
        gateway.offer("h2", press(1, "b"))
        gateway.offer("h1", press(2, "c"), "held")
        await until(lambda: len(gateway.outbox.keys) == 4)
        assert set(gateway.outbox.keys) == {
            "h1-0001/0/daughter/sms",
            "h1-0002/0/daughter/sms",
            "h2-0001/0/daughter/sms",
            "gateway-0001/0/daughter/sms",
        }
        assert gateway.acknowledged == ["poison", "held"]
        (fault,) = (row.text for row in gateway.outbox.rows if row.household == "gateway")
        assert "H1 王秀兰家: Motion" in fault
        assert motion(1, "poison") not in gateway.journal
        db = gateway.store.reader()
        ((who, reason, payload),) = db.execute("select who, reason, payload from quarantine")
        assert (who, reason) == ("h1", "ZeroDivisionError('poison')")
        assert b'"device":"poison"' in payload
        db.close()
        await gateway.clock.advance(repair.REPAIR_WINDOW.total_seconds() + 1)
        gateway.runtime.review()
        await gateway.runtime.answer()
        await gateway.clock.advance(2)
        await until(lambda: gateway.faults[-1] == "works again")


async def test_a_call_for_help_that_cannot_be_judged_is_still_told(gateway: Gateway) -> None:
    gateway.offer("h1", press(0, "a"))
    await until(lambda: gateway.outbox.keys)
    gateway.offer("h1", press(1, "b", device="poison"), "poison")
    await until(lambda: len(gateway.outbox.keys) >= 2)
    assert "HelpCall 未能处理，请立即联系" in gateway.outbox.rows[1].text
    for _ in range(20):
        await gateway.clock.advance(30)
        await asyncio.sleep(0.01)
    await until(lambda: gateway.acknowledged == ["poison"])
    gateway.offer("h1", press(700, "c"))
    await until(
        lambda: any(row.text.endswith("c") or "h1" in row.key for row in gateway.outbox.rows[3:])
    )


async def test_a_knock_that_cannot_be_judged_is_told_as_a_call_is(gateway: Gateway) -> None:
    gateway.offer("h1", waves.knock(later(1), device="poison"), "poison")
    await until(lambda: gateway.outbox.keys)
    assert "Impact 未能处理，请立即联系" in gateway.outbox.rows[0].text


async def test_an_engine_failing_again_and_again_is_paused_longer_and_longer(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def remember(path: Path, failed: Failed, now: datetime) -> Engine:
        tries.append(failed.times)
        return tiny_rebuild(path, failed, now)

    monkeypatch.setattr(gateway.runtime._repairs, "_rebuild", remember)
    for second in range(100):
        gateway.offer("h1", motion(second, "poison"), f"{second}")
        await gateway.clock.advance(1)
        await asyncio.sleep(0.002)
    assert 3 <= len(tries) <= 5
    assert tries[:3] == [0, 1, 2]


async def test_a_listener_that_fails_stops_nothing(gateway: Gateway) -> None:
    def fail(entry: object) -> None:
        raise ZeroDivisionError

    gateway.board.apply = fail  # type: ignore[method-assign]
    runtime = gateway.make()
    task = asyncio.create_task(runtime.run())
    runtime.offer("h1", press(0))
    await until(lambda: gateway.outbox.keys)
    await runtime.stop()
    await task


async def test_a_state_that_cannot_be_kept_stops_nothing(gateway: Gateway) -> None:
    def fail() -> bytes:
        raise ZeroDivisionError

    gateway.engines["h1"].snapshot = fail  # type: ignore[method-assign]
    gateway.runtime._snapshots.hurry("h1")
    gateway.offer("h1", press(0), "press")
    await until(lambda: gateway.outbox.keys)
    assert gateway.acknowledged == ["press"]


async def test_an_outbox_or_acknowledgement_that_fails_costs_only_itself(
    gateway: Gateway,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    owe = gateway.outbox.owe
    gateway.outbox.owe = fail  # type: ignore[method-assign, assignment]
    gateway.runtime.offer("h1", press(0), fail)
    await until(lambda: gateway.board.entries)
    gateway.outbox.owe = owe  # type: ignore[method-assign]
    gateway.offer("h1", press(1, "b"), "second")
    await until(lambda: gateway.outbox.keys)
    assert gateway.acknowledged == ["second"]
    assert len(await gateway.store.owed()) == 2, "written: a restart would send it"


async def test_the_inbox_says_when_it_is_full(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.inbox.INBOX_MAX", 50)
    monkeypatch.setattr("gateway.inbox.ROOM_AT", 25)
    monkeypatch.setattr(ledger, "GROUP_ENTRIES_MAX", 20)
    gateway.hold = True
    gateway.offer("h1", press(0))
    await gateway.runtime.answer()
    for number in range(100):
        gateway.offer("h1", motion(0), f"{number}")
    await asyncio.sleep(0.02)
    assert gateway.runtime.is_full
    room: list[bool] = []
    gateway.runtime.when_room(lambda: room.append(gateway.runtime.is_full))
    gateway.offer("h1", press(1, "urgent"))
    await asyncio.sleep(0.02)
    assert room == []
    kinds = [record.kind for record in gateway.engines["h1"].incidents]
    assert kinds == [IncidentKind.EMERGENCY] * 2, "people are heard although it is full"
    gateway.hold = False
    await until(lambda: room == [False])
    await until(lambda: len(gateway.acknowledged) == 100)
