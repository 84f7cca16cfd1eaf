"""Somebody walks about the home in the deep night.

Counted are changes from room to room within an hour. Twelve are a lot, and told if they
are also twice as many as in any of the last thirty nights; five nights must be known. The
first sign after a quiet hour begins a new count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.habit import wall
from alerting.detection.signs import (
    DAY_MINUTES,
    INDOORS,
    SIGNS,
    Place,
    followed,
    forgotten,
    is_night,
    night,
)
from alerting.detection.signs import minute_of_day as minute_of
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

GROUP = "wandering"
WITHIN = timedelta(hours=1)
CHANGES_LEAST = 12
TIMES_USUAL = 2
NIGHTS_MAX, NIGHTS_ENOUGH = 30, 5
CHANGES_KEPT_MAX = 120


class State(msgspec.Struct, frozen=True):
    """Where the resident walked in the last hour, and how much they do at night."""

    place: Place = Place()
    room: str = ""
    """Where they were seen last."""
    changes: tuple[datetime, ...] = ()
    """When they came into another room, in the last hour."""
    rests_until: datetime | None = None
    """By day nothing of this matters."""
    most: int = 0
    """Changes within an hour, in the present night."""
    nights: tuple[int, ...] = ()
    """The most in each of the last nights."""
    tonight: int = 0
    """Day since 1970 to which the present night belongs."""
    has_said: bool = False
    due: datetime | None = None
    """When a told walk counts as over, if nothing more is seen."""


class WanderingDetector:
    """Finds restless walking at night."""

    name = "wandering"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Count the changes of room; on a tick, see that it is quiet again."""
        # nearly every word of a home changes nothing here: it leaves first
        rests, door = state.rests_until, state.place.door
        is_in = not (door.is_away or door.is_weak)
        if is_in and event.__class__ in INDOORS and rests is not None and event.at < rests:
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return _with(state, place=place, changes=(), room=""), ()
        place, is_sign = followed(home, state.place, event)
        if place is not state.place:
            state = _with(state, place=place)
        if (rests is not None and event.at < rests) or not is_sign or not place.is_home:
            return state, ()
        if not is_night(home, event.at):
            place = forgotten(home, place)
            rests_until = _night_begins(home, event.at)
            return _with(state, place=place, rests_until=rests_until, room="", changes=()), ()
        return self._walked(home, state, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Begin to count anew."""
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        return _with(state, changes=(), room="", due=state.due and at + WITHIN)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Go on; the night may be another."""
        return _with(state, rests_until=None)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when a walk we told of counts as over."""
        return state.due

    def _walked(
        self, home: Household, state: State, event: AnyObservation
    ) -> tuple[State, tuple[Finding, ...]]:
        at = event.at
        device = home.devices[event.device]
        where = device.room or device.id
        if where == state.room:
            return state, ()
        # a night belongs to the day it ends on
        tonight = int((wall(home, at) + DAY_MINUTES / 2) // DAY_MINUTES)
        if tonight != state.tonight:
            nights = (*state.nights, state.most)[-NIGHTS_MAX:] if state.tonight else state.nights
            state = _with(state, tonight=tonight, nights=nights, most=0, changes=())
        changes = state.changes
        if changes and at - changes[0] > WITHIN:
            changes = tuple(one for one in changes if at - one <= WITHIN)
        changes = (*changes, at)[-CHANGES_KEPT_MAX:] if state.room else changes
        most = max(state.most, len(changes))
        after = _with(state, room=where, changes=changes, most=most)
        if state.has_said:
            return _with(after, due=at + WITHIN), ()
        if len(state.nights) < NIGHTS_ENOUGH or len(changes) < enough(state.nights):
            return after, ()
        found = _walks(home, after, at)
        return _with(after, has_said=True, due=at + WITHIN), (found,)

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        return _with(state, due=None, has_said=False, changes=(), room=""), (_quiet(home, at),)


def enough(nights: tuple[int, ...]) -> int:
    """Return how many changes within an hour are told."""
    return max(CHANGES_LEAST, TIMES_USUAL * max(nights, default=0))


def _night_begins(home: Household, at: datetime) -> datetime:
    """Return when the next deep night begins, or a little earlier when the clocks change."""
    ahead = (night(home)[0] - minute_of(home, at)) % DAY_MINUTES
    return at + timedelta(minutes=ahead - 60 if ahead > 60 else ahead)


def _walks(home: Household, state: State, at: datetime) -> Finding:
    times = len(state.changes)
    usual = sorted(state.nights, reverse=True)[:5]
    return Finding(
        at=at,
        detector=WanderingDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"夜里来回走动：一小时内换房间{times}次；以往夜里最多{usual[0]}次",
            f"walking about at night: {times} times from room to room within an hour; "
            f"so far {usual[0]} at most",
        ),
        urgency=Urgency.LOW,
        evidence={
            "changes": times,
            "limit_changes": enough(state.nights),
            "usual_changes": [float(one) for one in usual],
        },
        group=GROUP,
        short=Words("夜里来回走动", "walking about at night"),
    )


def _quiet(home: Household, at: datetime) -> Finding:
    return Finding(
        at=at,
        detector=WanderingDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words("夜里又安静了", "quiet again"),
        active=False,
        evidence={"changes": 0},
        group=GROUP,
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
