"""Who is on duty when: shifts by local time, turns, holidays and changes. Data and arithmetic.

A shift begins and ends by the wall clock. Both ends become moments before anything is
compared, so that across a change to or from summer time a night is an hour shorter or
longer, and where one shift ends the next begins: the change makes neither hole nor overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAY, DAY_OFF, DAILY = "workday", "day_off", "daily"
DAYS = (*WEEKDAYS, WORKDAY, DAY_OFF, DAILY)
"""What a shift's days may be: a day of the week, working days, days off, or every day."""

_DAY = timedelta(days=1)
KEPT_AHEAD = timedelta(days=60)
"""So far ahead an incident keeps the dates of a roster it was opened with."""


class Turns(StrEnum):
    """How the people of a shift share it."""

    TOGETHER = "together"
    DAILY = "daily"  # each day the next one
    WEEKLY = "weekly"  # every seven days the next one


class Shift(msgspec.Struct, frozen=True, gc=False):
    """One part of the day."""

    name: str
    begin: str
    end: str
    """Local `HH:MM`; not later than `begin`: on the next day."""
    people: tuple[str, ...]
    """Ids of responders."""
    days: tuple[str, ...] = (DAILY,)
    """On which days it begins, by the words in `DAYS`."""
    turns: Turns = Turns.TOGETHER
    since: str = "2026-01-05"
    """The local date on which the first of `people` begins; turns change on its weekday."""


class Swap(msgspec.Struct, frozen=True, gc=False):
    """On one date others take the shift."""

    on: str
    """Local date on which the shift begins."""
    shift: str
    people: tuple[str, ...]


class Roster(msgspec.Struct, frozen=True, gc=False):
    """A duty that several people share."""

    id: str
    name: str
    zone: str
    shifts: tuple[Shift, ...]
    off: tuple[str, ...] = ()
    """Dates that are days off although the week says otherwise: public holidays, own ones."""
    work: tuple[str, ...] = ()
    """Dates that are worked although the week says otherwise: weekends made up for."""
    swaps: tuple[Swap, ...] = ()
    first: str = ""
    last: str = ""
    """Local dates within which it holds; empty: no end."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it, each once, in order."""
        shared = [id for shift in self.shifts for id in shift.people]
        return tuple(dict.fromkeys([*shared, *(id for swap in self.swaps for id in swap.people)]))


class Span(msgspec.Struct, frozen=True, gc=False):
    """Who has which shift from when to when (UTC)."""

    begin: datetime
    end: datetime
    shift: str
    people: tuple[str, ...]


def on_duty(roster: Roster, at: datetime) -> tuple[str, ...]:
    """Return who is on duty at `at`; if the roster names nobody, everybody in it."""
    day = at.astimezone(_zone(roster.zone)).date()
    now = [span for span in spans(roster, day - _DAY, day) if span.begin <= at < span.end]
    found = tuple(dict.fromkeys(id for span in now for id in span.people))
    return found or roster.people


def spans(roster: Roster, first: date, last: date) -> Iterator[Span]:
    """Yield the shifts that begin on the local dates `first` to `last`, in order of date."""
    day = first
    while day <= last:
        if _holds(roster, day):
            for shift in roster.shifts:
                if _is_on(roster, shift, day):
                    begin, end = _ends(shift, day, _zone(roster.zone))
                    if begin < end:
                        yield Span(begin, end, shift.name, _who(roster, shift, day))
        day += _DAY


def holes(roster: Roster, first: date, last: date) -> list[tuple[datetime, datetime]]:
    """Return the times between the local dates `first` and `last` (whole days) with nobody."""
    zone = _zone(roster.zone)
    begins = _utc(first, time(), zone)
    ends = _utc(last + _DAY, time(), zone)
    found: list[tuple[datetime, datetime]] = []
    covered = begins
    for span in sorted(spans(roster, first - _DAY, last), key=lambda one: one.begin):
        if not span.people or span.end <= covered:
            continue
        if span.begin > covered:
            found.append((covered, min(span.begin, ends)))
        covered = max(covered, span.end)
        if covered >= ends:
            break
    if covered < ends:
        found.append((covered, ends))
    return found


def kept(roster: Roster, at: datetime) -> Roster:
    """Return the roster with the dates an incident that opens at `at` may need."""
    day = at.astimezone(_zone(roster.zone)).date()
    begin, end = (day - _DAY).isoformat(), (day + KEPT_AHEAD).isoformat()
    return msgspec.structs.replace(
        roster,
        off=tuple(one for one in roster.off if begin <= one <= end),
        work=tuple(one for one in roster.work if begin <= one <= end),
        swaps=tuple(one for one in roster.swaps if begin <= one.on <= end),
    )


def is_day_off(roster: Roster, day: date) -> bool:
    """Return whether nobody works on the local date, but for those on duty."""
    written = day.isoformat()
    return written in roster.off or (day.weekday() >= 5 and written not in roster.work)


def _holds(roster: Roster, day: date) -> bool:
    written = day.isoformat()
    return (not roster.first or roster.first <= written) and (
        not roster.last or written <= roster.last
    )


def _is_on(roster: Roster, shift: Shift, day: date) -> bool:
    kind = DAY_OFF if is_day_off(roster, day) else WORKDAY
    return bool({DAILY, kind, WEEKDAYS[day.weekday()]} & set(shift.days))


def _who(roster: Roster, shift: Shift, day: date) -> tuple[str, ...]:
    written = day.isoformat()
    for swap in roster.swaps:
        if (swap.on, swap.shift) == (written, shift.name):
            return swap.people
    if shift.turns is Turns.TOGETHER or not shift.people:
        return shift.people
    passed = (day - date.fromisoformat(shift.since)).days
    turn = passed if shift.turns is Turns.DAILY else passed // 7
    return (shift.people[turn % len(shift.people)],)


def _ends(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begin, end = time.fromisoformat(shift.begin), time.fromisoformat(shift.end)
    return _utc(day, begin, zone), _utc(day if end > begin else day + _DAY, end, zone)


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment; a time the clock skips or shows twice is one moment, always the same."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
