"""Whoever was alarmed learns the end, once; and hears nothing of it afterwards."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from alerting.engine import Engine
from alerting.events import Change, Changed, Configured, Effect, Notify
from alerting.household import Household, IncidentKind
from alerting.orders import About
from tests.alerting.lives import BEGINS, life, merged, ticks
from tests.builders import LADDER, PLAN, household

QUIET = msgspec.structs.replace(LADDER, quiet=("21:00", "07:30"))
HOMES = (household(), household(policies={**PLAN, IncidentKind.TECHNICAL: QUIET}))
ENDS = {About.OVER, About.RECOVERED}
SEEDS = range(6)
ENDED_MIN = 12


def lived(seed: int, home: Household) -> list[Effect]:
    engine = Engine(Configured(BEGINS, home))
    return [e for event in merged(life(seed, home), ticks(seed, 50)) for e in engine.step(event)]


def ended(effects: list[Effect]) -> dict[str, tuple[int, Changed]]:
    """Return where each incident ended, and how."""
    return {
        effect.record.id: (index, effect)
        for index, effect in enumerate(effects)
        if isinstance(effect, Changed) and effect.change is Change.CLOSED
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_everybody_told_learns_the_end_once(seed: int) -> None:
    effects = lived(seed, HOMES[0])
    ends = ended(effects)
    letters = [effect for effect in effects if isinstance(effect, Notify)]
    for id, (_, change) in ends.items():
        told = Counter(
            letter.responder
            for letter in letters
            if letter.incident == id and letter.template in ENDS
        )
        assert told == Counter(set(change.record.told) - {change.by}), id


@pytest.mark.parametrize("home", HOMES, ids=["by day", "with quiet hours"])
@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_end_nothing_is_said_but_the_end(seed: int, home: Household) -> None:
    effects = lived(seed, home)
    ends = ended(effects)
    for index, effect in enumerate(effects):
        if isinstance(effect, Notify) and effect.incident in ends:
            assert index < ends[effect.incident][0] or effect.template in ENDS, effect.key


def test_the_lives_end_enough_to_say_so() -> None:
    assert sum(len(ended(lived(seed, HOMES[0]))) for seed in SEEDS) >= ENDED_MIN
