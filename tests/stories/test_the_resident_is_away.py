"""In hospital, on a journey, or paused: nobody is missed until they are home again."""

from __future__ import annotations

from alerting.events import PresenceSet, PresenceState
from devices.observation import Alive
from tests.builders import Life, at, changes


def test_nobody_is_missed_until_they_are_home_again() -> None:
    life = Life(begins="day 1 09:00")
    away = PresenceSet(at("day 1 10:00"), PresenceState.HOSPITAL, "desk:李", at("day 2 10:00"))
    life.happens(away)
    assert life.engine.presence == "hospital"
    life.happens(*(Alive(at("day 2 08:00"), device) for device in life.home.devices))
    assert life.until("day 2 17:59") == []
    assert life.engine.presence == "home", "it ended by itself"
    assert "opened" in changes(life.until("day 2 18:00"))
    assert life.incident.kind == "inactivity"


def test_a_word_from_a_person_explains_a_silence_but_does_not_close_it() -> None:
    life = Life(begins="day 1 09:00")
    life.until("day 1 17:01")
    effects = life.happens(PresenceSet(at("day 1 17:01:30"), PresenceState.AWAY, "desk:李"))
    assert changes(effects) == ["cleared", "reminded"]
    assert life.incident.response == "open"
