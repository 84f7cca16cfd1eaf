"""Nobody has moved at home for too long.

The simple, safe rule of the first hours: 8 h by day, 12 h by night (`daylight`), counted
while somebody is at home (`door`, or a person's word). A state that is merely repeated is
no movement. A home none of whose inside devices has spoken lately is not seen, and its
silence proves nothing: supervision says so instead.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.daylight import is_day, runs_out
from alerting.detection.door import Whereabouts, door_moved, seen_inside
from alerting.detection.home import (
    HEARTBEAT_UNKNOWN,
    STILL_COMING,
    heartbeat,
    inside,
)
from alerting.detection.names import name
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Contact,
    Motion,
    Observation,
    Online,
    Presence,
    Used,
)

NOTE_SHARE = 20
"""A device is noted as heard when a twentieth of its heartbeat has passed since the last time."""


class State(msgspec.Struct, frozen=True):
    """Since when it has been quiet, where the resident is, and what we can see."""

    moved_at: datetime
    """When somebody last moved at home, or when we began to count."""
    due: datetime | None
    """When to look next; not later than the silence can have lasted too long."""
    said_at: datetime | None = None
    """When we last said that it is too quiet; None: we have not."""
    person: PresenceState = PresenceState.HOME
    """What a person said."""
    door: Whereabouts = Whereabouts()
    known: dict[str, bool] = {}
    """The last reported state of each device that has states."""
    heard: dict[str, datetime] = {}
    """When each inside device was last noted as heard."""
    renew: dict[str, datetime] = {}
    """When it is to be noted again, so that not every word of it makes a new state."""
    is_blind: bool = False
    """No inside device has spoken lately; we count again from its next word."""


class InactivityDetector:
    """Finds a silence that has lasted too long while somebody should be moving."""

    name = "inactivity"
    consumes = (Observation,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Begin to count."""
        heard = dict.fromkeys(inside(home), at)
        due = runs_out(home, at) if heard else None
        return State(moved_at=at, due=due, heard=heard, renew=_renewals(home, heard))

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Count on, or say that it has been quiet too long, or that it no longer is."""
        # every word of every device comes through here: the frequent cases leave first
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            return self._told(home, state, event)
        if event.retained:
            return state, ()
        renew = state.renew.get(event.device)
        if renew is None:
            return self._door(home, state, event), ()
        kind = event.__class__
        if kind is Online:
            return state, ()  # a bridge's word about the device is not the device's
        if event.at >= renew or state.is_blind:
            state = _heard(home, state, event)
        if kind is Alive:
            return state, ()
        if kind is Motion or kind is Used:
            return self._moved(home, state, event)
        return self._compare(home, state, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Count from now: of the time before we know nothing; after a moment, count on."""
        if is_blink:
            due = state.due and max(state.due, at + STILL_COMING)
            return _with(state, due=due)
        return State(
            moved_at=at,
            due=runs_out(home, at) if state.heard else None,
            said_at=None if state.said_at is None else at,
            person=state.person,
            door=state.door,
            known=state.known,
            heard=dict.fromkeys(state.heard, at),
            renew=state.renew,
        )

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Keep the count; watch the devices there are now."""
        heard = {id: state.heard.get(id, at) for id in inside(home)}
        known = {id: on for id, on in state.known.items() if id in home.devices}
        moved_at = state.moved_at if state.heard else at
        due = max(runs_out(home, state.said_at or moved_at), at) if heard else None
        renew = _renewals(home, heard)
        return _with(state, moved_at=moved_at, heard=heard, renew=renew, known=known, due=due)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when to look next."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        if state.person is not PresenceState.HOME or state.door.is_away:
            return _with(state, due=None), ()
        due = runs_out(home, state.said_at or state.moved_at)
        if at < due:
            return _with(state, due=due), ()
        spoke = self._spoke(home, state, at)
        if spoke is None:
            return _with(state, due=None, is_blind=True), ()
        found = _too_quiet(home, state, at, spoke)
        return _with(state, said_at=at, due=runs_out(home, at)), (found,)

    def _spoke(self, home: Household, state: State, at: datetime) -> str | None:
        """Return the inside device heard last, if any has spoken within its heartbeat."""
        fresh = {}
        for id, heard in state.heard.items():
            limit = heartbeat(home.devices[id])
            if limit is None or at - heard <= limit + _slack(limit):
                fresh[id] = heard
        return max(fresh, key=lambda id: (fresh[id], id), default=None)

    def _compare(
        self, home: Household, state: State, event: AnyObservation
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take a state for a movement when it has changed."""
        if isinstance(event, Presence):
            is_on = event.present
        elif isinstance(event, Contact):
            is_on = event.is_open
        elif isinstance(event, Bed):
            is_on = event.occupied
        else:
            return state, ()
        before = state.known.get(event.device)
        if before is is_on:
            return state, ()
        state = _with(state, known={**state.known, event.device: is_on})
        # what a radar no longer sees may have left long ago; what it newly sees has moved
        is_move = before is not None and (is_on or not isinstance(event, Presence))
        return self._moved(home, state, event) if is_move else (state, ())

    def _moved(
        self, home: Household, state: State, event: AnyObservation
    ) -> tuple[State, tuple[Finding, ...]]:
        door = state.door
        if door.is_away:
            door = seen_inside(door, event.at, is_at_door=_is_at_door(home, event))
        due = state.due if state.due is not None else runs_out(home, event.at)
        after = State(
            event.at, due, None, state.person, door, state.known, state.heard, state.renew
        )
        if state.said_at is None:
            return after, ()
        return _with(after, due=runs_out(home, event.at)), (_moving(home, event),)

    def _door(self, home: Household, state: State, event: AnyObservation) -> State:
        if not isinstance(event, Contact):
            return state
        device = home.devices.get(event.device)
        if device is None or device.role is not Role.ENTRANCE:
            return state
        before = state.known.get(event.device)
        if before is event.is_open:
            return state
        state = _with(state, known={**state.known, event.device: event.is_open})
        if before is None:
            return state  # a first word is no movement
        if state.said_at is not None:
            return state  # somebody may be coming to look; nobody leaves who does not move
        door, has_come = door_moved(state.door, event.at, is_open=event.is_open)
        if not has_come:
            return _with(state, door=door)
        due = runs_out(home, event.at) if state.heard else None
        return _with(state, door=door, moved_at=event.at, due=due)

    def _told(
        self, home: Household, state: State, event: PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        is_home = event.state is PresenceState.HOME
        after = _with(
            state,
            person=event.state,
            door=Whereabouts(),
            moved_at=event.at,
            said_at=None,
            due=runs_out(home, event.at) if is_home and state.heard else None,
        )
        if state.said_at is None:
            return after, ()
        return after, (_explained(home, event),)


def _heard(home: Household, state: State, event: AnyObservation) -> State:
    """Note that an inside device has spoken; after blindness, count from here."""
    heard = {**state.heard, event.device: event.at}
    renew = {**state.renew, event.device: _renewals(home, {event.device: event.at})[event.device]}
    state = _with(state, heard=heard, renew=renew)
    if not state.is_blind:
        return state
    return _with(state, is_blind=False, moved_at=event.at, due=runs_out(home, event.at))


def _renewals(home: Household, heard: dict[str, datetime]) -> dict[str, datetime]:
    return {
        id: at + _slack(heartbeat(home.devices[id]) or HEARTBEAT_UNKNOWN)
        for id, at in heard.items()
    }


def _slack(limit: timedelta) -> timedelta:
    return limit / NOTE_SHARE


def _is_at_door(home: Household, event: AnyObservation) -> bool:
    """Return True for what hangs in the room of the entrance and may see who just left."""
    if not isinstance(event, Motion | Presence):
        return False
    room = home.devices[event.device].room
    entrances = (d for d in home.devices.values() if d.role is Role.ENTRANCE)
    return room != "" and any(door.room == room for door in entrances)


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)


def _too_quiet(home: Household, state: State, at: datetime, spoke: str) -> Finding:
    hours = (at - state.moved_at).total_seconds() / 3600
    day = is_day(home, at)
    local = state.moved_at.astimezone(home.tz)
    return Finding(
        at=at,
        detector=InactivityDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"家中已{hours:.1f}小时未见活动（自{local:%H:%M}起），没有出门迹象",
            f"nobody has moved at home for {hours:.1f} h (since {local:%H:%M}), "
            "and nobody seems to have gone out",
        ),
        urgency=Urgency.HIGH,
        evidence={
            "silent_hours": round(hours, 3),
            "limit_by_day_hours": home.inactivity_by_day.total_seconds() / 3600,
            "limit_by_night_hours": home.inactivity_by_night.total_seconds() / 3600,
            "time_of_day": "day" if day else "night",
            "last_heard_device": spoke,
            "last_heard_minutes_ago": round((at - state.heard[spoke]).total_seconds() / 60, 1),
        },
        short=Words(f"已{hours:.0f}小时未见活动", f"no activity for {hours:.0f} h"),
    )


def _moving(home: Household, event: AnyObservation) -> Finding:
    return Finding(
        at=event.at,
        detector=InactivityDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"又有活动：{name(home, event.device).zh}",
            f"somebody moves again: {name(home, event.device).en}",
        ),
        active=False,
        evidence={"device": event.device, "silent_hours": 0},
    )


def _explained(home: Household, event: PresenceSet) -> Finding:
    states = {
        PresenceState.HOME: "在家",
        PresenceState.AWAY: "外出",
        PresenceState.HOSPITAL: "住院",
        PresenceState.PAUSED: "暂停",
    }
    return Finding(
        at=event.at,
        detector=InactivityDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"{event.by}登记老人{states[event.state]}",
            f"{event.by} says that the resident is: {event.state}",
        ),
        active=False,
        evidence={"presence": str(event.state), "silent_hours": 0},
    )
