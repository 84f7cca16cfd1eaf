"""Whoever answers something that is over, or not theirs, is told so in words."""

from __future__ import annotations

from alerting.events import Answer, Refused
from alerting.incident import Outcome
from devices.observation import HelpCall
from tests.builders import Life, at


def refused(life: Life) -> Refused:
    (effect,) = [one for one in life.recent if isinstance(one, Refused)]
    return effect


def test_an_answer_to_what_is_over() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.closes("day 1 09:05", outcome=Outcome.MISTAKE)
    life.says("day 1 09:05:05", "daughter", Answer.GOING, incident="h1-0001")
    assert refused(life).words.zh == "此事已由李于09:05结案：误触。谢谢您。"
    assert refused(life).words.en == "This was closed by 李 at 09:05: a mistake. Thank you."


def test_an_answer_to_what_never_was() -> None:
    life = Life(begins="day 1 09:00")
    life.says("day 1 09:06", "daughter", Answer.GOING, incident="h1-0042")
    assert "没有这个编号" in refused(life).words.zh


def test_an_answer_from_somebody_who_was_not_asked_stops_nothing() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "a stranger")
    assert "不在此事的通知名单中" in refused(life).words.zh
    assert life.incident.response == "open"


def test_closing_needs_an_outcome() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.says("day 1 09:00:30", "desk:李", Answer.CLOSE)
    assert "处置结果" in refused(life).words.zh


def test_a_note_leaves_everything_as_it_is() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    before = life.incident
    assert life.says("day 1 09:00:20", "desk:李", Answer.NOTE) == []
    assert life.incident == before
    assert life.says("day 1 09:00:30", "desk:李", Answer.NOTE, incident="h1-0042") == []
