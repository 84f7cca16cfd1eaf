"""Writes down how far messages have come, without anybody waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from gateway.clock import Clock
from gateway.store.rows import Attempt, OutboxRow

ATTEMPTS_KEPT_MAX = 10_000
"""While the store is broken; of rows the latest of each is kept whatever their number."""
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 30.0

_log = logging.getLogger(__name__)


class RowStore(Protocol):
    """What the outbox needs of the store."""

    async def save(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt] = ()) -> None:
        """Write rows and attempts.

        Raises:
            StoreError: it cannot be done now.
        """

    async def owed(self) -> list[OutboxRow]:
        """Return every row that is not final.

        Raises:
            StoreError: it cannot be done now.
        """


class Book:
    """Gathers changes and hands them to the store; a broken store only makes it wait."""

    def __init__(self, store: RowStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._rows: dict[str, OutboxRow] = {}
        self._attempts: list[Attempt] = []
        self._changed = asyncio.Event()

    def note(self, row: OutboxRow, attempt: Attempt | None = None) -> None:
        """Remember to write `row`, and the attempt that changed it."""
        self._rows[row.key] = row
        if attempt is not None and len(self._attempts) < ATTEMPTS_KEPT_MAX:
            self._attempts.append(attempt)
        self._changed.set()

    async def run(self) -> None:
        """Write whatever is noted, for ever."""
        pause = PAUSE_SECONDS
        while True:
            await self._changed.wait()
            try:
                await self.flush()
                pause = PAUSE_SECONDS
            except Exception as error:  # whatever the store does, messages go on
                _log.warning("progress of messages is not written yet: %r", error)
                await self._clock.sleep(pause)
                pause = min(pause * 2, PAUSE_SECONDS_MAX)

    async def flush(self) -> None:
        """Write what is noted so far.

        Raises:
            StoreError: it could not be written; it stays noted.
        """
        self._changed.clear()
        rows, self._rows = self._rows, {}
        attempts, self._attempts = self._attempts, []
        if not rows:
            return
        try:
            await self._store.save(tuple(rows.values()), attempts)
        except BaseException:
            self._rows = rows | self._rows
            self._attempts = [*attempts, *self._attempts][:ATTEMPTS_KEPT_MAX]
            self._changed.set()
            raise
