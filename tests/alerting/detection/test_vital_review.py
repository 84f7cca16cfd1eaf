"""The daily review: not before a fortnight, two days the same way, never for nothing often."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from alerting.detection.vital_review import (
    DAYS_MIN,
    KEPT_MAX,
    VitalReviewDetector,
    robust_z,
)
from alerting.events import Finding, LeadsTo, PresenceSet, PresenceState, Tick
from alerting.household import Resident
from devices.observation import Quantity, Reading
from tests.alerting.detection.vitals import HOME, METER, led, read
from tests.builders import at, household

REVIEW = VitalReviewDetector()
HEART, PRESSURE = Quantity.HEART_RATE, Quantity.BLOOD_PRESSURE


def days(values: list[float], quantity: Quantity = HEART, first: int = 1) -> list[Reading]:
    return [
        read(f"day {day} {hour}:00", quantity, value)
        for day, value in enumerate(values, first)
        for hour in (9, 15)
    ]


def reviewed(values: list[float], quantity: Quantity = HEART) -> list[Finding]:
    end = Tick(at(f"day {len(values) + 1} 01:00"))
    return led(REVIEW, [*days(values, quantity), end])[1]


USUAL = [70.0 + day % 4 for day in range(20)]


def test_two_days_the_same_way_are_listed_at_midnight() -> None:
    (found,) = reviewed([*USUAL, 90, 92])
    assert found.at == at("day 23 00:00")
    assert found.leads_to is LeadsTo.REVIEW
    assert "3月23日92次/分" in found.reason.zh  # told when that day is over
    assert "92/min on 2026-03-23" in found.reason.en
    assert found.evidence == {
        "quantity": "heart_rate",
        "value": 92,
        "usual": 72,
        "z": 9.0,
        "days": 21,
    }


@pytest.mark.parametrize(
    "last", [[90.0, 71.0], [71.0, 90.0], [90.0, 50.0]], ids=["once", "today only", "both ways"]
)
def test_one_day_or_two_different_ones_are_not(last: list[float]) -> None:
    assert reviewed([*USUAL, *last]) == []


def test_nothing_is_listed_in_the_first_fortnight() -> None:
    assert reviewed([*USUAL[: DAYS_MIN - 2], 120, 120]) == []
    assert reviewed([*USUAL[:DAYS_MIN], 120, 120])


def test_days_far_apart_do_not_follow_each_other() -> None:
    weights = [*days([58.0, 58.2] * 10, Quantity.WEIGHT), read("day 21 09:00", Quantity.WEIGHT, 50)]
    late = read("day 30 09:00", Quantity.WEIGHT, 50)
    soon = read("day 23 09:00", Quantity.WEIGHT, 50)
    assert led(REVIEW, [*weights, late, Tick(at("day 31 01:00"))])[1] == []
    assert len(led(REVIEW, [*weights, soon, Tick(at("day 31 01:00"))])[1]) == 1


def test_whoever_is_in_hospital_has_no_usual_day() -> None:
    away = PresenceSet(at("day 20 23:00"), PresenceState.HOSPITAL, "desk:李")
    events: list[Reading | PresenceSet | Tick] = [
        *days(USUAL),
        away,
        *days([90, 92], first=21),
        Tick(at("day 24 01:00")),
    ]
    assert led(REVIEW, events)[1] == []


def test_a_mean_pressure_above_the_target_is_listed_once_a_week() -> None:
    week = [
        read(f"day {day} {hour}:00", PRESSURE, 142, second=82)
        for day in range(1, 10)
        for hour in (8, 20)
    ]
    _, found = led(REVIEW, [*week, Tick(at("day 10 01:00"))])
    assert [one.at for one in found] == [at("day 4 00:00")]
    assert "家庭医生" in found[0].reason.zh
    own = household(METER, residents=(Resident("王秀兰", limits={"blood_pressure_target": 150}),))
    assert led(REVIEW, [*week, Tick(at("day 10 01:00"))], own)[1] == []


def test_five_pressures_are_too_few() -> None:
    few = [read(f"day 1 {hour:02}:00", PRESSURE, 160, second=95) for hour in range(9, 14)]
    assert led(REVIEW, [*few, Tick(at("day 5 01:00"))])[1] == []


def test_a_restart_over_midnight_loses_no_day() -> None:
    state, _ = led(REVIEW, days([*USUAL, 90, 92]))
    back = at("day 23 00:30")
    state = REVIEW.resume(HOME, state, back)
    assert REVIEW.step(HOME, state, Tick(back)) == (state, ())
    _, found = led(REVIEW, [Tick(back + timedelta(minutes=1))], state=state)
    assert len(found) == 1


def test_readings_of_a_day_are_thinned_evenly() -> None:
    state = REVIEW.start(HOME, at("day 1 00:30"))
    for minute in range(1_000):
        moment = at("day 1 01:00") + timedelta(minutes=minute)
        state, _ = REVIEW.step(HOME, state, read(moment, HEART, 50 + minute / 10))
    kept = state.past["王秀兰/heart_rate"].today
    assert len(kept) <= KEPT_MAX
    assert abs(sorted(kept)[len(kept) // 2] - 100) < 10


def test_the_state_of_a_year_is_small() -> None:
    state = REVIEW.start(HOME, at("day 1 00:30"))
    rng = random.Random(1)
    for day in range(1, 366):
        events = [
            read(
                f"day {day} {hour}:00",
                q,
                round(rng.uniform(60, 99), 1),
                second=50.0 if q is PRESSURE else None,
            )
            for hour in range(8, 20)
            for q in Quantity
        ]
        state, _ = led(REVIEW, events, state=state)
    assert len(msgspec.json.encode(state)) < 4_096


def test_robust_z_of_the_literature() -> None:
    # Iglewicz and Hoaglin: 0.6745 (x - median) / MAD, which is (x - median) / (1.4826 MAD)
    assert robust_z([1, 2, 3, 4, 5], 8, 0.01) == pytest.approx(5 / 1.4826)
    assert robust_z([5, 5, 5], 8, 1.0) == pytest.approx(3 / 1.4826)


def test_how_often_a_day_is_listed_for_nothing() -> None:
    """The rate the page speaks of: normal days, 28 in the past, two in a row beyond 3."""
    rng = random.Random(7)
    listed = days_seen = 0
    for _ in range(20):
        past: list[float] = []
        side = 0
        for _ in range(1_028):
            value = rng.gauss(70, 3)
            if len(past) == 28:
                z = robust_z(past, value, 1.5)
                now = (z > 3) - (z < -3)
                listed += bool(now) and now == side
                side = now
                days_seen += 1
            past = [*past, value][-28:]
    assert days_seen == 20_000
    assert listed / days_seen < 0.002
