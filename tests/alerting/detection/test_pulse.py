"""A sensor that sees nothing while life goes on is found, told, and no longer trusted."""

from __future__ import annotations

from collections.abc import Iterator

from alerting.detection.inactivity import InactivityDetector
from alerting.detection.pulse import (
    ADAPTED_QUARTERS,
    Pulse,
    absent,
    counted,
    faded,
    is_doubtful,
    without,
)
from alerting.detection.stillness import State
from alerting.events import Finding, Tick
from devices.observation import AnyObservation, Motion
from tests.alerting.detection.habits import HOME, days
from tests.builders import at, hours

DETECTOR = InactivityDetector()


def is_door(id: str) -> bool:
    return id == "door"


def living_dead(number: int) -> Iterator[AnyObservation]:
    """So many days, in which the living room is not seen from day 10 on."""
    for event in days(number):
        if not (event.device == "living" and event.at >= at("day 10 00:00")):
            yield event


def live(events: Iterator[AnyObservation]) -> tuple[State, list[Finding]]:
    findings: list[Finding] = []
    state = DETECTOR.start(HOME, at("day 1 00:00"))
    for event in events:
        while (due := state.due) is not None and due <= event.at:
            state, found = DETECTOR.step(HOME, state, Tick(due))
            findings += found
        state, found = DETECTOR.step(HOME, state, event)
        findings += found
    return state, findings


def test_a_dead_sensor_is_told_within_days_and_once() -> None:
    state, findings = live(living_dead(14))
    (told,) = (one for one in findings if one.what == "technical")
    assert told.subject == "living"
    assert told.group == "blind_sensor"
    assert at("day 10 06:00") < told.at < at("day 12 00:00")
    assert "客厅" in told.reason.zh
    assert state.pulse.broken == ("living",)
    after, found = DETECTOR.step(HOME, state, Motion(state.moved_at + hours(1), "living"))
    after, found = DETECTOR.step(HOME, after, Motion(state.moved_at + hours(2), "kitchen"))
    assert [(one.subject, one.active) for one in found] == [("living", False)]
    assert after.pulse.broken == ()


def test_while_it_misleads_the_safe_limits_hold_at_least() -> None:
    state, _ = live(living_dead(12))
    assert state.pulse.misleads
    state, _ = live(living_dead(12))
    state, _ = DETECTOR.step(HOME, state, Motion(at("day 13 13:00"), "kitchen"))
    found: tuple[Finding, ...] = ()
    while not found and state.due is not None:
        told_at = state.due
        state, found = DETECTOR.step(HOME, state, Tick(told_at))
    assert told_at - at("day 13 13:00") >= hours(8)


def test_an_ordinary_life_breaks_no_habit() -> None:
    _, findings = live(days(30))
    assert findings == []


def test_a_home_gets_used_to_a_sensor_that_is_gone() -> None:
    pulse = Pulse()
    for _ in range(300):
        pulse = counted(pulse, ("a", "b"), is_door)
    assert pulse.share("a") == 1.0
    for _ in range(ADAPTED_QUARTERS + 2):
        pulse = counted(pulse, ("b",), is_door)
    assert pulse.broken == ("a",)
    assert not pulse.misleads
    assert without(pulse, {"a"}).broken == ()
    for _ in range(500):
        pulse = faded(pulse)
    assert pulse.part == {}
    assert pulse.broken == ()


def lived(pulse: Pulse, quarters: int, door_every: int) -> Pulse:
    """So many active quarters, in every so-many-eth of which the door moves (0: never)."""
    for number in range(1, quarters + 1):
        is_open = door_every and number % door_every == 0
        pulse = counted(pulse, ("living", "door") if is_open else ("living",), is_door)
    return pulse


def test_a_door_is_doubted_long_before_it_is_told() -> None:
    pulse = lived(Pulse(), 400, door_every=10)
    assert not is_doubtful(pulse, ["door"])
    pulse = lived(pulse, 70, door_every=0)
    assert is_doubtful(pulse, ["door"])
    assert pulse.broken == ()
    pulse = lived(pulse, 40, door_every=0)
    assert pulse.broken == ("door",)
    assert is_doubtful(pulse, ["door"])
    pulse = lived(pulse, 10, door_every=10)
    assert pulse.broken == ()
    assert not is_doubtful(pulse, ["door"])


def test_a_door_that_often_rests_for_days_is_given_longer() -> None:
    pulse = lived(Pulse(), 400, door_every=10)
    pulse = lived(lived(pulse, 90, door_every=0), 10, door_every=10)
    assert lived(pulse, 110, door_every=0).broken == ()
    assert lived(pulse, 260, door_every=0).broken == ("door",)


def test_an_unheard_absence_tells_as_much_as_absences_are_usually_heard() -> None:
    sure = doubtful = lived(Pulse(), 400, door_every=10)
    for _ in range(12):
        sure = absent(sure, is_heard=True)
        doubtful = absent(doubtful, is_heard=True)
        doubtful = lived(absent(doubtful, is_heard=False), 10, door_every=10)
    assert sure.doors.owed == 0
    assert absent(sure, is_heard=False).doors.owed > 2
    assert absent(doubtful, is_heard=False).doors.owed < 1
    twice = absent(absent(sure, is_heard=False), is_heard=False)
    assert twice.doors.absences == 2
    later = lived(twice, 20, door_every=0)
    assert is_doubtful(later, ["door"])
    assert later.broken == ()
    assert lived(twice, 60, door_every=0).broken == ("door",)
