"""Which of several equally good paths takes the next message: shares that follow delivery.

The rules are those of GOV.UK Notify (notifications-api, `app/dao/provider_details_dao.py`
and `app/celery/tasks`): a weighted choice per message; a burst of failed sends moves 10 points
away; so does, once a minute, a share of 15 % of the last quarter of an hour's messages that
took over five minutes to arrive, but only if another path is not slow too; the shares drift
back by 10 each quarter of an hour; and no share is moved twice within the rule's own time.
Two numbers are scaled to our volume: they send hundreds a second and wait for 50 failures
in a minute, a village sends a few a minute and waits for 3; and nothing is concluded from
fewer than 5 messages. Times are seconds that never run backwards.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

RESTING_POINTS = 50
"""The share of a path of which nothing else was said."""
POINTS_MAX = 100
STEP_POINTS = 10
FAILURES_MAX = 3
FAILURES_SECONDS = 60.0
SLOW_SECONDS = 300.0
SLOW_SHARE = 0.15
SLOW_MESSAGES_MIN = 5
WINDOW_SECONDS = 900.0
BETWEEN_SLOW_SECONDS = 300.0
"""After any change, how long nothing is moved for slowness."""
DRIFT_SECONDS = 900.0
MESSAGES_KEPT_MAX = 5_000


def choose(names: Sequence[str], points: Mapping[str, int], luck: Callable[[], float]) -> str:
    """Return one of `names`, by weighted chance; without points the first.

    Args:
        names: paths that are equally good, the preferred first.
        points: the weight of each, 0 to 100.
        luck: random numbers in [0, 1); asked only if there is a choice.
    """
    total = sum(points.get(name, 0) for name in names)
    if len(names) == 1 or total <= 0:
        return names[0]
    mark = luck() * total
    for name in names:
        mark -= points.get(name, 0)
        if mark < 0:
            return name
    return names[-1]


class _Passage(msgspec.Struct, gc=False):
    """One message a path took, and when it arrived."""

    path: str
    taken_at: float
    arrived_at: float | None = None


class Scales:
    """The shares of the paths that carry one channel."""

    def __init__(self, resting: Mapping[str, int]) -> None:
        """Begin at the resting shares, by path."""
        self._resting = dict(resting)
        self.points = dict(resting)
        self._changed_at = dict.fromkeys(resting, float("-inf"))
        self._failures: dict[str, deque[float]] = {
            name: deque(maxlen=FAILURES_MAX) for name in resting
        }
        self._passages: OrderedDict[str, _Passage] = OrderedDict()

    def failed(self, path: str, at: float) -> bool:
        """Count a send that failed; return True if that moved the shares."""
        failures = self._failures.get(path)
        if failures is None:
            return False
        failures.append(at)
        many = len(failures) == FAILURES_MAX and at - failures[0] <= FAILURES_SECONDS
        if not many or at - self._changed_at[path] < FAILURES_SECONDS:
            return False
        failures.clear()
        return self._move(path, at)

    def took(self, path: str, key: str, at: float) -> None:
        """Note that `path` took the message `key`."""
        self._passages.pop(key, None)
        self._passages[key] = _Passage(path, at)
        while len(self._passages) > MESSAGES_KEPT_MAX:
            self._passages.popitem(last=False)

    def arrived(self, key: str, at: float) -> None:
        """Note that the message `key` arrived."""
        passage = self._passages.get(key)
        if passage is not None and passage.arrived_at is None:
            passage.arrived_at = at

    def forget(self, key: str) -> None:
        """Note that nobody can say when the message `key` arrives: it counts for nothing."""
        self._passages.pop(key, None)

    def minute(self, at: float) -> list[str]:
        """Judge the last quarter of an hour; return the paths whose shares were moved."""
        while self._passages:
            key, oldest = next(iter(self._passages.items()))
            if at - oldest.taken_at <= WINDOW_SECONDS:
                break
            del self._passages[key]
        slow = {name for name in self.points if self._is_slow(name, at)}
        moved = [
            name
            for name in slow
            if slow != set(self.points)
            and at - self._last_change() >= BETWEEN_SLOW_SECONDS
            and self._move(name, at, others=set(self.points) - slow)
        ]
        return moved or self._drift(at)

    def _last_change(self) -> float:
        return max(self._changed_at.values(), default=float("-inf"))

    def _is_slow(self, path: str, at: float) -> bool:
        its = [one for one in self._passages.values() if one.path == path]
        if len(its) < SLOW_MESSAGES_MIN:
            return False
        slow = sum((one.arrived_at or at) - one.taken_at > SLOW_SECONDS for one in its)
        return slow / len(its) >= SLOW_SHARE

    def _move(self, path: str, at: float, others: Iterable[str] | None = None) -> bool:
        """Take a step away from `path` and give it to the others; False: nothing to move."""
        to = [name for name in (others if others is not None else self.points) if name != path]
        step = min(STEP_POINTS, self.points[path])
        if not to or step <= 0:
            return False
        self.points[path] -= step
        for name in to:
            self.points[name] = min(POINTS_MAX, self.points[name] + max(1, step // len(to)))
        self._changed_at.update(dict.fromkeys((path, *to), at))
        return True

    def _drift(self, at: float) -> list[str]:
        """Come a step nearer to the resting shares."""
        moved = []
        for name, resting in self._resting.items():
            off = resting - self.points[name]
            if off and at - self._changed_at[name] >= DRIFT_SECONDS:
                self.points[name] += max(-STEP_POINTS, min(STEP_POINTS, off))
                self._changed_at[name] = at
                moved.append(name)
        return moved
