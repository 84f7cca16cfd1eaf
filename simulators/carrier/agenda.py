"""What is due when: the carrier's own timetable, on whatever clock the caller keeps."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

Action = Callable[[datetime], None]


class Timer:
    """Something that will happen unless it is cancelled."""

    __slots__ = ("action", "cancelled", "due")

    def __init__(self, due: datetime, action: Action) -> None:
        self.due = due
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """Let it not happen; harmless when it already did."""
        self.cancelled = True


class Agenda:
    """A heap of timers; equal moments keep the order in which they were entered."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Timer]] = []
        self._count = itertools.count()

    def at(self, due: datetime, action: Action) -> Timer:
        """Enter an action for a moment (aware UTC)."""
        timer = Timer(due, action)
        heapq.heappush(self._heap, (due, next(self._count), timer))
        return timer

    def deadline(self) -> datetime | None:
        """Return the next moment something is due, or None."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, now: datetime) -> None:
        """Carry out everything due by `now`, each at its own moment."""
        while (due := self.deadline()) is not None and due <= now:
            timer = heapq.heappop(self._heap)[2]
            timer.action(due)
