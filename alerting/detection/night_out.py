"""Somebody went out in the middle of the night and is not back after a quarter of an hour.

The deep night: an hour after the day ends, until an hour and a half before it begins
(23:00 to 05:30, unless the household's day is set otherwise). Whoever goes out at such
hours in three nights of a month does so by habit: nobody is called any more, but each such
night stands in the daily review list, so that a habit that is none is seen. Nobody is told of
whoever has only just come in: doors are opened twice on coming home.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.door import Whereabouts
from alerting.detection.habit import wall
from alerting.detection.signs import (
    DAY_MINUTES,
    INDOORS,
    SIGNS,
    Place,
    followed,
    forgotten,
    is_night,
)
from alerting.events import Finding, LeadsTo, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

GROUP = "out"
LIMIT = timedelta(minutes=15)
JUST_COME = timedelta(minutes=5)
HABIT_NIGHTS, HABIT_DAYS = 3, 30


class State(msgspec.Struct, frozen=True):
    """Whether the resident is out by night, and on which nights they were."""

    place: Place = Place()
    left_at: datetime | None = None
    due: datetime | None = None
    has_said: bool = False
    nights: tuple[int, ...] = ()
    """Days since 1970, on the household's wall, on which they stayed out."""


class NightOutDetector:
    """Finds somebody who leaves at night and stays out."""

    name = "night_out"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Begin with somebody at home."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Follow them out and in; on a tick, say that they are not back."""
        # nearly every word of a home changes nothing here: it leaves first
        door = state.place.door
        if event.__class__ in INDOORS and not (door.is_away or door.is_weak):
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._back(home, _with(state, place=place), event.at)
        place, _ = followed(home, state.place, event)
        if place is state.place:
            return state, ()
        before, state = state.place.door, _with(state, place=place)
        if before.is_away and not place.door.is_away:
            return self._back(home, state, event.at)
        leaves = place.door.is_away and not before.is_away and place.person is PresenceState.HOME
        if not leaves:
            return state, ()
        state = _with(state, place=forgotten(home, place))
        if is_night(home, event.at) and not _is_coming_home(before, event.at):
            return _with(state, left_at=event.at, due=event.at + LIMIT), ()
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Give them the time to come back again: they may have, unheard."""
        if state.due is None:
            return state
        return _with(state, due=max(state.due, at + LIMIT))

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Go on."""
        return state

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when they should be back."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due or state.left_at is None:
            return state, ()
        today = int(wall(home, at) // DAY_MINUTES)
        known = tuple(night for night in state.nights if today - night <= HABIT_DAYS)
        nights = known if today in known else (*known, today)
        is_habit = len(known) >= HABIT_NIGHTS
        after = _with(state, due=None, nights=nights, has_said=not is_habit)
        found = _out(home, state.left_at, at, len(known))
        return after, (_usual(found, len(known) + (today not in known)) if is_habit else found,)

    def _back(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        after = State(place=state.place, nights=state.nights)
        return after, (_returned(home, at),) if state.has_said else ()


def _is_coming_home(door: Whereabouts, at: datetime) -> bool:
    """Return True where a door that moves is as likely somebody who only now comes in."""
    has_just_come = door.door_at is not None and at - door.door_at <= JUST_COME
    return door.is_weak and (door.sign != "" or has_just_come)


def _out(home: Household, left: datetime, at: datetime, nights: int) -> Finding:
    minutes = (at - left) / timedelta(minutes=1)
    clock = f"{left.astimezone(home.tz):%H:%M}"
    return Finding(
        at=at,
        detector=NightOutDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"夜里{clock}出门，{minutes:.0f}分钟没有回来",
            f"went out at night, at {clock}, and is not back after {minutes:.0f} min",
        ),
        urgency=Urgency.HIGH,
        evidence={
            "out_minutes": round(minutes, 1),
            "limit_minutes": LIMIT / timedelta(minutes=1),
            "nights_out_in_30_days": nights,
        },
        group=GROUP,
        short=Words("夜里外出未归", "out at night"),
    )


def _usual(found: Finding, nights: int) -> Finding:
    """Return what is found, for the review list: they do so by habit."""
    return msgspec.structs.replace(
        found,
        reason=Words(
            f"{found.reason.zh}；{HABIT_DAYS}天内第{nights}夜，当作习惯，不打电话",
            f"{found.reason.en}; night {nights} of {HABIT_DAYS} days: "
            "taken for a habit, nobody is called",
        ),
        urgency=Urgency.LOW,
        leads_to=LeadsTo.REVIEW,
    )


def _returned(home: Household, at: datetime) -> Finding:
    return Finding(
        at=at,
        detector=NightOutDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words("已回家", "back"),
        active=False,
        evidence={"out_minutes": 0},
        group=GROUP,
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
