"""The common time grid: whatever a wearable's rate, we look at 20 samples a second.

Each point of the grid is the mean of the samples around it, weighted by a raised cosine of
75 ms half width (one sample's distance where they come slower). It depends on nothing but
the samples and their times, so that the cut into batches leaves no trace, and it lets pass
about the same band from any device: 10 Hz and 200 Hz look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 20
BEFORE = 60
"""Points of a window before the knock: 3 s."""
AFTER = 58
"""Points from the knock on: 2.9 s, so that all is known 2.95 s after it."""
WINDOW = BEFORE + AFTER
EARLY = 39
"""So many points from the knock on are enough where the wearer lies still already: 1.95 s."""
GATE_G = 1.35
"""A knock is at least so hard, on the grid."""
APART = 10
"""Of knocks within half a second only the hardest counts."""
GAP_MIN = 8
GAP_MAX = 60
"""A hole of 0.4 to 3 s may have swallowed a knock: its middle is looked at as if it were one."""
FEW = 1000
HALF_S_MIN = 0.075
SETTLED_S = (AFTER - 1) / RATE_HZ + 0.1
"""So long after a point its window is complete: 2.95 s."""
EARLY_S = (EARLY - 1) / RATE_HZ + 0.1
"""So long after a point the first look is possible: 2 s."""
STILL_POINTS = 12
STILL_G = 0.12
REST_G = 0.25
CLEAR_PEAK_G = 1.8
"""Lying still: 0.6 s within 0.12 g of their mean, which is within 0.25 g of 1 g, after a knock
that is no step."""


def is_hard(samples: NDArray[np.int16], limit: float) -> bool:
    """Tell whether any sample of shape (n, 3) is larger than `limit`, in the samples' own unit.

    Of many samples the largest number alone says it mostly; of a few the sums are as fast.
    """
    import numpy as np

    if len(samples) > FEW:
        high = max(int(samples.max()), -int(samples.min()))
        if high * 3.0**0.5 < limit:
            return False
        if high > limit:
            return True
    wide = samples.astype(np.float32)
    return bool(np.vecdot(wide, wide).max() > limit * limit)


def half_width(rate_hz: float) -> float:
    """Return the half width of the weights in seconds, for samples at `rate_hz`."""
    return max(HALF_S_MIN, 1.0 / rate_hz)


def resample(
    times: NDArray[np.float64], acc: NDArray[np.float32], half_s: float, first: int, last: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the points `first` to `last` of the grid, and which of them had samples.

    Args:
        times: seconds, shape (n,), rising.
        acc: g, shape (n, 3).
        half_s: half width of the weights in seconds.
        first: number of the first point; point k is at k / 20 s.
        last: number of the last point, included.

    Returns:
        Acceleration in g of shape (m, 3), with holes bridged by straight lines, and shape (m,).
    """
    import numpy as np

    at = np.arange(first, last + 1) / RATE_HZ
    begin = np.searchsorted(times, at - half_s)
    end = np.searchsorted(times, at + half_s, side="right")
    widest = max(int((end - begin).max(initial=1)), 1)
    index = begin[:, None] + np.arange(widest)
    is_near = index < end[:, None]
    index = np.minimum(index, len(times) - 1)
    phase = np.clip((times[index] - at[:, None]) / half_s, -1.0, 1.0)
    weight = np.where(is_near, 0.5 + 0.5 * np.cos(np.pi * phase), 0.0).astype(np.float32)
    total = weight.sum(1)
    known = total > 1e-3
    points = np.einsum("mk,mkc->mc", weight, acc[index]) / np.maximum(total, 1e-3)[:, None]
    if known.any() and not known.all():
        for axis in range(3):
            points[~known, axis] = np.interp(at[~known], at[known], points[known, axis])
    return points.astype(np.float32), known


def knocks(
    points: NDArray[np.float32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the indices of the knocks, and which of them are the middles of holes.

    `points` is of shape (n, 3) in g, `known` of shape (n,).
    """
    import numpy as np

    size = np.sqrt((points * points).sum(1))
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(size, APART, constant_values=-1.0), 2 * APART + 1
    )
    found = np.flatnonzero((size > GATE_G) & (around.argmax(1) == APART))
    holes: list[int] = []
    if not known.all():
        edges = np.flatnonzero(np.diff(np.r_[False, ~known, False].astype(np.int8)))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            middle = (start + stop) // 2
            is_inside = start > 0 and stop < len(known) and GAP_MIN <= stop - start <= GAP_MAX
            if is_inside and (not len(found) or np.abs(found - middle).min() > APART):
                holes.append(int(middle))
    both = np.r_[found, np.array(holes, np.intp)]
    order = np.argsort(both, kind="stable")
    return both[order], (np.arange(len(both)) >= len(found))[order]


def window(points: NDArray[np.float32], index: int) -> NDArray[np.float32]:
    """Return the window of shape (118, 3) around the point `index`; beyond the ends it holds."""
    import numpy as np

    wanted = index + np.arange(-BEFORE, AFTER)
    return points[np.clip(wanted, 0, len(points) - 1)]


def lies_still(early: NDArray[np.float32]) -> bool:
    """Tell whether a window that ends 1.95 s after a hard knock, shape (99, 3) in g, ends still."""
    import numpy as np

    knock = early[BEFORE]
    if float(knock @ knock) < CLEAR_PEAK_G**2:
        return False
    last = early[-STILL_POINTS:]
    size = np.sqrt(np.einsum("nc,nc->n", last, last))
    middle = float(size.mean())
    return abs(middle - 1.0) < REST_G and float(np.abs(size - middle).max()) < STILL_G


def go_on(early: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a whole window of one that ends 1.95 s after the knock: as if what is now went on."""
    import numpy as np

    return np.concatenate((early, early[len(early) - WINDOW :]))
