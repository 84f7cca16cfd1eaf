"""What a home whose judgement fails may cost: never its own calls, never its neighbours'."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerting.detection.inactivity import InactivityDetector
from alerting.events import Tick
from alerting.household import Household
from devices.observation import HelpCall, Motion
from gateway.engines import CORE, FORGET_AFTER, Engine, Failed
from gateway.fleet import rebuild, restore
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry
from gateway.store.store import Store
from tests.builders import household
from tests.fakes.clock import START
from tests.gateway.lives import motion, press, until
from tests.gateway.test_runtime import Gateway, running, tiny_rebuild


async def paused(gateway: Gateway) -> None:
    """Let home h1 fail so often that it rests for minutes."""
    for second in range(5):
        gateway.offer("h1", motion(second, "poison"))
        await gateway.runtime.answer()
        for _ in range(4):
            await gateway.clock.advance(3)
            await asyncio.sleep(0.005)
    assert "h1" in gateway.runtime._repairs.under_repair


async def test_measurements_of_a_home_under_repair_do_not_fill_the_brokers_window(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "gateway.db", homes=2) as gateway:
        await paused(gateway)
        for number in range(40):
            gateway.offer("h1", motion(100, "h1-pir"), f"{number}")
        await gateway.runtime.answer()
        assert len(gateway.acknowledged) == 40, "the broker stops at 20 unacknowledged"


async def test_a_press_made_while_its_home_is_under_repair_is_told_within_seconds(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "gateway.db") as gateway:
        await paused(gateway)
        gateway.outbox.rows.clear()
        gateway.offer("h1", press(100, "a"), "press")
        await gateway.runtime.answer()
        assert gateway.acknowledged == [], "it is not written yet"
        for _ in range(4):
            await gateway.clock.advance(0.5)
            await asyncio.sleep(0.02)
        await until(lambda: any(key.startswith("h1-") for key in gateway.outbox.keys), 2)
        await until(lambda: gateway.acknowledged == ["press"], 2)


async def test_an_open_call_for_help_goes_on_after_its_home_has_failed_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = InactivityDetector.step

    def failing(self: InactivityDetector, home: Household, state: object, event: object) -> object:
        if isinstance(event, Motion) and event.device == "kitchen":
            raise ZeroDivisionError
        return step(self, home, state, event)  # type: ignore[arg-type]

    monkeypatch.setattr(InactivityDetector, "step", failing)
    homes = {"h7": household(id="h7")}
    async with running(tmp_path / "gateway.db") as gateway:
        restored = await restore(gateway.store, homes, START, CORE)
        gateway.engines["h7"] = restored.engines["h7"]
        monkeypatch.setattr(gateway.runtime._repairs, "_rebuild", core_rebuild)
        gateway.offer("h7", HelpCall(START, "panel", id="a:1"))
        await until(lambda: gateway.outbox.keys)
        for second in (1, 2, 3):
            gateway.offer("h7", Motion(START + timedelta(seconds=second), "kitchen"))
            await gateway.runtime.answer()
            for _ in range(5):
                await gateway.clock.advance(2.1)
                await asyncio.sleep(0.02)
        assert [record.id for record in gateway.engines["h7"].incidents] == ["h7-0001"]
        await gateway.clock.advance(60)
        await until(lambda: any(key.startswith("h7-0001/1/") for key in gateway.outbox.keys))


def core_rebuild(path: Path, failed: Failed, now: datetime) -> Engine:
    return rebuild(path, failed, now, CORE)


async def test_a_home_that_fails_while_the_database_cannot_be_read_is_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, *rest: object) -> object:
        raise StoreError(path, Trouble.BROKEN, "disk I/O error")

    async with running(tmp_path / "gateway.db") as gateway:
        monkeypatch.setattr("gateway.store.reading.snapshots", broken)
        monkeypatch.setattr("gateway.store.reading.incidents_counted", broken)
        gateway.offer("h1", motion(1, "poison"))
        gateway.offer("h1", press(2, "a"))
        await until(lambda: any(key.startswith("h1-") for key in gateway.outbox.keys))


async def test_a_home_of_which_no_engine_can_be_made_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def failing(path: Path, failed: Failed, now: datetime) -> Engine:
        nonlocal tries
        tries += 1
        if tries <= 4:
            raise ZeroDivisionError
        return tiny_rebuild(path, failed, now)

    async with running(tmp_path / "gateway.db") as gateway:
        monkeypatch.setattr(gateway.runtime._repairs, "_rebuild", failing)
        gateway.offer("h1", motion(1, "poison"))
        await until(lambda: any("无法判断" in row.text for row in gateway.outbox.rows))
        gateway.offer("h1", press(2, "a"))
        for _ in range(20):
            await gateway.clock.advance(60)
            await asyncio.sleep(0.02)
        await until(lambda: any(key.startswith("h1-") for key in gateway.outbox.keys))


async def test_incidents_that_a_repair_gives_up_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(path: Path, failed: Failed, now: datetime) -> Engine:
        return tiny_rebuild(path, Failed(failed.engine, FORGET_AFTER), now)

    async with running(tmp_path / "gateway.db") as gateway:
        monkeypatch.setattr(gateway.runtime._repairs, "_rebuild", forgetful)
        gateway.offer("h1", press(1, "a"))
        await until(lambda: gateway.outbox.keys)
        gateway.offer("h1", motion(2, "poison"))
        await until(lambda: any("h1-0001 已丢失" in row.text for row in gateway.outbox.rows))


async def test_a_home_taken_out_of_the_configuration_only_ends_what_is_open(
    tmp_path: Path,
) -> None:
    homes = {"h1": household(), "gateway": household(id="gateway")}
    store = Store.open(tmp_path / "gateway.db")
    engine = (await restore(store, homes, START, CORE)).engines["h1"]
    call = HelpCall(START, "panel", id="a:1")
    await store.commit([Entry("h1", call, tuple(engine.step(call)))], True)
    del homes["h1"]
    later = START + timedelta(minutes=1)
    again = await restore(store, homes, later, CORE)
    left = again.engines["h1"]
    for home, event in again.events:
        if home == "h1":
            left.step(event)
    assert [type(event).__name__ for home, event in again.events if home == "h1"] == [
        "Resumed",
        "Configured",
    ]
    moment = later
    for _ in range(100):
        moment += timedelta(hours=1)
        left.step(Tick(moment))
    assert [record.id for record in left.incidents] == ["h1-0001"], "nobody is heard there"
    await store.close()
