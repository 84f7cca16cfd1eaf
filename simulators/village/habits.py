"""A resident's day, from one seed: the same day can be lived again, alone.

Pure: a date goes in, the doings of that day come out in order. Nobody is watching here;
what the devices make of it is in `senses`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from simulators.village.personas import Outing, Persona, Visit, minute_of_day
from simulators.village.said import Said

AT_THE_DOOR = "门口"
NIGHT_TRIP_MINUTES = (3, 9)


class What(StrEnum):
    """What a resident does."""

    RISE = "rise"
    ENTER = "enter"
    MOVE = "move"
    USE = "use"
    LEAVE = "leave"
    RETURN = "return"
    LIE_DOWN = "lie_down"
    VISIT = "visit"
    VISIT_ENDS = "visit_ends"


class Doing(msgspec.Struct, frozen=True, gc=False):
    """One thing a resident does, at a moment (aware, local zone)."""

    at: datetime
    what: What
    room: str = ""
    words: Said = Said("", "")


class Body(msgspec.Struct, frozen=True, gc=False):
    """Where a resident is, and what they are about."""

    room: str = ""
    away: bool = False
    lying: bool = True
    words: Said = Said("在睡觉", "asleep")
    visitor: Said | None = None


def after(body: Body, doing: Doing) -> Body:
    """Return the resident after one doing."""
    change = msgspec.structs.replace
    match doing.what:
        case What.RISE | What.ENTER:
            return change(body, room=doing.room, lying=False, away=False, words=doing.words)
        case What.LIE_DOWN:
            return change(body, room=doing.room, lying=True, away=False, words=doing.words)
        case What.LEAVE:
            return change(body, room="", lying=False, away=True, words=doing.words)
        case What.RETURN:
            return change(body, room=doing.room, lying=False, away=False, words=doing.words)
        case What.VISIT:
            return change(body, visitor=doing.words)
        case What.VISIT_ENDS:
            return change(body, visitor=None)
        case _:
            return body


def day(persona: Persona, zone: ZoneInfo, on: date, seed: str) -> list[Doing]:
    """Return everything the resident does on one date, in order of time.

    The same arguments give the same day, whatever was asked for before. The last
    doings may fall shortly after midnight.
    """
    rng = random.Random(f"{seed}/{on.isoformat()}")
    midnight = datetime.combine(on, time(), zone)
    rises = _around(rng, midnight, persona.wakes, persona.spread_minutes)
    beds = _around(rng, midnight, persona.sleeps, persona.spread_minutes)
    doings = [*_night(rng, persona, midnight, rises), *_waking(rng, persona, midnight, rises, beds)]
    return sorted(doings, key=lambda doing: doing.at)


def _around(rng: random.Random, midnight: datetime, around: str, spread_minutes: int) -> datetime:
    seconds = minute_of_day(around) * 60 + rng.randint(-spread_minutes * 60, spread_minutes * 60)
    return midnight + timedelta(seconds=seconds)


def _night(
    rng: random.Random, persona: Persona, midnight: datetime, rises: datetime
) -> Iterator[Doing]:
    """Yield the times they get up before the day begins, well apart."""
    first, last = midnight + timedelta(minutes=30), rises - timedelta(minutes=40)
    wished = int(persona.night_trips) + (rng.random() < persona.night_trips % 1)
    slot = (last - first) / max(wished, 1)
    for number in range(wished):
        at = first + slot * number + slot * rng.uniform(0.1, 0.7)
        back = at + timedelta(minutes=rng.uniform(*NIGHT_TRIP_MINUTES))
        yield Doing(at, What.RISE, persona.bedroom, Said("夜里起来", "up in the night"))
        for room in _on_the_way(persona):
            at += timedelta(seconds=rng.randint(15, 40))
            yield Doing(at, What.ENTER, room, Said("夜里起来", "up in the night"))
        yield Doing(back, What.LIE_DOWN, persona.bedroom, Said("在睡觉", "asleep"))


def _on_the_way(persona: Persona) -> tuple[str, ...]:
    """Rooms one passes at night: the bathroom and what leads there."""
    known = [room for room in ("过道", "卫生间") if room in persona.rooms]
    return tuple(known) or ("卫生间",)


def _waking(
    rng: random.Random, persona: Persona, midnight: datetime, rises: datetime, beds: datetime
) -> Iterator[Doing]:
    """Yield the day between rising and going to bed."""
    yield Doing(rises, What.RISE, persona.bedroom, Said("起床了", "getting up"))
    at = rises + timedelta(minutes=rng.uniform(1, 4))
    room = persona.bedroom
    for planned, end, item in _agenda(rng, persona, midnight, beds):
        if planned < at:  # still busy with the thing before
            continue
        at, room, doings = _potter(rng, persona, room, at, planned)
        yield from doings
        if isinstance(item, Visit):
            yield Doing(at, What.VISIT, room, item.who)
            yield Doing(end, What.VISIT_ENDS, room)
        elif isinstance(item, Outing):
            yield from _out(rng, persona, at, end, item)
            room, at = AT_THE_DOOR, end
        else:
            yield Doing(at, What.LIE_DOWN, persona.bedroom, Said("在午睡", "taking a nap"))
            yield Doing(end, What.RISE, persona.bedroom, Said("刚睡醒", "just woke up"))
            room, at = persona.bedroom, end
    at, room, doings = _potter(rng, persona, room, at, beds)
    yield from doings
    yield Doing(max(at, beds), What.LIE_DOWN, persona.bedroom, Said("在睡觉", "asleep"))


Item = Outing | Visit | None
"""None is the nap."""


def _agenda(
    rng: random.Random, persona: Persona, midnight: datetime, beds: datetime
) -> list[tuple[datetime, datetime, Item]]:
    """Return today's fixed points (begin, end, what), in order; all end before bedtime."""
    points: list[tuple[datetime, datetime, Item]] = []
    likely: tuple[Outing | Visit, ...] = (*persona.outings, *persona.visits)
    for item in likely:
        begin = _around(rng, midnight, item.around, item.spread_minutes)
        end = begin + timedelta(minutes=rng.uniform(*item.minutes))
        if rng.random() < item.chance:
            points.append((begin, end, item))
    if persona.nap:
        begin = _around(rng, midnight, persona.nap[0], 20)
        points.append(
            (begin, begin + timedelta(minutes=persona.nap[1] * rng.uniform(0.6, 1.2)), None)
        )
    return sorted(
        (point for point in points if point[1] < beds - timedelta(minutes=20)),
        key=lambda point: point[0],
    )


def _out(
    rng: random.Random, persona: Persona, at: datetime, end: datetime, outing: Outing
) -> Iterator[Doing]:
    yield Doing(at, What.ENTER, AT_THE_DOOR, Said("正要出门", "about to go out"))
    yield Doing(at + timedelta(seconds=rng.randint(20, 60)), What.LEAVE, words=outing.why)
    yield Doing(end, What.RETURN, AT_THE_DOOR, Said("刚回来", "just came home"))


def _potter(
    rng: random.Random, persona: Persona, room: str, at: datetime, until: datetime
) -> tuple[datetime, str, list[Doing]]:
    """Go from room to room until a time; return the time, the last room and the doings."""
    doings: list[Doing] = []
    while at < until:
        room = _another(rng, persona, room)
        doings.append(Doing(at, What.ENTER, room, _words(rng, room)))
        leaves = min(at + timedelta(minutes=rng.uniform(*persona.stay_minutes)), until)
        used = rng.random() < 0.6
        while True:
            at += timedelta(seconds=rng.uniform(*persona.move_seconds))
            if at >= leaves:
                break
            doings.append(Doing(at, What.USE if used else What.MOVE, room))
            used = rng.random() < 0.15
        at = leaves
    return at, room, doings


def _another(rng: random.Random, persona: Persona, room: str) -> str:
    others = {name: weight for name, weight in persona.rooms.items() if name != room}
    if not others:
        return room
    return rng.choices(list(others), list(others.values()))[0]


_IN_ROOM: dict[str, tuple[Said, ...]] = {
    "厨": (
        Said("在做饭", "cooking"),
        Said("在洗碗", "washing up"),
        Said("在烧水", "boiling water"),
    ),
    "灶": (Said("在烧饭", "cooking at the stove"), Said("在喂猪", "mixing feed")),
    "客": (Said("在看电视", "watching television"), Said("在择菜", "picking greens")),
    "堂": (Said("在堂屋坐着", "sitting in the hall"), Said("在编竹筐", "weaving a basket")),
    "书": (Said("在看书", "reading"), Said("在练字", "practising calligraphy")),
    "卫": (Said("在卫生间", "in the bathroom"),),
    "院": (Said("在喂鸡", "feeding the hens"), Said("在晒太阳", "sitting in the sun")),
    "卧": (Said("在屋里歇着", "resting"), Said("在缝补", "mending")),
}


def _words(rng: random.Random, room: str) -> Said:
    known = _IN_ROOM.get(room[:1])
    return rng.choice(known) if known else Said(f"在{room}", "about the house")
