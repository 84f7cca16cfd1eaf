"""A silence is held against the person's own: by hour, by place, by how often a month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.detection.inactivity import InactivityDetector
from alerting.detection.stillness import State, is_known
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household
from devices.observation import AnyObservation, Motion
from tests.alerting.detection.habits import HOME, days
from tests.builders import at, hours, minutes

DETECTOR = InactivityDetector()


def live(
    home: Household, state: State, events: Iterable[AnyObservation | PresenceSet | Tick]
) -> tuple[State, list[Finding]]:
    findings: list[Finding] = []
    for event in events:
        while (due := state.due) is not None and due <= event.at:
            state, found = DETECTOR.step(home, state, Tick(due))
            findings += found
        state, found = DETECTOR.step(home, state, event)
        findings += found
    return state, findings


@pytest.fixture(scope="module")
def after_three_weeks() -> State:
    state, found = live(HOME, DETECTOR.start(HOME, at("day 1 00:00")), days(21))
    assert found == [], "an ordinary life alarms nobody"
    return state


def silent_after(home: Household, state: State, *events: AnyObservation) -> tuple[float, Finding]:
    """Return after how many hours a silence after the last event is told, and what is said."""
    last = events[-1].at
    state, _ = live(home, state, events)
    _, found = live(home, state, [Tick(last + hours(40))])
    assert [one.active for one in found[:1]] == [True]
    return (found[0].at - last) / timedelta(hours=1), found[0]


def morning() -> list[AnyObservation]:
    return [one for one in days(1, first=22) if one.at <= at("day 22 15:00")]


def test_by_day_it_is_told_long_before_the_safe_limit(after_three_weeks: State) -> None:
    assert is_known(after_three_weeks)
    after, found = silent_after(HOME, after_three_weeks, *morning())
    assert 1.0 < after < 4.5
    assert found.evidence["rule"] == "learned"
    assert found.evidence["limit_hours"] == pytest.approx(after, abs=0.001)
    usual = found.evidence["usual_hours"]
    assert isinstance(usual, list)
    assert usual == sorted(usual, reverse=True)
    assert all(value < after for value in usual)


def test_a_night_in_bed_is_not_a_silence_by_day(after_three_weeks: State) -> None:
    evening = [one for one in days(1, first=22) if one.at <= at("day 22 22:30")]
    after, _ = silent_after(HOME, after_three_weeks, *evening)
    assert after > 6


def test_who_never_went_to_bed_is_missed_sooner(after_three_weeks: State) -> None:
    evening = [one for one in days(1, first=22) if one.at <= at("day 22 21:30")]
    in_bed = [one for one in days(1, first=22) if one.at <= at("day 22 22:30")]
    kitchen = Motion(at("day 22 22:05"), "kitchen")
    awake, found = silent_after(HOME, after_three_weeks, *evening, kitchen)
    asleep, _ = silent_after(HOME, after_three_weeks, *in_bed)
    assert awake < asleep - 1
    assert "厨房" in found.reason.zh
    assert "kitchen" in found.reason.en


def test_fewer_false_alarms_mean_later_ones(after_three_weeks: State) -> None:
    times = [
        silent_after(
            msgspec.structs.replace(HOME, false_alarms_per_month=rate),
            after_three_weeks,
            *morning(),
        )[0]
        for rate in (0.25, 0.5, 1, 2, 4, 8)
    ]
    assert times == sorted(times, reverse=True)
    assert times[0] > times[-1]


def test_nobody_is_left_for_longer_than_twice_the_limit_by_day(after_three_weeks: State) -> None:
    strict = msgspec.structs.replace(HOME, inactivity_by_day=hours(1), false_alarms_per_month=0.1)
    after, _ = silent_after(strict, after_three_weeks, *morning())
    assert after <= 2


def test_the_first_days_have_the_safe_limits() -> None:
    state, found = live(HOME, DETECTOR.start(HOME, at("day 1 00:00")), days(3))
    assert found == []
    assert not is_known(state)
    after, found_ = silent_after(HOME, state, Motion(at("day 4 09:00"), "living"))
    assert after == 8
    assert found_.evidence["rule"] == "fixed"


def test_the_clocks_may_change_without_an_alarm() -> None:
    home = msgspec.structs.replace(HOME, zone="Europe/Berlin")
    # the same hours on the wall: seven hours later, six from the last Sunday of March on
    changed = at("day 28 00:00")
    events = [
        msgspec.structs.replace(one, at=one.at + (hours(7) if one.at < changed else hours(6)))
        for one in days(40)
    ]
    _, found = live(home, DETECTOR.start(home, events[0].at), events)
    assert found == []


def test_a_state_read_back_has_the_same_future(after_three_weeks: State) -> None:
    body = msgspec.json.encode(after_three_weeks)
    assert len(body) < 6_000
    copy = msgspec.json.decode(body, type=State)
    assert copy == after_three_weeks
    assert live(HOME, copy, days(3, first=22)) == live(HOME, after_three_weeks, days(3, first=22))


def test_what_we_did_not_hear_teaches_nothing(after_three_weeks: State) -> None:
    deaf = DETECTOR.resume(HOME, after_three_weeks, at("day 25 15:00"))
    assert deaf.habit == after_three_weeks.habit
    after, _ = live(HOME, deaf, [Motion(at("day 25 18:30"), "living")])
    assert after.habit.silences == after_three_weeks.habit.silences
    changed = [
        quarter
        for quarter, (before, now) in enumerate(
            zip(after_three_weeks.habit.seen, after.habit.seen, strict=True)
        )
        if now > before
    ]
    assert changed == [18 * 4 + 2]


def test_a_holiday_is_neither_alarm_nor_habit(after_three_weeks: State) -> None:
    away = PresenceSet(at("day 21 23:30"), PresenceState.AWAY, "desk:李")
    home = PresenceSet(at("day 36 08:00"), PresenceState.HOME, "desk:李")
    state, found = live(HOME, after_three_weeks, [away, home])
    assert found == []
    assert state.habit == after_three_weeks.habit


def test_an_alarm_teaches_no_more_than_the_silence_before_it(after_three_weeks: State) -> None:
    last, back = at("day 22 15:00"), at("day 23 09:00")
    state, found = live(
        HOME, after_three_weeks, [*morning(), Motion(back, "living"), Tick(back + minutes(1))]
    )
    told: datetime = found[0].at
    longest = max(one.minutes for one in state.habit.silences if one.where == "living")
    assert longest <= (told - last) / timedelta(minutes=1) + 15
