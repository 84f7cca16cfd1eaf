"""How unusual a silence is for this person, at this hour, after what was heard last.

A silence has two ages: the hours it lasts, and the activity that was to be expected in
them (an hour in which the person is always about counts as one, an hour of deep night as
little). Each is compared with the person's past silences, those that began at a similar
hour and place counting most; every past silence makes a longer one likely too, less with
each step beyond it. The unusualness is minus the logarithm of how often a month, on that
footing, a silence would come to last so long; it grows by about one when that is three
times rarer.

The constants were fitted to recorded homes (docs/detection.md says which, and how well).
The idea of the expected activity and of the tail fitted to a person's own silences follows
Cuddihy et al., ACM HealthNet 2007, and the peaks-over-threshold method of statistics.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from math import exp, log
from operator import itemgetter

import msgspec

from alerting.detection import habit as habits
from alerting.detection.habit import BLOCKS, QUARTERS, Habit
from alerting.household import Household

PRIOR_DAYS, PRIOR_SHARE = 2.5, 0.35
"""Before anything is known: as if on so many days, so often, somebody had moved."""
SMOOTH = 3
"""Quarters of an hour to each side that count for one."""
EXPECTED_LEAST = 0.12
NIGHT_SPEED = 1 / 3

HOUR_SPREAD = 1.46
ANY_HOUR = 0.099
OTHER_DEVICE, OTHER_ROOM = 0.644, 0.045
"""What a past silence counts that began at another device of such a room, or elsewhere."""
STEP, STEP_OF_TOP, TOP = 0.467, 0.063, 8
"""Hours of expected activity by which a silence grows e times rarer."""
STEP_HOURS = 0.646
"""The same for hours of the clock."""
STRANGER = (4.0, 1.2, 0.484)
STRANGER_HOURS = (1.15, 3.33, 1.844)
"""Weight, length and step of the silence that is taken for granted of anybody."""
HOURS_SHARE = 0.35
DAYS_MORE = 0.389
SPENT_MORE, SPENT_POWER = 2.74, 0.248
NIGHT_WEIGHT, NIGHT_HOURS = 0.297, 5.0

UNUSUAL = 1.0
"""Silences beyond this are counted, to learn whether a person's are rarer than most people's."""
UNUSUAL_PER_DAY, UNUSUAL_DAYS, UNUSUAL_WEIGHT = 0.1455, 16.2, 0.281
UNUSUAL_FROM_DAY = 2.0

LIMITS = ((0.25, 5.2), (0.5, 4.5), (1.0, 3.9), (2.0, 3.1), (4.0, 2.65), (10.0, 1.5))
"""How unusual a silence must be for so many false alarms a month, measured."""


class Compared(msgspec.Struct, frozen=True, gc=False):
    """A past silence beside the present one."""

    weight: float
    expected: float
    """Hours of expected activity."""
    hours: float


def limit(per_month: float) -> float:
    """Return how unusual a silence must be, to be told falsely `per_month` times a month."""
    points = [(log(rate), value) for rate, value in LIMITS]
    x = log(per_month)
    (x0, y0), (x1, y1) = points[0], points[1]
    for left, right in pairwise(points):
        (x0, y0), (x1, y1) = left, right
        if x <= x1:
            break
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


@lru_cache(256)
def expected_clock(seen: tuple[float, ...], active: tuple[float, ...]) -> tuple[float, ...]:
    """Return the activity expected from midnight to each quarter of the day, in hours."""
    clock, total = [0.0], 0.0
    width = 2 * SMOOTH + 1
    at_home = sum(seen[-SMOOTH:]) + sum(seen[: SMOOTH + 1])
    moved = sum(active[-SMOOTH:]) + sum(active[: SMOOTH + 1])
    for quarter in range(QUARTERS):
        share = (moved / width + PRIOR_DAYS * PRIOR_SHARE) / (at_home / width + PRIOR_DAYS)
        total += max(share, EXPECTED_LEAST) / 4
        clock.append(total)
        comes, goes = (quarter + SMOOTH + 1) % QUARTERS, quarter - SMOOTH
        at_home += seen[comes] - seen[goes]
        moved += active[comes] - active[goes]
    return tuple(clock)


@lru_cache(64)
def slow_clock(day: tuple[str, str]) -> tuple[float, ...]:
    """Return the hours from midnight to each quarter, those of the night at a third."""
    begins, ends = (int(text[:2]) * 60 + int(text[3:]) for text in day)
    clock, total = [0.0], 0.0
    for quarter in range(QUARTERS):
        minute = quarter * 15
        is_day = begins <= minute < ends if begins < ends else not ends <= minute < begins
        total += 0.25 if is_day else 0.25 * NIGHT_SPEED
        clock.append(total)
    return tuple(clock)


def passed(clock: Sequence[float], begins: float, ends: float) -> float:
    """Return what passes on a clock between two times of the wall, in minutes."""
    days, rest = divmod(ends / 15, QUARTERS)
    quarter = int(rest)
    late = clock[quarter] + (clock[quarter + 1] - clock[quarter]) * (rest - quarter)
    before, rest = divmod(begins / 15, QUARTERS)
    quarter = int(rest)
    early = clock[quarter] + (clock[quarter + 1] - clock[quarter]) * (rest - quarter)
    return (days - before) * clock[-1] + late - early


class Surprise:
    """One silence of one person: how unusual it is at any moment of it."""

    def __init__(self, home: Household, habit: Habit, begins: float, where: str) -> None:
        """Compare with the past; `begins` is a time of the wall (`habit.wall`)."""
        self._begins = begins
        self._clock = expected_clock(habit.seen, habit.active)
        self._slow = slow_clock(home.day)
        self._past = past = _past(home, habit, self._clock, begins, where)
        top = sorted([one[1] for one in past], reverse=True)[:TOP]
        step = STEP + STEP_OF_TOP * (sum(top) / len(top) if top else 1.0)
        self._by_activity = _Tail([one[:2] for one in past], step)
        self._by_hours = _Tail([one[::2] for one in past], STEP_HOURS)
        self._log_days = log(habit.days + DAYS_MORE)
        self._constant = SPENT_POWER * log(_spent(home, habit, begins, where))
        rate = (habit.unusual + UNUSUAL_DAYS * UNUSUAL_PER_DAY) / (
            max(0.0, habit.days - UNUSUAL_FROM_DAY) + UNUSUAL_DAYS
        )
        self.correction = UNUSUAL_WEIGHT * log(rate / UNUSUAL_PER_DAY)

    @property
    def compared(self) -> list[Compared]:
        """The past silences it is held against."""
        return [Compared(weight, expected, hours) for weight, expected, hours in self._past]

    def at(self, ends: float, hours: float) -> float:
        """Return how unusual the silence is at `ends` (wall) when it has lasted `hours`."""
        expected = self.expected(ends)
        by_activity = _AVERAGE * _beyond(STRANGER, expected) + self._by_activity.beyond(expected)
        by_hours = _AVERAGE * _beyond(STRANGER_HOURS, hours) + self._by_hours.beyond(hours)
        rarity = (
            self._log_days
            - (1 - HOURS_SHARE) * log(by_activity + _TINY)
            - HOURS_SHARE * log(by_hours + _TINY)
        )
        night = passed(self._slow, self._begins, ends) - NIGHT_HOURS
        return rarity + self._constant + NIGHT_WEIGHT * night - self.correction

    def expected(self, ends: float) -> float:
        """Return the activity that was to be expected until `ends`, in hours."""
        return passed(self._clock, self._begins, ends)


class _Tail:
    """Past silences, each making longer ones likely too: `step` beyond it e times rarer.

    Summed once over those shorter, once over those longer, so that asking is cheap.
    """

    def __init__(self, weighted: list[tuple[float, float]], step: float) -> None:
        self._step = step
        weighted = sorted(weighted, key=_LENGTH)
        self._lengths = [length for _, length in weighted]
        self._grown = [0.0, *accumulate(w * exp(length / step) for w, length in weighted)]
        self._whole = [0.0, *accumulate(weight for weight, _ in weighted)]

    def beyond(self, length: float) -> float:
        """Return the weight of the past silences for one that comes to last `length`."""
        index = bisect_right(self._lengths, length)
        longer = self._whole[-1] - self._whole[index]
        return self._grown[index] * exp(-length / self._step) + longer


_LENGTH = itemgetter(1)
_TINY = 1e-30


def _beyond(stranger: tuple[float, float, float], length: float) -> float:
    weight, usual, step = stranger
    return weight * (exp((usual - length) / step) if length > usual else 1.0)


def _near(one: float, other: float) -> float:
    """Return how similar two hours of the day are."""
    return _NEAR[int((one - other) % 24 * NEAR_STEPS)]


NEAR_STEPS = 12
"""Of an hour, in the table of similarity."""
_NEAR = tuple(
    ANY_HOUR + (1 - ANY_HOUR) * exp(-0.5 * (min(apart, 24 - apart) / HOUR_SPREAD) ** 2)
    for apart in ((step + 0.5) / NEAR_STEPS for step in range(24 * NEAR_STEPS))
)
_NEAR_MINUTES = 60 / NEAR_STEPS
_AVERAGE = sum(_near(0, block + 0.5) for block in range(24)) / 24


def _past(
    home: Household, habit: Habit, clock: Sequence[float], begins: float, where: str
) -> list[tuple[float, float, float]]:
    """Return the weight, the hours of expected activity and the hours of each past silence."""
    # for every silence that is judged, with dozens known: no calls in this loop
    minute, kinship, whole = begins % 1440, _Kinship(home, where), clock[-1]
    found = []
    for one in habit.silences:
        begun, minutes = one.begins, one.minutes
        near = _NEAR[int((minute - begun) % 1440 / _NEAR_MINUTES)]
        weight = near * kinship[one.where] * _FADED[min(one.age, _OLDEST)]
        quarter, rest = divmod(begun, 15)
        early = clock[quarter] + (clock[quarter + 1] - clock[quarter]) * rest / 15
        days, ends = divmod(begun + minutes, 1440)
        quarter, rest = divmod(ends, 15)
        late = clock[quarter] + (clock[quarter + 1] - clock[quarter]) * rest / 15
        found.append((weight, days * whole + late - early, minutes / 60))
    return found


_OLDEST = 600
_FADED = tuple(habits.FADING**age for age in range(_OLDEST + 1))


def _spent(home: Household, habit: Habit, begins: float, where: str) -> float:
    """Return the hours a day that are spent at such a place at such an hour."""
    hour = begins % 1440 / 60
    width = 24 / BLOCKS
    near = [_near(hour, (block + 0.5) * width) for block in range(BLOCKS)]
    kinship = _Kinship(home, where)
    minutes = 0.0
    for place, spent in habit.spent.items():
        minutes += kinship[place] * sum(
            weight * count for weight, count in zip(near, spent, strict=True)
        )
    return minutes / 60 / max(habit.days, 1.0) + SPENT_MORE * _AVERAGE


class _Kinship(dict[str, float]):
    """How much a place says about another."""

    def __init__(self, home: Household, where: str) -> None:
        super().__init__({where: 1.0})
        self._home, self._room = home, habits.room_of(home, where)

    def __missing__(self, place: str) -> float:
        same = habits.room_of(self._home, place) == self._room
        known = self[place] = OTHER_DEVICE if same else OTHER_ROOM
        return known


def telling(silence: habits.Silence, clock: Sequence[float]) -> float:
    """Return how much a silence has to say, to keep the most telling ones."""
    expected = passed(clock, silence.begins, silence.begins + silence.minutes)
    return expected / 2 + silence.minutes / 60 / 8
