"""A press at night that nobody answers goes up from tier to tier, and never stops."""

from __future__ import annotations

from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, keys, said, told


def test_a_press_at_night_goes_up_the_tiers() -> None:
    life = Life(begins="day 2 02:59")
    first = life.happens(HelpCall(at("day 2 03:00"), "panel", id="a:1"))
    assert changes(first) == ["opened", "stepped"]
    assert told(first) == ["daughter/sms", "daughter/voice", "neighbour/sms", "neighbour/voice"]
    assert heard(first) == ["received", "calling"]

    second = life.until("day 2 03:01")
    assert told(second) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]
    assert heard(second) == ["nobody_yet"]

    assert told(life.until("day 2 03:03")) == ["town/voice"]
    assert told(life.until("day 2 03:05")) == []
    assert keys(life.until("day 2 03:06"))[0] == "h1-0001/3/daughter/sms"
    assert said(first, "stepped") == "第1步，通知家庭：王芳、周婶"
    assert said(life.recent, "stepped") == "第2轮第1步，通知家庭：王芳、周婶"
    life.until("day 2 03:11")
    assert changes(life.until("day 2 03:12")) == ["exhausted"]
    assert life.incident.response == "exhausted"
    for clock in ("03:27", "03:42", "03:57"):
        everybody = life.until(f"day 2 {clock}")
        assert changes(everybody) == ["repeated"]
        assert len(told(everybody)) == 9
    assert len(set(keys(life.effects))) == len(keys(life.effects))
