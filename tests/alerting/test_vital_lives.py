"""Random weeks of readings: what must hold whatever is measured, missed, or cut in two."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from alerting.engine import Engine
from alerting.events import Configured, Effect, Event, Finding, LeadsTo, Prompt, Resumed, Tick
from alerting.household import Household
from alerting.incident import Urgency
from devices.observation import Quantity, Reading, Worn
from tests.alerting.detection.vitals import METER, RADAR, WATCH
from tests.alerting.lives import BEGINS, lived, merged, ticks
from tests.alerting.lives import life as other_life
from tests.builders import DOOR, KITCHEN, PANEL, PIR, SMOKE, SOS, household

HOME = household(PANEL, SOS, PIR, KITCHEN, DOOR, SMOKE, WATCH, METER, RADAR)
RANGES: dict[Quantity, tuple[float, float]] = {
    Quantity.HEART_RATE: (10, 190),
    Quantity.SPO2: (40, 100),
    Quantity.RESPIRATION: (2, 40),
    Quantity.BLOOD_PRESSURE: (60, 220),
    Quantity.TEMPERATURE: (33, 41),
    Quantity.GLUCOSE: (1, 25),
    Quantity.WEIGHT: (50, 60),
}


def measured(seed: int, days: float) -> list[Event]:
    """Readings of all kinds, some bad for a while, some impossible, late, kept or repeated."""
    rng = random.Random(seed)
    moment, ends = BEGINS, BEGINS + timedelta(days=days)
    events: list[Event] = []
    while moment < ends:
        moment += timedelta(seconds=round(rng.expovariate(1 / rng.choice((20, 600, 3_600)))))
        device = rng.choice(("watch", "meter", "radar"))
        quantity = rng.choice(list(Quantity))
        low, high = RANGES[quantity]
        value = round(rng.uniform(low, high), 1)
        for repeat in range(rng.choice((1, 1, 2, 8))):
            at = moment + timedelta(seconds=15 * repeat)
            late = rng.random() < 0.1
            events.append(
                Reading(
                    at,
                    device,
                    quantity=quantity,
                    value=value,
                    second=round(value * 0.6, 1) if quantity is Quantity.BLOOD_PRESSURE else None,
                    quality=rng.choice((None, 30, 80)),
                    repeats=rng.random() < 0.2,
                    retained=rng.random() < 0.05,
                    measured_at=at - timedelta(hours=rng.uniform(0, 20)) if late else None,
                )
            )
            moment = at
        if rng.random() < 0.05:
            events.append(Worn(moment, "watch", worn=rng.random() < 0.5))
    return events


def weeks(seed: int, home: Household = HOME) -> list[Event]:
    others = [event for event in other_life(seed, home) if not isinstance(event, Configured)]
    return merged(measured(seed, 4), others)


def effects(engine: Engine, events: Sequence[Event]) -> list[bytes]:
    return [msgspec.json.encode(effect) for effect in lived(engine, events)]


@pytest.mark.parametrize("seed", range(6))
def test_ticks_and_a_restart_change_nothing(seed: int) -> None:
    events = weeks(seed)
    whole = effects(Engine(Configured(BEGINS, HOME)), events)
    assert effects(Engine(Configured(BEGINS, HOME)), merged(events, ticks(seed, 500))) == whole
    cut = random.Random(seed).randrange(len(events))
    engine = Engine(Configured(BEGINS, HOME))
    first = effects(engine, events[:cut])
    again = Engine.restore(engine.snapshot())
    assert again.snapshot() == engine.snapshot()
    assert first + effects(again, events[cut:]) == whole


@pytest.mark.parametrize("seed", range(6))
def test_what_holds_of_every_finding_and_request(seed: int) -> None:
    happened: list[Effect] = list(lived(Engine(Configured(BEGINS, HOME)), weeks(seed)))
    found = [one for one in happened if isinstance(one, Finding)]
    vital = [one for one in found if one.detector.startswith(("vital", "news2"))]
    assert {one.detector for one in vital} >= {"vital_limits", "news2", "vital_devices"}
    for one in vital:
        assert one.reason.zh
        assert one.reason.en
        assert one.evidence
        assert len(one.short.zh) <= 12
        if one.leads_to is LeadsTo.INCIDENT and one.active and one.urgency is Urgency.HIGH:
            twice = one.evidence.get("readings", 2)
            assert isinstance(twice, int)
            assert twice >= 2, "never an emergency on one sample"
    asked = [one for one in happened if isinstance(one, Prompt) and one.phrase == "measure_again"]
    assert asked
    assert len({one.key for one in asked}) == len(asked)
    for before, after in pairwise(asked):
        assert after.at - before.at >= timedelta(minutes=10)


def test_a_time_we_were_deaf_proves_nothing_about_anybody() -> None:
    for seed in range(4):
        engine = Engine(Configured(BEGINS, HOME))
        events = measured(seed, 1)
        for event in events:
            engine.step(event)
        back = events[-1].at + timedelta(days=3)
        after = [*engine.step(Resumed(back, deaf_since=events[-1].at)), *engine.step(Tick(back))]
        assert [one for one in after if isinstance(one, Finding)] == []
