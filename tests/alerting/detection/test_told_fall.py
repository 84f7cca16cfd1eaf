"""What a device says of falls: edges only; what is kept or remembered invents nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.detection.told_fall import OLD_AFTER, STUCK_AFTER, State, ToldFallDetector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Device, IncidentKind, Role
from alerting.incident import Urgency
from devices.observation import FallState
from tests.builders import PANEL, at, household

RADAR = Device("radar", "z2m-fall", Role.PRESENCE, "卧室")
HOME = household(PANEL, RADAR)
DETECTOR = ToldFallDetector()
NOON = at("day 1 12:00")
DEAF, BLINK = "deaf", "blink"


def word(on: bool, *, retained: bool = False, age: timedelta | None = None) -> FallState:
    measured = None if age is None else NOON - age
    return FallState(NOON, "radar", on=on, retained=retained, measured_at=measured)


YES, NO = word(True), word(False)
KEPT_YES, KEPT_NO = word(True, retained=True), word(False, retained=True)


def found(*events: FallState | str) -> list[str]:
    """Return what each word proves: a fall, its end, something to verify, or nothing."""
    state, said = DETECTOR.start(HOME, NOON), []
    for event in events:
        if isinstance(event, str):
            state = DETECTOR.resume(HOME, state, NOON, event == BLINK)
            continue
        state, findings = DETECTOR.step(HOME, state, event)
        said.append(_shown(findings))
    return said


def _shown(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return "-"
    (finding,) = findings
    if not finding.active:
        return "over"
    return {"high": "fall", "medium": "verify"}[finding.urgency]


def test_only_the_change_is_a_fall() -> None:
    assert found(NO, YES, YES, YES, NO, NO, YES) == ["-", "fall", "-", "-", "over", "-", "fall"]


def test_the_first_word_ever_is_to_be_verified_once() -> None:
    assert found(YES, YES, NO, YES) == ["verify", "-", "over", "fall"]


def test_a_first_word_that_is_old_by_its_own_clock_is_a_memory() -> None:
    minute = timedelta(minutes=1)
    assert found(word(True, age=OLD_AFTER + minute), YES) == ["-", "-"]
    assert found(word(True, age=OLD_AFTER - minute)) == ["verify"]
    assert found(NO, word(True, age=OLD_AFTER + minute)) == ["-", "fall"], "late, but an edge"


def test_what_the_broker_kept_proves_nothing() -> None:
    assert found(KEPT_YES, KEPT_YES) == ["-", "-"]
    assert found(NO, KEPT_YES, NO) == ["-", "-", "-"]
    assert found(NO, YES, KEPT_YES, KEPT_NO) == ["-", "fall", "-", "-"]


def test_what_the_broker_kept_costs_no_later_fall() -> None:
    assert found(NO, KEPT_YES, YES) == ["-", "-", "fall"]
    assert found(KEPT_NO, YES) == ["-", "fall"]
    assert found(NO, YES, KEPT_NO, YES) == ["-", "fall", "-", "fall"]
    assert found(KEPT_YES, YES) == ["-", "verify"], "live, and nobody knows since when"


def test_a_flag_that_was_down_before_we_were_deaf_and_is_up_now_is_a_fall() -> None:
    assert found(NO, DEAF, YES) == ["-", "fall"]


def test_a_flag_that_was_up_all_along_is_verified_after_deafness_but_not_after_a_moment() -> None:
    assert found(NO, YES, DEAF, YES, YES) == ["-", "fall", "verify", "-"]
    assert found(NO, YES, BLINK, YES) == ["-", "fall", "-"]
    assert found(NO, YES, DEAF, NO) == ["-", "fall", "over"]


def test_a_flag_that_never_clears_is_a_fault_and_its_reset_ends_it() -> None:
    state, _ = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), NO)
    state, _ = DETECTOR.step(HOME, state, YES)
    due = DETECTOR.deadline(HOME, state)
    assert due == NOON + STUCK_AFTER
    assert DETECTOR.step(HOME, state, Tick(due - timedelta(seconds=1))) == (state, ())
    state, (fault,) = DETECTOR.step(HOME, state, Tick(due))
    assert fault.what is IncidentKind.TECHNICAL
    assert "复位" in fault.reason.zh
    assert DETECTOR.deadline(HOME, state) is None
    state, (over, reset) = DETECTOR.step(HOME, state, NO)
    assert (over.active, reset.active) == (False, False)
    assert over.what is IncidentKind.FALL
    assert reset.what is IncidentKind.TECHNICAL


def test_a_flag_that_is_known_to_be_stuck_is_no_news_after_each_restart() -> None:
    state, _ = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), NO)
    state, _ = DETECTOR.step(HOME, state, YES)
    state, _ = DETECTOR.step(HOME, state, Tick(NOON + STUCK_AFTER))
    for _ in range(2):
        state = DETECTOR.resume(HOME, state, NOON + 2 * STUCK_AFTER)
        state, said = DETECTOR.step(HOME, state, YES)
        assert said == ()
    state, _ = DETECTOR.step(HOME, state, NO)
    _, (fall,) = DETECTOR.step(HOME, state, YES)
    assert fall.urgency is Urgency.HIGH, "reset, it tells the next one"


def test_a_fall_is_told_wherever_the_resident_is_said_to_be() -> None:
    state, _ = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), NO)
    away = PresenceSet(NOON, PresenceState.AWAY, "desk:李")
    state, _ = DETECTOR.step(HOME, state, away)
    _, (fall,) = DETECTOR.step(HOME, state, YES)
    assert fall.reason.zh == "卧室跌倒雷达报告有人跌倒"
    assert fall.reason.en == "the bedroom fall radar says that somebody fell"
    assert fall.evidence == {"device": "radar", "sources": 1}


def test_a_late_word_says_by_how_much() -> None:
    late = FallState(NOON, "radar", on=True, measured_at=NOON - timedelta(seconds=90))
    state, _ = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), NO)
    _, (fall,) = DETECTOR.step(HOME, state, late)
    assert fall.evidence["delay_seconds"] == 90


def test_a_device_that_is_gone_is_forgotten() -> None:
    state, _ = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), YES)
    later: datetime = at("day 1 13:00")
    assert DETECTOR.configure(household(PANEL), state, later) == State()
