"""What a wearable learns of itself in daily wear: gain and offset, and how sharply it shows knocks.

Makes differ by their bandwidth: the same knock is a sharp peak on one and a dull hump on another,
and a dull one scores lower in a fall, too. The everyday knocks tell which kind it is: of many, the
sharpest tenth is as sharp on all people's wrists, within a little. A duller device is met half
way: its scores are raised. They are never lowered, so that no estimate can hide a fall, and never
raised by more than a brisk knock stays below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerting.detection.signals.grid import BEFORE
from alerting.detection.signals.rest import Rest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REMEMBERED = 256
"""So many everyday knocks count, the last ones."""
ENOUGH = 40
"""With fewer nothing is concluded."""
SHARPEST = 0.9
"""This quantile of their sharpness is compared."""
USUAL = 0.0
"""Its value on the recorded devices: a step from one sample to the next as large as the peak."""
HALF_WAY = 0.5
EASED_MAX = 0.25
"""Scores are raised by at most so much."""
_AROUND = 5
_RESTING_G = 0.8
_PEAK_MIN_G = 0.3


def sharpness(window: NDArray[np.float32]) -> float:
    """Return how sharp the knock of a window in g, shape (118, 3), is.

    It is the logarithm of the largest step between neighbours within 0.25 s by the peak's height
    above 0.8 g.
    """
    import numpy as np

    near = window[BEFORE - _AROUND : BEFORE + _AROUND + 1]
    step = np.diff(near, axis=0)
    largest = float(np.vecdot(step, step).max()) ** 0.5
    peak = float(np.linalg.norm(window[BEFORE]))
    return float(np.log(max(largest, 1e-3) / max(peak - _RESTING_G, _PEAK_MIN_G)))


class Own:
    """What one wearable knows of itself; kept as long as its stage."""

    __slots__ = ("_knocks", "_next", "_waiting", "adjusts", "rest")

    def __init__(self, adjusts: bool = False) -> None:
        """Know nothing.

        Args:
            adjusts: whether windows are corrected and a dull device's scores are raised, as at
                the wrist; else only how still somebody lies afterwards is read corrected.
        """
        import numpy as np

        self.rest = Rest()
        self.adjusts = adjusts
        self._knocks = np.empty(REMEMBERED, np.float32)
        self._next = 0
        self._waiting: list[tuple[int, float]] = []

    @property
    def bytes(self) -> int:
        """What this takes of the memory."""
        return self.rest.bytes + self._knocks.nbytes + 100 * len(self._waiting)

    def settle(self) -> None:
        """Let everything count that was looked at: another run begins."""
        self._count_before(None)

    def look(self, window: NDArray[np.float32], epoch: int) -> None:
        """Look at an everyday knock of an epoch (a minute of the run)."""
        if self.adjusts:
            self._waiting.append((epoch, sharpness(window)))

    def eased(self, epoch: int) -> float:
        """Return by how much scores of an epoch are raised.

        The epochs before the last count: they are over, however the stream was cut.
        """
        import numpy as np

        self._count_before(epoch - 1)
        if self._next < ENOUGH:
            return 0.0
        sharp = float(np.quantile(self._knocks[: min(self._next, REMEMBERED)], SHARPEST))
        return round(min(max(HALF_WAY * (USUAL - sharp), 0.0), EASED_MAX), 4)

    def _count_before(self, epoch: int | None) -> None:
        while self._waiting and (epoch is None or self._waiting[0][0] < epoch):
            self._knocks[self._next % REMEMBERED] = self._waiting.pop(0)[1]
            self._next += 1
