from __future__ import annotations

from typing import Any

from alerting.detection.help_call import IDS_MAX, HelpCallDetector
from alerting.incident import Urgency
from devices.observation import AnyObservation, CallState, HelpCall
from tests.builders import at, household

HOME = household()
DETECTOR = HelpCallDetector()
NOON = at("day 1 12:00")


def found(*events: AnyObservation, state: Any = None) -> list[str]:
    """Return what each event proves: `high`, `medium`, `cleared` or `-`."""
    state = state or DETECTOR.start(HOME, NOON)
    said = []
    for event in events:
        state, findings = DETECTOR.step(HOME, state, event)
        said.append(
            ("cleared" if not findings[0].active else str(findings[0].urgency)) if findings else "-"
        )
    return said


def press(id: str = "", device: str = "panel", *, retained: bool = False) -> HelpCall:
    return HelpCall(NOON, device, id=id, retained=retained)


def state(on: bool, *, retained: bool = False) -> CallState:
    return CallState(NOON, "sos", on=on, retained=retained)


def test_every_press_counts_and_a_repeated_message_does_not() -> None:
    assert found(press("a:1"), press("a:1"), press("a:2"), press("a:1", "sos")) == [
        "high",
        "-",
        "high",
        "high",
    ]


def test_without_an_id_every_message_is_a_press() -> None:
    assert found(press(), press()) == ["high", "high"]


def test_only_the_last_presses_are_remembered() -> None:
    many = [press(f"a:{n}") for n in range(IDS_MAX + 1)]
    assert found(*many, press(f"a:{IDS_MAX}"), press("a:0"))[-2:] == ["-", "high"]


def test_a_kept_press_is_verified_once() -> None:
    kept = press("a:1", retained=True)
    assert found(kept, kept, press("a:1"), press("a:2")) == ["medium", "-", "-", "high"]
    assert found(press("a:1"), kept) == ["high", "-"]
    nameless = press(retained=True)
    assert found(nameless, nameless, press()) == ["medium", "-", "high"]


def test_a_state_is_read_by_its_edges() -> None:
    assert found(state(False), state(True), state(True), state(False), state(True)) == [
        "-",
        "high",
        "-",
        "cleared",
        "high",
    ]


def test_the_first_word_of_a_state_is_verified_once() -> None:
    assert found(state(True), state(True), state(False), state(True)) == [
        "medium",
        "-",
        "cleared",
        "high",
    ]


def test_a_kept_state_is_verified_and_no_edge() -> None:
    assert found(state(True, retained=True), state(True)) == ["medium", "-"]
    assert found(state(False), state(True, retained=True), state(True)) == ["-", "medium", "-"]


def test_a_kept_release_makes_the_next_press_count() -> None:
    assert found(state(False), state(True), state(False, retained=True), state(True)) == [
        "-",
        "high",
        "cleared",
        "high",
    ]


def test_what_was_on_before_we_were_deaf_is_verified() -> None:
    before = DETECTOR.start(HOME, NOON)
    for event in (state(False), state(True)):
        before, _ = DETECTOR.step(HOME, before, event)
    deaf = DETECTOR.resume(HOME, before, NOON)
    assert found(state(True), state(True), state=deaf) == ["medium", "-"]
    assert found(state(False), state(True), state=deaf) == ["cleared", "high"]


def test_the_finding_tells_which_button_and_how_late_it_came() -> None:
    event = HelpCall(NOON, "panel", id="a:1", measured_at=at("day 1 11:59:58"))
    _, (finding,) = DETECTOR.step(HOME, DETECTOR.start(HOME, NOON), event)
    assert finding.urgency is Urgency.HIGH
    assert "客厅呼叫器" in finding.reason.zh
    assert finding.evidence == {
        "device": "panel",
        "presses": 1,
        "press": "a:1",
        "delay_seconds": 2.0,
    }
