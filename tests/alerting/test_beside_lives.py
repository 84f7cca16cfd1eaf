"""Random lives of a home with a telephone: asked, called back, drilled, tried out."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from alerting.engine import Engine
from alerting.events import Answer, Configured, Drill, Event, Notify, Purpose, Reply, TrialSet
from alerting.household import Asking, Calls, Household, Resident
from devices.observation import Cancelled, HelpCall
from tests import waves
from tests.alerting.lives import BEGINS, life, lived, merged
from tests.builders import PANEL, PIR, household
from tests.stories.test_a_fall import WATCH

WANG = Resident("王秀兰", "王奶奶", phone="+85251000099")


def home(seed: int) -> Household:
    calls = list(Calls)[seed % 3]
    return household(PANEL, PIR, WATCH, residents=(WANG,), asking=Asking(calls=calls))


def more(seed: int, days: float = 4.0) -> list[Event]:
    """Return what happens beside: falls, keys of the resident, drills, trials."""
    rng = random.Random(seed * 7 + 1)
    events: list[Event] = []
    for number in range(120):
        at = BEGINS + timedelta(seconds=rng.randrange(int(days * 86_400)))
        incident = f"h1-{rng.randrange(1, 14):04}"
        draw = rng.random()
        if draw < 0.15:
            events.append(waves.knock(at))
        elif draw < 0.3:
            events.append(Cancelled(at, "panel"))
        elif draw < 0.6:
            answer = rng.choice((Answer.WELL, Answer.HELP, Answer.GOING))
            events.append(Reply(at, incident, "resident:1", answer, "voice"))
        elif draw < 0.75:
            who = rng.choice(("daughter", "town", "nobody"))
            events.append(Drill(at, who, rng.choice(("sms", "voice"))))
        elif draw < 0.85:
            drill = f"h1-drill-{rng.randrange(1, 10)}"
            events.append(Reply(at, drill, "daughter", Answer.HEARD, "sms"))
        elif draw < 0.93:
            events.append(TrialSet(at, at + timedelta(minutes=rng.randrange(0, 60)), "desk:李"))
        else:
            events.append(HelpCall(at, "panel", id=f"m:{number}"))
    return events


@pytest.mark.parametrize("seed", range(6))
def test_every_incident_has_something_due_and_no_key_two_meanings(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)
    where = home(seed)
    events = merged(life(seed, where), more(seed))
    engine = Engine(Configured(BEGINS, where))
    effects = list(lived(engine, events))
    calls = [e for e in effects if isinstance(e, Notify) and e.responder == "resident:1"]
    if where.asking.calls is Calls.NEVER:
        assert calls == []
    assert all(call.purpose in (Purpose.QUESTION, Purpose.TOLD) for call in calls)
    assert all("按9" in call.text for call in calls)


@pytest.mark.parametrize("seed", range(4))
def test_a_restart_anywhere_changes_nothing(seed: int) -> None:
    where = home(seed)
    events = merged(life(seed, where, 2.0), more(seed, 2.0))
    whole = list(lived(Engine(Configured(BEGINS, where)), events))
    half = len(events) // 2
    engine = Engine(Configured(BEGINS, where))
    parts = list(lived(engine, events[:half]))
    again = Engine.restore(engine.snapshot())
    parts += list(lived(again, events[half:]))
    assert parts == whole
