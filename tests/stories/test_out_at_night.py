"""Somebody goes out in the middle of the night."""

from __future__ import annotations

from alerting.detection.night_out import NightOutDetector
from alerting.events import LeadsTo, PresenceState
from tests.alerting.detection.alone import Alone, is_now, moves, passes


def test_not_back_after_a_quarter_of_an_hour() -> None:
    life = Alone(NightOutDetector()).happens(*passes("day 2 02:00"))
    life.until("day 2 03:00").happens(*passes("day 2 03:10"))
    assert life.said == ["2 02:15 told", "2 03:10 over"]
    assert life.findings[0].urgency == "high"


def test_the_rubbish_and_a_look_outside_are_nothing() -> None:
    life = Alone(NightOutDetector())
    life.happens(*passes("day 2 02:00"), moves("day 2 02:05", "kitchen"))
    life.happens(*passes("day 3 23:30"), *passes("day 3 23:40"))
    assert life.until("day 4 12:00").said == []


def test_the_evening_and_the_early_morning_are_no_night() -> None:
    life = Alone(NightOutDetector()).happens(*passes("day 2 22:30"), *passes("day 3 06:30"))
    assert life.until("day 3 12:00").said == []


def test_a_habit_calls_people_three_times_and_is_listed_from_then_on() -> None:
    life = Alone(NightOutDetector())
    for day in range(2, 9):
        life.happens(*passes(f"day {day} 05:00"), *passes(f"day {day} 07:00"))
    assert life.said[:5:2] == ["2 05:15 told", "3 05:15 told", "4 05:15 told"]
    assert life.said[1:6:2] == ["2 07:00 over", "3 07:00 over", "4 07:00 over"]
    assert life.said[6:] == [f"{day} 05:15 told" for day in range(5, 9)]
    listed = life.findings[6:]
    assert {finding.leads_to for finding in listed} == {LeadsTo.REVIEW}
    assert "night 4 of 30 days" in listed[0].reason.en
    assert "30天内第4夜" in listed[0].reason.zh


def test_who_is_said_to_be_away_is_expected_to_be_out() -> None:
    life = Alone(NightOutDetector()).happens(is_now("day 1 20:00", PresenceState.AWAY))
    assert life.happens(*passes("day 2 02:00")).until("day 2 12:00").said == []


def test_being_deaf_gives_the_time_again() -> None:
    life = Alone(NightOutDetector()).happens(*passes("day 2 02:00")).resumes("day 2 02:10")
    assert life.until("day 2 04:00").said == ["2 02:25 told"]


def test_a_door_that_moves_again_on_coming_home_is_no_leaving() -> None:
    life = Alone(NightOutDetector()).happens(*passes("day 2 18:00"), *passes("day 2 23:39"))
    life.happens(*passes("day 2 23:40"), moves("day 3 00:40", "kitchen"))
    assert life.until("day 3 12:00").said == []
    life.happens(moves("day 3 12:10"), *passes("day 4 02:00"))
    assert life.until("day 4 03:00").said == ["4 02:15 told"]
