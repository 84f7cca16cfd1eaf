"""A clock that is told the time by whoever feeds a recording through the broker.

A recorded month fed in a minute must be judged as a month. The feeder sends a time
mark before every observation, on the same connection, so that the broker keeps the
order; between two marks no time passes. Waits of the machinery itself (commits,
reconnects, retries) go by the machine's monotonic clock, as always.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.clock import Jump, SystemClock, Timer

TIME_MARK_TOPIC = "care/v1/clock/feed/tick"
"""Where the feeder says what time it is: `{"t": <unix ms>}`, QoS 1, not retained."""


class _Mark(msgspec.Struct):
    t: int


_DECODER = msgspec.json.Decoder(_Mark)


class FedClock:
    """Stands still until it is told."""

    def __init__(self, not_before: datetime | None = None) -> None:
        self._machine = SystemClock()
        self._now = not_before or datetime(1970, 1, 1, tzinfo=UTC)
        self._marks = 0

    @property
    def is_told(self) -> bool:
        """True once the first time mark has come: before it nothing can be judged."""
        return self._marks > 0

    def mark(self, payload: bytes) -> datetime:
        """Take a time mark; return the time from now on. An earlier mark changes nothing.

        Raises:
            ValueError: the payload is not a time mark.
        """
        moment = datetime.fromtimestamp(_DECODER.decode(payload).t / 1000, UTC)
        self._marks += 1
        self._now = max(self._now, moment)
        return self._now

    def now(self) -> datetime:
        """Return the time of the last mark."""
        return self._now

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return self._machine.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of the machine's time."""
        await self._machine.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` after `seconds` of the machine's time."""
        return self._machine.call_later(seconds, call)

    def take_jumps(self) -> list[Jump]:
        """Return nothing: fed time jumps from mark to mark, and that is no outage."""
        return []

    def ahead(self) -> timedelta:
        """Return zero: there is no wall clock to compare with."""
        return timedelta(0)
