"""Recorded falls: arrays of many trials in, accelerometer batches of the wire format out.

A pack is a NumPy `.npz` archive of `key, subject, code, is_fall, elder, fs, n` (one entry
per trial) and `acc` (int16, milli-g, shape (sum of n, 3), all trials one after the other).
Whoever opens the file hands the arrays over; nothing is opened here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from devices.accel import BATCH_SAMPLES_MAX, RANGES_G, RATE_HZ_MAX, RATE_HZ_MIN, AccelBatch
from devices.errors import PackError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PER_TRIAL = ("key", "subject", "code", "is_fall", "elder", "fs", "n")
_KINDS = {
    "is_fall": ("biu", "true or false, or 0 and 1"),
    "elder": ("biu", "true or false, or 0 and 1"),
    "fs": ("fiu", "numbers, in Hz"),
    "n": ("iu", "whole numbers of samples"),
}
"""What a column may be made of (numpy's `dtype.kind`): text would count as true, all of it."""
_MG = 1000.0
_FULL_SCALE = 32768
_RANGE_G = 16
"""What devices worn on the body use; a trial that goes further takes the next."""


class Trial(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One recording of one person doing one thing."""

    key: str
    subject: str
    code: str
    is_fall: bool
    is_elder: bool
    rate_hz: float
    acc: NDArray[np.float32]
    """In g, shape (n, 3)."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.acc) / self.rate_hz


def trials(name: str, arrays: Mapping[str, NDArray[Any]]) -> list[Trial]:
    """Return the trials of the pack called `name`.

    Raises:
        PackError: an array is missing, empty or of another type, or the shapes do not fit together.
    """
    import numpy as np

    for wanted in (*PER_TRIAL, "acc"):
        if wanted not in arrays:
            raise PackError(name, f"no array {wanted!r}", f"{PER_TRIAL} and 'acc'")
    columns = {column: np.asarray(arrays[column]) for column in PER_TRIAL}
    acc, lengths = np.asarray(arrays["acc"]), columns["n"]
    count = lengths.size
    for column, values in columns.items():
        if values.shape != (count,):
            raise PackError(name, f"{column!r} is {values.shape}", f"({count},)")
        kinds, expected = _KINDS.get(column, ("", ""))
        if kinds and values.dtype.kind not in kinds:
            raise PackError(name, f"{column!r} is {values.dtype}", expected)
    if not count:
        raise PackError(name, "no trials", "at least one")
    if acc.dtype != np.int16 or acc.ndim != 2 or acc.shape != (int(lengths.sum()), 3):
        expected = f"int16 ({int(lengths.sum())}, 3)"
        raise PackError(name, f"'acc' is {acc.dtype} {acc.shape}", expected)
    ends = np.cumsum(lengths)
    made = []
    for number in range(count):
        rate = float(columns["fs"][number])
        if lengths[number] < 1 or not RATE_HZ_MIN <= rate <= RATE_HZ_MAX:
            said = f"trial {number} has {lengths[number]} samples at {rate:g} Hz"
            raise PackError(name, said, f"samples at {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz")
        made.append(
            Trial(
                key=str(columns["key"][number]) or f"{columns['subject'][number]}/{number}",
                subject=str(columns["subject"][number]),
                code=str(columns["code"][number]),
                is_fall=bool(columns["is_fall"][number]),
                is_elder=bool(columns["elder"][number]),
                rate_hz=rate,
                acc=acc[ends[number] - lengths[number] : ends[number]].astype(np.float32) / _MG,
            )
        )
    return made


def batches(
    device: str, boot: str, rate_hz: float, acc: NDArray[np.float32], cuts: Iterable[int]
) -> Iterator[AccelBatch]:
    """Return `acc` (g, shape (n, 3)) as the device would send it, cut at the samples `cuts`.

    `cuts` are the numbers of the samples at which a new batch begins, rising; a batch longer
    than the wire allows is cut further.
    """
    import numpy as np

    peak = float(np.abs(acc).max(initial=0.0))
    range_g = next((one for one in RANGES_G if one >= max(peak, _RANGE_G)), RANGES_G[-1])
    counts = np.rint(acc * (_FULL_SCALE / range_g)).clip(-_FULL_SCALE, _FULL_SCALE - 1)
    samples = counts.astype(np.int16)
    edges = sorted({0, len(acc), *range(0, len(acc), BATCH_SAMPLES_MAX), *cuts})
    edges = [edge for edge in edges if 0 <= edge <= len(acc)]
    for seq, (begin, end) in enumerate(pairwise(edges)):
        yield AccelBatch(
            device=device,
            boot=boot,
            seq=seq,
            start=None,
            rate_hz=rate_hz,
            range_g=range_g,
            samples=samples[begin:end],
        )
