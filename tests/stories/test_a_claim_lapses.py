"""Whoever said they were going and is not heard of again is reminded, then replaced."""

from __future__ import annotations

from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, keys, told


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
