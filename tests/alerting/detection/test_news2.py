"""The score against its published chart, and the partial score of a home."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerting.detection.news2 import News2Detector, State
from alerting.detection.news2_score import Part, points, score
from alerting.events import Finding, PresenceSet, PresenceState
from alerting.household import Device, Household, Resident, Role
from alerting.incident import Urgency
from devices.observation import Quantity, Reading
from tests.builders import at, household

METER = Device("meter", "native", Role.HEALTH, "卧室")
RADAR = Device("radar", "esphome", Role.PRESENCE, "卧室", topic="bed-01")
HOME = household(METER)
NEWS2 = News2Detector()


def vitals(rr: float, spo2: float, sbp: float, hr: float, t: float) -> dict[Part, float]:
    return {
        Part.RESPIRATION: rr,
        Part.SPO2: spo2,
        Part.SYSTOLIC: sbp,
        Part.PULSE: hr,
        Part.TEMPERATURE: t,
    }


@pytest.mark.parametrize(
    ("values", "scale", "oxygen", "alert", "total", "worst"),
    [
        ((16, 97, 128, 72, 36.6), 1, False, True, 0, 0),
        ((22, 93, 128, 96, 38.4), 1, False, True, 6, 2),
        ((25, 96, 130, 80, 36.7), 1, False, True, 3, 3),
        ((24, 91, 98, 112, 38.6), 1, False, True, 10, 3),
        ((18, 90, 130, 80, 36.8), 2, False, True, 0, 0),
        ((18, 95, 130, 80, 36.8), 2, True, True, 4, 2),
        ((16, 97, 220, 72, 36.6), 1, False, True, 3, 3),
        ((16, 97, 128, 72, 36.6), 1, False, False, 3, 3),
        ((8, 84, 110, 50, 36.0), 2, False, True, 8, 3),
        ((11, 92, 91, 131, 39.1), 1, False, True, 10, 3),
    ],
)
def test_the_published_vectors(
    values: tuple[float, float, float, float, float],
    scale: int,
    oxygen: bool,
    alert: bool,
    total: int,
    worst: int,
) -> None:
    found = score(vitals(*values), scale=scale, on_oxygen=oxygen, is_alert=alert)
    assert (found.total, found.worst, found.missing) == (total, worst, ())


def test_what_is_not_known_is_named() -> None:
    found = score({Part.PULSE: 120})
    assert found.total == 2
    assert set(found.missing) == set(Part) - {Part.PULSE}


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        (Part.TEMPERATURE, 36.04, 1),
        (Part.TEMPERATURE, 36.06, 0),
        (Part.TEMPERATURE, 39.04, 1),
        (Part.SPO2, 95.4, 1),
        (Part.SPO2, 95.6, 0),
        (Part.RESPIRATION, 8.4, 3),
        (Part.RESPIRATION, 24.6, 3),
    ],
)
def test_between_two_bands_a_value_counts_as_rounded(
    part: Part, value: float, expected: int
) -> None:
    assert points(part, value) == expected


def read(words: str, quantity: Quantity, value: float, second: float | None = None) -> Reading:
    return Reading(at(words), "meter", quantity=quantity, value=value, second=second)


def told(
    *events: Reading | PresenceSet, home: Household = HOME, state: State | None = None
) -> tuple[State, list[Finding]]:
    state = state or NEWS2.start(home, at("day 1 08:00"))
    findings: list[Finding] = []
    for event in events:
        state, found = NEWS2.step(home, state, event)
        findings += found
    return state, findings


ILL = (
    (Quantity.HEART_RATE, 115.0, None),
    (Quantity.TEMPERATURE, 38.6, None),
    (Quantity.BLOOD_PRESSURE, 98.0, 60.0),
)
"""2 + 1 + 2 points."""


def measured(words: str) -> list[Reading]:
    return [read(words, *one) for one in ILL]


def test_one_measurement_is_no_score_yet() -> None:
    assert told(*measured("day 1 09:00"))[1] == []


def test_measured_twice_it_counts_and_says_what_is_missing() -> None:
    _, (found,) = told(*measured("day 1 09:00"), *measured("day 1 09:05"))
    assert found.urgency is Urgency.MEDIUM
    assert "参考分，不作诊断" in found.reason.zh
    assert "缺呼吸、血氧、吸氧、意识" in found.reason.zh
    assert "Royal College of Physicians" in found.reason.en
    assert found.evidence["score"] == 5
    assert found.evidence["pulse_points"] == 2
    assert found.evidence["missing"] == "respiration, spo2, oxygen, consciousness"


def test_the_milder_of_two_measurements_counts() -> None:
    calmer = [read("day 1 09:05", Quantity.HEART_RATE, 95), *measured("day 1 09:05")[1:]]
    assert told(*measured("day 1 09:00"), *calmer)[1] == []


def test_two_readings_within_a_minute_are_one() -> None:
    assert told(*measured("day 1 09:00"), *measured("day 1 09:00:40"))[1] == []


def test_what_is_an_hour_old_counts_no_more() -> None:
    late = [read("day 1 10:10", *one) for one in ILL[:1]]
    assert told(*measured("day 1 09:00"), *late, *late)[1] == []


def test_three_points_in_one_part_are_enough() -> None:
    _, (found,) = told(
        read("day 1 09:00", Quantity.SPO2, 90), read("day 1 09:02", Quantity.SPO2, 89)
    )
    assert found.urgency is Urgency.MEDIUM
    assert found.evidence["score"] == 3


def test_seven_is_an_emergency() -> None:
    more = [read("day 1 09:06", Quantity.SPO2, 92), read("day 1 09:08", Quantity.SPO2, 92)]
    found = told(*measured("day 1 09:00"), *measured("day 1 09:05"), *more)[1]
    assert [one.urgency for one in found] == [Urgency.MEDIUM, Urgency.HIGH]


def test_it_is_over_below_four() -> None:
    state, _ = told(*measured("day 1 09:00"), *measured("day 1 09:05"))
    state, found = told(read("day 1 09:30", Quantity.TEMPERATURE, 37), state=state)
    assert found == []  # four points still
    _, found = told(read("day 1 09:31", Quantity.HEART_RATE, 80), state=state)
    assert [one.active for one in found] == [False]


def test_parts_that_grew_old_end_nothing() -> None:
    state, _ = told(*measured("day 1 09:00"), *measured("day 1 09:05"))
    later: datetime = at("day 1 11:00")
    well = Reading(later, "meter", quantity=Quantity.HEART_RATE, value=70)
    assert told(well, state=state)[1] == []


def test_the_doctors_scale_and_oxygen_are_the_residents() -> None:
    copd = household(METER, residents=(Resident("王秀兰", spo2_scale=2),))
    readings = [read("day 1 09:00", Quantity.SPO2, 89), read("day 1 09:05", Quantity.SPO2, 89)]
    assert told(*readings, home=copd)[1] == []
    breathing = household(METER, residents=(Resident("王秀兰", on_oxygen=True),))
    _, (found,) = told(*readings, home=breathing)
    assert found.evidence["oxygen_points"] == 2
    assert "吸氧" not in found.reason.zh.partition("缺")[2].partition("；")[0]


def test_own_thresholds_hold() -> None:
    own = household(METER, residents=(Resident("王秀兰", limits={"news2_single": 4}),))
    readings = [read("day 1 09:00", Quantity.SPO2, 89), read("day 1 09:05", Quantity.SPO2, 89)]
    assert told(*readings, home=own)[1] == []


def test_nobody_is_scored_in_hospital() -> None:
    state, _ = told(*measured("day 1 09:00"), *measured("day 1 09:05"))
    away = PresenceSet(at("day 1 10:00"), PresenceState.HOSPITAL, "desk:李")
    state, found = told(away, *measured("day 1 10:10"), *measured("day 1 10:20"), state=state)
    assert [one.active for one in found] == [False]


def radar(seconds: int, value: float) -> Reading:
    moment = at("day 1 02:00") + timedelta(seconds=seconds)
    return Reading(moment, "radar", quantity=Quantity.RESPIRATION, value=value)


def test_two_samples_of_a_radar_are_no_breath_of_three_points() -> None:
    home = household(RADAR)
    assert told(radar(0, 27), radar(70, 27), radar(140, 20), home=home)[1] == []
    assert told(radar(0, 27), radar(1_200, 27), radar(2_400, 27), home=home)[1] == []
    assert len(told(radar(0, 27), radar(600, 27), radar(1_200, 27), home=home)[1]) == 1
    (found,) = told(*(radar(one, 27) for one in range(0, 181, 30)), home=home)[1]
    assert (found.at, found.evidence["score"]) == (at("day 1 02:03"), 3)


def test_a_limit_of_the_residents_own_holds_for_a_single_part_too() -> None:
    own = household(METER, residents=(Resident("王秀兰", limits={"spo2_very_low": 86}),))
    low = [read("day 1 09:00", Quantity.SPO2, 88), read("day 1 09:05", Quantity.SPO2, 88)]
    assert told(*low, home=own)[1] == []
    lower = [read("day 1 09:10", Quantity.SPO2, 85), read("day 1 09:15", Quantity.SPO2, 85)]
    assert len(told(*lower, home=own)[1]) == 1
    ill = [*measured("day 1 09:00"), *low, *measured("day 1 09:06")]
    assert told(*ill, home=own)[1]  # beside other signs it counts with its points
