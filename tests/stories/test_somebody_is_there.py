"""Somebody on the scene is reminded each hour until a human closes it."""

from __future__ import annotations

from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, keys, told


def test_somebody_is_there_and_is_reminded_until_it_is_closed() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    effects = life.arrives("day 1 09:00:40", "neighbour")
    assert changes(effects) == ["on_scene"]
    assert keys(effects) == ["h1-0001/news-0/daughter/sms"]
    assert heard(effects) == ["on_scene"]
    for number, clock in enumerate(("10:00:40", "11:00:40")):
        reminder = life.until(f"day 1 {clock}")
        assert keys(reminder) == [f"h1-0001/remind-{number}/neighbour/sms"]
    assert changes(life.arrives("day 1 11:30", "neighbour")) == ["on_scene"]
    assert told(life.until("day 1 12:29")) == []
    assert told(life.until("day 1 12:30")) == ["neighbour/sms"]


def test_from_the_desk_it_is_only_a_line_in_the_story() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.arrives("day 1 09:01", "desk:李")
    reminder = life.until("day 1 10:01")
    assert changes(reminder) == ["reminded"]
    assert told(reminder) == []
