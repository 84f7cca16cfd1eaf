"""Measured twice before it counts; asked for; over by a margin; the resident's own limits."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.detection.vital_rules import (
    BY_NAME,
    FORGET,
    LIMIT_NAMES,
    RULES,
    Rule,
    is_over,
    passes,
)
from alerting.events import Finding, LeadsTo, PresenceSet, PresenceState, Tick
from alerting.household import Resident
from alerting.incident import Urgency
from devices.observation import Quantity, Reading, Worn
from devices.vitals import UNITS
from tests.alerting.detection.vitals import HOME, METER, WATCH, led, read, stream
from tests.builders import at, household

LIMITS = VitalLimitsDetector()
PAGE = Path(__file__).parents[3] / "docs" / "detection-vitals.md"
SPO2, HEART, BREATH = Quantity.SPO2, Quantity.HEART_RATE, Quantity.RESPIRATION
PRESSURE = Quantity.BLOOD_PRESSURE


def alarms(findings: list[Finding]) -> list[tuple[str, Urgency]]:
    """What people are told, as rule and urgency."""
    return [
        (str(one.evidence["rule"]), one.urgency)
        for one in findings
        if one.active and one.leads_to is LeadsTo.INCIDENT
    ]


def notes(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.leads_to is LeadsTo.NOTE]


def test_one_bad_reading_asks_the_resident_and_tells_nobody() -> None:
    _, found = led(LIMITS, [read("day 1 09:00", SPO2, 84)])
    assert alarms(found) == []
    (note,) = notes(found)
    assert note.ask is not None
    assert "再量一次血氧" in note.ask.zh
    assert "84%" in note.reason.zh


def test_the_second_one_counts() -> None:
    _, found = led(LIMITS, [read("day 1 09:00", SPO2, 84), read("day 1 09:04", SPO2, 86)])
    assert alarms(found) == [("spo2_very_low", Urgency.HIGH)]
    assert found[-1].reason.zh == "卧室测量仪测得血氧86%（下限91%），4分钟内2次"
    assert found[-1].evidence == {
        "device": "meter",
        "rule": "spo2_very_low",
        "quantity": "spo2",
        "value": 86,
        "limit": 91,
        "clear": 93,
        "readings": 2,
        "seconds": 240,
    }


def test_the_second_one_may_be_good() -> None:
    _, found = led(
        LIMITS,
        [read("day 1 09:00", SPO2, 84), read("day 1 09:04", SPO2, 97), Tick(at("day 1 12:00"))],
    )
    assert alarms(found) == []


def test_nobody_measured_again_people_are_asked_to_call() -> None:
    _, found = led(LIMITS, [read("day 1 09:00", SPO2, 84), Tick(at("day 1 12:00"))])
    assert alarms(found) == [("spo2_very_low", Urgency.MEDIUM)]
    assert found[-1].at == at("day 1 09:10")
    assert "没有复测" in found[-1].reason.zh


def test_the_lower_pressure_is_said_where_it_was_the_one() -> None:
    early = [read(f"day 1 09:0{m}", PRESSURE, 150, second=112) for m in (0, 2)]
    _, found = led(LIMITS, [*early, Tick(at("day 1 12:00"))])
    assert "血压量到1次150/112mmHg（上限180/110mmHg）" in notes(found)[0].reason.zh
    assert "血压量到2次150/112mmHg" in found[-1].reason.zh
    assert alarms(found) == [("blood_pressure_very_high", Urgency.MEDIUM)]


def test_a_reading_repeated_too_late_is_a_first_one_again() -> None:
    second = at("day 1 09:00") + FORGET + timedelta(minutes=1)
    _, found = led(LIMITS, [read("day 1 09:00", HEART, 120), read(second, HEART, 120)])
    assert alarms(found) == []
    assert len(notes(found)) == 2


def test_one_wearable_sample_is_never_an_emergency() -> None:
    glitch = [
        *stream("day 1 09:00", 60, HEART, 70),
        read("day 1 09:01:15", HEART, 180, "watch"),
        *stream("day 1 09:01:30", 3_600, HEART, 70),
    ]
    assert led(LIMITS, glitch)[1] == []


def test_a_wearable_has_to_show_it_for_a_minute_unbroken() -> None:
    _, found = led(LIMITS, stream("day 1 09:00", 45, HEART, 140))
    assert found == []
    _, found = led(LIMITS, stream("day 1 09:00", 60, HEART, 140))
    assert alarms(found) == [("heart_rate_very_high", Urgency.HIGH)]


def test_a_wearable_that_goes_silent_after_one_sample_is_asked_for() -> None:
    _, found = led(LIMITS, [read("day 1 09:00", HEART, 180, "watch"), Tick(at("day 1 09:05"))])
    assert [one.at for one in notes(found)] == [at("day 1 09:01:30")]
    assert alarms(found) == []


def test_what_a_watch_shows_as_it_is_taken_off_is_forgotten() -> None:
    _, found = led(
        LIMITS,
        [
            read("day 1 09:00", SPO2, 70, "watch"),
            Worn(at("day 1 09:00:20"), "watch", worn=False),
            Tick(at("day 1 12:00")),
        ],
    )
    assert found == []


def test_a_radar_must_show_slow_breath_for_three_minutes_and_asks_nobody() -> None:
    _, found = led(LIMITS, [read("day 1 02:00", BREATH, 7, "radar"), Tick(at("day 1 12:00"))])
    assert found == []
    _, found = led(LIMITS, stream("day 1 02:00", 180, BREATH, 7, "radar", every=10))
    assert alarms(found) == [("respiration_low", Urgency.MEDIUM)]


def test_a_mattress_that_tells_a_value_every_five_minutes_is_heard_too() -> None:
    slow = stream("day 1 02:00", 600, BREATH, 30, "radar", every=300)
    assert alarms(led(LIMITS, slow)[1]) == [("respiration_high", Urgency.MEDIUM)]
    well = [*stream("day 1 02:00", 300, BREATH, 30, "radar", every=300)]
    well += [read("day 1 02:08", BREATH, 18, "radar"), read("day 1 02:10", BREATH, 30, "radar")]
    assert alarms(led(LIMITS, well)[1]) == []
    rare = stream("day 1 02:00", 3_600, BREATH, 30, "radar", every=1_200)
    assert alarms(led(LIMITS, rare)[1]) == []


def test_breath_beside_an_oxygen_that_is_low_is_an_emergency() -> None:
    low = [read("day 1 02:00", SPO2, 84), read("day 1 02:03", SPO2, 84)]
    breath = stream("day 1 02:04", 180, BREATH, 27, "radar")
    assert alarms(led(LIMITS, [*low, *breath])[1]) == [
        ("spo2_very_low", Urgency.HIGH),
        ("respiration_high", Urgency.HIGH),
    ]


def test_either_pressure_passes_and_the_second_measurement_counts() -> None:
    first = read("day 1 09:00", PRESSURE, 150, second=112)
    early = read("day 1 09:02", PRESSURE, 150, second=112)
    second = read("day 1 09:05", PRESSURE, 150, second=112)
    assert alarms(led(LIMITS, [first, early])[1]) == []
    (alarm,) = alarms(led(LIMITS, [first, second])[1])
    assert alarm == ("blood_pressure_very_high", Urgency.MEDIUM)
    assert alarms(led(LIMITS, [first, read("day 1 09:05", PRESSURE, 150, second=100)])[1]) == []


def test_the_graver_limit_speaks_for_the_lesser() -> None:
    _, found = led(LIMITS, stream("day 1 09:00", 600, HEART, 140))
    assert alarms(found) == [("heart_rate_very_high", Urgency.HIGH)]


def test_worse_is_told_again_at_once() -> None:
    events = [*stream("day 1 09:00", 360, HEART, 120), *stream("day 1 09:06:15", 60, HEART, 140)]
    assert alarms(led(LIMITS, events)[1]) == [
        ("heart_rate_high", Urgency.MEDIUM),
        ("heart_rate_very_high", Urgency.HIGH),
    ]


def test_it_is_over_by_a_margin_and_after_a_while() -> None:
    state, _ = led(LIMITS, stream("day 1 09:00", 60, HEART, 140))
    state, found = led(LIMITS, stream("day 1 09:01:15", 600, HEART, 128), state=state)
    assert alarms(found) == [("heart_rate_high", Urgency.MEDIUM)] or found == []
    state, found = led(LIMITS, stream("day 1 09:12", 240, HEART, 104), state=state)
    assert found == []  # the lesser limit is over after five minutes only
    _, found = led(LIMITS, stream("day 1 09:16:15", 120, HEART, 104), state=state)
    assert [one.active for one in found] == [False]


def test_what_goes_on_is_found_again_since_it_may_have_been_closed() -> None:
    _, found = led(LIMITS, stream("day 1 09:00", 2 * 3600 + 120, HEART, 140, every=60))
    told = [one.at for one in found if one.active]
    assert len(told) == 3
    assert all(b - a >= timedelta(hours=1) for a, b in pairwise(told))


def test_an_advertisement_repeated_is_not_measured_again() -> None:
    again = [read(f"day 1 09:{m:02}", SPO2, 84, repeats=True) for m in range(9)]
    assert alarms(led(LIMITS, again)[1]) == []
    other = read("day 1 09:09", SPO2, 85, repeats=True)
    assert alarms(led(LIMITS, [*again, other])[1]) == [("spo2_very_low", Urgency.HIGH)]


@pytest.mark.parametrize(
    "reading",
    [
        read("day 1 09:00", SPO2, 84, quality=30),
        read("day 1 09:00", SPO2, 20),
        read("day 1 09:00", SPO2, 84, retained=True),
        read("day 1 09:00", SPO2, 84, measured_at=at("day 0 09:00")),
        read("day 1 09:00", SPO2, 84, device="a stranger's"),
    ],
    ids=["poor", "impossible", "retained", "yesterday's", "unknown"],
)
def test_what_proves_nothing_is_not_judged(reading: Reading) -> None:
    later = msgspec.structs.replace(reading, at=at("day 1 09:05"))
    assert led(LIMITS, [reading, later, Tick(at("day 1 12:00"))])[1] == []


def test_readings_that_waited_at_the_device_count_at_their_own_time() -> None:
    late = at("day 1 11:00")
    first, second = at("day 1 09:00"), at("day 1 09:06")
    events = [
        read(late, PRESSURE, 185, second=95, measured_at=first),
        read(late, PRESSURE, 188, second=95, measured_at=second),
        read(late, PRESSURE, 188, second=95, measured_at=second),
    ]
    assert alarms(led(LIMITS, events)[1]) == [("blood_pressure_very_high", Urgency.MEDIUM)]


def test_the_residents_own_limits_hold_and_move_the_margin() -> None:
    own = household(METER, WATCH, residents=(Resident("王秀兰", limits={"spo2_very_low": 84}),))
    fine = [read("day 1 09:00", SPO2, 88), read("day 1 09:05", SPO2, 88)]
    assert alarms(led(LIMITS, fine, own)[1]) == [("spo2_low", Urgency.LOW)]
    low = [read("day 1 09:00", SPO2, 83), read("day 1 09:05", SPO2, 83)]
    _, found = led(LIMITS, low, own)
    assert found[-1].evidence["limit"] == 84
    assert found[-1].evidence["clear"] == 86


def test_of_two_residents_each_has_their_own() -> None:
    hers = msgspec.structs.replace(METER, resident="王秀兰")
    his = msgspec.structs.replace(METER, id="his", resident="李大山")
    people = (Resident("李大山", limits={"spo2_very_low": 80}), Resident("王秀兰"))
    home = household(hers, his, residents=people)
    both = [
        read(moment, SPO2, 85, device)
        for moment in ("day 1 09:00", "day 1 09:05")
        for device in ("meter", his.id)
    ]
    told = [one for one in led(LIMITS, both, home)[1] if one.leads_to is LeadsTo.INCIDENT]
    assert [(one.subject, one.urgency) for one in told] == [
        ("meter", Urgency.HIGH),
        ("his", Urgency.LOW),
    ]
    assert told[0].reason.zh.startswith("王秀兰：")
    assert told[0].group != told[1].group


@pytest.mark.parametrize("place", [PresenceState.HOSPITAL, PresenceState.PAUSED])
def test_nobody_is_judged_in_hospital(place: PresenceState) -> None:
    away = PresenceSet(at("day 1 08:30"), place, "desk:李")
    events: list[Reading | PresenceSet] = [away, *stream("day 1 09:00", 600, HEART, 140)]
    assert led(LIMITS, events)[1] == []


def test_away_a_radar_sees_a_visitor_but_a_watch_its_owner() -> None:
    away = PresenceSet(at("day 1 08:30"), PresenceState.AWAY, "desk:李")
    assert led(LIMITS, [away, *stream("day 1 09:00", 600, BREATH, 30, "radar")])[1] == []
    assert alarms(led(LIMITS, [away, *stream("day 1 09:00", 60, HEART, 140)])[1])


def test_going_to_hospital_ends_what_was_found() -> None:
    state, _ = led(LIMITS, stream("day 1 09:00", 60, HEART, 140))
    gone = PresenceSet(at("day 1 10:00"), PresenceState.HOSPITAL, "desk:李")
    state, found = led(LIMITS, [gone], state=state)
    assert [one.active for one in found] == [False]
    assert state.watches == {}


def test_a_time_we_were_deaf_is_no_minute_of_fast_heart() -> None:
    state, _ = led(LIMITS, stream("day 1 09:00", 30, HEART, 140))
    state = LIMITS.resume(HOME, state, at("day 1 09:01"))
    _, found = led(LIMITS, stream("day 1 09:01:05", 30, HEART, 140), state=state)
    assert alarms(found) == []


def test_nobody_failed_to_measure_again_while_we_were_deaf() -> None:
    state, _ = led(LIMITS, [read("day 1 09:00", SPO2, 84)])
    back = at("day 1 11:00")
    state = LIMITS.resume(HOME, state, back)
    assert LIMITS.step(HOME, state, Tick(back)) == (state, ())
    _, found = led(LIMITS, [Tick(at("day 1 11:10"))], state=state)
    assert alarms(found) == [("spo2_very_low", Urgency.MEDIUM)]


def test_a_watch_and_an_oximeter_that_agree_have_measured_twice() -> None:
    first = read("day 1 09:00", SPO2, 90)
    _, found = led(LIMITS, [first, read("day 1 09:04", SPO2, 88, "watch")])
    assert alarms(found) == [("spo2_very_low", Urgency.HIGH)]
    assert "4分钟内2次（卧室测量仪也测得90%）" in found[-1].reason.zh
    assert found[-1].evidence["witness"] == "meter"
    _, found = led(LIMITS, [first, read("day 1 09:00:20", SPO2, 88, "watch")])
    assert alarms(found) == []  # at the same moment: one measurement
    late = read("day 1 10:30", SPO2, 88, "watch")
    assert alarms(led(LIMITS, [first, late])[1]) == [("spo2_very_low", Urgency.MEDIUM)]


def test_whoever_was_told_by_two_devices_is_not_told_of_the_first_alone() -> None:
    both = [read("day 1 09:00", SPO2, 90), read("day 1 09:04", SPO2, 88, "watch")]
    assert len(alarms(led(LIMITS, [*both, Tick(at("day 1 09:50"))])[1])) == 1


def test_a_radar_is_no_witness_and_neither_is_another_residents_device() -> None:
    breath = [read("day 1 02:00", HEART, 35, "radar"), read("day 1 02:05", HEART, 35, "watch")]
    assert alarms(led(LIMITS, breath)[1]) == []
    his = msgspec.structs.replace(METER, id="his", resident="李大山")
    hers = msgspec.structs.replace(METER, resident="王秀兰")
    home = household(hers, his, residents=(Resident("李大山"), Resident("王秀兰")))
    both = [read("day 1 09:00", SPO2, 85, "his"), read("day 1 09:05", SPO2, 85)]
    assert alarms(led(LIMITS, both, home)[1]) == []


def test_a_careful_measurement_refutes_a_watch_but_not_the_other_way_round() -> None:
    ends = Tick(at("day 1 12:00"))
    watch_low = read("day 1 09:00", SPO2, 85, "watch")
    assert alarms(led(LIMITS, [watch_low, read("day 1 09:02", SPO2, 97), ends])[1]) == []
    kept = read("day 1 09:02", SPO2, 97, measured_at=at("day 1 08:00"))
    assert alarms(led(LIMITS, [watch_low, kept, ends])[1]) == [("spo2_very_low", Urgency.MEDIUM)]
    meter_low = read("day 1 09:00", SPO2, 85)
    watch_well = read("day 1 09:02", SPO2, 97, "watch")
    assert alarms(led(LIMITS, [meter_low, watch_well, ends])[1]) == [
        ("spo2_very_low", Urgency.MEDIUM)
    ]


def test_a_line_that_keeps_breaking_puts_nothing_off() -> None:
    state, _ = led(LIMITS, [read("day 1 09:00", SPO2, 84)])
    found: list[Finding] = []
    for minute in range(3, 15, 3):
        moment = at(f"day 1 09:{minute:02}")
        state, said = led(LIMITS, [Tick(moment)], state=state)
        found += said
        state = LIMITS.resume(HOME, state, moment, is_blink=True)
    assert alarms(found) == [("spo2_very_low", Urgency.MEDIUM)]
    state, _ = led(LIMITS, stream("day 1 09:00", 150, BREATH, 30, "radar"))
    state = LIMITS.resume(HOME, state, at("day 1 09:02:40"), is_blink=True)
    _, found = led(LIMITS, stream("day 1 09:02:45", 30, BREATH, 30, "radar"), state=state)
    assert alarms(found) == [("respiration_high", Urgency.MEDIUM)]


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=1)])
def test_a_clock_that_was_set_back_silences_no_watch(back: timedelta) -> None:
    right = [
        msgspec.structs.replace(one, measured_at=one.at)
        for one in stream("day 1 09:00", 300, HEART, 70)
    ]
    wrong = [
        msgspec.structs.replace(one, measured_at=one.at - back)
        for one in stream("day 1 09:06", 120, HEART, 140)
    ]
    assert alarms(led(LIMITS, [*right, *wrong])[1]) == [("heart_rate_very_high", Urgency.HIGH)]


def test_what_was_kept_and_comes_in_one_go_is_not_judged_as_now() -> None:
    now = [read("day 1 09:00", HEART, 70, "watch", measured_at=at("day 1 09:00"))]
    kept = [
        read("day 1 09:00:10", HEART, 140, "watch", measured_at=moment.at)
        for moment in stream("day 1 08:00", 600, HEART, 140)
    ]
    assert alarms(led(LIMITS, [*now, *kept])[1]) == []


def test_what_waited_for_hours_is_told_with_its_age() -> None:
    late = at("day 1 12:00")
    pair = [
        read(late, PRESSURE, 190, second=95, measured_at=at(f"day 1 09:0{minute}"))
        for minute in (0, 6)
    ]
    _, found = led(LIMITS, pair)
    assert found[-1].reason.zh.startswith("2小时前，")
    assert found[-1].reason.en.startswith("2 h ago, ")


def test_one_reading_that_waited_is_told_with_its_age_too() -> None:
    kept = read("day 1 09:00", SPO2, 84, measured_at=at("day 1 08:00"))
    _, found = led(LIMITS, [kept, Tick(at("day 1 09:30"))])
    assert found[-1].reason.en.startswith("70 min ago, oxygen saturation of 84% measured once")
    assert (
        "ago"
        not in led(LIMITS, [read("day 1 09:00", SPO2, 84), Tick(at("day 1 09:30"))])[1][
            -1
        ].reason.en
    )


def test_a_home_that_cannot_speak_asks_nobody_and_does_not_say_so() -> None:
    mute = household(METER, WATCH)
    (note,) = notes(led(LIMITS, [read("day 1 09:00", SPO2, 84)], mute)[1])
    assert note.reason.zh.endswith("等老人自己再量一次")
    can = household(METER, msgspec.structs.replace(WATCH, speaks=True))
    (note,) = notes(led(LIMITS, [read("day 1 09:00", SPO2, 84)], can)[1])
    assert note.reason.zh.endswith("请老人再量一次")


def test_what_was_found_days_ago_is_measured_twice_again() -> None:
    state, _ = led(LIMITS, [read("day 1 09:00", SPO2, 84), read("day 1 09:05", SPO2, 84)])
    state, found = led(LIMITS, [read("day 4 09:00", SPO2, 84)], state=state)
    assert alarms(found) == []
    _, found = led(LIMITS, [read("day 4 09:05", SPO2, 84)], state=state)
    assert alarms(found) == [("spo2_very_low", Urgency.HIGH)]
    _, found = led(LIMITS, [read("day 4 09:05", SPO2, 97)], state=state)
    assert [one.active for one in found] == [False]  # people were told: they hear that it is well


def test_what_is_usual_is_said_once_it_is_known() -> None:
    days = [
        read(at("day 1 09:00") + timedelta(hours=hour), HEART, 70, "watch") for hour in range(48)
    ]
    _, found = led(LIMITS, [*days, *stream("day 3 09:30", 60, HEART, 140)])
    assert "平时约70次/分" in found[-1].reason.zh
    assert found[-1].evidence["usual"] == 70


def test_a_month_of_a_watch_and_a_radar_keeps_the_state_small() -> None:
    state = LIMITS.start(HOME, at("day 1 08:00"))
    for hour in range(24 * 30):
        moment = at("day 1 09:00") + timedelta(hours=hour)
        for number, quantity in enumerate(Quantity):
            for device in ("watch", "meter", "radar"):
                value = 30 + hour % 150 + number
                second = value - 20 if quantity is PRESSURE else None
                event = read(moment, quantity, value, device, second=second)
                state, _ = LIMITS.step(HOME, state, event)
    assert len(msgspec.json.encode(state)) < 8_192


# ---------------------------------------------------------------- the table


def value_of(rule: Rule, limit: float) -> Reading:
    second = 60.0 if rule.quantity is PRESSURE else None
    return read("day 1 09:00", rule.quantity, limit, second=second)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_passes_at_its_limit_and_is_over_at_its_margin(rule: Rule) -> None:
    person, step = Resident("x"), 0.1 if rule.is_high else -0.1
    at_limit = value_of(rule, rule.limit)
    assert passes(rule, person, at_limit) is not rule.is_strict
    assert passes(rule, person, value_of(rule, rule.limit + step))
    assert not passes(rule, person, value_of(rule, rule.limit - step))
    assert is_over(rule, person, value_of(rule, rule.clear))
    assert not is_over(rule, person, value_of(rule, rule.clear + step))


def test_rules_of_a_quantity_stand_in_the_order_of_their_gravity() -> None:
    rank = {Urgency.HIGH: 0, Urgency.MEDIUM: 1, Urgency.LOW: 2}
    for rule, other in pairwise(RULES):
        if rule.quantity is other.quantity and rule.is_high is other.is_high:
            assert rank[rule.urgency] <= rank[other.urgency]
    assert len(BY_NAME) == len(RULES)


def rows() -> list[str]:
    """The rules as the page shows them."""

    def span(length: timedelta | None) -> str:
        return "-" if length is None else f"{length.total_seconds() / 60:g} min"

    def limit(rule: Rule) -> str:
        sign = (">" if rule.is_high else "<") + ("" if rule.is_strict else "=")
        second = f" or {rule.second:g}" if rule.second is not None else ""
        return f"{sign} {rule.limit:g}{second} {UNITS[rule.quantity]}"

    def clear(rule: Rule) -> str:
        second = f" and {rule.clear_second:g}" if rule.clear_second is not None else ""
        after = f", {span(rule.clear_after)}" if rule.clear_after else ""
        return f"{'<=' if rule.is_high else '>='} {rule.clear:g}{second}{after}"

    def lone(rule: Rule) -> str:
        return f"{rule.alone} after {span(rule.wait)}" if rule.alone else "-"

    return [
        f"| `{rule.name}` | {limit(rule)} | {span(rule.hold)} | {span(rule.apart)} | {clear(rule)} "
        f"| {rule.urgency} | {lone(rule)} |"
        for rule in RULES
    ]


def test_the_page_shows_the_rules_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `[a-z0-9_]+` \|.*\|$", page, re.MULTILINE)[: len(RULES)] == rows()


def test_the_page_names_every_limit_that_can_be_set() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in LIMIT_NAMES if f"`{name}`" not in page] == []
