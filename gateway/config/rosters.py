"""`[[roster]]`: who is on duty when, read and checked into what the ladder works with.

Public holidays are resolved here, into plain dates: what an incident was opened with must say
the same whenever it is read again. A roster with a hole is refused, and the hole is named.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerting.duty import DAILY, DAY_OFF, DAYS, WORKDAY, Roster, Shift, Swap, Turns, holes, spans
from gateway.calendars import known_until, resolved
from gateway.config.problems import Problems, did_you_mean
from gateway.config.values import Date, Name, Text, TimeOfDay, Zone

AHEAD = timedelta(days=400)
"""So far ahead a roster must have somebody."""
WARN_BEFORE = timedelta(days=14)
"""So long before a roster ends one is told."""
HOLES_NAMED_MAX = 3


class Calendar(StrEnum):
    """Whose public holidays are days off."""

    NONE = "none"
    CHINA = "china"


@dataclass(frozen=True, kw_only=True)
class ShiftSection:
    """`[[roster.shift]]`."""

    name: Text
    from_: TimeOfDay
    to: TimeOfDay
    who: tuple[Name, ...]
    days: tuple[str, ...] = (DAILY,)
    turns: Turns = Turns.TOGETHER
    since: Date = "2026-01-05"


@dataclass(frozen=True, kw_only=True)
class SwapSection:
    """One entry of `swaps`."""

    on: Date
    shift: Text
    who: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True)
class RosterSection:
    """`[[roster]]`, without its shifts."""

    id: Name
    name: Text
    zone: Zone | None = None
    calendar: Calendar = Calendar.CHINA
    days_off: tuple[Date, ...] = ()
    workdays: tuple[Date, ...] = ()
    first: Date | None = None
    last: Date | None = None
    swaps: tuple[SwapSection, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RosterPlan:
    """One roster with its shifts, as far as they could be read."""

    where: str
    section: RosterSection
    shifts: tuple[tuple[str, ShiftSection], ...]


def roster(plan: RosterPlan, zone: str, today: date) -> Roster:
    """Return the roster as data; holidays are looked up for this year and the two around it."""
    section = plan.section
    years = range(today.year - 1, today.year + 2)
    off, work = resolved(years) if section.calendar is Calendar.CHINA else ((), ())
    own_off, own_work = set(section.days_off), set(section.workdays)
    return Roster(
        id=section.id,
        name=section.name,
        zone=section.zone or zone,
        shifts=tuple(
            Shift(
                name=shift.name,
                begin=shift.from_,
                end=shift.to,
                people=shift.who,
                days=shift.days,
                turns=shift.turns,
                since=shift.since,
            )
            for _, shift in plan.shifts
        ),
        off=tuple(sorted((set(off) | own_off) - own_work)),
        work=tuple(sorted((set(work) | own_work) - own_off)),
        swaps=tuple(Swap(one.on, one.shift, one.who) for one in section.swaps),
        first=section.first or "",
        last=section.last or "",
    )


def ends_soon(duty: Roster, today: date) -> bool:
    """Return whether nobody is on the roster within the next two weeks, or any more."""
    return bool(duty.last) and date.fromisoformat(duty.last) - today < WARN_BEFORE


def check_rosters(
    plans: tuple[RosterPlan, ...],
    people: frozenset[str],
    zone: str,
    today: date,
    problems: Problems,
    warnings: Problems,
) -> None:
    """Note what is wrong with the rosters: names nobody has, days that are none, holes."""
    for plan in plans:
        before = len(problems.found)
        _check_names(plan, people, problems)
        unread = any(p.where.startswith(f"{plan.where}.") for p in problems.found)
        if not plan.shifts and not unread:
            problems.add(
                f"{plan.where}.shift",
                "没有任何班次；至少写一个 [[roster.shift]]",
                "there is none; write at least one [[roster.shift]]",
            )
        if len(problems.found) > before or unread or not plan.shifts:
            continue
        duty = roster(plan, zone, today)
        _check_swaps(plan, duty, today, problems)
        _check_holes(plan, duty, today, problems)
        _check_end(plan, duty, today, warnings)


def _check_names(plan: RosterPlan, people: frozenset[str], problems: Problems) -> None:
    shifts = [shift.name for _, shift in plan.shifts]
    if plan.section.id in people:
        problems.add(
            f"{plan.where}.id",
            f"“{plan.section.id}”已是一个 [[responder]] 的编号",
            f"{plan.section.id!r} is the id of a [[responder]] already",
        )
    first, last = plan.section.first, plan.section.last
    if first and last and first > last:
        problems.add(f"{plan.where}.last", f"{last} 早于 {first}", f"{last} is before {first}")
    for index, (where, shift) in enumerate(plan.shifts):
        _check_people(f"{where}.who", shift.who, people, problems)
        if not shift.who:
            words = "是空的；写联系人编号", "is empty; write ids of responders"
            problems.add(f"{where}.who", *words)
        if shift.name in shifts[:index]:
            problems.add(
                f"{where}.name",
                f"“{shift.name}”已是本值班表另一班次的名称",
                f"{shift.name!r} is the name of another shift of this roster",
            )
        for day in shift.days:
            if day not in DAYS:
                hint = did_you_mean(day, DAYS)
                problems.add(
                    f"{where}.days", f"“{day}”不可用{hint.zh}", f"{day!r} is unknown{hint.en}"
                )
    taken: set[tuple[str, str]] = set()
    for swap in plan.section.swaps:
        _check_people(f"{plan.where}.swaps", swap.who, people, problems)
        if (swap.on, swap.shift) in taken:
            problems.add(
                f"{plan.where}.swaps",
                f"{swap.on} 的“{swap.shift}”换了两次；只写一次",
                f"shift {swap.shift!r} on {swap.on} is given away twice; write it once",
            )
        taken.add((swap.on, swap.shift))
        if swap.shift not in shifts:
            hint = did_you_mean(swap.shift, shifts)
            problems.add(
                f"{plan.where}.swaps",
                f"没有名为“{swap.shift}”的班次{hint.zh}",
                f"there is no shift {swap.shift!r}{hint.en}",
            )


def _check_swaps(plan: RosterPlan, duty: Roster, today: date, problems: Problems) -> None:
    """Note who would wait in vain for a shift that does not begin on the date of the swap."""
    for swap in duty.swaps:
        day = date.fromisoformat(swap.on)
        if day < today or any(span.shift == swap.shift for span in spans(duty, day, day)):
            continue
        problems.add(
            f"{plan.where}.swaps",
            f"{swap.on} 没有班次“{swap.shift}”；请看 days、放假安排和起止日期",
            f"no shift {swap.shift!r} begins on {swap.on}; see its days, the holidays, "
            "and from when to when the roster holds",
        )


def _check_people(
    where: str, ids: tuple[str, ...], people: frozenset[str], problems: Problems
) -> None:
    for id in ids:
        if id not in people:
            hint = did_you_mean(id, people)
            problems.add(
                where,
                f"没有编号为“{id}”的 [[responder]]{hint.zh}",
                f"there is no [[responder]] {id!r}{hint.en}",
            )


def _check_holes(plan: RosterPlan, duty: Roster, today: date, problems: Problems) -> None:
    """Note the holes from today on, while the roster holds; what is past harms nobody."""
    first = max(today, date.fromisoformat(duty.first)) if duty.first else today
    last = first + AHEAD
    if duty.last:
        last = min(last, date.fromisoformat(duty.last))
    found = holes(duty, first, last) if first <= last else []
    if found and duty.first == first.isoformat() and found[0][0] == _midnight(first, duty):
        found = found[1:]  # its first day begins with its first shift
    if not found:
        return
    zone = ZoneInfo(duty.zone)
    said = [_span(begin, end, zone) for begin, end in found[:HOLES_NAMED_MAX]]
    more = len(found) - len(said)
    shift = _emptied(duty, found[0][0])
    zh, en = (f" 等 {len(found)} 处", f" and {more} more") if more else ("", "")
    problems.add(
        plan.where,
        f"{duty.name} 无人值班：{shift}{'、'.join(said)}{zh}",
        f"nobody is on duty: {shift}{', '.join(said)}{en}",
    )


def _midnight(day: date, duty: Roster) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(duty.zone))


def _span(begin: datetime, end: datetime, zone: ZoneInfo) -> str:
    here, there = begin.astimezone(zone), end.astimezone(zone)
    if there.date() - here.date() == timedelta(days=1) and f"{there:%H:%M}" == "00:00":
        return f"{here:%Y-%m-%d %H:%M}-24:00"
    if here.date() == there.date():
        return f"{here:%Y-%m-%d %H:%M}-{there:%H:%M}"
    return f"{here:%Y-%m-%d %H:%M} – {there:%Y-%m-%d %H:%M}"


def _emptied(duty: Roster, begin: datetime) -> str:
    """Return the name of the shift that was emptied by a swap, if that made the hole."""
    day = begin.astimezone(ZoneInfo(duty.zone)).date().isoformat()
    for swap in duty.swaps:
        if swap.on == day and not swap.people:
            return f"{swap.shift} "
    return ""


def _check_end(plan: RosterPlan, duty: Roster, today: date, warnings: Problems) -> None:
    if ends_soon(duty, today):
        warnings.add(
            f"{plan.where}.last",
            f"值班表到 {duty.last} 为止；之后每次都通知表中所有人，请续排",
            f"the roster ends on {duty.last}; after that everybody on it is told each time",
        )
    uses = {WORKDAY, DAY_OFF} & {day for shift in duty.shifts for day in shift.days}
    known = known_until()
    ends = date(known, 12, 31)
    if uses and plan.section.calendar is Calendar.CHINA and ends - today < timedelta(days=31):
        warnings.add(
            f"{plan.where}.calendar",
            f"放假安排只到 {known} 年；之后按周末算，请更新程序，或写 days_off 和 workdays",
            f"public holidays are known until {known} only; later ones count by the week: "
            "update the program, or write days_off and workdays",
        )
