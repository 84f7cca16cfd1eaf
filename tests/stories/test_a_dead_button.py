"""A call button dies: within four hours a technician knows, whatever the family would allow."""

from __future__ import annotations

from alerting.household import Device, IncidentKind, Role
from alerting.incident import Urgency
from devices.observation import Alive, Contact
from tests.builders import Life, at, household, letters, told

BUTTON = Device("button", "another family", Role.CALL_BUTTON, "卧室")
DOOR = Device("door", "another family", Role.ENTRANCE, "门厅")
SHELF = Device("shelf", "another family", Role.CONTACT, "书房")
HOME = household(BUTTON, DOOR, SHELF)


def lively() -> Life:
    life = Life(HOME, "day 1 08:00")
    life.happens(
        Alive(at("day 1 08:00"), "button"),
        Contact(at("day 1 08:00"), "door", is_open=False),
        Contact(at("day 1 08:00"), "shelf", is_open=False),
    )
    return life


def missing(life: Life) -> set[str]:
    """Return whose fault is open."""
    faults = [one for one in life.engine.incidents if one.kind is IncidentKind.TECHNICAL]
    return {subject for fault in faults for subject in fault.subjects}


def test_a_button_is_missed_after_four_hours_and_a_shelf_after_a_day() -> None:
    life = lively()
    assert life.until("day 1 11:59") == []
    effects = life.until("day 1 12:15")
    assert told(effects) == ["technician/sms"]
    assert life.incident.urgency is Urgency.MEDIUM
    assert life.incident.reason.zh == "卧室呼叫器超过4小时没有消息"
    assert "呼叫器失联" in letters(effects)[0].text
    life.until("day 1 20:40")
    assert missing(life) == {"button", "door"}, "the entrance door after twelve"
    life.until("day 2 09:15")
    assert missing(life) == {"button", "door", "shelf", "h1"}


def test_what_the_broker_kept_keeps_no_dead_button_alive() -> None:
    life = lively()
    for hour in (9, 10, 11, 12):
        life.happens(Alive(at(f"day 1 {hour}:00"), "button", 90, retained=True))
    life.happens(Alive(at("day 1 12:15"), "button", 90, retained=True))
    assert life.incident.subjects == ("button",)


def test_a_battery_that_is_nearly_empty_is_told_before_the_button_dies() -> None:
    life = lively()
    low = life.happens(Alive(at("day 1 09:00"), "button", 14))
    assert told(low) == ["technician/sms"]
    first = life.incident
    assert first.urgency is Urgency.LOW
    life.happens(Alive(at("day 1 11:00"), "button", 5))
    assert life.incident.urgency is Urgency.MEDIUM
    later = life.until("day 1 11:05")
    assert "将没电" in letters([*life.effects, *later])[-1].text
