"""The knocks of recorded trials, heard through the stage that also hears the homes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerting.detection.signals.grid import WINDOW
from alerting.detection.signals.own import Own
from alerting.detection.signals.stage import Score, Stage
from devices.errors import PackError
from devices.observation import Impact
from devices.recordings.falls import Trial, trials
from gateway.evaluation.variants import Variant

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ZIP_BYTES_MAX = 200_000_000
"""A pack larger than this is no pack of ours."""


class Windows(msgspec.Struct, frozen=True, eq=False):
    """The knocks of many trials."""

    waves: NDArray[np.float32]
    """g, shape (n, 118, 3)."""
    trial: NDArray[np.intp]
    """Which trial each is of, shape (n,)."""
    peak: NDArray[np.float32]
    """g, shape (n,)."""


def read_pack(path: Path) -> list[Trial]:
    """Return the trials in the file `path`.

    Raises:
        PackError: it cannot be read, or is no pack.
    """
    try:
        if path.stat().st_size > ZIP_BYTES_MAX:
            raise PackError(path.name, "too large", f"at most {ZIP_BYTES_MAX} bytes")
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise PackError(path.name, "a single array", "an .npz archive of several")
            arrays = {name: archive[name] for name in archive.files}
    except PackError:
        raise
    # damage shows in many ways: the file, the archive, its compression, an array's header
    except (OSError, ValueError, EOFError, LookupError, BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0]
        raise PackError(path.name, f"cannot be read: {reason}", "an .npz archive") from error
    return trials(path.name, arrays)


def hear(
    trial: Trial, variant: Variant, seed: int, score: Score, floor: float, own: Own | None = None
) -> list[Impact]:
    """Return the knocks of one trial that reach `floor`, as the stage hands them on.

    `own` is what the device has learned of itself before; it learns on.
    """
    stage = Stage("w", score, floor, own=own)
    now, found = BEGINS, []
    for batch in variant.stream(trial, seed):
        now += timedelta(seconds=batch.seconds)
        found += stage.take(batch, now)
    found += stage.flush(now)
    return [one for one in found if isinstance(one, Impact)]


def collect(many: list[Trial], vary: Callable[[int], Variant]) -> Windows:
    """Return every knock of `many`, each trial heard by the device `vary` makes of its number."""
    waves: list[NDArray[np.float32]] = []
    owners: list[int] = []
    peaks: list[float] = []
    for number, trial in enumerate(many):
        for impact in hear(trial, vary(number), number, lambda wave: 0.0, -1.0):
            wave = np.frombuffer(impact.wave, "<i2").reshape(WINDOW, 3)
            waves.append(wave.astype(np.float32) / np.float32(1000.0))
            owners.append(number)
            peaks.append(impact.peak_g)
    return Windows(
        np.stack(waves) if waves else np.empty((0, WINDOW, 3), np.float32),
        np.array(owners, np.intp),
        np.array(peaks, np.float32),
    )


def chunks(length: int, size: int = 500) -> Iterator[slice]:
    """Return slices that cover `length`, so that features fit into the memory."""
    for begin in range(0, length, size):
        yield slice(begin, min(begin + size, length))
