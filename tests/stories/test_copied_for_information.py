"""帮扶干部 is told so that they know: not asked, not waited for; they hear how it ended."""

from __future__ import annotations

from alerting.events import Purpose
from alerting.household import IncidentKind, Policy, Step
from devices.observation import HelpCall
from tests.builders import GRID, Life, at, changes, household, letters, minutes, person, told

HELPER = person("helper")
POLICY = Policy((Step("村", (GRID,), minutes(1), copies=(HELPER,)),))


def test_copied_once_and_told_of_the_end() -> None:
    life = Life(household(policies={IncidentKind.EMERGENCY: POLICY}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    (copy,) = [one for one in letters(life.recent) if one.responder == "helper"]
    assert copy.purpose is Purpose.NEWS
    assert "请您知悉" in copy.text
    assert "回复1" not in copy.text
    assert "桃花村3组12号" not in copy.text
    again = told(life.until("day 1 09:30"))
    assert "grid/sms" in again
    assert not [way for way in again if way.startswith("helper")], "nobody asks them"
    assert "helper/sms" in told(life.closes("day 1 09:31"))


def test_who_was_copied_may_go_all_the_same() -> None:
    life = Life(household(policies={IncidentKind.EMERGENCY: POLICY}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert changes(life.goes("day 1 09:00:20", "helper")) == ["claimed"]
