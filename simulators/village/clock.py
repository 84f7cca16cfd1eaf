"""The residents' time: the real one, or hurried."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class VillageClock:
    """Starts at `start` (now, without) and runs `speed` times as fast as the real one.

    Only habits run by it. Devices keep the real time, as they do on a wall.
    """

    def __init__(self, speed: float = 1.0, start: datetime | None = None) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed}: expected more than 0")
        self.speed = speed
        self._start = start or datetime.now(UTC)
        self._begun = time.monotonic()

    def now(self) -> datetime:
        """Return the residents' time (aware UTC)."""
        return self._start + timedelta(seconds=(time.monotonic() - self._begun) * self.speed)

    async def until(self, moment: datetime) -> None:
        """Return when it is `moment` in the village."""
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds() / self.speed))
