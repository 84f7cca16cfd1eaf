"""How much of each day a home was watched: deaf, blind, and what wearables lost."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from alerting import coverage
from alerting.coverage import DAYS_KEPT, Report
from alerting.engine import Engine
from alerting.events import Configured, Lost, Resumed, Tick
from alerting.household import Device, Role
from devices.observation import Alive, Motion
from tests.alerting.lives import life, ticks
from tests.builders import PANEL, Life, at, hours, household, minutes

PIR = Device("pir", "z2m-motion", Role.MOTION, "客厅", heartbeat=minutes(60))
KITCHEN = Device("kitchen", "z2m-motion", Role.MOTION, "厨房", heartbeat=minutes(60))
HOME = household(PANEL, PIR, KITCHEN)
PATIENT = household(PANEL, Device("pir", "z2m-motion", Role.MOTION, "客厅", heartbeat=hours(1_000)))


def told(home: Life, words: str, days: int = 7) -> list[tuple[str, float, float, float]]:
    """Return each day with the minutes watched, deaf and blind, newest first."""
    return [
        (f"{r.date:%m-%d}", r.watched / 60, round(r.deaf / 60, 1), round(r.blind / 60, 1))
        for r in reports(home, words, days)
    ]


def reports(home: Life, words: str, days: int = 7) -> tuple[Report, ...]:
    return coverage.reports(home.engine.coverage, home.engine.household, at(words), days)


def heard_again(words: str, since: str, *, still: bool = False) -> Resumed:
    return Resumed(at(words), deaf_since=at(since), is_still_deaf=still)


def test_a_day_on_which_nothing_was_missed_is_whole() -> None:
    home = Life(PATIENT, "day 1 08:00")
    assert told(home, "day 1 20:00") == [("03-02", 720, 0, 0)]
    assert reports(home, "day 2 12:00")[0].share == 1.0
    assert told(home, "day 2 12:00") == [("03-03", 720, 0, 0), ("03-02", 960, 0, 0)]


def test_a_time_in_which_the_gateway_heard_nothing_is_counted_on_its_days() -> None:
    home = Life(PATIENT, "day 1 08:00")
    home.happens(heard_again("day 2 02:00", "day 1 23:00"))
    assert told(home, "day 2 10:00") == [("03-03", 600, 120, 0), ("03-02", 960, 60, 0)]
    assert reports(home, "day 2 10:00")[0].share == 0.8


def test_a_deafness_told_in_pieces_is_counted_once() -> None:
    home = Life(PATIENT, "day 1 08:00")
    home.happens(
        heard_again("day 1 10:00", "day 1 09:00", still=True),
        heard_again("day 1 11:00", "day 1 09:00", still=True),
        heard_again("day 1 11:30", "day 1 09:00"),
        Resumed(at("day 1 12:00"), why="the first time mark"),
    )
    assert told(home, "day 1 20:00") == [("03-02", 720, 150, 0)]


def test_a_home_is_blind_from_the_last_word_of_what_sees_it_to_the_next() -> None:
    home = Life(HOME, "day 1 08:00")
    home.happens(Motion(at("day 1 09:00"), "kitchen"), Motion(at("day 1 09:30"), "pir"))
    home.until("day 1 12:00")
    assert told(home, "day 1 12:00") == [("03-02", 240, 0, 150)], "and it still is"
    home.happens(Alive(at("day 1 12:30"), "kitchen"))
    assert told(home, "day 1 12:40") == [("03-02", 280, 0, 180)]


def test_blind_and_deaf_at_once_is_one_missed_time() -> None:
    home = Life(HOME, "day 1 08:00")
    home.happens(Motion(at("day 1 08:30"), "pir"))
    home.until("day 1 11:00")
    home.happens(heard_again("day 1 14:00", "day 1 12:00"))
    (day,) = told(home, "day 1 15:00")
    assert day == ("03-02", 420, 120, 270), "blind from 8:30, but for what we did not hear"


def test_who_is_still_deaf_counts_until_now() -> None:
    home = Life(PATIENT, "day 1 08:00")
    (day,) = coverage.reports(
        home.engine.coverage, PATIENT, at("day 1 10:00"), 1, deaf_since=at("day 1 09:00")
    )
    assert (day.deaf, day.share) == (3600, 0.5)


def test_what_a_wearable_lost_stands_beside_it() -> None:
    home = Life(PATIENT, "day 1 08:00")
    home.happens(Lost(at("day 1 09:00"), "pendant", 3.0), Lost(at("day 1 09:01"), "pendant", 2.5))
    (day,) = reports(home, "day 1 10:00")
    assert (day.worn, day.share) == (5.5, 1.0)


def test_a_home_that_nothing_sees_is_never_called_watched() -> None:
    home = Life(household(PANEL), "day 1 08:00")
    (day,) = reports(home, "day 1 20:00")
    assert not day.is_seen
    assert day.share == 0.0


def test_old_days_are_forgotten() -> None:
    home = Life(PATIENT, "day 1 08:00")
    for day in range(1, 60):
        home.happens(heard_again(f"day {day} 13:00", f"day {day} 12:30"))
    assert len(home.engine.coverage.days) == DAYS_KEPT
    assert len(reports(home, "day 59 20:00", 90)) == 59


def test_a_snapshot_keeps_the_account_and_an_old_one_begins_it() -> None:
    home = Life(PATIENT, "day 1 08:00")
    home.happens(heard_again("day 1 10:00", "day 1 09:00"))
    again = Engine.restore(home.engine.snapshot())
    assert again.coverage == home.engine.coverage
    text = home.engine.snapshot()
    old = text[: text.index(b',"coverage"')] + b"}"
    assert Engine.restore(old).coverage == coverage.begin(at("day 1 10:00"))


def test_ticks_nobody_asked_for_change_nothing() -> None:
    begins = Configured(at("day 1 08:00"), HOME)
    events = sorted(
        [
            *life(5, HOME),
            heard_again("day 2 10:00", "day 2 08:00"),
            heard_again("day 3 10:00", "day 3 09:59"),
        ],
        key=lambda event: event.at,
    )
    plain, ticked = Engine(begins), Engine(begins)
    for event in events:
        plain.step(event)
    # a tick between two events meets nothing that the next event would not meet itself, but
    # for `Resumed`, which drops what fell due unheard: none of these comes before one
    quiet = [tick for tick in ticks(5, 40) if tick.at > at("day 3 10:00")]
    for event in sorted([*events, *quiet], key=lambda event: event.at):
        ticked.step(event)
    assert ticked.coverage == plain.coverage
    assert plain.coverage.days


def test_the_days_of_a_home_are_its_own() -> None:
    home = Life(PATIENT, "day 1 08:00")
    utc = at("day 1 23:30")
    home.happens(Resumed(utc + timedelta(hours=1), deaf_since=utc))
    days = [(day.date, day.deaf) for day in home.engine.coverage.days]
    assert days == [(date(2026, 3, 2), 1800), (date(2026, 3, 3), 1800)]


@pytest.mark.parametrize("seed", range(12))
def test_no_more_is_ever_missed_than_there_was_to_miss(seed: int) -> None:
    """Whatever happens: days are whole, nothing is negative, and no time is missed twice."""
    rng = random.Random(seed)
    engine = Engine(Configured(at("day 1 08:00"), HOME))
    moment = at("day 1 08:00")
    for _ in range(400):
        before, moment = moment, moment + timedelta(seconds=rng.expovariate(1 / 2_000))
        draw = rng.random()
        if draw < 0.25:
            since = before + (moment - before) * rng.random() - timedelta(hours=rng.random() < 0.2)
            engine.step(Resumed(moment, deaf_since=since, is_still_deaf=rng.random() < 0.3))
        elif draw < 0.5:
            engine.step(Motion(moment, rng.choice(("pir", "kitchen"))))
        else:
            engine.step(Tick(moment))
    days = coverage.reports(engine.coverage, HOME, moment, 40)
    assert sum(day.deaf for day in days) > 0
    assert sum(day.blind for day in days) > 0
    whole = sum(day.watched for day in days)
    assert whole == pytest.approx((moment - at("day 1 08:00")).total_seconds())
    for day in days:
        assert min(day.deaf, day.blind, day.worn) >= 0
        assert day.deaf + day.blind <= day.watched + 1e-6
        assert 0 <= day.share <= 1
