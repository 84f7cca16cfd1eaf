"""Invented acceleration: people who stand, walk, fall and get up, in g at any rate."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alerting.detection.signals.stage import Stage
from devices.accel import AccelBatch
from devices.observation import Impact
from devices.recordings.falls import batches

Wave = NDArray[np.float32]


def standing(seconds: float, rate: float = 50.0, seed: int = 1) -> Wave:
    """Return somebody who stands, the wearable upright."""
    return _noisy(np.tile([0.0, 1.0, 0.0], (round(seconds * rate), 1)), 0.01, seed)


def lying(seconds: float, rate: float = 50.0, seed: int = 2) -> Wave:
    """Return somebody who lies still on the back."""
    return _noisy(np.tile([0.05, 0.05, 0.99], (round(seconds * rate), 1)), 0.006, seed)


def walking(seconds: float, rate: float = 50.0, seed: int = 3) -> Wave:
    """Return somebody who walks, two steps a second."""
    at = np.arange(round(seconds * rate)) / rate
    up = 1.0 + 0.25 * np.sin(4 * np.pi * at) + 0.1 * np.sin(8 * np.pi * at)
    side = 0.12 * np.sin(2 * np.pi * at)
    return _noisy(np.stack([side, up, 0.1 * np.cos(4 * np.pi * at)], 1), 0.02, seed)


def falling(rate: float = 50.0, seed: int = 4) -> Wave:
    """Return 1.1 s in which somebody goes down: light, turning, then two knocks on the floor."""
    at = np.arange(round(1.1 * rate)) / rate
    turn = np.clip((at - 0.1) / 0.55, 0.0, 1.0) * np.pi / 2
    size = np.interp(at, [0.0, 0.2, 0.5, 0.6, 0.65, 0.75, 0.85, 0.95, 1.1], _FALL_G)
    wave = np.stack([0.15 * size, size * np.cos(turn), size * np.sin(turn)], 1)
    return _noisy(wave, 0.04, seed)


_FALL_G = [1.0, 0.75, 0.45, 1.2, 4.6, 1.7, 2.3, 0.8, 1.0]


def a_fall(rate: float = 50.0, before: float = 6.0, after: float = 18.0) -> Wave:
    """Return somebody who stands, falls, and lies still."""
    return np.concatenate([standing(before, rate), falling(rate), lying(after, rate)])


def sent(wave: Wave, rate: float = 50.0, cut_s: float = 1.0, boot: str = "b1") -> list[AccelBatch]:
    """Return the batches a wearable would send."""
    step = max(round(cut_s * rate), 1)
    return list(batches("watch", boot, rate, wave, range(step, len(wave), step)))


def cut_at(wave: Wave, rate: float, cuts: list[int]) -> list[AccelBatch]:
    """Return the batches of a wearable that cuts where it likes."""
    made = list(batches("watch", "b1", rate, wave, cuts))
    assert all(after.seq == before.seq + 1 for before, after in pairwise(made))
    return made


def _noisy(wave: NDArray[np.float64], spread: float, seed: int) -> Wave:
    noise = np.random.default_rng(seed).normal(0.0, spread, wave.shape)
    return (wave + noise).astype(np.float32)


def knock(when: datetime, wave: Wave | None = None, device: str = "watch") -> Impact:
    """Return the hardest knock of a wave (default: of a fall), learned `when`."""
    stage = Stage(device, lambda window: 0.0, -1.0)
    found = []
    for batch in sent(a_fall() if wave is None else wave):
        found += stage.take(batch, when)
    knocks = [one for one in found if isinstance(one, Impact)]
    return max(knocks, key=lambda one: one.peak_g)
