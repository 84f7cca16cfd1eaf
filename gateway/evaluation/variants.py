"""What a worse device would have made of a recording, and which ones training goes through."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from devices.accel import AccelBatch
from devices.recordings.falls import Trial, batches

LONG_S = 30.0
"""No cut into batches changes a window, and long ones are heard faster."""
RATES_HZ = (10.0, 12.5, 16.0, 25.0, 33.0)


class Variant(msgspec.Struct, frozen=True):
    """A device that differs from the recorded one; without fields: the recorded one."""

    gain: float = 1.0
    offset_g: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rate_hz: float | None = None
    lost: float = 0.0
    """Share of the batches that never arrive."""
    cut_s: float = 1.0
    """Length of a batch."""
    clip_g: float | None = None
    band_hz: float | None = None
    """Where the device's own low-pass lets half of the power through; None: as recorded."""
    noise_g: float = 0.0
    speed: float = 1.0
    """The same movement, so much faster (only in training)."""
    phase: float = 0.0
    """Where in a batch the recording begins, 0 to 1."""

    def stream(self, trial: Trial, seed: int) -> list[AccelBatch]:
        """Return what arrives of `trial`; `seed` decides what is lost and where noise falls."""
        chance = np.random.default_rng(seed)
        acc, rate = trial.acc, trial.rate_hz
        if self.band_hz is not None:
            acc = dull(acc, rate, self.band_hz)
        if self.rate_hz is not None and self.rate_hz < rate:
            acc, rate = slower(acc, rate, self.rate_hz), self.rate_hz
        acc = acc * np.float32(self.gain) + np.array(self.offset_g, np.float32)
        if self.noise_g:
            acc = acc + chance.normal(0.0, self.noise_g, acc.shape).astype(np.float32)
        if self.clip_g is not None:
            acc = acc.clip(-self.clip_g, self.clip_g)
        step = max(round(self.cut_s * rate), 1)
        first = max(round(self.phase * step), 1)
        cuts = range(first, len(acc), step) if self.phase else range(step, len(acc), step)
        stated = min(max(rate * self.speed, 10.0), 200.0)
        sent = list(batches("w", "trial", stated, acc, cuts))
        if not self.lost:
            return sent
        return [batch for batch in sent if chance.random() >= self.lost] or sent[:1]


def dull(acc: NDArray[np.float32], rate: float, band_hz: float) -> NDArray[np.float32]:
    """Return samples through a Gaussian low-pass with half of the power at `band_hz`."""
    spread = rate * np.sqrt(np.log(2.0)) / (2.0 * np.pi * band_hz)
    width = max(int(np.ceil(3.0 * spread)), 1)
    weights = np.exp(-0.5 * (np.arange(-width, width + 1) / spread) ** 2)
    return _smooth(acc, (weights / weights.sum()).astype(np.float32))


def _smooth(acc: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    width = len(weights) // 2
    padded = np.pad(acc, ((width, width), (0, 0)), mode="edge")
    return np.stack([np.convolve(padded[:, c], weights, "valid") for c in range(3)], 1)


def slower(acc: NDArray[np.float32], rate: float, wanted: float) -> NDArray[np.float32]:
    """Return samples at the rate `wanted`, low-passed as a real device would."""
    width = int(0.6 / wanted * rate)
    if width >= 1:
        weights = np.hanning(2 * width + 3)[1:-1].astype(np.float32)
        weights /= weights.sum()
        acc = _smooth(acc, weights)
    times = np.arange(0.0, (len(acc) - 1) / rate + 1e-9, 1.0 / wanted)
    at = np.arange(len(acc)) / rate
    return np.stack([np.interp(times, at, acc[:, c]) for c in range(3)], 1).astype(np.float32)


def mild(seed: int) -> Variant:
    """Return a device a little worse than the recorded one."""
    chance = np.random.default_rng(seed)
    draws = chance.random(8)
    x, y, z = (float(one) for one in chance.normal(0.0, 0.03, 3) * (draws[1] < 0.5))
    lost = 0.1 if draws[3] < 0.1 else 0.0
    return Variant(
        cut_s=1.0 if lost else LONG_S,
        gain=float(1.0 + 0.04 * chance.normal()) if draws[0] < 0.5 else 1.0,
        offset_g=(x, y, z),
        rate_hz=float(chance.choice(RATES_HZ)) if draws[2] < 0.3 else None,
        lost=lost,
        clip_g=float(chance.choice([2.0, 3.0, 4.0])) if draws[4] < 0.1 else None,
        noise_g=float(chance.choice([0.005, 0.01, 0.02])) if draws[5] < 0.3 else 0.0,
        speed=float(np.exp(0.06 * chance.normal())) if draws[6] < 0.3 else 1.0,
        phase=float(draws[7]),
    )


def other(seed: int) -> Variant:
    """Return a device of another make: often slower or duller, with its own gain and offset."""
    chance = np.random.default_rng(seed)
    draws = chance.random(7)
    x, y, z = (float(one) for one in chance.normal(0.0, 0.05, 3))
    rate = float(chance.choice([10.0, 12.5, 16.0])) if draws[0] < 0.45 else None
    is_dull = rate is None and draws[1] < 0.5
    return Variant(
        cut_s=LONG_S,
        gain=float(np.exp(0.07 * chance.normal())),
        offset_g=(x, y, z),
        rate_hz=rate,
        band_hz=float(np.exp(chance.uniform(np.log(2.5), np.log(8.0)))) if is_dull else None,
        clip_g=float(chance.choice([2.0, 3.0, 4.0])) if draws[3] < 0.25 else None,
        noise_g=float(chance.choice([0.005, 0.01, 0.02])) if draws[4] < 0.3 else 0.0,
        speed=float(np.exp(0.06 * chance.normal())) if draws[5] < 0.3 else 1.0,
        phase=float(draws[6]),
    )


def lossy(seed: int) -> Variant:
    """Return a device that loses a tenth of its batches."""
    return Variant(lost=0.1, phase=float(np.random.default_rng(seed).random()))
