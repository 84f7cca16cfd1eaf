"""Pressing again joins the open incident; the resident hears each time that it was received."""

from __future__ import annotations

from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, keys, letters, told


def test_a_double_press_is_one_incident() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    effects = life.happens(HelpCall(at("day 1 09:00:20"), "panel", id="a:2"))
    assert changes(effects) == ["joined"]
    assert heard(effects) == ["received"]
    assert told(effects) == []
    assert life.incident.findings == 2
    assert changes(life.until("day 1 09:01")) == ["stepped"], "the ladder goes on as before"


def test_the_same_message_twice_is_one_press() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert life.happens(HelpCall(at("day 1 09:00:20"), "panel", id="a:1")) == []


def test_whoever_is_going_hears_that_the_resident_called_again() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "daughter")
    effects = life.happens(HelpCall(at("day 1 09:05"), "panel", id="a:2"))
    assert keys(effects) == ["h1-0001/remind-0/daughter/sms", "h1-0001/remind-0/daughter/voice"]
    again = life.happens(HelpCall(at("day 1 09:05:30"), "panel", id="a:3"))
    assert told(again) == [], "not with every press"
    assert heard(again) == ["received"]


def test_after_the_ladder_ran_out_a_new_press_does_not_wait_a_quarter_of_an_hour() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.until("day 1 09:20")
    effects = life.happens(HelpCall(at("day 1 09:20"), "panel", id="a:2"))
    assert changes(effects) == ["joined", "repeated"]
    assert len(told(effects)) == 9


def test_an_incident_nobody_closed_does_not_swallow_a_later_call() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.arrives("day 1 09:10", "daughter")
    life.until("day 1 15:00")
    effects = life.happens(HelpCall(at("day 1 15:00"), "panel", id="a:2"))
    assert changes(effects) == ["joined", "lapsed", "stepped"]
    assert told(effects)[:2] == ["daughter/sms", "daughter/voice"]
    assert "15:00" in letters(effects)[0].text
    assert heard(effects) == ["received", "calling"]
