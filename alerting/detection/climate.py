"""A room that is too cold or too hot for too long.

The limits are the household's (12 and 35 degrees Celsius, for an hour, by default). A room
has recovered when it is a degree on the right side of its limit: without that margin, one
that stands at 12.0 would alarm all night. A reading counts for as long as its device may be
silent; a thermometer that died while it was cold proves nothing, and supervision says so.
A person's word that nobody is at home holds it back: an empty cold room endangers nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection.home import HEARTBEAT_UNKNOWN, STILL_COMING, heartbeat
from alerting.detection.names import name, where
from alerting.events import Evidence, Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Climate

NOTHING = Words("", "")
MARGIN_C = 1.0
"""How far inside the limits a room must be again, in degrees Celsius."""

ROOM_AIR = frozenset({Role.CLIMATE, Role.MOTION, Role.PRESENCE, Role.SPEAKER})
"""The devices that measure the air of a room; a fridge and a wrist have temperatures too."""


AFTER_MIN = timedelta(seconds=1)
"""What lasts no time at all cannot be counted."""


class Side(StrEnum):
    """Which limit a room is beyond."""

    COLD = "cold"
    HEAT = "heat"


WORDS: dict[Side, Words] = {
    Side.COLD: Words("室温过低", "too cold"),
    Side.HEAT: Words("室温过高", "too hot"),
}


class Room(msgspec.Struct, frozen=True, gc=False):
    """A device that measures beyond a limit."""

    side: Side
    since: datetime
    """Since when every reading was beyond it."""
    heard_at: datetime
    degrees: float
    due: datetime | None
    """When it will have lasted too long; None: it was told, or nothing can be concluded."""
    is_told: bool = False


class State(msgspec.Struct, frozen=True):
    """The rooms that are too cold or too hot; the key is the device."""

    rooms: dict[str, Room] = {}
    person: PresenceState = PresenceState.HOME
    """Where the resident is, as a person said."""


class ClimateDetector:
    """A room beyond a limit for long enough is a finding; one that recovers clears it."""

    name = "climate"
    consumes = (Climate,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take a reading, or see what has lasted too long."""
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            return self._told(home, state, event)
        if not isinstance(event, Climate) or event.retained:
            return state, ()
        device = home.devices.get(event.device)
        if device is None or device.role not in ROOM_AIR:
            return state, ()
        return self._read(home, state, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Begin to count with the next reading; after a moment, count on."""
        if is_blink:
            rooms = {id: _later(room, at) for id, room in state.rooms.items()}
        else:
            rooms = {id: room for id, room in state.rooms.items() if room.is_told}
        return State(rooms, state.person)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone; the others are judged anew at their next word."""
        return State(
            {id: room for id, room in state.rooms.items() if id in home.devices}, state.person
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when a room will have been beyond its limit for too long."""
        return min((r.due for r in state.rooms.values() if r.due is not None), default=None)

    def _read(
        self, home: Household, state: State, event: Climate
    ) -> tuple[State, tuple[Finding, ...]]:
        id, before = event.device, state.rooms.get(event.device)
        side = _side(home, event.temperature_c, before)
        if side is None:
            if before is None:
                return state, ()
            rooms = {other: room for other, room in state.rooms.items() if other != id}
            return State(rooms, state.person), _recovery(home, event, before)
        found: tuple[Finding, ...] = ()
        if before is not None and before.side is not side:
            found = _recovery(home, event, before)
            before = None
        elif before is not None and event.at - before.heard_at > _valid(home, id):
            before = before if before.is_told else None  # what was between, we do not know
        if before is None:
            room = Room(side, event.at, event.at, event.temperature_c, None)
        else:
            room = _with(before, heard_at=event.at, degrees=event.temperature_c)
        if not room.is_told and state.person is PresenceState.HOME:
            room = _with(room, due=room.since + max(home.cold_or_heat_after, AFTER_MIN))
        state = State({**state.rooms, id: room}, state.person)
        state, more = self._look(home, state, event.at)
        return state, found + more

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        late = {id: r for id, r in state.rooms.items() if r.due is not None and r.due <= at}
        if not late:
            return state, ()
        rooms, found = dict(state.rooms), []
        for id, room in late.items():
            is_known = at - room.heard_at <= _valid(home, id)
            rooms[id] = _with(room, due=None, is_told=is_known)
            if is_known:
                found.append(_beyond(home, id, room, at))
        return State(rooms, state.person), tuple(found)

    def _told(
        self, home: Household, state: State, event: PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Whoever is away is not in danger; who comes home is from then on."""
        if event.state is PresenceState.HOME:
            due = event.at + max(home.cold_or_heat_after, AFTER_MIN)
            rooms = {id: _with(r, since=event.at, due=due) for id, r in state.rooms.items()}
            return State(rooms, event.state), ()
        found = tuple(
            _over(
                home,
                id,
                event.at,
                room,
                Words(
                    f"{event.by}登记老人不在家（{WORDS[room.side].zh}不再提醒）",
                    f"{event.by} says that the resident is: {event.state}",
                ),
            )
            for id, room in state.rooms.items()
            if room.is_told
        )
        rooms = {id: _with(r, due=None, is_told=False) for id, r in state.rooms.items()}
        return State(rooms, event.state), found


def _side(home: Household, degrees: float, before: Room | None) -> Side | None:
    """Return which limit is passed, or still is: a room recovers only by the margin."""
    cold, heat = home.cold_below, home.heat_above
    if before is not None and before.is_told:
        cold += MARGIN_C if before.side is Side.COLD else 0
        heat -= MARGIN_C if before.side is Side.HEAT else 0
    if degrees < cold:
        return Side.COLD
    return Side.HEAT if degrees > heat else None


def _valid(home: Household, id: str) -> timedelta:
    return heartbeat(home.devices[id]) or HEARTBEAT_UNKNOWN


def _later(room: Room, at: datetime) -> Room:
    return room if room.due is None else _with(room, due=max(room.due, at + STILL_COMING))


def _with(room: Room, **fields: object) -> Room:
    return msgspec.structs.replace(room, **fields)


def _beyond(home: Household, id: str, room: Room, at: datetime) -> Finding:
    device, place, words = name(home, id), where(home, id), WORDS[room.side]
    is_cold = room.side is Side.COLD
    limit = home.cold_below if is_cold else home.heat_above
    minutes = (at - room.since).total_seconds() / 60
    local = room.since.astimezone(home.tz)
    reason = Words(
        f"{device.zh}：{words.zh}，{room.degrees:.1f}℃，自{local:%H:%M}起"
        f"{'低于' if is_cold else '高于'}{limit:g}℃",
        f"{device.en}: {words.en}, {room.degrees:.1f} °C, "
        f"{'below' if is_cold else 'above'} {limit:g} °C since {local:%H:%M}",
    )
    evidence: Evidence = {
        "device": id,
        "temperature_c": room.degrees,
        "limit_c": limit,
        "minutes": round(minutes, 1),
        "reading_minutes_ago": round((at - room.heard_at).total_seconds() / 60, 1),
    }
    degrees = f"{room.degrees:.0f}"
    in_en = f"{place.en} " if place.en and place.en.isascii() else ""
    short = Words(
        f"{place.zh}室温{'仅' if is_cold else '达'}{degrees}度"[-12:],
        f"{in_en}{degrees} C, {words.en}",
    )
    return _finding(id, at, room.side, reason, evidence, short=short)


def _recovery(home: Household, event: Climate, room: Room) -> tuple[Finding, ...]:
    if not room.is_told:
        return ()
    degrees = event.temperature_c
    words = Words(f"室温恢复到{degrees:.1f}℃", f"back to {degrees:.1f} °C")
    return (_over(home, event.device, event.at, room, words, degrees),)


def _over(
    home: Household, id: str, at: datetime, room: Room, words: Words, degrees: float | None = None
) -> Finding:
    device = name(home, id)
    shown = room.degrees if degrees is None else degrees
    reason = Words(f"{device.zh}：{words.zh}", f"{device.en}: {words.en}")
    evidence: Evidence = {"device": id, "temperature_c": shown}
    return _finding(id, at, room.side, reason, evidence, active=False)


def _finding(
    id: str,
    at: datetime,
    side: Side,
    reason: Words,
    evidence: Evidence,
    *,
    active: bool = True,
    short: Words = NOTHING,
) -> Finding:
    return Finding(
        at=at,
        detector=ClimateDetector.name,
        what=IncidentKind.SAFETY,
        subject=id,
        reason=reason,
        active=active,
        urgency=Urgency.MEDIUM,
        evidence=evidence,
        group=str(side),
        short=short,
    )
