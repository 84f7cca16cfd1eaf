"""A connection that breaks for a moment, again and again, hides no silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.events import Resumed, Tick
from alerting.household import IncidentKind
from devices.observation import CallState, Motion
from tests.builders import Life, at, every, hours, letters, minutes


def blink(moment: datetime, seconds: float = 5) -> Resumed:
    return Resumed(
        moment, deaf_since=moment - timedelta(seconds=seconds), why="the broker was lost"
    )


def test_a_line_that_breaks_every_hour_hides_no_silent_resident() -> None:
    life = Life(begins="day 1 07:30")
    life.happens(Motion(at("day 1 08:00"), "pir"))
    for moment in every(at("day 1 08:30"), at("day 1 16:30"), hours(1)):
        life.happens(Tick(moment - timedelta(seconds=5)), blink(moment))
    life.until("day 1 16:30")
    assert IncidentKind.INACTIVITY in {one.kind for one in life.engine.incidents}


def test_a_line_that_breaks_every_hour_hides_no_dead_button() -> None:
    life = Life()
    for moment in every(at("day 1 08:30"), at("day 2 12:00"), hours(1)):
        life.happens(Tick(moment - timedelta(seconds=5)), blink(moment))
    faults = [one for one in life.engine.incidents if one.kind is IncidentKind.TECHNICAL]
    assert "panel" in faults[0].subjects


def test_what_was_sent_during_the_break_is_waited_for() -> None:
    life = Life(begins="day 1 07:30")
    life.happens(Motion(at("day 1 08:00"), "pir"))
    late = at("day 1 16:00") + timedelta(seconds=30)
    life.happens(blink(late, 60))  # the limit passed while we were deaf
    life.happens(Motion(late + timedelta(seconds=1), "pir"))
    life.until("day 1 17:00")
    assert life.engine.incidents == []


def test_a_button_seen_on_after_a_blink_is_still_verified() -> None:
    life = Life()
    life.happens(CallState(at("day 1 09:00"), "sos", on=False))
    life.happens(CallState(at("day 1 09:01"), "sos", on=True))
    life.closes("day 1 09:05")
    life.happens(blink(at("day 1 09:06")))
    assert letters(life.happens(CallState(at("day 1 09:07"), "sos", on=True)))


def test_a_longer_break_is_no_blink() -> None:
    assert blink(at("day 1 09:00"), 120).is_blink
    assert not blink(at("day 1 09:00"), 121).is_blink
    assert not Resumed(at("day 1 09:00")).is_blink
    still = Resumed(at("day 1 09:00"), at("day 1 09:00") - minutes(1), is_still_deaf=True)
    assert not still.is_blink
