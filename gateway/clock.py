"""The only place that asks what time it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

JUMP_SECONDS = 2.0
"""A wall clock that is off by more than this was set, not slewed."""

CATCH_UP_SPEED = 0.9
"""How fast our time passes while it is ahead of the wall clock.

Not 1, or it would stay ahead for ever; not 0, or nobody would be called while we
wait for the wall clock: a minute's wait may take 67 s, never an hour.
"""


class Jump(msgspec.Struct, frozen=True, gc=False):
    """The wall clock was set: between `before` and `after` nobody listened."""

    before: datetime
    after: datetime


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None:
        """Make it not happen."""


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> datetime:
        """Return the present moment: aware UTC, never earlier than it said before."""

    def monotonic(self) -> float:
        """Return seconds since some moment, untouched by anybody setting the clock."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, measured by the monotonic clock."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` after `seconds`, measured by the monotonic clock."""

    def take_jumps(self) -> list[Jump]:
        """Return how the time jumped forward since this was last asked."""

    def ahead(self) -> timedelta:
        """Return how far our time is ahead of the wall clock; zero when they agree."""


class SystemClock:
    """The machine's own clocks, made fit for records.

    The wall clock may be wrong and may be set at any moment (a Raspberry Pi without a
    battery starts in the past); what we write down must never go backwards. So:

    * Wall clock forward by more than `JUMP_SECONDS`: we follow at once and say so
      (`take_jumps`), so that nobody concludes anything from the hours nobody lived.
    * Wall clock backward, or a start earlier than `not_before` (the last entry of the
      journal): time goes on by the monotonic clock at `CATCH_UP_SPEED` until the wall
      clock has caught up.
    """

    def __init__(
        self,
        not_before: datetime | None = None,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._last_steady = steady()
        self._last = max(wall(), not_before.timestamp() if not_before else 0.0)
        self._jumps: list[Jump] = []

    def now(self) -> datetime:
        """Return the present moment: aware UTC, never earlier than it said before."""
        steady, wall = self._steady(), self._wall()
        elapsed, self._last_steady = steady - self._last_steady, steady
        behind = wall - (self._last + elapsed)
        if behind > JUMP_SECONDS:
            self._jumps.append(Jump(_moment(self._last + elapsed), _moment(wall)))
        if behind >= 0:
            self._last = wall
        else:
            self._last = max(self._last + elapsed * CATCH_UP_SPEED, wall)
        return _moment(self._last)

    def monotonic(self) -> float:
        """Return seconds since some moment, untouched by anybody setting the clock."""
        return self._steady()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, measured by the monotonic clock."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` after `seconds`, measured by the monotonic clock."""
        return asyncio.get_running_loop().call_later(seconds, call)

    def take_jumps(self) -> list[Jump]:
        """Return how the time jumped forward since this was last asked."""
        if not self._jumps:
            return []
        taken, self._jumps = self._jumps, []
        return taken

    def ahead(self) -> timedelta:
        """Return how far our time is ahead of the wall clock; zero when they agree."""
        return timedelta(seconds=max(0.0, self._last - self._wall()))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
