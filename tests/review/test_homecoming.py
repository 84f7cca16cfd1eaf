"""What was kept elsewhere while the disk was broken is there again when it works."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.events import Event
from alerting.snapshot import decode
from devices.observation import HelpCall
from gateway import fleet, spare
from gateway.homecoming import take_back
from gateway.spare import find, open_spare, open_store
from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry
from gateway.store.store import Store
from tests.builders import household
from tests.fakes.clock import START
from tests.line.world import Plan, village

BROKEN = StoreError(Path("x"), Trouble.BROKEN, "read-only file system")
HOMES = {"h1": household(), "h2": household(id="h2", code="A1002")}


class Days:
    """A data folder, and another place that can always be written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "guanai.db"
        self.places = [folder / "elsewhere"]
        self.places[0].mkdir()
        self.minutes = 0

    async def live(self, store: Store, *presses: str) -> dict[str, Sequence[str]]:
        """Start on `store`, press in these homes, stop; return what is open."""
        self.minutes += 10
        now = START + timedelta(minutes=self.minutes)
        started = await fleet.restore(store, HOMES, now)
        events: list[tuple[str, Event]] = [*started.events]
        events += [(home, HelpCall(at=now, device="panel", id=f"{now}")) for home in presses]
        for home, event in events:
            effects = tuple(started.engines[home].step(event))
            await store.commit([Entry(home, event, effects)], True)
        await store.close()
        return {
            home: [record.id for record in engine.incidents]
            for home, engine in started.engines.items()
        }

    def elsewhere(self) -> Store:
        store, wrong = open_spare(self.path, BROKEN, self.places)
        assert "read-only file system" in wrong
        return store


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path)


async def test_a_spare_is_gone_on_with_and_takes_the_place_of_the_database(days: Days) -> None:
    await days.live(Store.open(days.path), "h1")
    assert await days.live(days.elsewhere(), "h2") == {"h1": ["h1-0001"], "h2": ["h2-0001"]}
    second = days.elsewhere()
    assert len(find(days.path, days.places)) == 1, "the second start goes on where the first ended"
    await days.live(second)
    owed = {row.key for row in reading.owed(second.path)}
    length = reading.last_seq(second.path)

    (taken,) = take_back(days.path, days.places)
    assert not taken.is_news
    assert "2 open incidents" in taken.words
    store, wrong = open_store(days.path)
    assert (store.path, wrong) == (days.path, "")
    assert store.last_seq == length, "the whole journal"
    assert {row.key for row in await store.owed()} == owed
    assert await days.live(store) == {"h1": ["h1-0001"], "h2": ["h2-0001"]}
    assert find(days.path, days.places) == []
    assert take_back(days.path, days.places) == []


async def test_what_a_spare_without_a_past_kept_is_added_to_it(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    await days.live(Store.open(days.path), "h1")
    monkeypatch.setattr(spare, "COPY_BYTES_MAX", 0)
    kept = days.elsewhere()
    there = await days.live(kept, "h1", "h2")
    assert there["h1"] != ["h1-0001"], "no number is used twice"
    owed = {row.key for row in reading.owed(kept.path)}

    (taken,) = take_back(days.path, days.places)
    assert taken.is_news
    assert "guanai.db.spare-1" in taken.words
    assert reading.last_seq(days.path.with_name("guanai.db.spare-1")) == kept.last_seq
    store, _ = open_store(days.path)
    assert owed < {row.key for row in await store.owed()}
    again = await days.live(store)
    assert again == {"h1": ["h1-0001", *there["h1"]], "h2": there["h2"]}
    with reading.connect(days.path) as db:
        (lines,) = db.execute(
            "select count(*) from timeline where incident = ?", (there["h1"][0],)
        ).fetchone()
    assert lines > 1, "its story"


async def test_where_it_cannot_come_home_yet_the_spare_is_gone_on_with(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    await days.live(Store.open(days.path), "h1")
    await days.live(days.elsewhere(), "h2")
    monkeypatch.setattr(spare, "_places", lambda: days.places)
    blocked = days.path.with_name("guanai.db.coming")
    blocked.mkdir()
    assert take_back(days.path) == []
    store, wrong = open_store(days.path)
    assert store.path.parent.parent == days.places[0]
    assert "goes on" in wrong
    assert await days.live(store) == {"h1": ["h1-0001"], "h2": ["h2-0001"]}
    blocked.rmdir()
    assert len(take_back(days.path)) == 1
    store, wrong = open_store(days.path)
    assert (store.path, wrong) == (days.path, "")
    await store.close()


async def test_a_database_that_is_damaged_gives_way_to_the_spare(days: Days) -> None:
    await days.live(Store.open(days.path), "h1")
    await days.live(days.elsewhere(), "h2")
    days.path.write_bytes(b"this is not a database, " * 1_000)
    assert len(take_back(days.path, days.places)) == 1
    store, wrong = open_store(days.path)
    assert wrong == ""
    assert await days.live(store) == {"h1": ["h1-0001"], "h2": ["h2-0001"]}
    assert days.path.with_name("guanai.db.damaged-1").exists()


async def test_a_spare_that_cannot_be_deleted_is_not_gone_on_with(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    await days.live(Store.open(days.path), "h1")
    await days.live(days.elsewhere(), "h2")
    monkeypatch.setattr("shutil.rmtree", lambda folder, ignore_errors: None)
    assert len(take_back(days.path, days.places)) == 1
    assert find(days.path, days.places) == []


async def test_a_disk_that_was_too_full_for_its_first_database_takes_the_spare(days: Days) -> None:
    there = await days.live(days.elsewhere(), "h1")
    days.path.parent.mkdir(exist_ok=True)
    days.path.touch()
    assert len(take_back(days.path, days.places)) == 1
    assert await days.live(open_store(days.path)[0]) == there


async def test_what_a_new_card_has_learned_is_kept(days: Days) -> None:
    await days.live(Store.open(days.path), "h1", "h1")
    await days.live(days.elsewhere(), "h2")
    for ending in ("", "-wal", "-shm"):
        days.path.with_name(days.path.name + ending).unlink(missing_ok=True)
    new = Store.open(days.path)
    await days.live(new, "h1")
    told = {row.key for row in reading.owed(days.path)}
    length = reading.last_seq(days.path)
    (taken,) = take_back(days.path, days.places)
    assert taken.is_news
    assert "h1-0001" in taken.words, "a number that means two incidents is named"
    assert reading.last_seq(days.path) == length
    assert told <= {row.key for row in reading.owed(days.path)}
    states = {home: decode(one.snapshot()) for home, one in fleet.engines(days.path).items()}
    assert states["h2"].count == 1, "the next is not h2-0001 again"
    assert await days.live(open_store(days.path)[0]) == {"h1": ["h1-0001"], "h2": ["h2-0001"]}


@pytest.mark.parametrize("starts_between", [False, True])
async def test_a_damaged_spare_takes_nothing_with_it(days: Days, starts_between: bool) -> None:
    await days.live(Store.open(days.path), "h1")
    kept = days.elsewhere()
    await days.live(kept, "h2")
    kept.path.write_bytes(b"this is not a database, " * 1_000)
    if starts_between:
        assert await days.live(days.elsewhere()) == {"h1": ["h1-0001"], "h2": []}
        assert [one.is_news for one in take_back(days.path, days.places)] == [False]
    else:
        (taken,) = take_back(days.path, days.places)
        assert taken.is_news
        assert "damaged" in taken.words
    assert kept.path.exists(), "a technician still finds it"
    assert find(days.path, days.places) == []
    store, wrong = open_store(days.path)
    assert (store.path, wrong) == (days.path, "")
    assert await days.live(store) == {"h1": ["h1-0001"], "h2": []}


async def test_a_spare_that_failed_is_not_taken_again(days: Days) -> None:
    await days.live(Store.open(days.path), "h1")
    failed = days.elsewhere()
    await failed.close()
    spare.give_up(failed.path)
    other = days.elsewhere()
    assert other.path != failed.path
    assert failed.path.exists()
    await other.close()


async def test_somebody_elses_spare_is_left_alone(days: Days, tmp_path: Path) -> None:
    await days.live(Store.open(days.path), "h1")
    await days.live(days.elsewhere(), "h2")
    assert find(tmp_path / "other" / "guanai.db", days.places) == []


@pytest.mark.line
async def test_a_gateway_that_began_without_its_disk_brings_everything_home(tmp_path: Path) -> None:
    elsewhere = tmp_path / "run"
    elsewhere.mkdir()
    env = {"RUNTIME_DIRECTORY": str(elsewhere)}
    async with village(tmp_path, Plan(homes=2)) as world:
        database = world.gateway.data / "guanai.db"
        database.mkdir(parents=True)  # there can be no database there
        world.gateway.start(env=env)
        for _ in range(100):
            await world.publish(world.press(1))
            if world.told([1]):
                break
            await asyncio.sleep(0.2)
        assert world.told([1]), world.gateway.said()[-3000:]
        await world.gateway.kill()
        assert len(find(database, [elsewhere])) == 1
        database.rmdir()
        world.gateway.start(env=env)
        await world.until(world.has_desk, lambda: world.gateway.said()[-3000:])
        homes = world.gateway.ask("select household from incident where kind = 'emergency'")
        assert len(homes) == 1, "the call that was open is open"
        assert find(database, [elsewhere]) == []
        assert "is back" in world.gateway.said()
