"""What a window of acceleration looks like, in numbers: random-convolution features.

Six channels that do not depend on how the wearable sits (size, along gravity, across it, jerk,
tilt, along the last posture) go through the 84 two-valued kernels of length 9 of MiniRocket
(Dempster, Schmidt, Webb: MiniRocket, KDD 2021) at four dilations; a feature is the share of
time in which the response exceeds a bias. The biases are quantiles found in training.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from alerting.detection.signals.grid import BEFORE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DILATIONS = (1, 2, 4, 8)
BIASES = 2
KERNELS = 84
LENGTH = 9
CHANNELS = 6
CONVOLVED = CHANNELS * len(DILATIONS) * BIASES * KERNELS
_SKIPPED = 20
"""Points at the beginning that only say which way is down."""
_STANDING = BEFORE - 10
"""Up to half a second before the knock: the posture before."""
_LYING = 20
"""The last second: the posture after."""
_NOTHING_G = 0.2


@cache
def kernels() -> NDArray[np.float32]:
    """Return the kernels, shape (9, 84): three taps of 2, six of -1."""
    import numpy as np

    made = np.full((LENGTH, KERNELS), -1.0, np.float32)
    for number, taps in enumerate(combinations(range(LENGTH), 3)):
        made[list(taps), number] = 2.0
    return made


def channels(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the channels, shape (n, 6, 98), of windows in g, shape (n, 118, 3)."""
    import numpy as np

    size = np.linalg.norm(windows, axis=2)
    before = windows[:, :_STANDING].mean(1)
    after = windows[:, -_LYING:].mean(1)
    down = before / np.maximum(np.linalg.norm(before, axis=1, keepdims=True), _NOTHING_G)
    ended = after / np.maximum(np.linalg.norm(after, axis=1, keepdims=True), _NOTHING_G)
    along = np.einsum("ntc,nc->nt", windows, down)
    across = np.sqrt(np.maximum(size * size - along * along, 0.0))
    jerk = np.zeros_like(size)
    jerk[:, 1:] = np.linalg.norm(np.diff(windows, axis=1), axis=2)
    summed = np.cumsum(np.pad(windows, ((0, 0), (5, 5), (0, 0)), mode="edge"), axis=1)
    slow = (summed[:, 10:] - summed[:, :-10]) / 10.0
    tilt = np.einsum("ntc,nc->nt", slow, down)
    tilt /= np.maximum(np.linalg.norm(slow, axis=2), _NOTHING_G)
    along_end = np.einsum("ntc,nc->nt", windows, ended)
    made = np.stack([size, along, across, jerk, tilt, along_end], 1)[:, :, _SKIPPED:]
    return np.ascontiguousarray(made, np.float32)


@cache
def _taps(length: int, dilation: int) -> NDArray[np.intp]:
    """Return which points each tap of a kernel sees, shape (length, 9); the ends are held."""
    import numpy as np

    reach = dilation * (np.arange(LENGTH) - LENGTH // 2)
    taps: NDArray[np.intp] = np.clip(np.arange(length)[:, None] + reach, 0, length - 1)
    return taps


def responses(channel: NDArray[np.float32], dilation: int) -> NDArray[np.float32]:
    """Return what the kernels answer, shape (n, t, 84), to a channel of shape (n, t)."""
    taps = channel.take(_taps(channel.shape[1], dilation), axis=1)
    answers: NDArray[np.float32] = taps @ kernels()
    return answers


def convolved(windows: NDArray[np.float32], biases: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the features, shape (n, 4032), each from -0.5 to 0.5.

    `windows` is in g, shape (n, 118, 3); `biases` is of shape (24, 2, 84): channel by
    dilation, then bias, then kernel.
    """
    import numpy as np

    made = np.empty((len(windows), CONVOLVED), np.float32)
    all_channels = channels(windows)
    column = 0
    for row in range(CHANNELS * len(DILATIONS)):
        channel, dilation = divmod(row, len(DILATIONS))
        answers = responses(all_channels[:, channel], DILATIONS[dilation])
        for bias in biases[row]:
            # at most 98 points exceed a bias: a byte holds their number
            above = (answers > bias).view(np.uint8)
            made[:, column : column + KERNELS] = np.add.reduce(above, 1, dtype=np.uint8)
            column += KERNELS
    made /= np.float32(all_channels.shape[2])
    made -= np.float32(0.5)
    return made


_PARTS = ((0, 20), (20, 40), (40, 50), (50, 60), (55, 65), (60, 70), (70, 80), (80, 100), (98, 118))
_SPREAD_MAX = 4.0


def plain(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a person would look at, shape (n, 57), of windows in g, shape (n, 118, 3).

    The posture at the end against the one before; of nine stretches the mean, spread, highest
    and lowest size and the tilt; the jerk; how long it was light, and how long hard.
    """
    import numpy as np

    size = np.linalg.norm(windows, axis=2)
    before, after = windows[:, :_STANDING].mean(1), windows[:, -28:].mean(1)
    columns = [_cosine(before, after)]
    for start, stop in _PARTS:
        part = size[:, start:stop]
        columns += [part.mean(1), part.std(1), part.max(1), part.min(1)]
        columns.append(_cosine(windows[:, start:stop].mean(1), before))
    jerk = np.linalg.norm(np.diff(windows, axis=1), axis=2)
    columns += [jerk[:, 50:70].max(1), jerk[:, :40].mean(1), jerk[:, -28:].mean(1)]
    columns += [jerk[:, -28:].max(1), jerk[:, -18:].std(1)]
    columns.append(np.sort(size[:, 40:60], axis=1)[:, :5].mean(1))
    columns += [(size[:, 30:62] < 0.8).sum(1), (size > 1.5).sum(1), (size > 1.3).sum(1)]
    columns += [(size[:, :50] > 1.3).sum(1), (size[:, 70:] > 1.2).sum(1)]
    return np.stack(columns, 1).astype(np.float32)


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines: NDArray[np.float32] = (one * other).sum(1) / np.maximum(sizes, _NOTHING_G**2)
    return cosines


PLAIN = 1 + 5 * len(_PARTS) + 5 + 1 + 5


def features(
    windows: NDArray[np.float32], biases: NDArray[np.float32], norm: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return all features, shape (n, 4089); `norm` holds mean and spread of the plain ones."""
    import numpy as np

    scaled = np.clip((plain(windows) - norm[0]) / norm[1], -_SPREAD_MAX, _SPREAD_MAX)
    return np.concatenate((convolved(windows, biases), scaled / _SPREAD_MAX), 1, dtype=np.float32)
