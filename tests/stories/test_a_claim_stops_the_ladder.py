"""Somebody is going: the others hear who, the resident hears it, and nobody else is woken."""

from __future__ import annotations

from alerting.events import Prompt, Withdraw
from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, keys, told


def test_a_claim_stops_the_ladder() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:01"), "panel", id="a:1"))
    effects = life.goes("day 1 09:01:30", "neighbour")
    assert changes(effects) == ["claimed"]
    assert any(isinstance(effect, Withdraw) for effect in effects)
    assert keys(effects) == ["h1-0001/news-0/daughter/sms"]
    assert heard(effects) == ["coming"]
    (coming,) = [effect for effect in effects if isinstance(effect, Prompt)]
    assert coming.text == "您的家人周婶正在赶来，大约20分钟内到。"
    assert life.until("day 1 09:11") == []

    assert changes(life.arrives("day 1 09:11", "neighbour")) == ["on_scene"]
    assert heard(life.recent) == ["on_scene"]
    end = life.closes("day 1 09:20")
    assert changes(end) == ["closed"]
    assert told(end) == ["daughter/sms", "neighbour/sms"]
    assert heard(end) == ["over"]
    assert life.engine.incidents == []
    assert life.until("day 1 16:00") == []
