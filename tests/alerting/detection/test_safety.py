from __future__ import annotations

from alerting.detection.safety import SafetyDetector
from devices.observation import Hazard, HazardKind
from tests.builders import at, household

HOME = household()
DETECTOR = SafetyDetector()
NOON = at("day 1 12:00")


def word(on: bool, kind: HazardKind = HazardKind.SMOKE, *, retained: bool = False) -> Hazard:
    return Hazard(NOON, "smoke", hazard=kind, on=on, retained=retained)


def found(*events: Hazard | None) -> list[str]:
    """Return what each proves; None stands for a time we could not hear."""
    state, said = DETECTOR.start(HOME, NOON), []
    for event in events:
        if event is None:
            state = DETECTOR.resume(HOME, state, NOON)
            continue
        state, findings = DETECTOR.step(HOME, state, event)
        said.append(
            ("cleared" if not findings[0].active else str(findings[0].urgency)) if findings else "-"
        )
    return said


def test_only_edges_are_findings() -> None:
    assert found(word(False), word(True), word(True), word(False), word(False), word(True)) == [
        "-",
        "high",
        "-",
        "cleared",
        "-",
        "high",
    ]


def test_the_first_word_is_taken_for_new() -> None:
    assert found(word(True)) == ["high"]
    assert found(word(True, HazardKind.CARBON_MONOXIDE)) == ["high"]


def test_water_is_no_danger_to_life() -> None:
    assert found(word(True, HazardKind.WATER)) == ["medium"]


def test_hazards_of_one_device_are_kept_apart() -> None:
    assert found(word(True), word(True, HazardKind.GAS), word(False)) == ["high", "high", "cleared"]


def test_a_kept_alarm_is_verified_and_a_live_one_after_it_is_not_missed() -> None:
    kept = word(True, retained=True)
    assert found(kept, kept, word(True)) == ["medium", "-", "high"]


def test_an_alarm_after_deafness_is_taken_for_new() -> None:
    assert found(word(True), None, word(True), word(True)) == ["high", "high", "-"]
    assert found(word(True), None, word(False)) == ["high", "cleared"]
