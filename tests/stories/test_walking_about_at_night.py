"""Somebody walks from room to room in the night."""

from __future__ import annotations

from alerting.detection.wandering import WanderingDetector
from tests.alerting.detection.alone import Alone, moves


def nights(number: int = 6) -> Alone:
    life = Alone(WanderingDetector())
    for day in range(2, number + 2):
        life.happens(moves(f"day {day} 02:00", "bath"), moves(f"day {day} 02:05", "bedroom"))
        life.happens(moves(f"day {day} 12:00", "kitchen"))
    return life


def walk(life: Alone, day: int, times: int) -> Alone:
    for number in range(times):
        life.happens(
            moves(f"day {day} 03:{number * 3:02}", ("kitchen", "living", "bedroom")[number % 3])
        )
    return life


def test_much_more_than_in_any_night_before() -> None:
    life = walk(nights(), 8, 16).until("day 8 12:00")
    assert [one.split()[2] for one in life.said] == ["told", "over"]
    assert life.findings[0].urgency == "low"
    assert life.findings[0].evidence["changes"] == 12


def test_a_little_walking_and_walking_by_day_are_nothing() -> None:
    assert walk(nights(), 8, 8).until("day 8 12:00").said == []
    life = nights()
    for number in range(20):
        life.happens(moves(f"day 8 15:{number * 2:02}", ("kitchen", "living")[number % 2]))
    assert life.until("day 9 12:00").said == []


def test_before_some_nights_are_known_nobody_is_told() -> None:
    assert walk(nights(3), 5, 18).until("day 5 12:00").said == []


def test_one_room_is_no_walk() -> None:
    life = nights()
    for number in range(30):
        life.happens(moves(f"day 8 03:{number:02}", "kitchen"))
    assert life.until("day 8 12:00").said == []


def test_being_deaf_begins_anew() -> None:
    life = walk(nights(), 8, 8).resumes("day 8 03:30")
    for number in range(6):
        life.happens(moves(f"day 8 03:{31 + number * 2:02}", ("kitchen", "living")[number % 2]))
    assert life.until("day 8 12:00").said == []
