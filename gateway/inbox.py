"""What has happened and was not judged yet: two lanes, the urgent one first."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from alerting.events import Configured, Event, PresenceSet, Receipt, Reply, Resumed, Silenced
from devices.observation import Fault
from gateway.acks import Acknowledge
from gateway.urgent import CALLS

INBOX_MAX = 10_000
ROOM_AT = INBOX_MAX // 2

_URGENT = CALLS | {Fault, Reply, Receipt, PresenceSet, Silenced, Resumed, Configured}
"""A call for help, a fall, and everything people do, goes before measurements. `Resumed` too: what
was queued while we were deaf must come after it."""


class Item:
    """One event on its way; without an event only somebody who wants an answer."""

    __slots__ = ("acknowledge", "event", "household")

    def __init__(
        self, household: str, event: Event | None, acknowledge: Acknowledge | None
    ) -> None:
        self.household = household
        self.event = event
        self.acknowledge = acknowledge


class Inbox:
    """Keeps the order within each lane."""

    def __init__(self) -> None:
        self._urgent: deque[Item] = deque()
        self._others: deque[Item] = deque()

    def put(self, item: Item) -> None:
        """Take `item`; never refuses."""
        lane = self._urgent if type(item.event) in _URGENT else self._others
        lane.append(item)

    def take(self, urgent_only: bool = False) -> Item | None:
        """Return the next item, or None."""
        if self._urgent:
            return self._urgent.popleft()
        if self._others and not urgent_only:
            return self._others.popleft()
        return None

    @property
    def is_full(self) -> bool:
        """True while whoever can wait should."""
        return len(self._others) >= INBOX_MAX

    @property
    def has_room(self) -> bool:
        """True when whoever waited may go on."""
        return len(self._others) <= ROOM_AT

    @property
    def is_urgent(self) -> bool:
        """True while the urgent lane is not empty."""
        return bool(self._urgent)

    @property
    def oldest_at(self) -> datetime | None:
        """When the oldest measurement in the inbox was made; None if there is none."""
        head = self._others[0].event if self._others else None
        return None if head is None else head.at

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)
