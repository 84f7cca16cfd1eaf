"""When all of a step say that they cannot, the next step does not wait."""

from __future__ import annotations

from alerting.events import Answer, Refused
from devices.observation import HelpCall
from tests.builders import Life, at, changes, letters, told


def test_nobody_of_a_step_can_go() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert changes(life.cannot("day 1 09:00:10", "daughter")) == ["declined"]
    effects = life.cannot("day 1 09:00:20", "neighbour")
    assert changes(effects) == ["declined", "stepped"]
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]


def test_whoever_was_going_and_cannot_after_all_gives_it_back_at_once() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "daughter")
    effects = life.cannot("day 1 09:05", "daughter")
    assert changes(effects) == ["lapsed", "stepped"]
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]


def test_the_time_without_anybody_is_true() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.cannot("day 1 09:00:10", "daughter")
    early = letters(life.cannot("day 1 09:00:20", "neighbour"))
    assert all("目前无人前往" in letter.text for letter in early if letter.channel == "sms")
    later = letters(life.until("day 1 09:02:20"))
    assert ["已经2分钟，还没有人前往" in letter.text for letter in later] == [True]
    life.goes("day 1 09:03", "grid")
    back = letters(life.cannot("day 1 09:10", "grid"))
    assert [letter.channel for letter in back[:2]] == ["sms", "voice"]
    assert "目前无人前往" in back[0].text, "somebody had it until this moment"
    after = letters(life.until("day 1 09:11"))
    assert after
    assert all("1分钟" in letter.text for letter in after)


def test_somebody_else_who_is_going_as_well_takes_over() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "daughter")
    assert changes(life.goes("day 1 09:01", "neighbour")) == ["also_coming"]
    assert life.incident.responder == "daughter"
    effects = life.cannot("day 1 09:05", "daughter")
    assert changes(effects) == ["lapsed", "claimed"]
    assert told(effects) == []
    assert life.incident.responder == "neighbour"
    assert life.incident.lease_until == at("day 1 09:21")


def test_one_more_who_cannot_changes_nothing_for_the_one_who_is_going() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:30", "daughter")
    assert changes(life.cannot("day 1 09:01", "neighbour")) == ["declined"]
    assert life.incident.response == "claimed"


def test_whoever_is_there_does_not_leave_by_text_message() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.arrives("day 1 09:05", "daughter")
    (refused,) = life.says("day 1 09:06", "daughter", Answer.CANNOT)
    assert isinstance(refused, Refused)
    assert "已登记到场" in refused.words.zh
    assert life.incident.response == "on_scene"
