"""One wearable's stream: batches in, knocks out.

Every batch passes a gate of a few vector operations. Only where something hard happened
are the last seconds brought onto the common grid (`grid`), and each knock is handed on with
its window once that is complete. What was lost is counted as blind time; what came twice is
dropped; what came late is put where it belongs while that still matters. However the same
samples are cut into batches, the same windows come out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING, NamedTuple

from alerting.detection.signals import grid
from alerting.detection.signals.aftermath import Watches
from alerting.detection.signals.own import Own
from alerting.detection.signals.quality import Quality, is_plausible
from alerting.detection.signals.rest import NONE, Correction
from devices.accel import SEQ_MAX, AccelBatch
from devices.observation import Aftermath, Impact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP_S_MAX = 3.0
"""After a longer hole we begin anew: nothing before it says anything about what follows."""
KEPT_S = 6.6
"""Before what is still undecided, so much is kept: a window's beginning, and a little."""
BACK_MAX = 64
"""Batches remembered to know a double; a number further back than this began a new count."""
EPOCH = 60 * grid.RATE_HZ
"""Points for which one correction holds: so no cut into batches changes which one it is."""
LEARNED_BEFORE_S = 4
"""A second is learned from so long after it: what was reordered is in its place by then."""
WHOLE = 0.9
"""A second is learned from when so much of it was heard."""
ROUNDED_MG = 2.0
"""A point of the grid may exceed the largest sample around it by so much, at most."""
MG = 1000.0

Score = Callable[["NDArray[np.float32]"], float]
"""Says how much a window of shape (118, 3) in g looks like a fall."""


class _Place(NamedTuple):
    """Which samples of the run a batch holds: counted, so that no cut leaves a trace."""

    seq: int
    begins: int
    ends: int


class _Reading(NamedTuple):
    """How the wearable is read in an epoch."""

    correction: Correction
    eased: float


class _Seen(NamedTuple):
    """A knock on the grid."""

    points: NDArray[np.float32]
    known: NDArray[np.bool_]
    knock: int
    """Which of the points."""
    point: int
    """The same, counted from the beginning of the run."""
    eased: float


class Stage:
    """What is remembered of one wearable; at most 64 kB."""

    def __init__(
        self,
        device: str,
        score: Score,
        floor: float,
        clear: float = float("inf"),
        own: Own | None = None,
    ) -> None:
        """Make it.

        Args:
            device: whose knocks these are.
            score: looks at a window; only what reaches `floor` is handed on.
            floor: well below what makes an alarm, so that near misses are on record.
            clear: what scores this much 2 s after a knock already, lying still, is handed on
                then; the whole window follows.
            own: what the device has learned of itself, if anything; it is added to.
        """
        import numpy as np

        self._device = device
        self._score = score
        self._floor = floor
        self._clear = clear
        self.quality = Quality()
        self.blind_seconds = 0.0
        """Lost since the beginning, as far as we know of it."""
        self.knocks = 0
        """Windows looked at since the beginning."""
        self._times = np.empty(0)
        self._milli = np.empty((0, 3), np.int16)
        self._watches = Watches(device)
        self.own = Own() if own is None else own
        self.own.settle()
        self._readings: dict[int, _Reading] = {}
        self._learned = 0
        self._boot = ""
        self._rate_hz = 1.0
        self._first = -grid.WINDOW
        self._count = 0
        self._begin_anew(-1)

    def _begin_anew(self, seq: int) -> None:
        """Forget what was; the next batch expected is the one after `seq`."""
        self._places: deque[_Place] = deque(maxlen=BACK_MAX)
        self._next_seq = (seq + 1) & SEQ_MAX
        self._count = 0
        self._hot = float("-inf")
        self._first = self._first_next
        self._done = self._early = self._first - 1
        self._times = self._times[:0].copy()
        self._milli = self._milli[:0].copy()

    @property
    def _now(self) -> float:
        """Where the stream ends, in seconds of the run."""
        return self._first / grid.RATE_HZ + self._count / self._rate_hz

    @property
    def _first_next(self) -> int:
        """The first point of the grid that nothing heard so far touches."""
        return int(self._now * grid.RATE_HZ) + grid.WINDOW

    @property
    def correction(self) -> Correction:
        """How this wearable is read now, learned from how it reads at rest."""
        return self._readings[max(self._readings)].correction if self._readings else NONE

    @property
    def bytes(self) -> int:
        """About what this takes of the memory."""
        kept = self._times.nbytes + self._milli.nbytes + self.own.bytes
        return kept + 120 * len(self._places) + 2_000

    def take(self, batch: AccelBatch, at: datetime) -> list[Impact | Aftermath]:
        """Return what a batch heard at `at` completes; flaws are in `quality.news`."""
        import numpy as np

        found: list[Impact | Aftermath] = []
        if batch.boot != self._boot or batch.rate_hz != self._rate_hz:
            found += self.flush(at)
            self._begin_anew(batch.seq - 1)
            self._boot, self._rate_hz = batch.boot, batch.rate_hz
        place = self._place(batch, at, found)
        if place is None:
            return found
        if place.ends == self._count:
            self.quality.look(batch)
        self._keep(batch, place)
        if self._watches:
            times = self._time(place.begins) + np.arange(len(batch.samples)) / batch.rate_hz
            read = self.correction.apply(batch.in_g())
            found += self._watches.look(times, read, batch.rate_hz, at)
        found += self._look(at, self._now - grid.SETTLED_S, self._now - grid.EARLY_S)
        return found

    def flush(self, at: datetime) -> list[Impact | Aftermath]:
        """Return what can be said without hearing more: the stream has ended, for now."""
        found: list[Impact | Aftermath] = list(self._look(at, self._now, self._now))
        found += self._watches.end(self._rate_hz, at)
        return found

    # ------------------------------------------------------------------ time

    def _place(
        self, batch: AccelBatch, at: datetime, found: list[Impact | Aftermath]
    ) -> _Place | None:
        """Return where the batch lies; None: it came before, or too late to matter."""
        ahead = (batch.seq - self._next_seq) & SEQ_MAX
        length = len(batch.samples)
        if ahead <= SEQ_MAX // 2:
            lost = ahead * length
            self.blind_seconds += lost / batch.rate_hz
            if lost > GAP_S_MAX * batch.rate_hz:
                found += self.flush(at)
                self._begin_anew(batch.seq - 1)
            elif lost:
                self._count += lost
                self._hot = max(self._hot, self._now)
        elif SEQ_MAX + 1 - ahead <= BACK_MAX:
            return self._place_late(batch)
        else:
            self.quality.note("the sequence began anew without a new boot")
            found += self.flush(at)
            self._begin_anew(batch.seq - 1)
        place = _Place(batch.seq, self._count, self._count + length)
        self._places.append(place)
        self._next_seq = (batch.seq + 1) & SEQ_MAX
        self._count = place.ends
        return place

    def _place_late(self, batch: AccelBatch) -> _Place | None:
        nearest = BACK_MAX + 1
        begins = 0
        for place in self._places:
            behind = (batch.seq - place.seq) & SEQ_MAX
            if behind == 0:
                return None
            if behind < nearest:
                nearest, begins = behind, place.ends + (behind - 1) * len(batch.samples)
        late = _Place(batch.seq, begins, begins + len(batch.samples))
        if nearest > BACK_MAX or late.ends >= self._count:
            return None
        self.blind_seconds -= batch.seconds
        self._places.append(late)
        self._hot = max(self._hot, self._time(late.ends))
        return late

    def _time(self, count: int) -> float:
        return self._first / grid.RATE_HZ + count / self._rate_hz

    # ------------------------------------------------------------------ samples

    def _keep(self, batch: AccelBatch, place: _Place) -> None:
        import numpy as np

        scale = batch.range_g * MG / 32768.0
        scaled = batch.samples * np.float32(scale)
        milli = np.rint(scaled, scaled).astype(np.int16)  # the widest range, 32 g, still fits
        numbers = np.arange(place.begins, place.ends)
        times = self._first / grid.RATE_HZ + numbers / batch.rate_hz
        oldest = (self._done + 1) / grid.RATE_HZ - KEPT_S
        cut = int(np.searchsorted(self._times, oldest))
        if len(self._times) and times[0] < self._times[-1]:
            where = int(np.searchsorted(self._times, times[0]))
            parts = (self._times[cut:where], times, self._times[where:])
            rows = (self._milli[cut:where], milli, self._milli[where:])
            self._times, self._milli = np.concatenate(parts), np.concatenate(rows)
        else:
            self._times = np.concatenate((self._times[cut:], times))
            self._milli = np.concatenate((self._milli[cut:], milli))

    def _look(self, at: datetime, until: float, until_early: float) -> list[Impact | Aftermath]:
        """Hand on the knocks up to `until`, and up to `until_early` those that are clear."""
        whole = (self._done + 1, floor(until * grid.RATE_HZ + 1e-6))
        early = (self._early + 1, floor(until_early * grid.RATE_HZ + 1e-6))
        self._done, self._early = max(self._done, whole[1]), max(self._early, early[1])
        first, last = whole[0], max(whole[1], early[1])
        due: list[tuple[int, Impact]] = []
        for epoch in range(first // EPOCH, last // EPOCH + 1) if last >= first else ():
            read, eased = self._read(epoch)
            correction = read if self.own.adjusts else NONE
            begin, end = max(first, epoch * EPOCH), min(last, (epoch + 1) * EPOCH - 1)
            points, known, origin = self._points(correction, begin, end)
            for index in grid.knocks(points, known)[0] if len(points) else ():
                at_point = origin + int(index)
                seen = _Seen(points, known, int(index), at_point, eased)
                if early[0] <= at_point <= min(early[1], end) and at_point >= begin:
                    due += ((at_point + grid.EARLY, one) for one in self._early_on(seen, at))
                if whole[0] <= at_point <= min(whole[1], end) and at_point >= begin:
                    due += ((at_point + grid.AFTER, one) for one in self._hand_on(seen, at))
        self._learn(self._done // grid.RATE_HZ - LEARNED_BEFORE_S)
        due.sort(key=lambda pair: pair[0])
        return [one for _, one in due]

    def _read(self, epoch: int) -> _Reading:
        """Return how to read the wearable in an epoch; what is learned in it counts later."""
        if epoch not in self._readings:
            self._learn(epoch * EPOCH // grid.RATE_HZ - LEARNED_BEFORE_S)
            before = {known: one for known, one in self._readings.items() if known == epoch - 1}
            reading = _Reading(self.own.rest.correction(), self.own.eased(epoch))
            self._readings = {**before, epoch: reading}
        return self._readings[epoch]

    def _learn(self, until: int) -> None:
        """Learn how the wearable reads at rest, from the seconds of the run before `until`."""
        import numpy as np

        if until <= self._learned or not len(self._times):
            return
        edges = np.searchsorted(self._times, np.arange(self._learned, until + 1)).tolist()
        self._learned = until
        enough = WHOLE * self._rate_hz
        for begin, end in pairwise(edges):
            if end - begin >= enough:
                self.own.rest.look(self._milli[begin:end])

    def _points(
        self, correction: Correction, first: int, last: int
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
        """Return the grid around the points `first` to `last`, and where it begins.

        It is empty where nothing between them was hard.
        """
        import numpy as np

        half = grid.half_width(self._rate_hz)
        reach = grid.APART + grid.GAP_MAX
        begin = max(first - grid.BEFORE - reach, self._first)
        end = min(floor(self._now * grid.RATE_HZ + 1e-6), last + grid.AFTER + reach)
        edges = np.array((first, last, begin, end)) / grid.RATE_HZ + (-half, half, -half, half)
        low, high, oldest, newest = self._times.searchsorted(edges).tolist()
        if first / grid.RATE_HZ > self._hot + reach / grid.RATE_HZ:
            near = self._milli[low : high + 1]
            limit = correction.reading(grid.GATE_G) * MG - ROUNDED_MG
            if not len(near) or not grid.is_hard(near, limit):
                return np.empty((0, 3), np.float32), np.empty(0, np.bool_), begin
        if newest <= oldest:
            return np.empty((0, 3), np.float32), np.empty(0, np.bool_), begin
        acc = self._milli[oldest : newest + 1].astype(np.float32) / np.float32(MG)
        points, known = grid.resample(self._times[oldest : newest + 1], acc, half, begin, end)
        return (points if correction == NONE else correction.apply(points)), known, begin

    def _early_on(self, seen: _Seen, at: datetime) -> Iterator[Impact]:
        """Hand on a knock whose wearer lies still already, if it is clear what it was."""
        import numpy as np

        index = seen.knock
        around = seen.known[max(index - grid.BEFORE, 0) : index + grid.EARLY]
        if index < grid.BEFORE or len(around) < grid.BEFORE + grid.EARLY or not around.all():
            return
        wave = _rounded(seen.points[index - grid.BEFORE : index + grid.EARLY])
        acc = wave.astype(np.float32) / np.float32(MG)
        if not grid.lies_still(acc) or not is_plausible(acc):
            return
        if self._score(grid.go_on(acc)) + seen.eased < self._clear:
            return
        yield self._impact(seen, wave, 0.0, at)

    def _hand_on(self, seen: _Seen, at: datetime) -> Iterator[Impact]:
        import numpy as np

        wave = _rounded(grid.window(seen.points, seen.knock))
        acc = wave.astype(np.float32) / np.float32(MG)
        self.knocks += 1
        if not is_plausible(acc):
            self.quality.note("knocks that no body makes were left out")
            return
        score = self._score(acc)
        if score < self._floor:
            self.own.look(acc, seen.point // EPOCH)
        if score + seen.eased < self._floor:
            return
        around = seen.known[max(seen.knock - grid.BEFORE, 0) : seen.knock + grid.AFTER]
        yield self._impact(seen, wave, float((~around).sum()) / grid.RATE_HZ, at)

    def _impact(
        self, seen: _Seen, wave: NDArray[np.int16], lost_seconds: float, at: datetime
    ) -> Impact:
        import numpy as np

        id = f"{self._boot}:{seen.point}"
        self._watches.begin(id, (seen.point + grid.AFTER) / grid.RATE_HZ)
        ago = timedelta(seconds=self._now - seen.point / grid.RATE_HZ)
        return Impact(
            at=at,
            device=self._device,
            measured_at=at - ago,
            id=id,
            wave=wave.tobytes(),
            rate_hz=grid.RATE_HZ,
            knock=grid.BEFORE,
            peak_g=round(float(np.linalg.norm(seen.points[seen.knock])), 2),
            lost_seconds=round(lost_seconds, 2),
            eased=seen.eased,
        )


def _rounded(points: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return points in g as they are written down, in milli-g."""
    import numpy as np

    wave: NDArray[np.int16] = np.rint(points * MG).clip(-32768, 32767).astype("<i2")
    return wave
