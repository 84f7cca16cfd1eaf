"""What a pendant measures when its wearer falls: accelerometer batches."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from devices.accel import SEQ_MAX, AccelBatch, encode_batch
from devices.topic import native_topic
from simulators.village.thing import Message

RATE_HZ = 50
RANGE_G = 8
BATCH_SECONDS = 1
UPRIGHT_SECONDS = 3.0
FALLING_SECONDS = 0.4
IMPACT_SECONDS = 0.16
LYING_SECONDS = 12.0
COUNTS_PER_G = 32_768 / RANGE_G


def batches(household: str, device: str, boot: str, now: datetime, seed: int) -> list[Message]:
    """Return the batches of one fall that ends at `now`: upright, falling, impact, still."""
    samples = _fall(np.random.default_rng(seed))
    size = RATE_HZ * BATCH_SECONDS
    begun = now - timedelta(seconds=len(samples) / RATE_HZ)
    # each fall begins a stretch of its own: the seconds number its batches
    first_seq = int(begun.timestamp()) % (SEQ_MAX + 1)
    topic = native_topic(household, device, "accel")
    return [
        Message(
            topic,
            encode_batch(
                AccelBatch(
                    device=device,
                    boot=boot,
                    seq=(first_seq + number) % (SEQ_MAX + 1),
                    start=begun + timedelta(seconds=first / RATE_HZ),
                    rate_hz=float(RATE_HZ),
                    range_g=RANGE_G,
                    samples=samples[first : first + size],
                )
            ),
        )
        for number, first in enumerate(range(0, len(samples), size))
    ]


def _fall(rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    up, lying = np.array([0.0, 0.0, 1.0]), np.array([0.96, 0.2, 0.15])
    parts = [
        _around(rng, up, UPRIGHT_SECONDS, 0.06),
        _around(rng, up * 0.25, FALLING_SECONDS, 0.05),
        _around(rng, np.array([2.6, 1.4, -2.2]), IMPACT_SECONDS, 0.8),
        _around(rng, lying, LYING_SECONDS, 0.01),
    ]
    counts = np.clip(np.concatenate(parts) * COUNTS_PER_G, -32_768, 32_767)
    return counts.astype(np.int16)


def _around(
    rng: np.random.Generator,
    mean: np.ndarray[tuple[int], np.dtype[np.float64]],
    seconds: float,
    noise_g: float,
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return mean + rng.normal(0.0, noise_g, (round(seconds * RATE_HZ), 3))
