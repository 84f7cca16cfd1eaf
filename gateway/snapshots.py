"""When each engine's state is kept, so that a restart never has much to replay."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from gateway.store.writing import Snapshot

log = logging.getLogger(__name__)

TAIL_ENTRIES_MAX = 50_000
"""Journal entries after the oldest snapshot: a restart reads them in half a second."""
SNAPSHOT_AGE_MAX = timedelta(hours=24)
SNAPSHOTS_AT_ONCE = 4
"""In one transaction: an alarm may be in it."""


class _Engine(Protocol):
    def snapshot(self) -> bytes: ...


class SnapshotPlan:
    """Goes round the households, the longest unkept first.

    Each is kept at least once a day, and so often that the journal's tail stays short:
    a home that sends little costs little, whatever the others send.
    """

    def __init__(self, now: Callable[[], datetime], households: Iterable[str]) -> None:
        self._now = now
        self._stepped = 0
        start = now()
        # by household: how many entries there were when it was kept, and when that was
        self._kept: OrderedDict[str, tuple[int, datetime]] = OrderedDict(
            (home, (0, start)) for home in households
        )

    def count(self, entries: int) -> None:
        """Count entries added to the journal."""
        self._stepped += entries

    def hurry(self, household: str) -> None:
        """Keep `household` with the next group: its snapshot is no good any more."""
        self._kept[household] = (self._stepped - TAIL_ENTRIES_MAX, self._now())
        self._kept.move_to_end(household, last=False)

    def due(self, engines: Mapping[str, _Engine], without: Container[str]) -> list[Snapshot]:
        """Return the states that should be kept now; few, or none."""
        chosen: list[str] = []
        for home, (stepped, at) in self._kept.items():
            if len(chosen) == SNAPSHOTS_AT_ONCE:
                break
            if self._stepped - stepped < TAIL_ENTRIES_MAX and self._now() - at < SNAPSHOT_AGE_MAX:
                break
            if home not in without:
                chosen.append(home)
        return self.take(engines, chosen) if chosen else []

    def take(self, engines: Mapping[str, _Engine], homes: Iterable[str]) -> list[Snapshot]:
        """Return the states of `homes`, which count as kept from now on."""
        at = self._now()
        states = []
        for home in homes:
            self._kept[home] = (self._stepped, at)
            self._kept.move_to_end(home)
            try:
                states.append(Snapshot(home, at, engines[home].snapshot()))
            except Exception:  # the one before, and the journal, still serve
                log.exception("the state of %s cannot be kept", home)
        return states
