"""A false alarm, said so by whoever was told of it."""

from __future__ import annotations

import pytest

from alerting.events import Answer, Changed, Refused
from alerting.incident import Outcome
from devices.observation import HelpCall
from tests.builders import Life, at, changes, letters, told


def pressed() -> Life:
    life = Life()
    life.happens(HelpCall(at("day 1 08:10"), "sos", id="1"))
    return life


def ended(life: Life) -> Changed:
    return next(e for e in life.recent if isinstance(e, Changed) and e.change == "closed")


def test_whoever_was_told_ends_it_and_the_others_hear_so() -> None:
    life = pressed()
    life.says("day 1 08:11", "daughter", Answer.MISTAKE)
    assert life.engine.incidents == []
    closed = ended(life)
    assert (closed.by, closed.record.outcome) == ("daughter", Outcome.MISTAKE)
    assert "王芳结案，误触" in closed.words.zh
    assert {letter.responder for letter in letters(life.recent)} >= {"neighbour"}
    assert "daughter" not in {letter.responder for letter in letters(life.recent)}


@pytest.mark.parametrize("who", ["grid", "a stranger"])
def test_nobody_ends_what_they_were_not_told_of(who: str) -> None:
    life = pressed()
    life.says("day 1 08:10:30", who, Answer.MISTAKE)
    assert [type(effect) for effect in life.recent] == [Refused]
    assert life.incident.outcome is None


def test_the_desk_ends_it_too() -> None:
    life = pressed()
    life.says("day 1 08:11", "desk:李", Answer.MISTAKE)
    assert ended(life).record.outcome is Outcome.MISTAKE


def test_while_somebody_is_there_only_they_and_the_desk_call_it_a_mistake() -> None:
    life = pressed()
    life.arrives("day 1 08:11", "neighbour")
    life.says("day 1 08:12", "daughter", Answer.MISTAKE)
    (refused,) = life.recent
    assert isinstance(refused, Refused)
    assert "周婶已在现场" in refused.words.zh
    life.says("day 1 08:13", "neighbour", Answer.MISTAKE)
    assert changes(life.recent) == ["closed"]


def test_on_the_way_somebody_hears_that_it_was_a_mistake() -> None:
    life = pressed()
    life.goes("day 1 08:11", "neighbour")
    life.says("day 1 08:12", "daughter", Answer.MISTAKE)
    assert "neighbour/sms" in told(life.recent)


def test_a_press_after_a_mistake_is_an_alarm_of_its_own() -> None:
    life = pressed()
    life.says("day 1 08:11", "daughter", Answer.MISTAKE)
    life.happens(HelpCall(at("day 1 08:11:01"), "sos", id="2"))
    assert changes(life.recent)[0] == "opened"


def test_a_mistake_said_too_late_is_told_who_ended_it() -> None:
    life = pressed()
    id = life.incident.id
    life.closes("day 1 08:11")
    life.says("day 1 08:12", "daughter", Answer.MISTAKE, incident=id)
    (refused,) = life.recent
    assert isinstance(refused, Refused)
    assert "已由李于08:11结案" in refused.words.zh


def test_asking_to_be_told_again_changes_nothing() -> None:
    life = pressed()
    before = life.incident
    assert life.says("day 1 08:10:20", "daughter", Answer.REPEAT) == []
    assert life.incident == before
