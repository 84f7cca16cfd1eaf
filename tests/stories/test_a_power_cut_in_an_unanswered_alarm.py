"""A power cut of 4.5 h in an unanswered alarm: one round of messages on return, not a burst."""

from __future__ import annotations

import pytest

from alerting.engine import Engine
from alerting.events import Change, Changed, Notify
from devices.observation import HelpCall, Motion
from tests.builders import Life, at, changes, told


def test_only_the_next_step_is_taken_when_we_hear_again() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 10:00"), "panel", id="a:1"))
    life.engine = Engine.restore(life.engine.snapshot())
    effects = life.hears_again("day 1 14:30")
    assert changes(effects) == ["stepped"]
    assert told(effects) == ["grid/sms", "grid/voice", "doctor/sms", "doctor/voice"]
    assert life.incident.due_at == at("day 1 14:32")
    assert life.hears_again("day 1 14:30:05") == [], "hearing again twice tells nobody twice"


def test_nothing_is_concluded_from_the_silence_of_the_cut() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(Motion(at("day 1 16:50"), "pir"))
    assert life.hears_again("day 3 21:00") == []
    assert life.engine.incidents == []


@pytest.mark.parametrize(
    ("cut_ends", "expected"),
    [
        ("day 1 10:00:50", []),
        ("day 1 10:12", ["reminded"]),
        ("day 1 10:21", ["lapsed", "stepped"]),
        ("day 1 14:30", ["lapsed", "stepped"]),
    ],
)
def test_a_claim_that_ran_out_meanwhile_lapses(cut_ends: str, expected: list[str]) -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 10:00"), "panel", id="a:1"))
    life.goes("day 1 10:00:30", "daughter")
    assert changes(life.hears_again(cut_ends)) == expected


def test_a_ladder_that_had_run_out_repeats_once() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 10:00"), "panel", id="a:1"))
    life.until("day 1 10:20")
    effects = life.hears_again("day 1 14:50")
    assert changes(effects) == ["repeated"]
    assert len(told(effects)) == 9


def test_without_saying_that_we_were_deaf_the_same_would_be_a_burst() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 10:00"), "panel", id="a:1"))
    effects = life.until("day 1 14:30")
    assert len([e for e in effects if isinstance(e, Notify)]) > 100
    assert any(isinstance(e, Changed) and e.change is Change.REPEATED for e in effects)
