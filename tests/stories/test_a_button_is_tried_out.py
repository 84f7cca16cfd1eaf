"""Somebody declared that the buttons are tried out: a press is shown as a test, and fails open."""

from __future__ import annotations

from alerting.engine import Engine
from alerting.events import TrialSet
from alerting.incident import Outcome, Response
from devices.observation import Called, Hazard, HazardKind, HelpCall, Wish
from tests.builders import Life, at, changes, heard, told


def tried_out(until: str = "day 1 09:10") -> Life:
    life = Life(begins="day 1 08:59")
    life.happens(TrialSet(at("day 1 09:00"), at(until), "desk:李"))
    return life


def press(life: Life, words: str, id: str = "a:1") -> None:
    life.happens(HelpCall(at(words), "panel", id=id))


def test_the_press_is_marked_and_only_the_desk_hears() -> None:
    life = tried_out()
    press(life, "day 1 09:01")
    assert life.incident.is_test
    assert "【测试？】" in life.incident.reason.zh
    assert told(life.recent) == []
    assert heard(life.recent) == ["received"], "whoever tries it hears that it works"


def test_the_desk_confirms_and_nobody_is_called() -> None:
    life = tried_out()
    press(life, "day 1 09:01")
    life.closes("day 1 09:02", "desk:李", Outcome.TEST)
    assert told(life.until("day 1 12:00")) == []


def test_what_nobody_confirms_in_two_minutes_is_real() -> None:
    life = tried_out()
    press(life, "day 1 09:01")
    assert told(life.until("day 1 09:02:59")) == []
    life.until("day 1 09:03")
    assert changes(life.recent) == ["upgraded", "stepped"]
    assert "daughter/sms" in told(life.recent)
    assert not life.incident.is_test


def test_it_is_over_when_it_is_over() -> None:
    life = tried_out()
    press(life, "day 1 09:10")
    assert not life.incident.is_test
    assert "daughter/sms" in told(life.recent)


def test_it_can_be_ended_early_and_never_lasts_long() -> None:
    life = tried_out("day 2 09:00")
    life.happens(TrialSet(at("day 1 09:05"), at("day 1 09:05"), "desk:李"))
    press(life, "day 1 09:06")
    assert "daughter/sms" in told(life.recent)
    life = tried_out("day 2 09:00")
    press(life, "day 1 09:31")
    assert "daughter/sms" in told(life.recent), "half an hour at most"


def test_smoke_is_real_meanwhile() -> None:
    life = tried_out()
    life.happens(Hazard(at("day 1 09:01"), "smoke", hazard=HazardKind.SMOKE, on=True))
    assert "daughter/sms" in told(life.recent)


def test_a_call_to_the_hotline_is_real_meanwhile() -> None:
    life = tried_out()
    life.happens(Called(at("day 1 09:01"), "telephone", call="m:1", wish=Wish.EMERGENCY))
    assert not life.incident.is_test
    assert "daughter/sms" in told(life.recent)


def test_who_is_not_heard_by_the_button_and_rings_the_hotline_waits_no_longer() -> None:
    life = tried_out()
    press(life, "day 1 09:01")
    life.happens(Called(at("day 1 09:01:20"), "telephone", call="m:1", wish=Wish.EMERGENCY))
    assert not life.incident.is_test
    assert "daughter/sms" in told(life.recent)
    assert "热线" in life.incident.reason.zh


def test_an_alarm_from_before_stays_one() -> None:
    life = Life(begins="day 1 08:00")
    press(life, "day 1 08:55")
    life.happens(TrialSet(at("day 1 09:00"), at("day 1 09:10"), "desk:李"))
    press(life, "day 1 09:01", id="a:2")
    assert not life.incident.is_test
    assert life.incident.response is Response.OPEN


def test_a_restart_in_between_forgets_nothing() -> None:
    life = tried_out()
    press(life, "day 1 09:01")
    life.engine = Engine.restore(life.engine.snapshot())
    life.until("day 1 09:03")
    assert "daughter/sms" in told(life.recent)
