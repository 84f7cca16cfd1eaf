"""Only a human act stops an alarm: a cause that goes away by itself never ends a call for help."""

from __future__ import annotations

from devices.observation import CallState, Hazard, HazardKind
from tests.builders import Life, at, changes, told


def test_a_released_button_does_not_stop_the_ladder() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(
        CallState(at("day 1 09:00"), "sos", on=False),
        CallState(at("day 1 09:01"), "sos", on=True),
    )
    assert changes(life.happens(CallState(at("day 1 09:01:30"), "sos", on=False))) == ["cleared"]
    assert life.incident.cause == "cleared"
    assert changes(life.until("day 1 09:02")) == ["stepped"]
    assert changes(life.happens(CallState(at("day 1 09:02:30"), "sos", on=True))) == [
        "active_again"
    ]


def test_smoke_that_clears_is_still_looked_after() -> None:
    life = Life(begins="day 1 09:00")
    smoke = HazardKind.SMOKE
    first = life.happens(Hazard(at("day 1 09:00"), "smoke", hazard=smoke, on=True))
    assert told(first)[:2] == ["daughter/sms", "daughter/voice"]
    life.happens(Hazard(at("day 1 09:00:30"), "smoke", hazard=smoke, on=False))
    assert changes(life.until("day 1 09:01")) == ["stepped"]


def test_smoke_and_water_are_two_incidents() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(
        Hazard(at("day 1 09:00"), "smoke", hazard=HazardKind.SMOKE, on=True),
        Hazard(at("day 1 09:00"), "smoke", hazard=HazardKind.WATER, on=True),
    )
    assert [(i.group, i.urgency) for i in life.engine.incidents] == [
        ("smoke", "high"),
        ("water", "medium"),
    ]
