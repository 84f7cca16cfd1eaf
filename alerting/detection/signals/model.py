"""The trained models, one per body site, and what they say of a window."""

from __future__ import annotations

import base64
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from alerting.detection.signals import features
from alerting.detection.signals.grid import BEFORE, EARLY, WINDOW, go_on
from alerting.detection.signals.own import Own

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SITES = ("waist", "wrist")
"""Where a wearable may be worn; one threshold holds for all devices of a site."""
WAIST = "waist"
MARGIN = 0.5
"""What stays this far below the threshold is not even put on record."""


AGAIN = {"wrist": -0.5, "waist": float("inf")}
"""What scores so much is looked at four times more (at the waist this helped nothing)."""
SHIFTS = (-2, -1, 1, 2)
"""The same window, up to two points (0.1 s) earlier and later: the mean of five is steadier."""


class Model(NamedTuple):
    """What was learned for one site, ready to use."""

    biases: NDArray[np.float32]
    norm: NDArray[np.float32]
    weights: NDArray[np.float32]
    constant: float
    threshold: float
    again: float
    """What scores less is no fall: one look is enough."""

    def score(self, window: NDArray[np.float32]) -> float:
        """Return how much a window in g, shape (118, 3), looks like a fall: about -1 to 1."""
        import numpy as np

        found = features.features(window[None], self.biases, self.norm)[0]
        score = float(np.dot(found, self.weights)) + self.constant
        if score < self.again:
            return score
        around = np.concatenate([moved(window[None], shift) for shift in SHIFTS])
        others = features.features(around, self.biases, self.norm) @ self.weights
        total = score + float(others.sum()) + len(SHIFTS) * self.constant
        return total / (1 + len(SHIFTS))


def moved(windows: NDArray[np.float32], shift: int) -> NDArray[np.float32]:
    """Return windows, shape (n, 118, 3), as they look `shift` points later; the ends are held."""
    import numpy as np

    return windows[:, np.clip(np.arange(WINDOW) + shift, 0, WINDOW - 1)]


def own(site: str) -> Own:
    """Return what a new wearable of a site knows of itself: nothing."""
    return Own(adjusts=site == "wrist")


def threshold(site: str) -> float:
    """Return from which score on it is a fall."""
    return float(_learned(site).THRESHOLD)


def clear(site: str) -> float:
    """Return from which score on a window that ends 2 s after the knock is a fall."""
    return float(_learned(site).CLEAR)


@cache
def model(site: str) -> Model:
    """Return the model of a site (of `SITES`), unpacked at the first call."""
    import numpy as np

    from alerting.detection.signals import biases

    learned = _learned(site)
    shape = (features.CHANNELS * len(features.DILATIONS), features.BIASES, features.KERNELS)
    coded = np.frombuffer(base64.b85decode(learned.WEIGHTS), "<i2")
    norm = np.frombuffer(base64.b85decode(learned.NORM), "<f4").reshape(2, features.PLAIN)
    bias = np.frombuffer(base64.b85decode(biases.BIASES), "<f2").reshape(shape)
    return Model(
        biases=bias.astype(np.float32),
        norm=norm,
        weights=coded.astype(np.float32) * np.float32(learned.STEP),
        constant=learned.CONSTANT,
        threshold=learned.THRESHOLD,
        again=AGAIN[site],
    )


def _learned(site: str) -> ModuleType:
    """Return the module of a site; what was learned is 40 kB, and imported where it is used."""
    if site == "wrist":
        from alerting.detection.signals import weights_wrist

        return weights_wrist
    from alerting.detection.signals import weights_waist

    return weights_waist


def in_g(wave: bytes) -> NDArray[np.float32]:
    """Return the window in `Impact.wave`, shape (118, 3), in g; an early one goes on as it ends.

    Raises:
        ValueError: it is of another length.
    """
    import numpy as np

    acc = np.frombuffer(wave, "<i2").reshape(-1, 3).astype(np.float32) / np.float32(1000.0)
    if len(acc) == BEFORE + EARLY:
        return go_on(acc)
    return acc.reshape(WINDOW, 3)
