"""Whoever said they were going and is not heard of again is reminded, then replaced."""

from __future__ import annotations

from alerting.household import IncidentKind, Policy, Step
from devices.observation import Alive, HelpCall
from tests.builders import (
    DAUGHTER,
    NEIGHBOUR,
    PANEL,
    PLAN,
    Life,
    at,
    changes,
    heard,
    hours,
    household,
    keys,
    letters,
    told,
)


def test_a_claim_lapses() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "daughter")
    assert life.until("day 1 09:10:29") == []
    assert keys(life.until("day 1 09:10:30")) == ["h1-0001/remind-0/daughter/sms"]
    effects = life.until("day 1 09:20:30")
    assert changes(effects) == ["lapsed", "stepped"]
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]
    assert heard(effects) == ["nobody_yet"]


def test_a_renewed_claim_holds_on() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:01", "daughter")
    assert changes(life.goes("day 1 09:15", "daughter")) == ["reminded", "claimed"]
    assert told(life.recent) == ["daughter/sms"]
    assert changes(life.until("day 1 09:34")) == ["reminded"]
    assert changes(life.until("day 1 09:35")) == ["lapsed", "stepped"]


def test_a_claim_at_the_desk_is_a_lease_too_but_nobody_is_texted() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "desk:李")
    reminder = life.until("day 1 09:10:30")
    assert changes(reminder) == ["reminded"]
    assert told(reminder) == []
    assert changes(life.until("day 1 09:20:30")) == ["lapsed", "stepped"]


def test_a_claim_after_the_ladder_ran_out_lapses_into_telling_everybody_again() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.until("day 1 09:13")
    assert life.incident.response == "exhausted"
    life.goes("day 1 09:14", "daughter")
    effects = life.until("day 1 09:34")
    assert changes(effects) == ["reminded", "lapsed", "exhausted", "repeated"]
    assert len(told(effects)) == 1 + 9


def test_nobody_hears_in_the_morning_that_somebody_is_coming_who_gave_up_at_night() -> None:
    quiet = Policy((Step("维修", (DAUGHTER, NEIGHBOUR), hours(4)),), quiet=("21:00", "08:00"))
    where = household(PANEL, policies={**PLAN, IncidentKind.TECHNICAL: quiet})
    life = Life(where, begins="day 1 20:00")
    life.happens(Alive(at("day 1 20:00"), "panel", 14))
    assert told(life.goes("day 1 21:30", "daughter")) == []
    assert changes(life.until("day 1 21:50")) == ["lapsed"]
    morning = letters(life.until("day 2 08:00"))
    assert [(one.responder, one.template) for one in morning] == [
        ("daughter", "escalated"),
        ("neighbour", "escalated"),
    ]


def test_who_is_coming_is_said_in_the_morning_while_they_are() -> None:
    quiet = Policy((Step("维修", (DAUGHTER, NEIGHBOUR), hours(4)),), quiet=("21:00", "08:00"))
    where = household(PANEL, policies={**PLAN, IncidentKind.TECHNICAL: quiet})
    life = Life(where, begins="day 1 20:00")
    life.happens(Alive(at("day 1 20:00"), "panel", 14))
    life.goes("day 2 07:50", "daughter")
    assert keys(life.until("day 2 08:00"))[0] == "h1-0001/news-0/neighbour/sms"
