"""Turns at a provider: so many at once, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Rank = tuple[float, ...]
"""Smaller goes first."""


class Gate:
    """Lets a bounded number through at a time; the others wait in order of rank."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[Rank, int, asyncio.Future[bool]]] = []
        self._count = 0

    @asynccontextmanager
    async def turn(self, rank: Rank) -> AsyncIterator[bool]:
        """Wait for a turn and hold it; False: it was dispersed, and has none."""
        if self._free > 0:
            self._free -= 1
            has_turn = True
        else:
            has_turn = await self._wait(rank)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._leave()

    def disperse(self) -> None:
        """Send away everybody who waits: something better may be open to them elsewhere."""
        waiting, self._waiting = self._waiting, []
        for _, _, turn in waiting:
            if not turn.done():
                turn.set_result(False)

    async def _wait(self, rank: Rank) -> bool:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (rank, self._count, turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self._leave()  # the turn came in the same moment: pass it on
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1
