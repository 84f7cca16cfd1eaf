"""Somebody moves again: the ladder is held, and one person is asked to make sure."""

from __future__ import annotations

import msgspec

from alerting.household import IncidentKind
from devices.observation import Alive, Motion
from tests.builders import LADDER, PLAN, Life, at, changes, heard, hours, household, keys, told


def silent() -> Life:
    life = Life(begins="day 1 09:00")
    life.until("day 1 17:00")
    assert life.incident.kind == "inactivity"
    assert heard(life.effects) == []
    return life


def test_movement_holds_the_ladder_and_somebody_is_asked_to_make_sure() -> None:
    life = silent()
    effects = life.happens(Motion(at("day 1 17:00:30"), "pir"))
    assert changes(effects) == ["cleared", "reminded"]
    assert keys(effects) == ["h1-0001/news-0/daughter/sms", "h1-0001/remind-0/neighbour/sms"]
    assert life.until("day 1 17:30") == []
    for number, clock in enumerate(("17:30:30", "18:00:30"), 1):
        assert keys(life.until(f"day 1 {clock}")) == [f"h1-0001/remind-{number}/neighbour/sms"]
    closed = life.closes("day 1 18:05")
    assert told(closed) == ["daughter/sms", "neighbour/sms"]
    assert life.engine.incidents == []


def test_whoever_cannot_make_sure_is_replaced_by_another() -> None:
    life = silent()
    life.happens(Motion(at("day 1 17:00:30"), "pir"))
    effects = life.cannot("day 1 17:01", "neighbour")
    assert keys(effects) == ["h1-0001/remind-1/daughter/sms"]


def test_a_silence_that_returns_goes_on_with_the_next_step() -> None:
    life = silent()
    life.happens(Motion(at("day 1 17:00:30"), "pir"))
    effects = life.until("day 2 02:31")
    assert changes(effects)[-2:] == ["active_again", "stepped"]
    assert told(effects)[-4:] == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]


def test_a_silence_that_somebody_closed_and_that_lasts_another_day_is_said_again() -> None:
    """Whoever closed it may have been mistaken: until somebody moves, nothing else would tell."""
    life = silent()
    life.closes("day 1 17:05")
    for hour in range(18, 24):
        life.happens(Alive(at(f"day 1 {hour}:00"), "pir"))
    life.happens(Alive(at("day 2 10:00"), "pir"))
    life.until("day 2 16:59")
    assert "inactivity" not in [incident.kind for incident in life.engine.incidents]
    assert "daughter/sms" in told(life.until("day 2 17:00"))
    again = life.engine.incidents[-1]
    assert again.kind == "inactivity"
    assert "32.0" in again.reason.zh


def test_a_silence_nobody_closed_is_one_incident_for_days() -> None:
    life = silent()
    life.happens(Alive(at("day 2 10:00"), "pir"))
    life.until("day 2 18:00")
    kinds = [incident.kind for incident in life.engine.incidents]
    assert kinds.count(IncidentKind.INACTIVITY) == 1


def test_whoever_is_on_the_way_hears_that_somebody_moves() -> None:
    life = silent()
    life.goes("day 1 17:00:20", "daughter")
    effects = life.happens(Motion(at("day 1 17:00:40"), "pir"))
    assert changes(effects) == ["cleared"]
    assert told(effects) == ["daughter/sms", "neighbour/sms"]
    lapsed = life.until("day 1 17:20:20")
    assert changes(lapsed) == ["reminded", "lapsed", "reminded"]
    assert life.incident.response == "open"


def test_the_resident_hears_only_that_somebody_is_coming() -> None:
    life = silent()
    assert heard(life.goes("day 1 17:00:20", "daughter")) == ["coming"]
    assert heard(life.arrives("day 1 17:15", "daughter")) == ["on_scene"]


def test_a_silence_that_returns_when_the_visitor_is_long_gone_begins_the_ladder_again() -> None:
    """Somebody saw that all was well and went home, without telling the desk."""
    life = silent()
    life.arrives("day 1 17:10", "neighbour")
    life.happens(Motion(at("day 1 17:11"), "pir"))
    effects = life.until("day 2 02:46:30")
    assert changes(effects)[-3:] == ["active_again", "lapsed", "stepped"]
    assert "daughter/voice" in told(effects)
    assert life.incident.response == "open"
    assert "grid/voice" in told(life.until("day 2 02:48"))


def test_a_silence_that_lasts_where_nobody_is_any_more_begins_the_ladder_again() -> None:
    """The visitor saw nobody move either: a day later nobody knows how the resident is."""
    life = silent()
    life.arrives("day 1 17:10", "neighbour")
    for hour in (20, 34):
        life.happens(Alive(at(f"day {1 + hour // 24} {hour % 24}:00"), "pir"))
    assert "daughter/voice" in told(life.until("day 2 17:00"))


def test_a_silence_that_returns_is_told_to_whoever_is_on_the_way() -> None:
    policy = msgspec.structs.replace(LADDER, claim_lease=hours(12))
    where = household(policies={**PLAN, IncidentKind.INACTIVITY: policy})
    life = Life(where, begins="day 1 09:00")
    life.until("day 1 17:00")
    life.goes("day 1 17:00:20", "daughter")
    life.happens(Motion(at("day 1 17:00:40"), "pir"))
    effects = life.until("day 2 02:31")
    assert "active_again" in changes(effects)
    assert {"daughter/sms", "daughter/voice"} <= set(told(effects))
    assert life.incident.response == "claimed"
