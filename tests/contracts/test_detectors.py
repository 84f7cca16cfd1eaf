"""What every detector must hold to, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Device, Role
from devices.observation import (
    Aftermath,
    Alive,
    AnyObservation,
    Bed,
    Booted,
    Called,
    CallState,
    Cancelled,
    Climate,
    Contact,
    FallState,
    Fault,
    Hazard,
    HazardKind,
    HelpCall,
    How,
    Motion,
    Observation,
    Online,
    Presence,
    Quantity,
    Reached,
    Reading,
    Tamper,
    Used,
    Wish,
    Worn,
)
from tests import waves
from tests.alerting.lives import BEGINS, life
from tests.builders import at, hours, household

BATH = Device("bath", "z2m-motion", Role.MOTION, "卫生间", heartbeat=hours(25))
MAT = Device("mat", "native", Role.BED, "卧室", heartbeat=hours(25))
HOME = household(*household().devices.values(), BATH, MAT)
SMALLER = household(*list(HOME.devices.values())[2:])


class Moment(NamedTuple):
    """One step of a life."""

    written: bytes
    """The state before it, encoded then."""
    state: Any
    event: AnyObservation | Tick
    after: Any
    found: tuple[Finding, ...]


FALL = waves.knock(at("day 1 08:23"))

STORY: list[AnyObservation] = [
    Motion(at("day 1 08:01"), "pir"),
    Alive(at("day 1 08:02"), "pir", 90),
    Presence(at("day 1 08:03"), "kitchen", present=True),
    CallState(at("day 1 08:04"), "sos", on=False),
    CallState(at("day 1 08:05"), "sos", on=True),
    CallState(at("day 1 08:06"), "sos", on=True),
    HelpCall(at("day 1 08:07"), "panel", id="a:1"),
    HelpCall(at("day 1 08:07"), "panel", id="a:1"),
    HelpCall(at("day 1 08:07"), "panel", retained=True),
    Hazard(at("day 1 08:08"), "smoke", hazard=HazardKind.SMOKE, on=True),
    Hazard(at("day 1 08:09"), "smoke", hazard=HazardKind.GAS, on=True, retained=True),
    Hazard(at("day 1 08:10"), "smoke", hazard=HazardKind.SMOKE, on=False),
    Contact(at("day 1 08:11"), "door", is_open=True),
    Contact(at("day 1 08:12"), "door", is_open=False),
    Alive(at("day 1 08:13"), "sos", 5),
    Alive(at("day 1 08:14"), "sos", 80),
    Tamper(at("day 1 08:15"), "smoke", on=True),
    Online(at("day 1 08:16"), "panel", online=False),
    Bed(at("day 1 08:17"), "pir", occupied=True),
    Used(at("day 1 08:18"), "kitchen"),
    Booted(at("day 1 08:19"), "panel", boot="b"),
    Fault(at("day 1 08:20"), "store", active=True, detail="disk full"),
    Fault(at("day 1 08:21"), "store", active=False, detail="disk ok"),
    Motion(at("day 1 08:22"), "a stranger's"),
    FALL,
    FALL,
    Aftermath(at("day 1 08:24"), "watch", id=FALL.id, seconds=12.0, moving=0.0),
    Aftermath(at("day 1 08:25"), "watch", id=FALL.id, seconds=12.0, moving=0.9),
    Cancelled(at("day 1 08:26"), "panel"),
    msgspec.structs.replace(FALL, at=at("day 1 08:27"), id="b1:9", device="a stranger's"),
    *(
        Reading(at(f"day 1 08:{minute}"), "panel", quantity=quantity, value=value, second=second)
        for minute in (23, 26, 29, 32, 35, 38)
        for quantity, value, second in (
            (Quantity.SPO2, 85, None),
            (Quantity.HEART_RATE, 140, None),
            (Quantity.BLOOD_PRESSURE, 150, 95),
            (Quantity.TEMPERATURE, 99, None),
        )
    ),
    Reading(at("day 1 08:40"), "panel", quantity=Quantity.SPO2, value=84, retained=True),
    Worn(at("day 1 08:41"), "panel", worn=False),
    FallState(at("day 1 08:23"), "kitchen", on=True, retained=True),
    FallState(at("day 1 08:24"), "kitchen", on=False),
    FallState(at("day 1 08:25"), "kitchen", on=True),
    FallState(at("day 1 08:26"), "a stranger's", on=True),
    Climate(at("day 1 08:27"), "pir", 35.5),
    Climate(at("day 1 08:28"), "kitchen", 9.5),
    Climate(at("day 1 08:29"), "kitchen", 20.0, retained=True),
    Climate(at("day 1 08:30"), "a stranger's", 9.5),
    Called(at("day 1 08:31"), "telephone", "c1", waits_s=30.0, who="王秀兰"),
    Called(at("day 1 08:32"), "telephone", "c2", Wish.SERVICE, who="王秀兰"),
    Called(at("day 1 08:33"), "telephone", "c3", waits_s=30.0),
    Called(at("day 1 08:33"), "telephone", "c3", Wish.EMERGENCY),
    Called(at("day 1 08:34"), "telephone", "c4", number="+85251000009"),
    *(
        Reached(at("day 1 08:35"), who, How.DEAD, channel)
        for who in ("daughter", "neighbour", "grid", "doctor", "town")
        for channel in ("sms", "voice")
    ),
    Reached(at("day 1 08:36"), "daughter", How.ARRIVED, "sms"),
    Reached(at("day 1 08:37"), "neighbour", How.HEARD, "voice"),
    Reached(at("day 1 08:38"), "a stranger", How.OPTED_OUT, "sms"),
    Reached(at("day 1 08:39"), "twilio", How.CUT, detail="no balance"),
]


def habits() -> Iterator[AnyObservation]:
    """Six days as always, and a bad one."""
    for day in range(2, 9):
        yield Motion(at(f"day {day} 00:10"), "pir")
        yield Motion(at(f"day {day} 00:20"), "kitchen")
        if day == 8:
            for minute in range(21, 50, 2):
                yield Motion(at(f"day 8 00:{minute}"), "pir")
                yield Motion(at(f"day 8 00:{minute + 1}"), "kitchen")
        yield Bed(at(f"day {day} 00:55"), "mat", occupied=True)
        yield Bed(at(f"day {day} {'02:00' if day == 8 else '06:00'}"), "mat", occupied=False)
        if day != 8:
            for clock in ("07:00", "07:20", "07:40"):
                yield Motion(at(f"day {day} {clock}"), "kitchen")
    yield Motion(at("day 8 11:00"), "bath")
    yield Motion(at("day 8 14:00"), "pir")
    for clock, is_open in (("23:30", True), ("23:31", False)):
        yield Contact(at(f"day 8 {clock}"), "door", is_open=is_open)


each = pytest.mark.parametrize("detector", DETECTORS, ids=lambda d: d.name)


def wanted(detector: Detector) -> list[AnyObservation]:
    return [event for event in STORY if isinstance(event, detector.consumes)]


def walk(detector: Detector, days: int = 3) -> Iterator[Moment]:
    """Live the story, the days of habits and those of silence, each deadline at its moment."""
    state = detector.start(HOME, BEGINS)
    more = [event for event in habits() if isinstance(event, detector.consumes)]
    ends = at("day 9 08:00") + timedelta(days=days)
    events: list[AnyObservation | Tick] = [*wanted(detector), *more, Tick(ends)]
    for event in events:
        while (due := detector.deadline(HOME, state)) is not None and due <= event.at:
            yield (moment := _lived(detector, state, Tick(due)))
            state = moment.after
        yield (moment := _lived(detector, state, event))
        state = moment.after


def _lived(detector: Detector, state: Any, event: AnyObservation | Tick) -> Moment:
    written = msgspec.json.encode(state)
    return Moment(written, state, event, *detector.step(HOME, state, event))


def moments(detector: Detector, days: int = 3) -> list[Finding]:
    """Return all findings of the story and the days of silence after it."""
    return [finding for moment in walk(detector, days) for finding in moment.found]


@each
def test_a_step_is_a_pure_function(detector: Detector) -> None:
    for written, state, event, after, found in walk(detector):
        assert msgspec.json.encode(state) == written, "step changed the state it was given"
        assert detector.step(HOME, state, event) == (after, found)


@each
def test_a_detector_remembers_nothing_itself(detector: Detector) -> None:
    """One detector serves all homes: what is lived in another must not be felt in this one."""
    alone = [(moment.after, moment.found) for moment in walk(detector)]
    together = []
    other = detector.start(SMALLER, BEGINS)
    for moment in walk(detector):
        together.append((moment.after, moment.found))
        other, _ = detector.step(SMALLER, other, moment.event)
    assert together == alone


@each
def test_a_tick_before_the_deadline_does_nothing(detector: Detector) -> None:
    for moment in walk(detector):
        due = detector.deadline(HOME, moment.after) or moment.event.at + timedelta(days=30)
        tick = Tick(due - timedelta(microseconds=1))
        if tick.at > moment.event.at:
            assert detector.step(HOME, moment.after, tick) == (moment.after, ())


@each
def test_a_deadline_lies_ahead_and_moves(detector: Detector) -> None:
    for moment in walk(detector):
        due = detector.deadline(HOME, moment.after)
        assert due is None or due > moment.event.at, "it would never come, or tick for ever"
    state = detector.start(HOME, BEGINS)
    for event in wanted(detector):
        state, _ = detector.step(HOME, state, event)
    for _ in range(100):
        due = detector.deadline(HOME, state)
        if due is None:
            return
        state, _ = detector.step(HOME, state, Tick(due))
        later = detector.deadline(HOME, state)
        assert later is None or later > due, "this detector would tick for ever"


@each
@pytest.mark.parametrize("is_blink", [False, True])
def test_silence_while_we_were_deaf_proves_nothing(detector: Detector, is_blink: bool) -> None:
    """However the moment: only a blink, of which nothing was lost, lets hours be counted on."""
    for moment in walk(detector):
        back = moment.event.at + (timedelta(seconds=1) if is_blink else timedelta(days=30))
        due = detector.deadline(HOME, moment.after)
        if is_blink and due is not None and due <= back:
            continue
        state = detector.resume(HOME, moment.after, back, is_blink)
        due = detector.deadline(HOME, state)
        assert due is None or due > back
        assert detector.step(HOME, state, Tick(back)) == (state, ())


@each
def test_every_finding_has_a_reason_in_both_languages_and_evidence(detector: Detector) -> None:
    findings = moments(detector)
    assert findings, "the story holds nothing for this detector: add to it"
    for finding in findings:
        assert finding.detector == detector.name
        assert finding.reason.zh != finding.reason.en
        assert finding.reason.zh
        assert finding.reason.en.isascii() or "（" not in finding.reason.en
        assert finding.evidence
        assert any(isinstance(value, int | float) for value in finding.evidence.values())
        assert finding.subject
        if finding.active:
            assert finding.short.zh
            assert finding.short.en
            assert len(finding.short.zh) <= 12


@each
def test_a_state_read_back_has_the_same_future(detector: Detector) -> None:
    for written, state, event, after, found in walk(detector):
        copy = msgspec.json.decode(written, type=detector.state)
        assert copy == state
        assert detector.deadline(HOME, copy) == detector.deadline(HOME, state)
        assert detector.step(HOME, copy, event) == (after, found)


@each
def test_a_changed_household_is_taken_as_it_is(detector: Detector) -> None:
    state = detector.start(HOME, BEGINS)
    for event in wanted(detector):
        state, _ = detector.step(HOME, state, event)
    now = at("day 1 09:00")
    state = detector.configure(SMALLER, state, now)
    for event in wanted(detector):
        late = msgspec.structs.replace(event, at=now)
        state, _ = detector.step(SMALLER, state, late)
    for _ in range(100):
        due = detector.deadline(SMALLER, state)
        if due is None:
            break
        state, _ = detector.step(SMALLER, state, Tick(due))


@each
def test_a_state_stays_small(detector: Detector) -> None:
    state = detector.start(HOME, BEGINS)
    for event in life(3, HOME, days=30):
        if isinstance(event, Observation) and isinstance(event, detector.consumes):
            state, _ = detector.step(HOME, state, event)
    assert len(msgspec.json.encode(state)) < 4_096


@each
def test_presence_and_strangers_are_borne(detector: Detector) -> None:
    state = detector.start(HOME, BEGINS)
    for place in PresenceState:
        state, _ = detector.step(HOME, state, PresenceSet(at("day 1 09:00"), place, "desk:李"))
    bare = msgspec.structs.replace(HOME, devices={})
    state = detector.start(bare, BEGINS)
    for event in wanted(detector):
        state, _ = detector.step(bare, state, event)
