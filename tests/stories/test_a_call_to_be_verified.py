"""A call of unknown time is checked by text; a real press makes it loud at once."""

from __future__ import annotations

from devices.observation import CallState, HelpCall
from tests.builders import Life, at, changes, heard, keys, told


def test_a_call_to_be_verified_is_upgraded_by_a_real_press() -> None:
    life = Life(begins="day 1 09:00")
    kept = life.happens(HelpCall(at("day 1 09:00"), "panel", id="old", retained=True))
    assert told(kept) == ["daughter/sms", "neighbour/sms"]
    assert heard(kept) == []
    assert life.incident.urgency == "medium"
    life.until("day 1 09:01")

    real = life.happens(HelpCall(at("day 1 09:02"), "panel", id="new"))
    assert changes(real) == ["upgraded", "stepped"]
    assert keys(real) == [
        "h1-0001/2/daughter/sms",
        "h1-0001/2/daughter/voice",
        "h1-0001/2/neighbour/sms",
        "h1-0001/2/neighbour/voice",
    ]
    assert heard(real) == ["received", "calling"]
    assert changes(life.until("day 1 09:03")) == ["stepped"]


def test_a_verification_that_nobody_answers_goes_round_and_is_repeated() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    life.until("day 1 09:12")
    assert life.incident.response == "exhausted"
    real = [
        CallState(at("day 1 09:13"), "sos", on=False),
        CallState(at("day 1 09:14"), "sos", on=True),
    ]
    effects = life.happens(*real)
    assert changes(effects) == ["cleared", "upgraded", "stepped"]
    assert life.incident.response == "open"


def test_whoever_is_checking_hears_that_it_is_real() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    life.goes("day 1 09:00:30", "neighbour")
    effects = life.happens(HelpCall(at("day 1 09:01"), "panel", id="a:1"))
    assert changes(effects) == ["upgraded"]
    assert told(effects) == ["neighbour/sms", "neighbour/voice"]
    assert life.incident.response == "claimed"


def test_a_check_that_nobody_closed_does_not_swallow_a_real_press() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    life.arrives("day 1 09:10", "neighbour")
    life.until("day 1 15:00")
    effects = life.happens(HelpCall(at("day 1 15:00"), "panel", id="a:1"))
    assert changes(effects) == ["upgraded", "stepped"]
    assert told(effects)[:2] == ["daughter/sms", "daughter/voice"]
    assert life.engine.incidents[0].response == "open"
