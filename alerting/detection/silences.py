"""When a silence has lasted too long for this person, and what a silence that ended teaches."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection import habit as habits
from alerting.detection.daylight import LIMIT_MIN
from alerting.detection.habit import Habit, Silence, wall
from alerting.detection.surprise import (
    UNUSUAL,
    UNUSUAL_FROM_DAY,
    Surprise,
    expected_clock,
    limit,
    telling,
)
from alerting.household import Household

MINUTE = timedelta(minutes=1)
DAYS_KNOWN = 4.5
"""After five days at home (the older ones count a little less) the person is known."""
LOOK_LEAST = timedelta(hours=1)
"""No silence is judged sooner."""
TIMES_BY_DAY_MAX = 2
"""However used to silence somebody is: no longer than so many times the limit by day."""
COUNTED_LEAST = timedelta(minutes=75)
"""Shorter silences are never unusual."""


class Limit(msgspec.Struct, frozen=True, gc=False):
    """When a silence will have lasted too long, and why then."""

    at: datetime
    surprise: Surprise
    unusual: float
    """How unusual it will be then."""
    needed: float
    rare_from: datetime
    """When it will be rare (`surprise.UNUSUAL`)."""


def learned_limit(home: Household, habit: Habit, since: datetime, where: str) -> Limit:
    """Return when the silence since `since`, last heard at `where`, has lasted too long."""
    begins = wall(home, since)
    surprise = Surprise(home, habit, begins, where)
    needed = limit(home.false_alarms_per_month)
    longest = TIMES_BY_DAY_MAX * home.inactivity_by_day
    least = LOOK_LEAST // MINUTE
    most = max(least, longest // MINUTE)
    # asked a dozen times: the wall is looked at each time only if the clocks change meanwhile
    is_even = wall(home, since + longest) - begins == longest / MINUTE

    def unusual(minutes: int) -> float:
        ends = begins + minutes if is_even else wall(home, since + minutes * MINUTE)
        return surprise.at(ends, minutes / 60)

    def first(wanted: float, low: int, high: int) -> int:
        while low < high:
            middle = (low + high) // 2
            if unusual(middle) >= wanted:
                high = middle
            else:
                low = middle + 1
        return low

    low = first(needed, least, most)
    at = since + min(low * MINUTE, max(longest, LIMIT_MIN))
    rare = first(UNUSUAL, COUNTED_LEAST // MINUTE, max(low, COUNTED_LEAST // MINUTE))
    return Limit(at, surprise, unusual(low), needed, since + rare * MINUTE)


def is_unusual(home: Household, habit: Habit, since: datetime, at: datetime, where: str) -> bool:
    """Return True for a silence that is rare for this person at home (`surprise.UNUSUAL`)."""
    if at - since < COUNTED_LEAST or habit.days < UNUSUAL_FROM_DAY:
        return False
    surprise = Surprise(home, habit, wall(home, since), where)
    return surprise.at(wall(home, at), (at - since) / timedelta(hours=1)) > UNUSUAL


def ended(
    home: Household, habit: Habit, since: datetime, at: datetime, where: str, *, unusual: bool
) -> Habit:
    """Return the habit after a silence at home ended at `at`, `unusual` or not."""
    begins, minutes = wall(home, since), (at - since) / MINUTE
    silences = (*habit.silences, Silence(int(begins % 1440), int(minutes), where))
    if len(silences) > habits.SILENCES_MAX + habits.SILENCES_MORE:
        clock = expected_clock(habit.seen, habit.active)
        ranked = sorted(range(len(silences)), key=lambda i: (-telling(silences[i], clock), i))
        silences = tuple(silences[i] for i in sorted(ranked[: habits.SILENCES_MAX]))
    many = habit.unusual + unusual
    return Habit(habit.days, habit.seen, habit.active, silences, habit.spent, many)
