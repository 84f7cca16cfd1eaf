from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detection.daylight import is_day, runs_out
from alerting.household import Household
from tests.builders import at, hours, household

HOME = household()
BERLIN = household(zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("day 1 09:00", "day 1 17:00"),  # by day alone: 8 h
        ("day 1 22:00", "day 2 09:00"),  # 9 h of 12 by night, then a quarter of 8 h by day
        ("day 1 21:00", "day 2 08:00"),
        ("day 1 20:00", "day 2 07:00"),
        ("day 1 18:00", "day 2 04:00"),  # half by day, half by night
        ("day 1 03:00", "day 1 12:20"),
    ],
)
def test_day_and_night_each_use_up_their_share(since: str, until: str) -> None:
    assert runs_out(HOME, at(since)) == at(until)


def test_by_night_alone_the_night_limit_holds() -> None:
    long_night = household(day=("12:00", "18:00"))
    assert runs_out(long_night, at("day 1 18:00")) == at("day 2 06:00")


def test_a_home_without_night_and_one_without_sense() -> None:
    assert runs_out(household(day=("07:00", "07:00")), at("day 1 22:00")) == at("day 2 06:00")
    nothing = household(inactivity_by_day=timedelta(), inactivity_by_night=timedelta())
    assert runs_out(nothing, at("day 1 22:00")) > at("day 1 22:00")


def test_a_day_that_ends_after_midnight() -> None:
    owl = household(day=("10:00", "01:00"))
    assert is_day(owl, at("day 2 00:30"))
    assert not is_day(owl, at("day 2 01:00"))
    assert runs_out(owl, at("day 1 17:00")) == at("day 2 01:00")


@pytest.mark.parametrize(
    ("evening", "hours_of_night"),
    [
        (datetime(2026, 3, 28, 21, 0, tzinfo=UTC), 8),
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), 10),
    ],
)
def test_summer_time_neither_adds_nor_takes_silence(evening: datetime, hours_of_night: int) -> None:
    # 22:00 local; the night is an hour shorter, or longer; 07:00 local ends it
    assert not is_day(BERLIN, evening)
    morning = evening + hours(hours_of_night)
    assert is_day(BERLIN, morning)
    left = 1 - hours_of_night / 12
    assert runs_out(BERLIN, evening) == morning + left * hours(8)


@given(
    st.timedeltas(timedelta(), timedelta(days=366)),
    st.sampled_from([HOME, BERLIN, household(zone="Australia/Lord_Howe")]),
)
def test_it_takes_between_the_two_limits(later: timedelta, home: Household) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + later
    assert hours(8) <= runs_out(home, since) - since <= hours(12)
    assert runs_out(home, since) <= runs_out(home, since + timedelta(minutes=1))
