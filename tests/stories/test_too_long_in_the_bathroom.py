"""A stay in the bathroom that does not end."""

from __future__ import annotations

from alerting.detection.bathroom import BathroomDetector
from alerting.events import PresenceState
from devices.observation import Motion
from tests.alerting.detection.alone import HOME, Alone, is_now, moves, passes
from tests.builders import Life, at, minutes


def bathroom() -> Alone:
    return Alone(BathroomDetector())


def test_after_an_hour_and_a_quarter_and_over_when_seen_elsewhere() -> None:
    life = bathroom().happens(moves("day 1 09:00", "bath"), moves("day 1 09:30", "bath"))
    assert life.until("day 1 10:14").said == []
    life.until("day 1 13:00").happens(moves("day 1 13:01", "kitchen"))
    assert life.said == ["1 10:15 told", "1 13:01 over"]
    (told, _) = life.findings
    assert told.evidence["bathroom_minutes"] == 75
    assert "09:00" in told.reason.zh


def test_who_comes_out_or_goes_out_is_not_missed() -> None:
    life = bathroom().happens(moves("day 1 09:00", "bath"), moves("day 1 09:10", "kitchen"))
    life.happens(moves("day 1 12:00", "bath"), *passes("day 1 12:10"))
    assert life.until("day 1 23:00").said == []


def test_where_stays_are_short_it_is_told_sooner() -> None:
    life = bathroom()
    for day in range(1, 8):
        life.happens(moves(f"day {day} 09:00", "bath"), moves(f"day {day} 09:20", "kitchen"))
    assert life.happens(moves("day 8 09:00", "bath")).until("day 8 12:00").said == ["8 09:50 told"]


def test_where_other_rooms_are_not_seen_it_is_told_later() -> None:
    life = bathroom()
    for day in range(1, 8):
        life.happens(moves(f"day {day} 22:00", "bath"), moves(f"day {day + 1} 06:30", "kitchen"))
    told_at_first = len(life.findings)
    assert told_at_first > 0
    life.happens(moves("day 9 22:00", "bath"), moves("day 10 06:30", "kitchen"))
    assert len(life.findings) == told_at_first


def test_being_deaf_or_away_forgets_the_stay() -> None:
    life = bathroom().happens(moves("day 1 09:00", "bath")).resumes("day 1 10:00")
    assert life.until("day 2 09:00").said == []
    life.happens(moves("day 3 09:00", "bath"), is_now("day 3 09:30", PresenceState.AWAY))
    assert life.until("day 4 09:00").said == []


def test_it_is_one_incident_with_the_silence_that_follows() -> None:
    life = Life(HOME, "day 1 08:00")
    life.happens(Motion(at("day 1 09:00"), "bath"))
    life.until("day 1 10:15")
    assert life.incident.kind == "inactivity"
    life.happens(*(Motion(at("day 1 10:15") + minutes(1), "bath"),))
    life.until("day 1 20:00")
    assert set(life.incident.subjects) == {"bath", "h1"}
    assert len(life.engine.incidents) == 1
