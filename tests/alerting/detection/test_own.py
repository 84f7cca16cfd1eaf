"""A wearable learns how sharply it shows knocks, and a dull one is met half way."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from msgspec.structs import replace

from alerting.detection.fall import FallDetector
from alerting.detection.signals import model
from alerting.detection.signals.grid import WINDOW
from alerting.detection.signals.own import EASED_MAX, Own, sharpness
from alerting.detection.signals.stage import Stage
from alerting.engine import Engine
from alerting.events import Configured, Finding
from alerting.household import Device, Role
from devices.accel import AccelBatch
from devices.observation import Impact
from tests import waves
from tests.builders import at, household

BEGINS = at("day 1 08:00")


def claps(seconds: float, width_s: float, rate: float = 50.0) -> waves.Wave:
    """Return somebody who claps every 1.5 s, to and fro, each clap of this width."""
    wave = waves.standing(seconds, rate)
    hump = np.hanning(max(round(width_s * rate), 3) + 2)[1:-1].astype(np.float32)
    both = np.concatenate((hump, -hump))
    for begin in range(round(rate), len(wave) - len(both), round(1.5 * rate)):
        wave[begin : begin + len(both), 0] += 2.4 * both
    return wave


def worn(batches: list[AccelBatch], own: Own, then: waves.Wave | None = None) -> list[Impact]:
    """Return the knocks of a fall after everything in the batches was taken for everyday life."""
    found = []
    scores = iter([-1.0] * 100_000)
    stage = Stage("watch", lambda window: next(scores), -0.5, own=own)
    now = BEGINS
    for batch in batches:
        now += timedelta(seconds=batch.seconds)
        found += stage.take(batch, now)
    assert not [one for one in found if isinstance(one, Impact)]
    after = Stage("watch", lambda window: 0.0, -0.5, own=own)
    for batch in waves.sent(waves.a_fall() if then is None else then):
        found += after.take(batch, now)
    return [one for one in found + after.flush(now) if isinstance(one, Impact)]


def test_a_dull_device_is_met_half_way_and_a_sharp_one_is_left_alone() -> None:
    dull = worn(waves.sent(claps(240, 0.7)), Own(adjusts=True))
    sharp = worn(waves.sent(claps(240, 0.08)), Own(adjusts=True))
    assert {one.eased for one in sharp} == {0.0}
    assert all(0.05 < one.eased <= EASED_MAX for one in dull)


def test_a_few_knocks_conclude_nothing() -> None:
    few = worn(waves.sent(claps(20, 0.7)), Own(adjusts=True))
    assert {one.eased for one in few} == {0.0}


def test_at_the_waist_nothing_is_eased() -> None:
    assert {one.eased for one in worn(waves.sent(claps(240, 0.7)), model.own("waist"))} == {0.0}
    assert {one.eased for one in worn(waves.sent(claps(240, 0.7)), model.own("wrist"))} != {0.0}


LIFE = np.concatenate([claps(200, 0.6), waves.a_fall(after=4)])


@given(st.lists(st.integers(1, len(LIFE) - 1), max_size=30))
@settings(max_examples=4, deadline=None)
def test_any_cut_eases_the_same(cuts: list[int]) -> None:
    def heard(batches: list[AccelBatch]) -> list[tuple[str, float]]:
        stage = Stage("watch", model.model("wrist").score, -0.5, own=Own(adjusts=True))
        found = [one for batch in batches for one in stage.take(batch, BEGINS)]
        return [(one.id, one.eased) for one in found if isinstance(one, Impact)]

    batches = waves.cut_at(LIFE, 50.0, sorted({*cuts, *range(400, len(LIFE), 400)}))
    whole = heard(waves.sent(LIFE))
    assert heard(batches) == whole
    assert any(eased > 0 for _, eased in whole)


@given(
    st.lists(arrays(np.float32, (WINDOW, 3), elements=st.floats(-32, 32, width=16)), max_size=3),
    st.integers(0, 400),
)
@settings(max_examples=40, deadline=None)
def test_whatever_it_sees_scores_are_never_lowered_and_little_raised(
    windows: list[waves.Wave], times: int
) -> None:
    own = Own(adjusts=True)
    for _ in range(times):
        for window in windows:
            own.look(window, 0)
    assert 0.0 <= own.eased(2) <= EASED_MAX
    assert own.bytes < 64_000


def test_the_engine_adds_what_the_wearable_is_eased_by_and_says_so() -> None:
    home = household(Device("watch", "native", Role.WEARABLE, worn="wrist"))
    knock = waves.knock(BEGINS)
    score = model.model("wrist").score(model.in_g(knock.wave))
    for eased in (0.0, 0.2):
        engine = Engine(Configured(BEGINS, home), (FallDetector(),))
        found = [
            one for one in engine.step(replace(knock, eased=eased)) if isinstance(one, Finding)
        ]
        assert found[0].evidence["eased"] == eased
        assert found[0].evidence["score"] == pytest.approx(score + eased, abs=0.001)


def test_sharpness_falls_with_the_width_of_a_knock() -> None:
    seen = []
    for width in (0.1, 0.3, 0.6, 0.9):
        knock = waves.knock(BEGINS, claps(8, width))
        seen.append(sharpness(model.in_g(knock.wave)))
    assert seen == sorted(seen, reverse=True)
