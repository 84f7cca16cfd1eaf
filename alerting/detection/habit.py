"""What we have learned of one person: when they are about, and how long they are still.

All of it fades by a sixtieth with every day lived at home, so that a person may change.
Times are those of the clock on the wall: a change to summer time shifts nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from alerting.household import Household, Role

QUARTERS = 96
"""Of an hour, in a day."""
BLOCKS = 12
"""Of two hours, in a day."""
FADING = 1 - 1 / 60
SILENCE_NOTED = timedelta(minutes=20)
"""A shorter silence says nothing about anybody."""
SILENCES_MAX, SILENCES_MORE = 60, 12
"""The most telling ones are kept, looked through when so many more have come."""
PLACES_MAX = 24
SPENT_MINUTES_MAX = 9 * 60
"""Of one silence, counted for the place where it was begun."""

_EPOCH = date(1970, 1, 1).toordinal()


class Silence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A time in which nobody moved, at home."""

    begins: int
    """Minute of the day."""
    minutes: int
    where: str
    """What was heard last before it (`place`)."""
    age: int = 0
    """Days lived at home since."""


class Habit(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the resident of one home."""

    days: float = 0.0
    """Days lived at home, the older ones counting less."""
    seen: tuple[float, ...] = (0.0,) * QUARTERS
    """On how many of them the resident was at home in each quarter of an hour."""
    active: tuple[float, ...] = (0.0,) * QUARTERS
    """On how many somebody moved in it."""
    silences: tuple[Silence, ...] = ()
    """The most telling ones."""
    spent: dict[str, tuple[int, ...]] = {}
    """Minutes since something was heard at a place and nothing after it, by blocks of the day."""
    unusual: float = 0.0
    """How many silences were more unusual than most people's (`surprise.UNUSUAL`)."""


def wall(home: Household, at: datetime) -> float:
    """Return the time on the household's wall, in minutes since 1970."""
    local = at.astimezone(home.tz)
    minutes = (local.toordinal() - _EPOCH) * 1440 + local.hour * 60 + local.minute
    return minutes + local.second / 60 + local.microsecond / 60e6


def lived(habit: Habit, since: int, quarter: int) -> Habit:
    """Return the habit after the quarter hours `since` to `quarter` at home, the last one active.

    Quarters are counted since 1970; `since` is the first that has not been counted yet.
    """
    seen, active = list(habit.seen), list(habit.active)
    for passed in range(max(since, quarter - QUARTERS + 1), quarter + 1):
        seen[passed % QUARTERS] += 1
    active[quarter % QUARTERS] += 1
    return Habit(habit.days, tuple(seen), tuple(active), habit.silences, habit.spent, habit.unusual)


def slept(habit: Habit) -> Habit:
    """Return the habit when another day at home has ended."""
    return Habit(
        days=round(habit.days * FADING + 1, 3),
        seen=tuple(round(count * FADING, 2) for count in habit.seen),
        active=tuple(round(count * FADING, 2) for count in habit.active),
        silences=tuple(
            Silence(one.begins, one.minutes, one.where, one.age + 1) for one in habit.silences
        ),
        spent={
            place: faded
            for place, minutes in habit.spent.items()
            if any(faded := tuple(int(count * FADING) for count in minutes))
        },
        unusual=round(habit.unusual * FADING, 3),
    )


def stayed(habit: Habit, where: str, begins: float, minutes: float) -> Habit:
    """Return the habit after `minutes` in which nothing followed what was heard at `where`."""
    block = int(begins % 1440) * BLOCKS // 1440
    spent = list(habit.spent.get(where, (0,) * BLOCKS))
    spent[block] += round(min(minutes, SPENT_MINUTES_MAX))
    places = {**habit.spent, where: tuple(spent)}
    if len(places) > PLACES_MAX:
        del places[min(places, key=lambda place: (sum(places[place]), place))]
    return msgspec.structs.replace(habit, spent=places)


def place(home: Household, device: str, *, is_on: bool | None = None) -> str:
    """Return what a silence after a word of `device` is filed under.

    A bed that was got into is another place than one that was left.
    """
    is_bed = is_on is True and home.devices[device].role is Role.BED
    return f"{device}+" if is_bed else device


def room_of(home: Household, where: str) -> str:
    """Return what kind of room a place is in: bathroom, bedroom, kitchen or other."""
    device = home.devices.get(where.removesuffix("+"))
    if device is None:
        return "other"
    if device.role is Role.BED:
        return "bedroom"
    return kind_of_room(device.room)


_WORDS = {
    "bathroom": ("卫", "厕", "浴", "洗手", "bath", "toilet", "shower", "wc"),
    "bedroom": ("卧", "睡", "bed", "sleep"),
    "kitchen": ("厨", "餐", "kitch", "dining"),
}


@lru_cache(1024)
def kind_of_room(room: str) -> str:
    """Return what kind of room its name says it is: bathroom, bedroom, kitchen or other."""
    name = room.lower()
    for kind, words in _WORDS.items():
        if any(word in name for word in words):
            return kind
    return "other"
