"""A wearable learns its gain and offset from how it reads at rest."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.detection.signals import model
from alerting.detection.signals.own import Own
from alerting.detection.signals.rest import (
    GAIN_MAX,
    GAIN_MIN,
    NONE,
    OFFSET_G_MAX,
    Correction,
    Rest,
)
from alerting.detection.signals.stage import Stage
from devices.accel import AccelBatch
from devices.observation import Aftermath, Impact
from tests import waves
from tests.builders import at

BEGINS = at("day 1 08:00")
WAYS = ((0, 1, 0), (0, 0, 1), (1, 0, 0), (0, -1, 0), (0.6, 0.6, 0.53), (-0.7, 0.1, 0.7))
OFFSET = (0.05, -0.04, 0.06)


def turned(way: tuple[float, ...], seconds: float = 20.0, seed: int = 1) -> waves.Wave:
    """Return somebody who keeps still, the wearable turned `way`."""
    unit = np.array(way) / np.linalg.norm(way)
    noise = np.random.default_rng(seed).normal(0.0, 0.006, (round(seconds * 50), 3))
    wave: waves.Wave = (unit + noise).astype(np.float32)
    return wave


def read(wave: waves.Wave, gain: float, offset: tuple[float, ...]) -> waves.Wave:
    """Return what a device with this gain and offset reads."""
    made: waves.Wave = (wave * gain + np.array(offset)).astype(np.float32)
    return made


def day(ways: tuple[tuple[float, ...], ...] = WAYS) -> waves.Wave:
    """Return hours of daily wear, shortened: still in every way, walking in between."""
    parts = [part for way in ways for part in (turned(way), waves.walking(5))]
    return np.concatenate([*parts, waves.standing(70)])


def worn(batches: list[AccelBatch], stage: Stage | None = None) -> tuple[Stage, list[Impact]]:
    one = stage or Stage("watch", lambda window: 0.0, -1.0, own=Own(adjusts=True))
    now, found = BEGINS, []
    for batch in batches:
        now += timedelta(seconds=batch.seconds)
        found += one.take(batch, now)
    found += one.flush(now)
    return one, [impact for impact in found if isinstance(impact, Impact)]


@pytest.mark.parametrize("gain", [0.9, 1.0, 1.1])
def test_a_day_at_rest_tells_gain_and_offset(gain: float) -> None:
    stage, _ = worn(waves.sent(read(day(), gain, OFFSET)))
    assert stage.correction.gain == pytest.approx(gain, abs=0.02)
    assert stage.correction.offset_g == pytest.approx(OFFSET, abs=0.02)


def test_little_evidence_corrects_nothing() -> None:
    stage, _ = worn(waves.sent(read(day(WAYS[:2]), 0.9, OFFSET)))
    assert stage.correction == NONE
    stage, _ = worn(waves.sent(read(waves.walking(300), 0.9, OFFSET)))
    assert stage.correction == NONE


def test_a_fall_after_that_is_seen_as_a_good_device_would_have() -> None:
    life = np.concatenate([day(), waves.a_fall()])
    truth = worn(waves.sent(life))[1]
    heard = worn(waves.sent(read(life, 0.88, OFFSET)))[1]
    raw = worn(waves.sent(read(waves.a_fall(), 0.88, OFFSET)))[1]
    hardest = max(one.peak_g for one in truth)
    assert max(one.peak_g for one in heard) == pytest.approx(hardest, rel=0.02)
    assert max(one.peak_g for one in raw) < 0.93 * hardest


def test_a_soft_knock_reaches_the_gate_of_a_device_that_reads_low() -> None:
    knock = waves.standing(8.0)
    knock += 0.1 * np.sin(np.arange(400) / 8.0)[:, None]  # nobody who is knocked keeps quite still
    knock[200:206] *= 1.48
    low = read(np.concatenate([day(), knock]), 0.88, (0.0, 0.0, 0.0))
    assert any(one.peak_g > 1.35 for one in worn(waves.sent(low))[1][-1:])
    assert not worn(waves.sent(read(knock, 0.88, (0.0, 0.0, 0.0))))[1]


@given(st.lists(st.integers(1, 9000), max_size=30))
@settings(max_examples=15, deadline=None)
def test_any_cut_learns_the_same(cuts: list[int]) -> None:
    life = read(np.concatenate([day(), waves.a_fall(), day()]), 0.9, OFFSET)
    whole_stage, whole = worn(waves.sent(life))
    cut_stage, cut = worn(waves.cut_at(life, 50.0, sorted({*cuts, *range(400, len(life), 400)})))
    assert [(one.id, one.wave) for one in cut] == [(one.id, one.wave) for one in whole]
    assert cut_stage.correction == whole_stage.correction


@given(
    st.lists(
        st.tuples(*[st.floats(-1.4, 1.4, allow_nan=False) for _ in range(3)]),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_it_reads_the_correction_stays_within_its_bounds(
    means: list[tuple[float, float, float]],
) -> None:
    rest = Rest()
    for mean in means:
        rest.look(np.tile(np.rint(np.array(mean) * 1000), (50, 1)).astype(np.int16))
    found = rest.correction()
    assert GAIN_MIN <= found.gain <= GAIN_MAX
    assert np.linalg.norm(found.offset_g) <= OFFSET_G_MAX + 1e-3


class Wrong(Rest):
    """Estimates as wrongly as it may."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self._gain = gain

    def correction(self) -> Correction:
        return Correction(self._gain, (0.0, OFFSET_G_MAX, 0.0))


@pytest.mark.parametrize("gain", [GAIN_MIN, GAIN_MAX])
@pytest.mark.parametrize("site", model.SITES)
def test_the_worst_correction_hides_no_fall(gain: float, site: str) -> None:
    own = Own(adjusts=True)
    own.rest = Wrong(gain)
    stage = Stage("watch", lambda window: 0.0, -1.0, own=own)
    _, found = worn(waves.sent(waves.a_fall()), stage)
    scores = [model.model(site).score(model.in_g(one.wave)) for one in found]
    assert max(scores) >= model.threshold(site)


def test_at_the_waist_windows_stay_as_they_came() -> None:
    life = read(np.concatenate([day(), waves.a_fall()]), 0.88, OFFSET)
    stage = Stage("watch", lambda window: 0.0, -1.0, own=model.own("waist"))
    heard = worn(waves.sent(life), stage)[1]
    raw = worn(waves.sent(read(waves.a_fall(), 0.88, OFFSET)))[1]
    assert max(one.peak_g for one in heard) == max(one.peak_g for one in raw)
    assert stage.correction.gain == pytest.approx(0.88, abs=0.02)


def test_lying_still_is_seen_through_a_wrong_gain() -> None:
    life = np.concatenate([day(), waves.a_fall()])
    stage = Stage("watch", lambda window: 0.0, -1.0, own=model.own("waist"))
    now, found = BEGINS, []
    for batch in waves.sent(read(life, 0.86, (-0.05, -0.05, -0.05))):
        found += stage.take(batch, now)
    after = [one for one in found if isinstance(one, Aftermath)]
    assert after[-1].moving < 0.05


def test_forgetting_follows_a_sensor_that_warms_up() -> None:
    stage, _ = worn(waves.sent(read(day(), 0.95, OFFSET)))
    before = stage.correction.gain
    later = np.concatenate([day() for _ in range(8)])
    warm = Stage("watch", lambda window: 0.0, -1.0, own=stage.own)
    worn(waves.sent(read(later, 1.05, OFFSET), boot="b2"), warm)
    assert warm.correction.gain > before + 0.06
