"""What is written first when much waits."""

from __future__ import annotations

from pathlib import Path

from devices.observation import HelpCall, Motion
from gateway.ledger import APART_ENTRIES_MIN
from gateway.store import reading
from gateway.store.rows import Entry
from tests.gateway.lives import motion, press, until
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
