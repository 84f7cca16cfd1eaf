"""Somebody went out and does not come back."""

from __future__ import annotations

from alerting.detection.out import OutDetector
from alerting.events import PresenceState
from tests.alerting.detection.alone import Alone, is_now, moves, passes


def shopper(days: int = 6, back: str = "12:00") -> Alone:
    life = Alone(OutDetector())
    for day in range(1, days + 1):
        life.happens(*passes(f"day {day} 10:00"), *passes(f"day {day} {back}"))
        life.happens(moves(f"day {day} {back}:40", "kitchen"))
    return life


def test_six_hours_are_always_allowed() -> None:
    life = shopper().happens(*passes("day 7 10:00")).until("day 7 15:59")
    assert life.said == []
    life.until("day 7 20:00").happens(*passes("day 7 21:00"))
    assert life.said == ["7 16:00 told", "7 21:00 over"]
    assert life.findings[0].evidence["usual_hours"] == [2.0, 2.0, 2.0, 2.0, 2.0]


def test_half_as_long_again_as_the_longest_so_far() -> None:
    life = shopper(back="18:00").happens(*passes("day 7 10:00")).until("day 8 12:00")
    assert life.said == ["7 22:00 told"]
    assert life.findings[0].urgency == "medium"


def test_twelve_hours_before_anything_is_known() -> None:
    life = Alone(OutDetector()).happens(*passes("day 1 10:00")).until("day 2 12:00")
    assert life.said == ["1 22:00 told"]


def test_a_weekend_is_told_once_and_then_known() -> None:
    life = shopper().happens(*passes("day 7 10:00"), *passes("day 9 10:00"))
    life.happens(moves("day 9 10:05", "kitchen"))
    assert life.said == ["7 16:00 told", "9 10:00 over"]
    life.happens(*passes("day 14 10:00"), *passes("day 16 10:00"))
    assert len(life.said) == 2


def test_a_journey_hides_nobody_for_weeks_afterwards() -> None:
    """Two weeks away that nobody told us of: who lies in the hall is asked for all the same."""
    life = shopper().happens(*passes("day 7 10:00"), *passes("day 21 10:00"))
    life.happens(moves("day 21 10:05", "kitchen"), *passes("day 22 10:00"))
    assert life.until("day 30 10:00").said[2:] == ["24 22:00 told"]


def test_a_persons_word_ends_it() -> None:
    life = shopper().happens(*passes("day 7 10:00")).until("day 7 17:00")
    life.happens(is_now("day 7 17:10", PresenceState.AWAY))
    assert life.until("day 12 10:00").said == ["7 16:00 told", "7 17:10 over"]


def test_being_deaf_begins_the_count_again_and_teaches_nothing() -> None:
    life = shopper().happens(*passes("day 7 10:00")).resumes("day 7 15:00")
    assert life.until("day 7 20:59").said == []
    assert life.until("day 7 21:00").said == ["7 21:00 told"]
