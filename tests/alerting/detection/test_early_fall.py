"""Who lies still after a clear fall is told of within three seconds, once."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.detection.fall import EARLY_BYTES, FallDetector
from alerting.detection.signals import model
from alerting.detection.signals.grid import WINDOW
from alerting.detection.signals.stage import Stage
from alerting.engine import Engine
from alerting.events import Configured, Finding
from alerting.household import Device, Role
from devices.accel import AccelBatch
from devices.observation import Aftermath, Impact
from tests import waves
from tests.builders import at, household

BEGINS = at("day 1 08:00")
HOME = household(Device("watch", "native", Role.WEARABLE, worn="waist"))
LIFE = np.concatenate([waves.a_fall(before=4, after=6), waves.walking(4), waves.a_fall(after=16)])


def heard(batches: list[AccelBatch]) -> list[Impact | Aftermath]:
    site = model.WAIST
    floor = model.threshold(site) - model.MARGIN
    stage = Stage("watch", model.model(site).score, floor, model.clear(site))
    now, found = BEGINS, []
    for batch in batches:
        now += timedelta(seconds=batch.seconds * (1 + batch.seq) - (now - BEGINS).total_seconds())
        found += stage.take(batch, now)
    return found + stage.flush(now)


def told(observations: list[Impact | Aftermath]) -> list[Finding]:
    engine = Engine(Configured(BEGINS, HOME), (FallDetector(),))
    effects = [effect for one in observations for effect in engine.step(one)]
    return [one for one in effects if isinstance(one, Finding) and one.wave_mg]


@pytest.mark.parametrize("phase", [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9])
def test_a_clear_fall_is_told_within_three_seconds_whenever_its_batch_ends(phase: float) -> None:
    found = heard(waves.sent(waves.a_fall(before=5.0 + phase)))
    findings = told(found)
    assert len(findings) == 1
    knock = next(one for one in found if isinstance(one, Impact))
    assert knock.measured_at is not None
    assert findings[0].at - knock.measured_at <= timedelta(seconds=3.01)
    assert len(findings[0].wave_mg) == EARLY_BYTES // 6


def test_the_whole_window_follows_and_tells_nothing_twice() -> None:
    found = heard(waves.sent(waves.a_fall()))
    knocks = [one for one in found if isinstance(one, Impact)]
    first = knocks[0]
    lengths = [len(one.wave) for one in knocks if one.id == first.id]
    assert lengths == [EARLY_BYTES, 6 * WINDOW]
    assert len(told(found)) == 1
    again = [one for one in found for _ in range(2)]
    assert len(told(again)) == 1


def test_what_came_of_it_belongs_to_the_early_one_too() -> None:
    found = heard(waves.sent(waves.a_fall()))
    after = [one for one in found if isinstance(one, Aftermath)]
    early = [one.id for one in found if isinstance(one, Impact) and len(one.wave) == EARLY_BYTES]
    assert early[0] in {one.id for one in after}
    assert len({one.id for one in after}) == len(after)


def test_who_still_moves_is_looked_at_for_longer() -> None:
    moving = np.concatenate([waves.standing(6), waves.falling(), waves.walking(20)])
    found = heard(waves.sent(moving))
    assert all(len(one.wave) == 6 * WINDOW for one in found if isinstance(one, Impact))


def test_where_something_was_lost_the_whole_window_is_awaited() -> None:
    batches = waves.sent(waves.a_fall(before=5.5), cut_s=0.5)
    del batches[9]
    found = heard(batches)
    knocks = [one for one in found if isinstance(one, Impact)]
    assert knocks
    assert all(len(one.wave) == 6 * WINDOW for one in knocks)


@given(st.lists(st.integers(1, len(LIFE) - 1), max_size=40))
@settings(max_examples=20, deadline=None)
def test_any_cut_tells_the_same_in_the_same_order(cuts: list[int]) -> None:
    def impacts(batches: list[AccelBatch]) -> list[tuple[str, bytes]]:
        return [(one.id, one.wave) for one in heard(batches) if isinstance(one, Impact)]

    assert impacts(waves.cut_at(LIFE, 50.0, cuts)) == impacts(waves.sent(LIFE))
