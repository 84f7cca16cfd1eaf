"""When each household's engine next needs a tick."""

from __future__ import annotations

import heapq
from datetime import datetime


class Deadlines:
    """A lazy heap: most observations only put a deadline off.

    That it moved away is found out when its old moment comes; only one that comes nearer
    is put in at once.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str]] = []
        self._armed: dict[str, datetime] = {}

    def arm(self, household: str, due: datetime | None) -> None:
        """Remember that `household` is due at `due`."""
        if due is None:
            return
        armed = self._armed.get(household)
        if armed is None or due < armed:
            self._armed[household] = due
            heapq.heappush(self._heap, (due, household))

    def forget(self, household: str) -> None:
        """Remember nothing of `household`: its engine is another now."""
        self._armed.pop(household, None)

    def take(self, until: datetime) -> str | None:
        """Return a household that may be due by `until`, and forget when; None if none is.

        Whoever takes it asks the engine, and arms it again.
        """
        while self._heap and self._heap[0][0] <= until:
            due, household = heapq.heappop(self._heap)
            if self._armed.get(household) == due:
                del self._armed[household]
                return household
        return None

    @property
    def next(self) -> datetime | None:
        """The next moment at which something may be due."""
        return self._heap[0][0] if self._heap else None
