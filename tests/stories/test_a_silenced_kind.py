"""Muted findings open nothing, are not forgotten, and a call for help can never be muted."""

from __future__ import annotations

from alerting.events import Finding, Silenced
from alerting.household import IncidentKind
from devices.observation import Alive, HelpCall
from tests.builders import Life, at, changes, told


def mute(what: IncidentKind, since: str, until: str) -> Silenced:
    return Silenced(at(since), what, at(until), "desk:李", "电池周末统一更换")


def test_what_is_still_wrong_when_the_silence_ends_becomes_an_incident() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(mute(IncidentKind.TECHNICAL, "day 1 09:00", "day 1 12:00"))
    effects = life.happens(Alive(at("day 1 09:30"), "sos", 3), Alive(at("day 1 09:31"), "panel", 3))
    assert [type(effect) for effect in effects] == [Finding, Finding]
    life.happens(Alive(at("day 1 10:00"), "panel", 90))
    effects = life.until("day 1 12:00")
    assert changes(effects) == ["opened", "stepped"]
    assert life.incident.subjects == ("sos",)
    assert life.incident.opened_at == at("day 1 12:00")


def test_a_silence_can_be_taken_back() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(mute(IncidentKind.TECHNICAL, "day 1 09:00", "day 2 12:00"))
    life.happens(Alive(at("day 1 09:30"), "sos", 3))
    effects = life.happens(mute(IncidentKind.TECHNICAL, "day 1 10:00", "day 1 10:00"))
    assert changes(effects) == ["opened", "stepped"]
    assert life.engine.silences == {}


def test_what_is_open_already_goes_on() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(Alive(at("day 1 09:30"), "sos", 3))
    life.happens(mute(IncidentKind.TECHNICAL, "day 1 09:40", "day 1 12:00"))
    assert changes(life.happens(Alive(at("day 1 09:50"), "panel", 10))) == ["joined"]


def test_a_call_for_help_can_never_be_muted() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(mute(IncidentKind.EMERGENCY, "day 1 09:00", "day 2 09:00"))
    assert told(life.happens(HelpCall(at("day 1 09:30"), "panel", id="a:1"))) != []
