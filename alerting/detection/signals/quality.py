"""Whether a wearable's numbers can be acceleration of a body at all.

A flaw is named once per run of the device and counted by whoever listens; it is never an
alarm by itself, and a window that cannot be is never handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices.accel import AccelBatch
from devices.moment import to_ms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REST_G_MIN = 0.6
REST_G_MAX = 1.5
"""The middle of a window lies between these, whoever wears it: 1 g, give or take a bad gain."""
CHANGE_G = 0.02
CHANGES_MIN = 12
"""A body that is knocked moves at so many points of a window at least: 0.6 s of it."""
REST_SHARE = 0.35
UNUSABLE_S = 60.0
"""Wrong for so long the numbers cannot be used; right for so long they can be again."""
DEAD_S = 24 * 3600.0
"""Nobody takes a wearable off for longer than this to charge it: it is broken, or not worn."""
SUSPECT_BATCHES = 5
"""A batch may be odd (somebody jumps); so many in a row are a flaw."""
LOOKED_AT = 4
"""While nothing is odd, every fourth batch is looked at."""
CONSTANT_S = 60.0
"""The same numbers for so long are no measurement."""
CLOCK_STEP_S = 2.0
RATE_LOOKED_AT_S = 30.0
RATE_WRONG = 0.1
"""The time stamps and the stated rate may differ by a tenth."""
MILLI_G_MIN, MILLI_G_MAX = 900.0, 1100.0
"""Counts at rest of a device that sends milli-g, whatever full scale it states."""
FULL = 32_700
"""Counts from which a sample is at the end of its scale."""


def is_plausible(acc: NDArray[np.float32]) -> bool:
    """Tell whether a window in g, shape (n, 3), can be a body's.

    Numbers that only switch from one constant to another are none, however they switch.
    """
    import numpy as np

    size = np.sqrt(np.einsum("nc,nc->n", acc, acc))
    at_rest = (size >= REST_G_MIN) & (size <= REST_G_MAX)
    # the middle alone may lie between numbers that are all elsewhere
    if not REST_G_MIN <= float(np.median(size)) <= REST_G_MAX or at_rest.mean() < REST_SHARE:
        return False
    changes = (np.abs(np.diff(acc, axis=0)) > CHANGE_G).any(1)
    return int(changes.sum()) >= CHANGES_MIN


class Quality:
    """Looks at each batch of one wearable in passing."""

    __slots__ = (
        "_bad_s",
        "_boot",
        "_elapsed",
        "_ends_ms",
        "_good_s",
        "_known",
        "_passed",
        "_same_s",
        "_since_ms",
        "_strange",
        "news",
        "unusable",
    )

    def __init__(self) -> None:
        self.news: list[str] = []
        """Flaws seen for the first time in this run; whoever reads them empties the list."""
        self.unusable = ""
        """Why what it sends cannot show a fall; empty while it can."""
        self._bad_s = self._good_s = 0.0
        self._known: set[str] = set()
        self._boot = ""
        self._begin("")

    def _begin(self, boot: str) -> None:
        self._boot = boot
        self._known = set()
        self._strange = 0
        self._passed = 0
        self._same_s = 0.0
        self._ends_ms = 0.0
        self._since_ms = 0.0
        self._elapsed = 0.0

    def note(self, flaw: str) -> None:
        """Name a flaw, once per run."""
        if flaw not in self._known:
            self._known.add(flaw)
            self.news.append(flaw)

    def look(self, batch: AccelBatch) -> None:
        """Look at a batch, in the order they were sent."""
        if batch.boot != self._boot:
            self._begin(batch.boot)
        if batch.start is not None:
            self._look_at_clock(batch, to_ms(batch.start))
        self._passed += 1
        is_well = not (self._strange or self._same_s or self.unusable)
        if is_well and self._passed % LOOKED_AT:
            return
        samples = batch.samples
        low, high = samples.min(0), samples.max(0)
        if (low == high).all():
            self._same_s += batch.seconds
            if self._same_s >= CONSTANT_S:
                self.note("the samples never change")
        else:
            self._same_s = 0.0
        middle = samples.mean(0) * (batch.range_g / 32768.0)
        rest = float((middle * middle).sum()) ** 0.5
        is_strange = not 0.5 <= rest <= 1.6
        self._strange = self._strange + 1 if is_strange else 0
        why = "the samples never change" if self._same_s >= DEAD_S else ""
        if self._strange >= SUSPECT_BATCHES:
            why = _name(batch, rest)
            self.note(why)
        self._judge(why, batch.seconds)

    def _judge(self, why: str, seconds: float) -> None:
        if why:
            self._bad_s, self._good_s = self._bad_s + seconds, 0.0
            if self._bad_s >= UNUSABLE_S:
                self.unusable = why
        else:
            self._bad_s, self._good_s = 0.0, self._good_s + seconds
            if self._good_s >= UNUSABLE_S:
                self.unusable = ""

    def _look_at_clock(self, batch: AccelBatch, start_ms: int) -> None:
        length = 1000.0 * batch.seconds
        if self._ends_ms and abs(start_ms - self._ends_ms) > 1000 * CLOCK_STEP_S + length:
            self.note("the device's clock jumped")
            self._elapsed = 0.0
        if self._elapsed == 0.0:
            self._since_ms = float(start_ms)
        elif self._elapsed >= RATE_LOOKED_AT_S:
            said = (start_ms - self._since_ms) / 1000.0
            if abs(said - self._elapsed) > RATE_WRONG * self._elapsed:
                rate = batch.rate_hz * self._elapsed / max(said, 1e-3)
                self.note(f"it says {batch.rate_hz:g} Hz, its time stamps say {rate:.0f} Hz")
            self._elapsed, self._since_ms = 0.0, float(start_ms)
        self._elapsed += batch.seconds
        self._ends_ms = start_ms + length


def _name(batch: AccelBatch, rest: float) -> str:
    """Say what a batch whose mean is not 1 g may be instead."""
    import numpy as np

    share = float((np.abs(batch.samples.astype(np.int32)) >= FULL).any(1).mean())
    if share > 0.5:
        flips = float((np.diff(np.sign(batch.samples), axis=0) != 0).any(1).mean())
        return "full scale with changing sign" if flips > 0.3 else "full scale all the time"
    if MILLI_G_MIN <= rest * 32768.0 / batch.range_g <= MILLI_G_MAX:
        return "about 1000 counts at rest: milli-g instead of counts"
    if 8.0 <= rest <= 12.0:
        return "about 9.8 at rest: m/s² instead of g"
    if rest > 1.6:
        return f"{rest:.1f} g at rest: wrongly scaled"
    spread = float((batch.samples.max(0) - batch.samples.min(0)).max()) * batch.range_g / 32768.0
    if spread > 1.0:
        return "the sign changes all the time"
    return f"{rest:.2f} g at rest: wrongly scaled, or no gravity"
