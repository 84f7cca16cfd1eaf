from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from alerting.events import Configured, Notify, Prompt, Resumed, Tick
from alerting.household import Household
from devices.observation import Hazard, HazardKind, HelpCall, Motion
from gateway import fleet
from gateway.engines import CORE, FORGET_AFTER, Engine, Failed
from gateway.fleet import Fleet, restore
from gateway.store import reading
from gateway.store.rows import Entry
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from tests import builders
from tests.fakes.clock import START
from tests.fakes.engine import TINY, TinyEngine, household
from tests.gateway.lives import close, later, live, motion, press

HOMES = {id: household(id) for id in ("h1", "h2", "gateway")}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.open(tmp_path / "gateway.db")
    yield store
    await store.close()


async def begin(store: Store, homes: dict[str, Household] = HOMES, seconds: float = 0) -> Fleet:
    return await restore(store, homes, later(seconds), TINY)


def tiny(engine: Engine) -> TinyEngine:
    assert isinstance(engine, TinyEngine)
    return engine


async def test_a_first_start_begins_every_home_with_a_snapshot(store: Store) -> None:
    first = await begin(store)
    assert set(first.engines) == set(HOMES)
    assert first.events == []
    assert first.faults == []
    recorded = list(reading.journal(store.path, 0))
    assert {one.household for one in recorded} == set(HOMES)
    assert all(isinstance(one.event, Configured) for one in recorded)
    assert {one.household for one in reading.snapshots(store.path)} == set(HOMES)


async def test_a_restart_makes_the_same_engines(store: Store) -> None:
    one = tiny((await begin(store)).engines["h1"])
    life = live(one, press(1, "a"), motion(2), motion(5), press(6, "b"), close("h1-0001", 70))
    await store.commit(life, True)
    again = await begin(store, seconds=100)
    assert tiny(again.engines["h1"]).state == one.state
    assert again.engines["h1"].deadline() == one.deadline()
    assert len(await store.owed()) > 0
    assert ("h1", Resumed(later(100), deaf_since=later(70), why="the gateway was started")) in (
        again.events
    )


async def test_the_journal_since_the_snapshot_is_enough(store: Store) -> None:
    one = tiny((await begin(store)).engines["h1"])
    state = live(one, press(1, "a"), motion(2))
    await store.commit(state, True, [Snapshot("h1", later(2), one.snapshot())])
    await store.commit(live(one, motion(3), press(4, "b")), True)
    with sqlite3.connect(store.path) as db:
        db.execute("delete from journal where seq <= 5")
    db.close()
    assert tiny((await begin(store, seconds=9)).engines["h1"]).state == one.state


async def test_changed_configuration_comes_after_resumed(store: Store) -> None:
    await begin(store)
    changed = HOMES | {"h2": household("h2", name="李大山家")}
    again = await begin(store, changed, 10)
    of_h2 = [event for home, event in again.events if home == "h2"]
    assert [type(event) for event in of_h2] == [Resumed, Configured]
    assert [type(event) for home, event in again.events if home == "h1"] == [Resumed]


async def test_a_home_that_is_gone_stays_while_something_is_open(store: Store) -> None:
    engines = (await begin(store)).engines
    await store.commit(live(tiny(engines["h2"]), press(1)), True)
    only = {"gateway": HOMES["gateway"]}
    again = await begin(store, only, 10)
    assert set(again.engines) == {"gateway", "h2"}
    assert "h1" not in {one.household for one in reading.snapshots(store.path)}
    await store.commit(live(tiny(again.engines["h2"]), close("h2-0001", 20)), True)
    assert set((await begin(store, only, 30)).engines) == {"gateway"}


async def test_a_home_that_comes_back_counts_its_incidents_on(store: Store) -> None:
    engine = tiny((await begin(store)).engines["h1"])
    await store.commit(live(engine, press(1), close("h1-0001", 2)), True)
    await begin(store, {"gateway": HOMES["gateway"]}, 10)
    back = tiny((await begin(store, HOMES, 20)).engines["h1"])
    (entry,) = live(back, press(30, "new"))
    assert back.incidents[0].id == "h1-0002", "no key ever gets a second meaning"
    await store.commit([entry], True)
    assert "h1-0002/0/daughter/sms" in [row.key for row in await store.owed()]


async def test_a_life_that_comes_to_something_else_gives_no_number_twice(store: Store) -> None:
    """Another version judges the journal otherwise: what was written down, people were told."""
    one = tiny((await begin(store)).engines["h1"])
    first, other = live(one, press(1, "a"), press(2, "b"))
    # as if the rules of today would not have opened the first
    await store.commit([Entry("h1", close("h1-0009", 1), first.effects), other], True)
    again = await begin(store, seconds=100)
    back = tiny(again.engines["h1"])
    assert [(record.id, record.opened_at) for record in back.incidents] == [
        ("h1-0001", later(1)),
        ("h1-0002", later(2)),
    ]
    assert [fault for fault in again.faults if "h1" in fault]
    (entry,) = live(back, press(110, "new"))
    assert {record.id for record in back.incidents} == {"h1-0001", "h1-0002", "h1-0003"}
    await store.commit([entry], True)
    assert "h1-0003/0/daughter/sms" in [row.key for row in await store.owed()]
    assert (await begin(store, seconds=120)).faults == [], "it is said once"


async def test_what_was_told_is_found_again_whatever_the_rules_say_now(store: Store) -> None:
    """With the detectors themselves: one incident more in the store than the rules give today."""
    homes = {"h1": builders.household()}
    begun = (await restore(store, homes, builders.at("day 1 08:00"), CORE)).engines["h1"]
    gas = Hazard(builders.at("day 1 09:00"), "smoke", hazard=HazardKind.GAS, on=True)
    press = HelpCall(builders.at("day 1 09:01"), "panel", id="a:1")
    told = [Entry("h1", event, tuple(begun.step(event))) for event in (gas, press)]
    seen = Motion(builders.at("day 1 09:00"), "pir")
    await store.commit([Entry("h1", seen, told[0].effects), told[1]], True)
    again = await restore(store, homes, builders.at("day 1 09:02"), CORE)
    back = again.engines["h1"]
    assert [(one.id, one.kind) for one in back.incidents] == [
        ("h1-0001", "safety"),
        ("h1-0002", "emergency"),
    ]
    effects = [effect for _, event in again.events for effect in back.step(event)]
    for minute in range(3, 6):
        effects += back.step(Tick(builders.at(f"day 1 09:{minute:02}")))
    keys = [effect.key for effect in effects if isinstance(effect, Notify)]
    assert {key.rpartition("/0/")[0] for key in keys if "/0/" in key} == set()
    assert {key.split("/")[0] for key in keys} == {"h1-0001", "h1-0002"}
    before = {row.key for row in await store.owed()}
    prompts = {effect.key for effect in effects if isinstance(effect, Prompt)}
    assert prompts
    assert not before & ({*keys} | prompts), "a key that was used would pass for sent"


async def test_what_only_the_new_rules_find_is_told_from_the_beginning(store: Store) -> None:
    homes = {"h1": builders.household()}
    begun = (await restore(store, homes, builders.at("day 1 08:00"), CORE)).engines["h1"]
    gas = Hazard(builders.at("day 1 09:00"), "smoke", hazard=HazardKind.GAS, on=True)
    press = HelpCall(builders.at("day 1 09:01"), "panel", id="a:1")
    told = tuple(begun.step(press))
    await store.commit([Entry("h1", gas), Entry("h1", press, told)], True)
    again = await restore(store, homes, builders.at("day 1 09:02"), CORE)
    back = again.engines["h1"]
    assert [(one.id, one.kind) for one in back.incidents] == [
        ("h1-0001", "emergency"),
        ("h1-0003", "safety"),
    ]
    effects = [effect for _, event in again.events for effect in back.step(event)]
    keys = [effect.key for effect in effects if isinstance(effect, Notify)]
    assert "h1-0003/0/daughter/sms" in keys


async def test_an_unreadable_snapshot_gives_way_to_the_one_before(store: Store) -> None:
    one = tiny((await begin(store)).engines["h1"])
    await store.commit(live(one, press(1, "a")), True, [Snapshot("h1", later(1), b"rubbish")])
    await store.commit(live(one, motion(2)), True)
    again = await begin(store, seconds=10)
    assert tiny(again.engines["h1"]).state == one.state
    assert again.faults == []


async def test_without_any_snapshot_the_whole_journal_is_lived_again(store: Store) -> None:
    one = tiny((await begin(store)).engines["h1"])
    await store.commit(live(one, press(1, "a"), motion(2)), True)
    spoil_snapshots(store)
    again = await begin(store, seconds=10)
    assert tiny(again.engines["h1"]).state == one.state


async def test_what_cannot_be_known_any_more_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tiny((await begin(store)).engines["h1"])
    await store.commit(live(one, press(1, "a"), motion(2)), True)
    spoil_snapshots(store)
    monkeypatch.setattr(fleet, "REPLAYED_ENTRIES_MAX", 2)
    again = await begin(store, seconds=10)
    assert set(again.engines) == set(HOMES)
    assert any("h1: nothing of its past can be read" in fault for fault in again.faults)
    assert any("h1-0001" in fault and "is lost" in fault for fault in again.faults)
    (entry,) = live(tiny(again.engines["h1"]), press(30, "b"))
    assert tiny(again.engines["h1"]).incidents[0].id == "h1-0002"
    await store.commit([entry], True)


async def test_an_entry_that_cannot_be_judged_is_left_out(store: Store) -> None:
    one = tiny((await begin(store)).engines["h1"])
    good = live(one, press(1, "a"))
    bad = Entry("h1", motion(2, "poison"))
    await store.commit([*good, bad, *live(one, press(3, "b"))], True)
    again = await begin(store, seconds=10)
    assert tiny(again.engines["h1"]).state == one.state
    (fault,) = again.faults
    assert fault.endswith("h1: journal entry 5 cannot be judged; left out")


async def test_one_damaged_record_costs_neither_the_start_nor_the_others(
    store: Store, tmp_path: Path
) -> None:
    started = await begin(store)
    for home in ("h1", "h2"):
        judge = tiny(started.engines[home])
        event = press(1, device=f"{home}-button")
        await store.commit([Entry(home, event, tuple(judge.step(event)))], True)
    await store.close()
    with sqlite3.connect(store.path) as db:
        db.execute("update incident set body = '{' where household = 'h1'")
        db.execute("update outbox set purpose = 'alarn' where household = 'h1'")
    db.close()
    again = Store.open(store.path)
    restored = await begin(again)
    assert [row.household for row in await again.owed()] == ["h2"]
    assert any(fault.startswith("2 ") and "damaged" in fault for fault in restored.faults)
    await again.close()


async def test_a_database_damaged_in_the_middle_begins_anew(store: Store) -> None:
    await begin(store)
    one = TinyEngine(Configured(START, HOMES["h1"]))
    await store.commit(live(one, *(motion(n) for n in range(5_000))), True)
    await store.close()
    body = bytearray(store.path.read_bytes())
    for page in range(10, len(body) // 4_096, 2):
        body[page * 4_096 : page * 4_096 + 2_000] = b"\x5a" * 2_000
    store.path.write_bytes(body)
    damaged = Store.open(store.path)
    again = await begin(damaged, seconds=10)
    assert set(again.engines) == set(HOMES)
    assert damaged.moved_aside is not None
    await damaged.commit(live(tiny(again.engines["h1"]), press(20)), True)
    await damaged.close()


async def test_the_real_engine_survives_a_restart(store: Store) -> None:
    first = await restore(store, HOMES, START, CORE)
    engine = first.engines["h1"]
    life = [Entry("h1", event, tuple(engine.step(event))) for event in (motion(0), press(1, "a:1"))]
    await store.commit(life, True)
    again = await restore(store, HOMES, later(60), CORE)
    assert again.engines["h1"].snapshot() == engine.snapshot()
    assert [record.id for record in again.engines["h1"].incidents] == ["h1-0001"]
    assert CORE.audit(again.engines["h1"]) == []
    renewed = fleet.rebuild(store.path, Failed(engine, 1), later(70))
    assert [record.id for record in renewed.incidents] == ["h1-0001"], "somebody is still owed help"
    assert CORE.audit(renewed) == []
    anew = fleet.rebuild(store.path, Failed(engine, FORGET_AFTER), later(70))
    effects = anew.step(press(80, "a:2"))
    assert effects
    assert [record.id for record in anew.incidents] == ["h1-0002"]


def spoil_snapshots(store: Store) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute("update snapshot set body = x'00'")
    db.close()


def test_state_is_compared_as_a_whole() -> None:
    one = TinyEngine(Configured(START, HOMES["h1"]))
    other = TinyEngine(Configured(START, HOMES["h1"]))
    assert one.state == other.state
    assert msgspec.json.decode(one.snapshot()) == msgspec.json.decode(other.snapshot())
    one.step(motion(1))
    assert one.state != other.state
