"""Public holidays as dates: what the State Council announces for each year.

The library's tables hold the days off and the weekends worked instead, year by year as they
are announced, usually in November; a year it does not know is left to the week.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache


@cache
def _tables() -> tuple[frozenset[date], frozenset[date]]:
    from chinese_calendar.constants import (  # type: ignore[import-untyped]
        holidays,
        in_lieu_days,
        workdays,
    )

    return frozenset(holidays) | frozenset(in_lieu_days), frozenset(workdays)


def known_until() -> int:
    """Return the last year of which the holidays are known."""
    return max(day.year for day in _tables()[0])


def resolved(years: Iterable[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the dates that are off although the week says otherwise, and those worked."""
    off, work = _tables()
    wanted = frozenset(years)
    return (
        tuple(sorted(d.isoformat() for d in off if d.year in wanted and d.weekday() < 5)),
        tuple(sorted(d.isoformat() for d in work if d.year in wanted and d.weekday() >= 5)),
    )
