"""Other settings, tried on a journal whose alarms can be worked out by hand."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.detection.climate import ClimateDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.engine import Engine
from alerting.events import Configured, Event, PresenceSet, PresenceState, Resumed, Tick
from alerting.household import Device, Household, Resident, Role
from devices.observation import AnyObservation, Climate, Motion, Quantity, Reading
from gateway.cli import main
from gateway.evaluation.backtest import Compared, Twice
from gateway.evaluation.journals import UnreadableStateError, compared
from gateway.store.rows import Entry
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from tests.alerting.detection import habits
from tests.builders import at, hours, household

CUFF = Device("cuff", "native", Role.HEALTH, "卧室", heartbeat=hours(900))
ROOM = Device("room", "native", Role.CLIMATE, "客厅", heartbeat=hours(900))
PIR = Device("pir", "native", Role.MOTION, "客厅", heartbeat=hours(900))
HOME = msgspec.structs.replace(household(PIR, CUFF, ROOM), residents=(Resident("王秀兰"),))
SILENCE = InactivityDetector.name


def with_limit(by_day: float, home: Household = HOME) -> Household:
    return msgspec.structs.replace(home, inactivity_by_day=hours(by_day))


def lived(
    events: Iterable[Event], settings: Household, until: str, home: Household = HOME
) -> Compared:
    first, *rest = events
    twice = Twice(Configured(first.at, home), settings, home)
    for event in (first, *rest):
        twice.hear(event)
    return twice.compare(at(until))


def seen(*moments: str) -> list[Event]:
    return [Motion(at(moment), "pir") for moment in moments]


# eight hours by day: the second day is silent from 8 to 17, the third from 8 to 18
LIFE = seen(
    "day 1 08:00", "day 1 13:30", "day 1 17:00", "day 1 21:00", "day 1 23:30",
    "day 2 05:00", "day 2 08:00", "day 2 17:00", "day 2 21:00", "day 2 23:30",
    "day 3 05:00", "day 3 08:00", "day 3 18:00", "day 3 20:00",
)  # fmt: skip


def times(alarms: Sequence[object], name: str = "at") -> list[datetime]:
    return [getattr(alarm, name) for alarm in alarms]


def test_by_hand() -> None:
    same = lived(LIFE, HOME, "day 3 21:00")
    assert times(same.was) == times(same.would) == [at("day 2 16:00"), at("day 3 16:00")]
    assert times(same.was, "ended") == [at("day 2 17:00"), at("day 3 18:00")]
    assert (same.fewer, same.more, same.shifted) == ((), (), ())
    later = lived(LIFE, with_limit(9.5), "day 3 21:00")
    assert times(later.fewer) == [at("day 2 16:00")]
    assert [shift.later for shift in later.shifted] == [hours(1.5)]
    assert later.more == ()
    sooner = lived(LIFE, with_limit(5), "day 3 21:00")
    assert [shift.later for shift in sooner.shifted] == [hours(-3)] * 2
    assert times(sooner.more) == [at("day 1 13:00")]


def test_a_silence_that_still_lasts_is_lived_on_to_the_end() -> None:
    """The last thing heard is not the end: it was told then, and would be told later."""
    events = [*LIFE[:7], Tick(at("day 2 16:00"))]
    nine = lived(events, with_limit(9), "day 2 17:30")
    assert [shift.later for shift in nine.shifted] == [hours(1)]
    ten = lived(events, with_limit(10), "day 2 17:30")
    assert [alarm.ended for alarm in ten.fewer] == [None]


def test_what_happened_meanwhile_holds_in_both_lives() -> None:
    """Nobody listened, somebody was away, and the settings of then were changed."""
    six = Configured(at("day 2 20:30"), with_limit(6))
    deaf = Resumed(at("day 3 12:00"), deaf_since=at("day 3 09:00"))
    away = PresenceSet(at("day 2 09:00"), PresenceState.AWAY, "desk:李")
    back = PresenceSet(at("day 2 16:30"), PresenceState.HOME, "desk:李")
    events = sorted([*LIFE, six, deaf, away, back], key=lambda event: event.at)
    found = lived(events, with_limit(5), "day 3 21:00")
    # day 2: away. day 3: six hours from the moment we heard again; with five an hour before
    assert times(found.was) == [at("day 3 18:00")]
    assert [shift.later for shift in found.shifted] == [hours(-1)]
    assert times(found.more) == [at("day 1 13:00")]
    assert not found.fewer


def test_only_the_last_days() -> None:
    whole = lived(LIFE, with_limit(9.5), "day 3 21:00")
    last = whole.since(at("day 3 00:00"))
    assert (len(last.was), len(last.would), len(last.fewer), len(last.shifted)) == (1, 1, 0, 1)
    # told before, and would have been told in these days: not new
    assert whole.since(at("day 3 16:30")).would == ()


def test_limits_of_a_person_and_of_rooms_are_tried_too() -> None:
    readings: list[AnyObservation] = [
        Reading(
            at(f"day 1 {clock}"), "cuff", quantity=Quantity.BLOOD_PRESSURE, value=value, second=80
        )
        for clock, value in (("09:00", 186), ("09:06", 185), ("12:00", 120), ("12:06", 121))
    ]
    rooms: list[AnyObservation] = [
        Climate(at(f"day 1 {clock}"), "room", degrees)
        for clock, degrees in (("13:00", 11.0), ("14:30", 11.0), ("15:00", 19.0), ("16:30", 19.0))
    ]
    life: list[Event] = [*seen("day 1 08:00"), *readings, *rooms]
    as_it_was = lived(life, HOME, "day 1 17:00")
    rules = {alarm.rule for alarm in as_it_was.was}
    assert rules == {SILENCE, VitalLimitsDetector.name, ClimateDetector.name}
    assert all(alarm.ended for alarm in as_it_was.was if alarm.rule != SILENCE)
    bolder = msgspec.structs.replace(
        HOME,
        cold_below=8.0,
        residents=(Resident("王秀兰", limits={"blood_pressure_very_high": 200.0}),),
    )
    other = lived(life, bolder, "day 1 17:00")
    assert {alarm.rule for alarm in other.fewer} == {alarm.rule for alarm in other.was} - {SILENCE}


def test_fewer_false_alarms_a_month_is_told_less_or_later() -> None:
    life: list[Event] = [*habits.days(21)]
    life += [
        one
        for one in habits.days(2, first=22)
        if not at("day 22 14:00") < one.at < at("day 22 19:30")
    ]
    begins: list[Event] = [Tick(at("day 1 00:00"))]
    stricter = msgspec.structs.replace(habits.HOME, false_alarms_per_month=0.1)
    less = lived(begins + life, stricter, "day 24 00:00", habits.HOME)
    assert len(less.was) == 1
    assert less.more == ()
    assert len(less.fewer) + len(less.shifted) == 1
    looser = msgspec.structs.replace(habits.HOME, false_alarms_per_month=10.0)
    sooner = lived(begins + life, looser, "day 24 00:00", habits.HOME)
    assert any(shift.later < timedelta() for shift in sooner.shifted)


def keep(
    folder: Path, events: Sequence[Event], states: Sequence[Snapshot], home: str = "h1"
) -> Path:
    """Write a journal, and what else the gateway keeps of the household."""

    async def written() -> None:
        store = Store.open(folder / "guanai.db")
        await store.commit([Entry(home, event) for event in events], True, list(states))
        await store.close()

    asyncio.run(written())
    return folder / "guanai.db"


def state(event: Configured) -> Snapshot:
    return Snapshot(event.household.id, event.at, Engine(event).snapshot())


def test_the_store_is_read_while_a_gateway_holds_it(tmp_path: Path) -> None:
    first = Configured(at("day 1 07:00"), HOME)

    async def held() -> Compared:
        store = Store.open(tmp_path / "guanai.db")
        await store.commit([Entry("h1", event) for event in (first, *LIFE)], True, [state(first)])
        found = compared(store.path, {"h1": with_limit(9.5)})["h1"]
        await store.close()
        return found

    found = asyncio.run(held())
    assert times(found.fewer) == [at("day 2 16:00")]
    assert not found.is_cut


def test_where_the_beginning_is_deleted_the_person_is_learned_anew(tmp_path: Path) -> None:
    """Only the state of the last day is left, and ten days of the journal before it."""
    first = Configured(at("day 1 00:00"), HOME)
    long = [
        Motion(at(f"day {day} {hour:02}:00"), "pir")
        for day in range(1, 21)
        for hour in range(24)
        if not (day == 19 and 8 < hour < 21)
    ]
    last = Engine(first)
    for event in long:
        last.step(event)
    database = keep(tmp_path, [first, *long], [Snapshot("h1", last.now, last.snapshot())])
    with sqlite3.connect(database) as db:
        db.execute("delete from journal where seq <= 97")
    found = compared(database, {"h1": with_limit(13)})["h1"]
    assert found.is_cut
    assert found.begins == at("day 5 00:00") + timedelta(days=7)
    assert all(one.at >= found.begins for one in (*found.was, *found.would))
    assert [one.at.date() for one in found.was] == [at("day 19 12:00").date()]


def test_a_state_that_cannot_be_read_is_named_where_it_is_needed(tmp_path: Path) -> None:
    rubbish = Snapshot("h1", at("day 3 20:00"), b"{}")
    database = keep(tmp_path, [Configured(at("day 1 07:00"), HOME), *LIFE], [rubbish])
    assert compared(database, {"h1": HOME})["h1"].was, "the beginning is there: not needed"
    with sqlite3.connect(database) as db:
        db.execute("delete from journal where seq <= 3")
    with pytest.raises(UnreadableStateError, match="kept state of h1 cannot be read"):
        compared(database, {"h1": HOME})


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    printed = capsys.readouterr()
    return int(str(ended.value.code)), printed.out, printed.err


def test_damaged_or_missing_journals_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path("gateway/demo.toml")
    (tmp_path / "empty").mkdir()
    (tmp_path / "rubbish.db").write_bytes(b"no database" * 99)
    for source in ("empty", "rubbish.db"):
        code, out, err = run(capsys, "--lang", "en", "backtest", tmp_path / source, "-c", config)
        assert (code, out) == (1, "")
        assert err.startswith("Error: ")
        assert err.count("\n") == 1, err
