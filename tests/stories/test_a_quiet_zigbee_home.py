"""Sensors on batteries speak when something moves: their silence is the person's, not theirs."""

from __future__ import annotations

from alerting.events import Finding
from alerting.household import Device, IncidentKind, Role
from devices.observation import Contact, Presence
from tests.builders import Life, at, household

HOME = household(
    Device("pir", "z2m-motion", Role.MOTION, "客厅"),
    Device("kitchen", "z2m-motion", Role.MOTION, "厨房"),
    Device("door", "z2m-contact", Role.ENTRANCE, "门厅"),
)


def lived(begins: str, until: str) -> Life:
    """Somebody in the kitchen and the living room, and then nothing."""
    life = Life(HOME, f"{begins}:00")
    for minute in (0, 2):
        life.happens(
            Presence(at(f"{begins}:0{minute}"), "kitchen", present=minute == 0),
            Presence(at(f"{begins}:0{minute + 1}"), "pir", present=minute == 0),
        )
    life.happens(Contact(at(f"{begins}:05"), "door", is_open=False))
    life.until(until)
    return life


def found(life: Life) -> list[tuple[str, str]]:
    return [(e.detector, e.what) for e in life.effects if isinstance(e, Finding) and e.active]


def test_a_day_without_movement_is_told_as_that() -> None:
    told = found(lived("day 1 08", "day 1 18:00"))
    assert told == [("inactivity", IncidentKind.INACTIVITY)]


def test_a_quiet_night_is_no_home_that_is_not_seen() -> None:
    assert found(lived("day 1 21", "day 2 05:30")) == []
