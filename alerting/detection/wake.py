"""Somebody has not got up.

Up is who is seen anywhere but in bedroom and bathroom, or three times in half an hour, or
at the door, after four in the morning. Later than two and a half hours after the usual
time (the median of the last thirty mornings), and at home: people are told. Before five
mornings are known the inactivity detector alone watches.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

import msgspec

from alerting.detection.habit import wall
from alerting.detection.signs import (
    DAY_MINUTES,
    SIGNS,
    Place,
    followed,
    minute_of_day,
    next_time,
    room,
    routine,
)
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

LATE = timedelta(hours=2.5)
MORNING_MINUTE = 4 * 60
"""Of the day: the day begins."""
NOON_MINUTE = 14 * 60
"""Whoever is first seen later got up at a time that teaches nothing."""
MORNINGS_MAX, MORNINGS_ENOUGH = 30, 5
SIGNS_UP, SIGNS_WITHIN = 3, timedelta(minutes=30)


class State(msgspec.Struct, frozen=True):
    """Whether the resident is up, and when they usually are."""

    place: Place = Place()
    rests_until: datetime | None = None
    """Up: until the next day begins, nothing of this matters."""
    mornings: tuple[int, ...] = ()
    """Minutes of the day, oldest first."""
    signs: tuple[datetime, ...] = ()
    """The last ones, while not up."""
    due: datetime | None = None
    has_said: bool = False


class WakeDetector:
    """Finds a morning on which nobody gets up."""

    name = "wake"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing; the first morning is the next one."""
        return State(rests_until=next_time(home, at, MORNING_MINUTE))

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """See who gets up; on a tick, say who did not."""
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._up(home, _with(state, place=place), event.at, teaches=False)
        rests = state.rests_until is not None and event.at < state.rests_until
        if rests and routine(state.place, event):
            return state, ()
        place, is_sign = followed(home, state.place, event)
        if place is not state.place:
            state = _with(state, place=place)
        if rests or not is_sign or minute_of_day(home, event.at) < MORNING_MINUTE:
            return state, ()
        since = event.at - SIGNS_WITHIN
        signs = (*(one for one in state.signs if one >= since), event.at)[-SIGNS_UP:]
        is_up = room(home, event.device) not in ("bedroom", "bathroom") or len(signs) >= SIGNS_UP
        if not is_up:
            return _with(state, signs=signs), ()
        return self._up(home, state, event.at, teaches=True)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Begin with the next morning: on this one they may have got up unheard."""
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        rests = next_time(home, at, MORNING_MINUTE)
        due = _due(home, rests, state.mornings) if state.place.is_home else None
        return _with(state, rests_until=rests, signs=(), due=due)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Go on."""
        return state

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when it will be too late this morning."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        if not state.place.is_home:
            return _with(state, due=_due(home, at, state.mornings)), ()
        return _with(state, due=None, has_said=True), (_not_up(home, state, at),)

    def _up(
        self, home: Household, state: State, at: datetime, *, teaches: bool
    ) -> tuple[State, tuple[Finding, ...]]:
        mornings = state.mornings
        minute = minute_of_day(home, at)
        if teaches and minute < NOON_MINUTE and state.place.person is PresenceState.HOME:
            mornings = (*mornings, int(minute))[-MORNINGS_MAX:]
        rests = next_time(home, at, MORNING_MINUTE)
        is_in = state.place.person is PresenceState.HOME
        due = _due(home, rests, mornings) if is_in else None
        after = State(state.place, rests, mornings, (), due, False)
        return after, (_is_up(home, at),) if state.has_said else ()


def _due(home: Household, after: datetime, mornings: tuple[int, ...]) -> datetime | None:
    """Return the first moment after `after` at which it is too late to get up."""
    if len(mornings) < MORNINGS_ENOUGH:
        return None
    minute = median(mornings) + LATE / timedelta(minutes=1)
    return next_time(home, after, minute % DAY_MINUTES)


def _not_up(home: Household, state: State, at: datetime) -> Finding:
    usual = int(median(state.mornings))
    clock = f"{usual // 60:02}:{usual % 60:02}"
    late = wall(home, at) % DAY_MINUTES - usual
    return Finding(
        at=at,
        detector=WakeDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"今天还没有起床：平时{clock}起床，已晚{late / 60:.1f}小时",
            f"not up yet: usually at {clock}, {late / 60:.1f} h ago",
        ),
        urgency=Urgency.MEDIUM,
        evidence={
            "usual_minute": usual,
            "late_hours": round(late / 60, 2),
            "mornings": [float(one) for one in state.mornings[-7:]],
            "signs": len(state.signs),
        },
        short=Words("今天还没有起床", "not up yet"),
    )


def _is_up(home: Household, at: datetime) -> Finding:
    return Finding(
        at=at,
        detector=WakeDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words("已经起床", "up now"),
        active=False,
        evidence={"late_hours": 0},
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
