"""What is written first when much waits, and what is let go when nothing can be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from alerting.incident import Incident
from devices.observation import HelpCall, Motion
from gateway.ledger import APART_ENTRIES_MIN, Ledger
from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry
from gateway.store.writing import Snapshot
from tests.fakes.clock import FakeClock
from tests.gateway.lives import close, engine, live, motion, press, until
from tests.gateway.test_runtime import running


async def test_an_alarm_does_not_wait_for_the_movements_of_other_homes(tmp_path: Path) -> None:
    async with running(tmp_path / "gateway.db", homes=3) as gateway:
        gateway.runtime._ledger._acks_max = 1_000
        gateway.offer("h1", motion(0), "before")
        for second in range(APART_ENTRIES_MIN):
            gateway.offer("h2", motion(second))
            gateway.offer("h3", motion(second))
        await until(lambda: gateway.runtime._ledger._open.entries)
        gateway.offer("h1", press(40), "press")
        await until(lambda: gateway.outbox.keys)
        written = [(one.household, type(one.event)) for one in journal(gateway.store.path)]
        assert written == [("h1", Motion), ("h1", HelpCall)], "in the order of their home"
        assert gateway.acknowledged == ["before", "press"]
        await gateway.clock.advance(1.0)
        await until(lambda: len(journal(gateway.store.path)) == 2 + 2 * APART_ENTRIES_MIN)
        assert reading.last_at(gateway.store.path) == press(40).at
        kinds = [type(entry.event) for entry in told(gateway.board.entries) if entry.effects]
        assert kinds == [HelpCall]


async def test_what_is_left_is_written_although_nothing_more_comes(tmp_path: Path) -> None:
    async with running(tmp_path / "gateway.db", homes=2) as gateway:
        gateway.offer("h1", press(0))
        for second in range(APART_ENTRIES_MIN):
            gateway.offer("h2", motion(second), f"{second}")
        await until(lambda: gateway.outbox.keys)
        await gateway.clock.advance(1.5)
        await until(lambda: len(gateway.acknowledged) == APART_ENTRIES_MIN)


def journal(path: Path) -> list[reading.Recorded]:
    return [
        one
        for one in reading.journal(path, 0)
        if one.household != "gateway" and isinstance(one.event, HelpCall | Motion)
    ]


def told(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.household != "gateway"]


async def test_what_waits_through_a_long_write_is_written_although_nothing_more_comes(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "gateway.db") as gateway:
        gateway.hold = True
        gateway.offer("h1", press(0))
        await until(lambda: gateway.runtime.is_writing)
        gateway.offer("h1", motion(1), "moved")
        await gateway.clock.advance(1.5)
        gateway.hold = False
        await until(lambda: gateway.outbox.keys)
        await until(lambda: not gateway.runtime.is_writing)
        await gateway.clock.advance(1.5)
        await until(lambda: gateway.acknowledged == ["moved"])


async def test_what_a_broken_disk_lets_go_keeps_its_order() -> None:
    disk, owner = Disk(), Told()
    ledger = Ledger(disk, FakeClock(), owner)
    first, *others = live(engine(), press(0), close("h1-0001", 1), motion(2))
    ledger.add(first, None)
    for entry in others:
        ledger.add(entry, None)
    disk.asked[0].set_exception(StoreError(disk.path, Trouble.BROKEN, "disk I/O error"))
    await until(lambda: ledger.trouble)
    assert owner.entries == [first, *others]


class Disk:
    """A store that answers when the test says so."""

    path = Path("gateway.db")

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[int]] = []

    def commit(
        self,
        entries: Sequence[Entry],
        durable: bool,
        snapshots: Iterable[Snapshot] = (),
        incidents: Iterable[Incident] = (),
    ) -> asyncio.Future[int]:
        self.asked.append(asyncio.get_running_loop().create_future())
        return self.asked[-1]

    async def renew(self) -> None:
        raise AssertionError("not damaged")


class Told:
    """Whoever made the ledger: keeps what may be acted upon."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def let_go(self, entries: Sequence[Entry]) -> None:
        self.entries += entries

    def snapshots_due(self) -> list[Snapshot]:
        return []

    def everything(self) -> tuple[list[Snapshot], list[Incident]]:
        return [], []

    def store_trouble(self, active: bool, detail: str) -> None:
        """Nobody asks."""

    def unwritable(self, entry: Entry, error: BaseException) -> None:
        raise AssertionError(error)

    def room(self) -> None:
        """Nobody waits."""
