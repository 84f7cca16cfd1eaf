"""An open incident keeps the people it began with; the next one has the new ones."""

from __future__ import annotations

from alerting.events import Configured
from alerting.household import IncidentKind, Policy, Step
from devices.observation import Alive, HelpCall
from tests.builders import DOCTOR, PANEL, SOS, Life, at, changes, household, minutes, told

NEW = household(
    PANEL, SOS, policies={IncidentKind.EMERGENCY: Policy((Step("村", (DOCTOR,), minutes(1)),))}
)


def test_an_open_incident_keeps_its_plan() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.happens(Configured(at("day 1 09:00:30"), NEW))
    assert told(life.until("day 1 09:01")) == [
        "grid/sms",
        "grid/voice",
        "doctor/sms",
        "doctor/voice",
    ]
    life.closes("day 1 09:02")
    effects = life.happens(HelpCall(at("day 1 09:05"), "panel", id="a:2"))
    assert told(effects) == ["doctor/sms", "doctor/voice"]


def test_a_device_that_is_taken_away_is_no_longer_a_fault() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(Alive(at("day 1 09:01"), "kitchen", 3))
    assert life.incident.subjects == ("kitchen",)
    assert changes(life.happens(Configured(at("day 1 09:05"), NEW))) == ["cleared", "closed"]
