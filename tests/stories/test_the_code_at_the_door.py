"""到场扫码: what reading the code at the door does, and what a photograph of it cannot do."""

from __future__ import annotations

from alerting.events import Answer, Refused, Reply
from devices.observation import HelpCall
from tests.builders import Life, at, changes, heard, letters, told


def pressed() -> Life:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def reads(life: Life, words: str, who: str) -> list[object]:
    reply = Reply(at(words), life.incident.id, who, Answer.ON_SCENE, via="qr")
    return list(life.happens(reply))


def test_who_had_taken_it_is_there() -> None:
    life = pressed()
    life.goes("day 1 09:00:30", "daughter")
    reads(life, "day 1 09:10", "daughter")
    assert life.incident.response == "on_scene"
    assert heard(life.recent) == ["on_scene"]


def test_anybody_else_is_asked_by_text_and_the_ladder_goes_on() -> None:
    life = pressed()
    reads(life, "day 1 09:00:30", "daughter")
    assert life.incident.response == "open"
    (letter,) = letters(life.recent)
    assert (letter.responder, letter.channel) == ("daughter", "sms")
    assert "是您请回复2" in letter.text
    assert told(life.until("day 1 09:01")) == [
        "grid/sms",
        "grid/voice",
        "doctor/sms",
        "doctor/voice",
    ]
    life.arrives("day 1 09:01:20", "daughter")
    assert life.incident.response == "on_scene"


def test_reading_it_again_and_again_sends_nothing_more() -> None:
    life = pressed()
    reads(life, "day 1 09:00:10", "daughter")
    for second in range(11, 50):
        reads(life, f"day 1 09:00:{second}", "daughter")
        assert letters(life.recent) == []


def test_while_somebody_else_is_going_it_takes_nothing_from_them() -> None:
    life = pressed()
    life.goes("day 1 09:00:30", "neighbour")
    reads(life, "day 1 09:02", "daughter")
    assert (life.incident.response, life.incident.responder) == ("claimed", "neighbour")
    assert changes(life.until("day 1 09:11")) == ["reminded"], "the claim is still watched"


def test_once_somebody_is_there_it_says_so() -> None:
    life = pressed()
    life.arrives("day 1 09:02", "neighbour")
    (refused,) = reads(life, "day 1 09:03", "daughter")
    assert isinstance(refused, Refused)
