"""A morning on which nobody gets up."""

from __future__ import annotations

from alerting.detection.wake import WakeDetector
from alerting.events import PresenceState
from tests.alerting.detection.alone import Alone, is_now, moves, passes


def mornings(days: int = 6) -> Alone:
    life = Alone(WakeDetector(), "day 1 05:00")
    for day in range(1, days + 1):
        life.happens(moves(f"day {day} 04:30", "kitchen"))
        for later in (0, 17, 34):
            life.happens(moves(f"day {day} 07:{10 + day + later}", "kitchen"))
        life.happens(moves(f"day {day} 19:00"))
    return life


def test_two_and_a_half_hours_after_the_usual_time() -> None:
    life = mornings(days=11).until("day 12 09:45")
    assert life.said == []
    life.until("day 12 11:00").happens(moves("day 12 11:30", "kitchen"))
    assert life.said == ["12 09:46 told", "12 11:30 over"]
    assert "07:16" in life.findings[0].reason.zh
    assert life.findings[0].urgency == "medium"


def test_an_hour_later_while_few_mornings_are_known() -> None:
    life = mornings(days=6).until("day 7 12:00")
    assert life.said == ["7 10:44 told"]


def test_who_rises_at_all_hours_is_waited_for() -> None:
    life = Alone(WakeDetector(), "day 1 05:00")
    for day in range(1, 12):
        hour = 10 if day in (4, 8) else 7
        for minute in (0, 17, 34):
            life.happens(moves(f"day {day} {hour:02}:{minute:02}", "kitchen"))
    assert life.until("day 12 12:00").said == ["12 10:30 told"]


def test_a_visit_to_the_bathroom_is_not_up_but_being_about_is() -> None:
    once = mornings().happens(moves("day 7 07:00", "bath"), moves("day 7 07:03", "bedroom"))
    assert len(once.until("day 7 12:00").said) == 1
    about = mornings().happens(
        moves("day 7 07:00", "bath"), moves("day 7 07:16", "bath"), moves("day 7 07:40", "bath")
    )
    assert about.until("day 7 12:00").said == []


def test_the_first_mornings_teach_only() -> None:
    assert mornings(days=4).until("day 9 12:00").said == []


def test_who_is_out_or_said_to_be_is_not_missed() -> None:
    left = mornings().happens(*passes("day 6 22:00"))
    assert left.until("day 9 12:00").said == []
    hospital = mornings().happens(is_now("day 6 20:00", PresenceState.HOSPITAL))
    assert hospital.until("day 9 12:00").said == []


def test_a_morning_not_heard_proves_nothing_and_the_next_one_counts() -> None:
    life = mornings().resumes("day 7 09:00")
    assert life.until("day 7 23:00").said == []
    assert [one[:2] for one in life.until("day 8 12:00").said] == ["8 "]


def test_one_long_lie_in_is_told_once() -> None:
    assert len(mornings().until("day 9 23:00").said) == 1
