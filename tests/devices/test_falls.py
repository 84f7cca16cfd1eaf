"""Packs of recorded falls become what a wearable would send."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from devices.accel import decode_batch, encode_batch
from devices.errors import PackError
from devices.recordings.falls import batches, trials


def arrays(**changed: Any) -> dict[str, Any]:
    acc = np.arange(30, dtype=np.int16).reshape(10, 3) * 50
    made = {
        "key": np.array(["a", ""]),
        "subject": np.array(["S1", "S2"]),
        "code": np.array(["F01", "D01"]),
        "is_fall": np.array([True, False]),
        "elder": np.array([False, True]),
        "fs": np.array([50.0, 20.0], np.float32),
        "n": np.array([6, 4]),
        "acc": acc,
    }
    return {**made, **changed}


def test_trials_are_cut_out_of_the_pack() -> None:
    first, second = trials("p", arrays())
    assert (first.key, first.subject, first.code, first.is_fall) == ("a", "S1", "F01", True)
    assert (second.key, second.is_elder, second.rate_hz) == ("S2/1", True, 20.0)
    assert second.acc[0].tolist() == pytest.approx([0.9, 0.95, 1.0])
    assert first.seconds == pytest.approx(0.12)


@pytest.mark.parametrize(
    "changed",
    [
        {"n": np.array([6, 5])},
        {"n": np.array([10, 0])},
        {"fs": np.array([50.0, 5.0])},
        {"fs": np.array([50.0])},
        {"acc": np.zeros((10, 3), np.float32)},
        {"acc": np.zeros(30, np.int16)},
    ],
)
def test_a_pack_that_does_not_fit_is_refused_by_name(changed: dict[str, Any]) -> None:
    with pytest.raises(PackError, match=r"^p: "):
        trials("p", arrays(**changed))
    with pytest.raises(PackError, match="no array 'acc'"):
        trials("p", {key: value for key, value in arrays().items() if key != "acc"})


def test_batches_are_of_the_wire_and_hold_everything() -> None:
    acc = np.random.default_rng(1).normal(0, 1, (5000, 3)).astype(np.float32)
    made = list(batches("w", "b", 50.0, acc, [7, 7, 90, 9999]))
    assert [batch.seq for batch in made] == list(range(len(made)))
    assert [len(batch.samples) for batch in made][:2] == [7, 83]
    read = [decode_batch("w", encode_batch(batch)) for batch in made]
    whole = np.concatenate([batch.in_g() for batch in read])
    assert whole.shape == acc.shape
    assert np.abs(whole - acc).max() < 0.001


def test_a_hard_trial_takes_a_wider_range() -> None:
    (batch,) = batches("w", "b", 50.0, np.full((5, 3), 20.0, np.float32), [])
    assert batch.range_g == 32
