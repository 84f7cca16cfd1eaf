"""Random lives: everything that can happen to a household, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alerting.engine import Engine
from alerting.events import (
    Answer,
    Configured,
    DeliveryState,
    Effect,
    Event,
    Notify,
    PresenceSet,
    PresenceState,
    Receipt,
    Reply,
    Silenced,
    Tick,
)
from alerting.household import Household, IncidentKind
from alerting.incident import Outcome
from alerting.promises import audit
from devices.observation import (
    Alive,
    AnyObservation,
    CallState,
    Climate,
    Contact,
    FallState,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
    Presence,
    Tamper,
)
from tests.builders import at, household

PEOPLE = ("daughter", "neighbour", "grid", "doctor", "town", "desk:李", "technician", "stranger")
BEGINS = at("day 1 08:00")


def observation(rng: random.Random, moment: datetime) -> AnyObservation:
    """Draw something a device says."""
    draw, kept = rng.random(), rng.random() < 0.05
    if draw < 0.35:
        return Motion(moment, rng.choice(("kitchen", "pir")), retained=kept)
    if draw < 0.5:
        return Presence(moment, "pir", present=rng.random() < 0.5, retained=kept)
    if draw < 0.6:
        return Contact(moment, "door", is_open=rng.random() < 0.5, retained=kept)
    if draw < 0.75:
        device = rng.choice(("panel", "sos", "smoke", "door", "unknown"))
        return Alive(moment, device, battery_percent=rng.choice((5, 20, 90)), retained=kept)
    if draw < 0.82:
        return Online(moment, rng.choice(("panel", "smoke")), online=rng.random() < 0.5)
    if draw < 0.88:
        return CallState(moment, "sos", on=rng.random() < 0.3, retained=kept)
    if draw < 0.93:
        return HelpCall(moment, "panel", id=f"b:{rng.randrange(40)}", retained=kept)
    if draw < 0.97:
        kind = rng.choice((HazardKind.SMOKE, HazardKind.WATER))
        return Hazard(moment, "smoke", hazard=kind, on=rng.random() < 0.5, retained=kept)
    if draw < 0.98:
        return Tamper(moment, "smoke", on=rng.random() < 0.5)
    if draw < 0.99:
        device = rng.choice(("kitchen", "panel", "unknown"))
        return FallState(moment, device, on=rng.random() < 0.5, retained=kept)
    return Climate(moment, "kitchen", rng.choice((5.0, 12.5, 21.0, 36.0)), retained=kept)


def answer(rng: random.Random, moment: datetime) -> Event:
    """Draw something a person or a provider does."""
    incident = f"h1-{rng.randrange(1, 12):04}"
    draw = rng.random()
    if draw < 0.5:
        who, said = rng.choice(PEOPLE), rng.choice(list(Answer))
        outcome = rng.choice((None, Outcome.SAFE, Outcome.MISTAKE))
        return Reply(moment, incident, who, said, "sms", outcome=outcome)
    if draw < 0.9:
        who, channel = rng.choice(PEOPLE), rng.choice(("sms", "voice"))
        key = f"{incident}/{rng.randrange(8)}/{who}/{channel}"
        return Receipt(moment, key, incident, rng.choice(list(DeliveryState)))
    until = moment + timedelta(hours=rng.uniform(-1, 12))
    if draw < 0.95:
        return Silenced(moment, rng.choice(list(IncidentKind)), until, "desk:李", "test")
    state = rng.choice(list(PresenceState))
    return PresenceSet(moment, state, "desk:李", until if rng.random() < 0.5 else None)


def life(seed: int, home: Household, days: float = 4.0) -> list[Event]:
    """Return what happens in one home, in order: now busy, now silent for hours."""
    rng = random.Random(seed)
    moment, ends = BEGINS, BEGINS + timedelta(days=days)
    events: list[Event] = []
    while moment < ends:
        pause = rng.expovariate(1 / 600) if rng.random() < 0.97 else rng.uniform(0, 16 * 3600)
        moment += timedelta(seconds=round(pause))
        draw = rng.random()
        if draw < 0.7:
            events.append(observation(rng, moment))
        elif draw < 0.995:
            events.append(answer(rng, moment))
        else:
            events.append(Configured(moment, household() if rng.random() < 0.5 else home))
    return events


def ticks(seed: int, number: int, days: float = 4.0) -> list[Tick]:
    """Return ticks that nobody asked for."""
    rng = random.Random(seed)
    span = int(days * 86_400)
    return [Tick(BEGINS + timedelta(seconds=rng.randrange(span))) for _ in range(number)]


def merged(events: Sequence[Event], more: Sequence[Event]) -> list[Event]:
    """Return both in order of time; at the same moment, the ticks in between."""
    return sorted([*events, *more], key=lambda event: event.at)


def lived(engine: Engine, events: Sequence[Event]) -> Iterator[Effect]:
    """Yield what comes of the events; check on the way what must always hold."""
    keys: set[str] = set()
    for event in events:
        for effect in engine.step(event):
            if isinstance(effect, Notify):
                assert effect.key not in keys, f"{effect.key} has two meanings"
                keys.add(effect.key)
            yield effect
        assert audit(engine) == []
