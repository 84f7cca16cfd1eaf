"""What a wearable reads at rest: from it, its own gain and offset.

Whoever lies, sits or sleeps keeps still many times a day, each time turned another way, and
every time gravity is 1 g. So the readings of a device at rest lie on a sphere: its centre is the
offset, its radius the gain. Both are fitted by least squares on the means of still seconds,
sorted by direction so that a night on one side weighs no more than a minute (after van Hees et
al.: Autocalibration of accelerometer data for free-living physical activity assessment, J Appl
Physiol 2014; here step by step, with one gain and a prior). Without much evidence nothing is
corrected, and never more than a bad device can be wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STILL_G = 0.03
"""Spread of a still second over all axes, at most; a bad sensor's own noise is near this."""
REST_G_MIN = 0.7
REST_G_MAX = 1.4
"""A mean outside is no gravity, or in another unit."""
DIRECTIONS_MIN = 4
SECONDS_MIN = 20
"""Before so many still seconds in so many directions were seen nothing is corrected."""
REMEMBERED = 64
"""Of a direction so many seconds count; older ones fade, so that a warming sensor is followed."""
GAIN_MIN = 0.85
GAIN_MAX = 1.15
OFFSET_G_MAX = 0.15
"""No estimate goes further than this, however sure it looks."""
_ACROSS = 0.38
"""A direction is told by which of its components exceed this: 26 of them."""
_NOISE_G = 0.01
"""What one direction's mean is uncertain by: nobody is perfectly still."""
_GAIN_SPREAD = 0.05
_OFFSET_SPREAD_G = 0.05
"""How wrong devices are when nothing is known of them."""


class Correction(NamedTuple):
    """How to read a wearable: (reading - offset) / gain is the acceleration."""

    gain: float = 1.0
    offset_g: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def apply(self, acc: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return readings of shape (n, 3) in g as they should have been."""
        import numpy as np

        corrected: NDArray[np.float32] = (acc - np.array(self.offset_g, np.float32)) / np.float32(
            self.gain
        )
        return corrected

    def reading(self, size: float) -> float:
        """Return the smallest reading, in g, behind which an acceleration of `size` may be."""
        x, y, z = self.offset_g
        return float(self.gain * size - (x * x + y * y + z * z) ** 0.5)


NONE = Correction()


class Rest:
    """The still seconds of one wearable, by direction: 26 counts and means."""

    __slots__ = ("_means", "_seconds", "_total")

    def __init__(self) -> None:
        import numpy as np

        self._seconds = np.zeros(27, np.int64)
        self._means = np.zeros((27, 3))
        self._total = 0

    @property
    def bytes(self) -> int:
        """What this takes of the memory."""
        return self._seconds.nbytes + self._means.nbytes

    def look(self, acc: NDArray[np.int16]) -> None:
        """Look at about one second, milli-g, shape (n, 3)."""
        import numpy as np

        wide = acc.astype(np.float32)
        mean = wide.sum(0) / len(wide)
        away = wide - mean
        if float(np.vdot(away, away)) > len(wide) * (1000.0 * STILL_G) ** 2:
            return
        x, y, z = (float(one) / 1000.0 for one in mean)
        size = (x * x + y * y + z * z) ** 0.5
        if not REST_G_MIN <= size <= REST_G_MAX:
            return
        limit = _ACROSS * size
        row = 9 * _side(x, limit) + 3 * _side(y, limit) + _side(z, limit)
        self._seconds[row] = min(self._seconds[row] + 1, REMEMBERED)
        self._means[row] += (np.array((x, y, z)) - self._means[row]) / self._seconds[row]
        self._total += 1

    def correction(self) -> Correction:
        """Return how to read this wearable, as far as is known by now."""
        import numpy as np

        known = self._seconds > 0
        if self._total < SECONDS_MIN or int(known.sum()) < DIRECTIONS_MIN:
            return NONE
        means = self._means[known]
        # |v|^2 - 1 = 2 v.o + (gain^2 - |o|^2 - 1), linear in the offset and the last bracket
        rows = np.column_stack((2.0 * means, np.ones(len(means)))) / (2.0 * _NOISE_G)
        wanted = ((means * means).sum(1) - 1.0) / (2.0 * _NOISE_G)
        prior = np.array([_OFFSET_SPREAD_G] * 3 + [2.0 * _GAIN_SPREAD])
        found = np.linalg.solve(rows.T @ rows + np.diag(prior**-2), rows.T @ wanted)
        offset, bracket = found[:3], float(found[3])
        length = float(np.linalg.norm(offset))
        gain = max(1.0 + bracket + length * length, 0.0) ** 0.5
        offset *= min(1.0, OFFSET_G_MAX / max(length, OFFSET_G_MAX))
        x, y, z = (round(float(one), 4) for one in offset)
        return Correction(round(min(max(gain, GAIN_MIN), GAIN_MAX), 4), (x, y, z))


def _side(value: float, limit: float) -> int:
    """Return 0, 1 or 2: clearly negative, neither, clearly positive."""
    return 1 + (value > limit) - (value < -limit)
