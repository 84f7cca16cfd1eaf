"""Somebody leaves the bed at night and does not come back to it."""

from __future__ import annotations

from alerting.detection.bed_left import BedLeftDetector
from tests.alerting.detection.alone import HOME, Alone, bed, moves, passes
from tests.builders import at


def asleep() -> Alone:
    return Alone(BedLeftDetector(), "day 1 20:00").happens(bed("day 1 22:00", occupied=True))


def test_after_three_quarters_of_an_hour() -> None:
    life = asleep().happens(bed("day 2 02:00", occupied=False), moves("day 2 02:01", "bath"))
    life.until("day 2 04:00").happens(bed("day 2 04:10", occupied=True))
    assert life.said == ["2 02:45 told", "2 04:10 over"]
    assert life.findings[0].subject == "mat"


def test_back_in_time_is_nothing() -> None:
    life = asleep().happens(bed("day 2 02:00", occupied=False), bed("day 2 02:20", occupied=True))
    assert life.until("day 2 12:00").said == []


def test_who_is_up_and_about_is_waited_for() -> None:
    life = asleep().happens(bed("day 2 02:00", occupied=False))
    for minute in (30, 36, 42):
        life.happens(moves(f"day 2 02:{minute}", "kitchen"))
    assert life.until("day 2 03:04").said == []
    assert life.until("day 2 04:00").said == ["2 03:05 told"]


def test_the_morning_and_the_door_end_it() -> None:
    early = asleep().happens(bed("day 2 05:10", occupied=False))
    assert early.until("day 2 12:00").said == []
    gone = asleep().happens(bed("day 2 02:00", occupied=False), *passes("day 2 02:10"))
    assert gone.until("day 2 12:00").said == []


def test_whoever_is_always_back_soon_is_missed_sooner() -> None:
    life = asleep()
    for day in range(2, 13):
        life.happens(bed(f"day {day} 02:00", occupied=False))
        life.happens(bed(f"day {day} 02:08", occupied=True))
        life.happens(bed(f"day {day} 07:00", occupied=False))
        life.happens(bed(f"day {day} 22:00", occupied=True))
    life.happens(bed("day 13 02:00", occupied=False)).until("day 13 05:00")
    assert life.said == ["13 02:30 told"]


def test_being_deaf_forgets_it() -> None:
    life = asleep().happens(bed("day 2 02:00", occupied=False)).resumes("day 2 02:30")
    assert life.until("day 2 12:00").said == []


def test_sitting_on_it_for_a_moment_is_not_going_to_bed() -> None:
    life = Alone(BedLeftDetector(), "day 1 20:00")
    life.happens(bed("day 1 23:20", occupied=True), bed("day 1 23:22", occupied=False))
    assert life.until("day 2 12:00").said == []


def test_a_mat_that_loses_who_lies_on_it_knows_they_have_lain_there() -> None:
    life = asleep()
    for minute in (0, 15, 30, 45):
        life.happens(bed(f"day 2 02:{minute:02}", occupied=False))
        life.happens(bed(f"day 2 02:{minute + 1:02}", occupied=True))
    life.happens(bed("day 2 02:50", occupied=False)).until("day 2 05:00")
    assert life.said == ["2 03:35 told"]


def test_one_long_time_up_makes_the_next_nights_patient_at_once() -> None:
    life = asleep().happens(bed("day 2 02:00", occupied=False), bed("day 2 03:00", occupied=True))
    life.happens(bed("day 2 07:00", occupied=False), bed("day 2 22:00", occupied=True))
    assert life.said == ["2 02:45 told", "2 03:00 over"]
    life.happens(bed("day 3 02:00", occupied=False), bed("day 3 03:20", occupied=True))
    assert life.said[2:] == []


def test_who_lay_there_when_we_first_heard_of_the_bed_is_missed_too() -> None:
    detector = BedLeftDetector()
    state = detector.start(HOME, at("day 1 23:00"))
    for one in (bed("day 1 23:10", occupied=True), bed("day 2 02:00", occupied=False)):
        state, _ = detector.step(HOME, state, one)
    assert detector.deadline(HOME, state) == at("day 2 02:45")


def evening_on_a_couch(day: int) -> Alone:
    life = Alone(BedLeftDetector(), "day 1 20:00")
    for evening in range(1, day):
        life.happens(bed(f"day {evening} 21:30", occupied=True))
        life.happens(bed(f"day {evening} 22:50", occupied=False))
    life.happens(bed(f"day {day} 21:30", occupied=True), bed(f"day {day} 23:20", occupied=False))
    return life.until(f"day {day + 1} 04:00")


def test_what_is_hardly_slept_on_is_no_bed() -> None:
    assert evening_on_a_couch(3).said == ["4 00:05 told"]
    assert evening_on_a_couch(8).said == []
