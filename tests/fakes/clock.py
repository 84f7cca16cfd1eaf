"""A clock that a test pushes."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.clock import Jump

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_YIELDS = 20
"""How often the event loop turns after each timer: enough for a chain of tasks to settle."""


class FakeClock:
    """Stands still until `advance`; waits end in the order of their times."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._steady = 1_000.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._count = itertools.count()
        self._jumps: list[Jump] = []
        self.busy: list[Callable[[], bool]] = []
        """Real work (a thread writing) for which the time stands still while it is under way."""

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._steady

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    def call_later(self, seconds: float, call: Callable[[], object]) -> _Timer:
        timer = _Timer(call)
        heapq.heappush(self._timers, (self._steady + max(0.0, seconds), next(self._count), timer))
        return timer

    def take_jumps(self) -> list[Jump]:
        taken, self._jumps = self._jumps, []
        return taken

    def ahead(self) -> timedelta:
        return timedelta(0)

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass, meeting every timer at its own moment."""
        end = self._steady + seconds
        await self._turn()
        while self._timers and self._timers[0][0] <= end:
            at, _, timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self._pass_to(at)
            timer.call()
            await self._turn()
        self._pass_to(end)
        await self._turn()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, as a time server does after a start in the past."""
        before = self._now
        self._now += timedelta(seconds=seconds)
        self._jumps.append(Jump(before, self._now))

    def _pass_to(self, at: float) -> None:
        """Let it be `at` exactly: who waited until then must not find it a hair too early."""
        self._now += timedelta(seconds=max(0.0, at - self._steady))
        self._steady = max(self._steady, at)

    async def _turn(self) -> None:
        while True:
            for _ in range(_YIELDS):
                await asyncio.sleep(0)
            if not any(busy() for busy in self.busy):
                return
            # done by a thread; what follows from it has its turns before time goes on
            await asyncio.sleep(0.0005)


class _Timer:
    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
