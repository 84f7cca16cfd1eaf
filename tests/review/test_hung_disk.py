"""A disk that does not answer at all, and what must go on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.observation import HelpCall
from gateway import ledger
from tests.gateway.lives import motion, press, until
from tests.gateway.test_runtime import Gateway, running


@pytest.fixture
async def hung(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway whose first alarm found a disk that hangs, and is known to."""
    async with running(tmp_path / "gateway.db") as gateway:
        gateway.hold = True
        gateway.offer("h1", press(0, "a"), "first")
        await gateway.runtime.answer()
        await gateway.clock.advance(6)
        assert gateway.runtime.store_is_broken
        yield gateway


async def test_the_ladder_goes_on_while_the_disk_hangs_and_measurements_come_in(
    hung: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "GROUP_ENTRIES_MAX", 20)
    for number in range(50):
        hung.offer("h1", motion(6), f"{number}")
    await asyncio.sleep(0.02)
    for _ in range(8):
        await hung.clock.advance(10)
        hung.runtime.nudge()
        await asyncio.sleep(0.01)
    told = [key for key in hung.outbox.keys if key.startswith("h1-0001/")]
    assert told[:2] == ["h1-0001/0/daughter/sms", "h1-0001/1/daughter/sms"]
    await asyncio.wait_for(hung.runtime.answer(), 5)


async def test_a_press_that_came_while_the_disk_hung_stays_with_the_broker_until_written(
    hung: Gateway,
) -> None:
    hung.offer("h1", press(7, "b"), "second")
    await hung.runtime.answer()
    written = {"first": 1, "second": 2}
    called = hung.acknowledged.append
    early: list[str] = []

    class Watched(list[str]):
        def append(self, name: str) -> None:
            presses = sum(isinstance(event, HelpCall) for event in hung.journal)
            if presses < written.get(name, 0):
                early.append(name)
            called(name)

    hung.acknowledged = Watched(hung.acknowledged)
    hung.hold = False
    await until(lambda: len([*hung.acknowledged]) >= 1 or not hung.runtime.store_is_broken)
    await hung.clock.advance(3)
    await until(lambda: sum(isinstance(event, HelpCall) for event in hung.journal) == 2)
    assert early == []


async def test_a_home_that_fails_while_the_disk_hangs_is_judged_again(hung: Gateway) -> None:
    hung.offer("h1", motion(7, "poison"))
    hung.offer("h1", press(8, "b"))
    for _ in range(10):
        await hung.clock.advance(1)
        await asyncio.sleep(0.01)
    assert "h1" not in hung.runtime._repairs.under_repair
    assert "h1-0002/0/daughter/sms" in hung.outbox.keys
    known = [record.id for record in hung.engines["h1"].incidents]
    assert known == ["h1-0001", "h1-0002"], "the call of before is not forgotten either"
