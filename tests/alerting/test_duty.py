"""Duty rosters: turns, holidays, swaps, changes of the clock, and holes."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.duty import Roster, Shift, Swap, Turns, holes, is_day_off, kept, on_duty, spans

DAY = Shift("白班", "08:00", "20:00", ("a", "b"), turns=Turns.DAILY)
NIGHT = Shift("夜班", "20:00", "08:00", ("c", "d"), turns=Turns.WEEKLY)


def roster(*shifts: Shift, zone: str = "Asia/Shanghai", **fields: object) -> Roster:
    return Roster("duty", "值班", zone, shifts or (DAY, NIGHT), **fields)  # type: ignore[arg-type]


def local(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> datetime:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return moment.astimezone(UTC)


def test_by_day_the_people_take_turns_and_a_night_belongs_to_the_day_it_begins_on() -> None:
    assert on_duty(roster(), local("2026-01-05 08:00")) == ("a",)
    assert on_duty(roster(), local("2026-01-05 19:59:59")) == ("a",)
    assert on_duty(roster(), local("2026-01-05 20:00")) == ("c",)
    assert on_duty(roster(), local("2026-01-06 07:59:59")) == ("c",)
    assert on_duty(roster(), local("2026-01-06 08:00")) == ("b",)
    assert on_duty(roster(), local("2026-01-11 23:00")) == ("c",), "Sunday, still the first week"
    assert on_duty(roster(), local("2026-01-12 07:00")) == ("c",), "its night ends with it"
    assert on_duty(roster(), local("2026-01-12 20:00")) == ("d",)
    assert on_duty(roster(), local("2026-01-04 09:00")) == ("b",), "before the first turn as well"


def test_people_of_one_shift_may_share_it_and_shifts_may_overlap() -> None:
    both = roster(
        Shift("全天", "00:00", "00:00", ("a", "b")), Shift("午班", "12:00", "14:00", ("c",))
    )
    assert on_duty(both, local("2026-01-05 11:00")) == ("a", "b")
    assert on_duty(both, local("2026-01-05 12:00")) == ("a", "b", "c")


def test_holidays_and_the_weekends_made_up_for() -> None:
    shifts = (
        Shift("工作日", "08:00", "08:00", ("office",), days=("workday",)),
        Shift("休息日", "08:00", "08:00", ("standby",), days=("day_off",)),
    )
    duty = roster(*shifts, off=("2026-10-01",), work=("2026-10-10",))
    assert on_duty(duty, local("2026-09-30 12:00")) == ("office",)
    assert on_duty(duty, local("2026-10-01 12:00")) == ("standby",), "Thursday, a holiday"
    assert on_duty(duty, local("2026-10-02 07:00")) == ("standby",), "its night as well"
    assert on_duty(duty, local("2026-10-10 12:00")) == ("office",), "Saturday, made up for"
    assert on_duty(duty, local("2026-10-11 12:00")) == ("standby",), "Sunday"
    assert is_day_off(duty, date(2026, 10, 11))
    assert holes(duty, date(2026, 9, 1), date(2026, 12, 31)) == []


def test_a_swap_is_for_one_shift_on_one_date() -> None:
    duty = roster(swaps=(Swap("2026-01-05", "夜班", ("x",)),))
    assert on_duty(duty, local("2026-01-06 03:00")) == ("x",)
    assert on_duty(duty, local("2026-01-06 21:00")) == ("c",)
    assert "x" in duty.people


ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", [*ZONES, "Australia/Lord_Howe", "Africa/Casablanca"])
@pytest.mark.parametrize("edge", ["00:00", "01:30", "02:00", "02:30", "03:00", "08:00"])
def test_no_change_of_the_clock_makes_a_hole_or_tells_two(zone: str, edge: str) -> None:
    """Every quarter of an hour of two years: the one on duty follows from the wall clock."""
    duty = roster(Shift("一", edge, "14:00", ("a",)), Shift("二", "14:00", edge, ("b",)), zone=zone)
    first, last = date(2026, 1, 1), date(2027, 12, 31)
    assert holes(duty, first, last) == []
    found = sorted(spans(duty, first, last), key=lambda span: span.begin)
    for before, after in itertools.pairwise(found):
        assert before.end == after.begin
    lengths = {span.end - span.begin for span in found}
    assert all(timedelta(hours=5) <= length <= timedelta(hours=19) for length in lengths)


def test_the_night_on_which_summer_time_begins_is_an_hour_shorter() -> None:
    night = roster(zone="Europe/Berlin")
    lengths = {
        (span.begin.month, span.begin.day): span.end - span.begin
        for span in spans(night, date(2026, 1, 1), date(2026, 12, 31))
        if span.shift == "夜班"
    }
    assert lengths[(3, 28)] == timedelta(hours=11)
    assert lengths[(10, 24)] == timedelta(hours=13)
    assert sum(length == timedelta(hours=12) for length in lengths.values()) == 363
    # 02:30 comes twice on 25 October: the same person both times
    for fold in (0, 1):
        moment = local("2026-10-25 02:30", "Europe/Berlin", fold)
        assert on_duty(night, moment) in (("c",), ("d",))
    assert len({on_duty(night, local("2026-10-25 02:30", "Europe/Berlin", f)) for f in (0, 1)}) == 1


def test_holes_are_found_to_the_minute() -> None:
    duty = roster(DAY, Shift("夜班", "20:00", "06:00", ("c",)))
    found = holes(duty, date(2026, 10, 1), date(2026, 10, 2))
    assert found == [
        (local("2026-10-01 06:00"), local("2026-10-01 08:00")),
        (local("2026-10-02 06:00"), local("2026-10-02 08:00")),
    ]
    emptied = roster(swaps=(Swap("2026-10-01", "夜班", ()),))
    assert holes(emptied, date(2026, 9, 30), date(2026, 10, 3)) == [
        (local("2026-10-01 20:00"), local("2026-10-02 08:00"))
    ]
    assert holes(
        roster(Shift("午", "12:00", "13:00", ("a",), days=("mon",))), *(date(2026, 1, 6),) * 2
    )


def test_where_nobody_is_on_duty_everybody_is_told() -> None:
    ended = roster(last="2026-06-30")
    assert on_duty(ended, local("2026-06-30 09:00")) != ended.people
    assert on_duty(ended, local("2026-07-01 07:00")) == ("d",), "the last night"
    assert on_duty(ended, local("2026-07-01 09:00")) == ("a", "b", "c", "d")
    assert holes(ended, date(2026, 6, 1), date(2026, 6, 30)) == []


def test_what_an_incident_keeps_of_it_is_small_and_says_the_same() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 700, 3)]
    duty = roster(
        Shift("工", "08:00", "08:00", ("a",), days=("workday",)),
        Shift("休", "08:00", "08:00", ("b",), days=("day_off",)),
        off=tuple(day.isoformat() for day in days),
    )
    opens = local("2026-05-01 00:30")
    small = kept(duty, opens)
    assert len(msgspec.json.encode(small)) < len(msgspec.json.encode(duty)) / 4
    for hour in range(0, 24 * 59, 7):
        moment = opens + timedelta(hours=hour)
        assert on_duty(small, moment) == on_duty(duty, moment)
