"""Turns at a provider: so many at once, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from types import TracebackType

Rank = tuple[float, ...]
"""Smaller goes first."""


class Gate:
    """Lets a bounded number through at a time; the others wait in order of rank."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[Rank, int, Callable[[], Rank], asyncio.Future[bool]]] = []
        self._count = 0

    def turn(self, rank: Callable[[], Rank]) -> Turn:
        """Return what waits for a turn and holds it; entered, it is False if it was dispersed.

        Args:
            rank: how urgent it is now; asked again when its turn comes, for while it waits it may
                become less urgent, never more.
        """
        return Turn(self, rank)

    def disperse(self) -> None:
        """Send away everybody who waits: something better may be open to them elsewhere."""
        waiting, self._waiting = self._waiting, []
        for *_, turn in waiting:
            if not turn.done():
                turn.set_result(False)

    async def enter(self, rank: Callable[[], Rank]) -> bool:
        """Wait for a turn; return False if there is none."""
        if self._free > 0:
            self._free -= 1
            return True
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (rank(), self._count, rank, turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.leave()  # the turn came in the same moment: pass it on
            raise

    def leave(self) -> None:
        """Give a turn to whoever is the most urgent."""
        waiting = self._waiting
        while waiting:
            was, count, rank, turn = waiting[0]
            if turn.done():
                heapq.heappop(waiting)
            elif (now := rank()) > was:
                heapq.heapreplace(waiting, (now, count, rank, turn))
            else:
                heapq.heappop(waiting)
                turn.set_result(True)
                return
        self._free += 1


class Turn:
    """A turn, for as long as the block lasts."""

    __slots__ = ("_gate", "_has", "_rank")

    def __init__(self, gate: Gate, rank: Callable[[], Rank]) -> None:
        self._gate, self._rank, self._has = gate, rank, False

    async def __aenter__(self) -> bool:
        """Wait for the turn; return whether there is one."""
        self._has = await self._gate.enter(self._rank)
        return self._has

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave it to the next."""
        if self._has:
            self._gate.leave()
