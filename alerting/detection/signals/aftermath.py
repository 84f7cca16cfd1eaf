"""After a knock: does the wearer move?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from devices.observation import Aftermath

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WATCHED_S = 12.0
"""So long after a knock we look whether the wearer moves."""
MOVING_G = 0.15
"""A sample this far from 1 g is movement."""


class _Watch:
    """A knock whose wearer we look after."""

    __slots__ = ("begins", "id", "moving", "samples")

    def __init__(self, id: str, begins: float) -> None:
        self.id = id
        self.begins = begins
        self.samples = 0
        self.moving = 0


class Watches:
    """The knocks of one wearable that were handed on lately."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._all: list[_Watch] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def begin(self, id: str, begins: float) -> None:
        """Watch from `begins` on, seconds of the run; a knock that is watched already is not."""
        if all(watch.id != id for watch in self._all):
            self._all.append(_Watch(id, begins))

    def look(
        self, times: NDArray[np.float64], acc: NDArray[np.float32], rate_hz: float, at: datetime
    ) -> list[Aftermath]:
        """Look at samples in g, shape (n, 3), of `times`; return what is over, learned `at`."""
        import numpy as np

        is_moving = np.abs(np.linalg.norm(acc, axis=1) - 1.0) > MOVING_G
        found = []
        for watch in list(self._all):
            mine = (times >= watch.begins) & (times < watch.begins + WATCHED_S)
            watch.samples += int(mine.sum())
            watch.moving += int(is_moving[mine].sum())
            if times[-1] + 1.0 / rate_hz >= watch.begins + WATCHED_S:
                self._all.remove(watch)
                found += self._told(watch, rate_hz, at)
        return found

    def end(self, rate_hz: float, at: datetime) -> list[Aftermath]:
        """Return what was seen of each so far: the stream has ended, for now."""
        found = [one for watch in self._all for one in self._told(watch, rate_hz, at)]
        self._all.clear()
        return found

    def _told(self, watch: _Watch, rate_hz: float, at: datetime) -> list[Aftermath]:
        if not watch.samples:
            return []
        return [
            Aftermath(
                at=at,
                device=self._device,
                id=watch.id,
                seconds=round(watch.samples / rate_hz, 2),
                moving=round(watch.moving / watch.samples, 3),
            )
        ]
