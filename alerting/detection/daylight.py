"""How long a silence may last: an hour by day weighs more than an hour by night.

By day alone the limit is `by_day`, by night alone `by_night`; a silence across both uses
up its share of each. So somebody who goes to bed at nine is not searched for at five in
the morning, and one who fell at nine is not left until noon.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from alerting.household import Household

LIMIT_MIN = timedelta(seconds=1)
"""A shorter limit would be over before anybody could move."""

_MICROSECOND = timedelta(microseconds=1)


def runs_out(home: Household, since: datetime) -> datetime:
    """Return when a silence that began at `since` has lasted too long.

    Day and night are the household's local hours; the time that passes is real time, so a
    change to summer time neither adds nor takes an hour of silence.
    """
    by_day = max(home.inactivity_by_day, LIMIT_MIN) // _MICROSECOND
    by_night = max(home.inactivity_by_night, LIMIT_MIN) // _MICROSECOND
    left = by_day * by_night
    moment = since
    while True:
        is_day, until = _stretch(home, moment)
        weight = by_night if is_day else by_day
        needed = -(-left // weight)
        room = (until - moment) // _MICROSECOND
        if needed <= room:
            return moment + needed * _MICROSECOND
        left -= room * weight
        moment = until


def is_day(home: Household, at: datetime) -> bool:
    """Return True in the household's day."""
    return _stretch(home, at)[0]


def _stretch(home: Household, at: datetime) -> tuple[bool, datetime]:
    """Return whether `at` is by day, and when that ends (later than `at`)."""
    begins, ends = (time.fromisoformat(text) for text in home.day)
    today = at.astimezone(home.tz).date()
    marks: list[tuple[datetime, bool]] = []
    for offset in (-1, 0, 1, 2):
        day = today + timedelta(days=offset)
        marks += [(_moment(home, day, begins), True), (_moment(home, day, ends), False)]
    marks.sort()
    now = next((is_day for moment, is_day in reversed(marks) if moment <= at), True)
    until = next(moment for moment, is_day in marks if moment > at)
    return now, until


def _moment(home: Household, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, home.tz).astimezone(UTC)
