"""Two rooms at once: nothing is learned while somebody visits, unless two people live there."""

from __future__ import annotations

from datetime import timedelta

from alerting.detection.company import VISITS_USUAL, Company, is_company, moved_about
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.stillness import State
from devices.observation import AnyObservation, Motion
from tests.alerting.detection.habits import HOME, days
from tests.builders import at, hours, minutes

DETECTOR = InactivityDetector()


def lived(state: State, *events: AnyObservation) -> State:
    for event in events:
        state, _ = DETECTOR.step(HOME, state, event)
    return state


def to_and_fro(words: str, apart: float) -> list[AnyObservation]:
    begins = at(words)
    return [
        Motion(begins + timedelta(seconds=apart * number), ("kitchen", "living")[number % 2])
        for number in range(9)
    ]


def test_movement_in_two_rooms_at_once_is_a_visitor_who_teaches_nothing() -> None:
    alone = lived(DETECTOR.start(HOME, at("day 1 00:00")), *days(7))
    visited = lived(alone, *to_and_fro("day 8 15:00", apart=2))
    assert is_company(visited.company, at("day 8 15:29"))
    assert not is_company(visited.company, at("day 8 15:31"))
    after = lived(visited, Motion(at("day 8 15:17"), "kitchen"))
    assert after.habit == visited.habit
    later = lived(after, Motion(at("day 8 16:00"), "kitchen"))
    assert later.habit != visited.habit


def test_one_person_walks_slower() -> None:
    alone = lived(DETECTOR.start(HOME, at("day 1 00:00")), *days(2))
    walked = lived(alone, *to_and_fro("day 3 15:00", apart=20))
    assert walked.company.until is None
    two_sensors_in_one_room = Motion(at("day 3 16:00"), "bedroom")
    assert moved_about(HOME, Company(), "bed", two_sensors_in_one_room, minutes(0)) == Company()


def test_where_it_is_like_that_every_day_two_people_live_there() -> None:
    company = Company()
    moment = at("day 1 12:00")
    for _ in range(60):
        for part in range(4):
            for number in range(9):
                device = ("kitchen", "living")[number % 2]
                other = ("living", "kitchen")[number % 2]
                event = Motion(moment + hours(part * 2), device)
                company = moved_about(HOME, company, other, event, timedelta(seconds=1))
        moment += hours(24)
    assert company.visits > VISITS_USUAL
    assert not is_company(company, moment)
