"""What went wrong at the door, counted, for the desk's technical page."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime

import msgspec

WHO_MAX = 1_000
"""Different senders remembered; a stranger with ever new names must not fill the memory."""
RECENT_MAX = 200
DETAIL_CHARS_MAX = 300


class Noted(msgspec.Struct, frozen=True, gc=False):
    """One thing that went wrong, with what was expected."""

    at: datetime
    what: str
    who: str
    detail: str
    times: int = 1
    """How often in a row, the last time at `at`."""


class Tally(msgspec.Struct, gc=False):
    """How often something happened with one sender, and what it was last."""

    what: str
    who: str
    times: int
    last_at: datetime
    last_detail: str


class Counters:
    """Counts by kind and by sender; never raises, never grows without end."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._totals: dict[str, int] = {}
        self._tallies: OrderedDict[tuple[str, str], Tally] = OrderedDict()
        self._recent: deque[Noted] = deque(maxlen=RECENT_MAX)

    def add(self, what: str, times: int = 1) -> None:
        """Count something that is no trouble, e.g. messages received."""
        self._totals[what] = self._totals.get(what, 0) + times

    def count(self, what: str, who: str, detail: str) -> None:
        """Count one piece of trouble of kind `what` with `who`."""
        at = self._now()
        detail = detail[:DETAIL_CHARS_MAX]
        self.add(what)
        self._note(Noted(at, what, who, detail))
        tally = self._tallies.get((what, who))
        if tally is None:
            if len(self._tallies) >= WHO_MAX:
                self._tallies.popitem(last=False)
            self._tallies[what, who] = Tally(what, who, 1, at, detail)
            return
        tally.times += 1
        tally.last_at = at
        tally.last_detail = detail
        self._tallies.move_to_end((what, who))

    def _note(self, noted: Noted) -> None:
        """Keep it among the latest; in one row with the same just before, or a flood hides all."""
        last = self._recent[-1] if self._recent else None
        if last is not None and (last.what, last.who, last.detail) == (
            noted.what,
            noted.who,
            noted.detail,
        ):
            noted = msgspec.structs.replace(noted, times=last.times + 1)
            self._recent.pop()
        self._recent.append(noted)

    def total(self, what: str) -> int:
        """Return how often `what` was counted since the start."""
        return self._totals.get(what, 0)

    @property
    def totals(self) -> dict[str, int]:
        """Every kind with how often it was counted since the start."""
        return dict(self._totals)

    @property
    def tallies(self) -> list[Tally]:
        """Trouble by kind and sender, the latest first."""
        return list(reversed(self._tallies.values()))

    @property
    def recent(self) -> list[Noted]:
        """The latest trouble, newest first."""
        return list(reversed(self._recent))
