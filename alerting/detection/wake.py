"""Somebody has not got up.

Seen up is who is seen after four in the morning anywhere but in bedroom and bathroom, or at
the door. Not seen up two and a half hours after the usual time, and at home: people are
told. The usual time is the median of the last thirty mornings, each from when somebody was
about for good (in three quarters of one hour, outside the bedroom): a glass of water at half
past four is no morning. Whoever rises at all hours is waited for until half an hour after
their second latest morning. Before ten mornings are known
it is three and a half hours; before five the inactivity detector alone watches.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

import msgspec

from alerting.detection.habit import wall
from alerting.detection.signs import (
    DAY_MINUTES,
    MOVING,
    SIGNS,
    Place,
    followed,
    minute_of_day,
    next_time,
    room,
)
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

MINUTE = timedelta(minutes=1)
LATE, LATE_UNSURE = timedelta(hours=2.5), timedelta(hours=3.5)
"""After the usual time; the latter before so many mornings are known that it is sure."""
MORNING_MINUTE = 4 * 60
"""Of the day: the day begins."""
NOON_MINUTE = 14 * 60
"""Whoever is first seen later got up at a time that teaches nothing."""
MORNINGS_MAX, MORNINGS_ENOUGH, MORNINGS_SURE = 30, 5, 10
LATEST_MORE = timedelta(minutes=30)
QUARTER, QUARTERS_UP, WITHIN = timedelta(minutes=15), 3, timedelta(hours=1)


class State(msgspec.Struct, frozen=True):
    """Whether the resident is up, and when they usually are."""

    place: Place = Place()
    rests_until: datetime | None = None
    """Up for good: until the next day begins, nothing of this matters."""
    mornings: tuple[int, ...] = ()
    """Minutes of the day, oldest first."""
    quarters: tuple[datetime, ...] = ()
    """The first sign in each quarter of the last hour, while not up for good."""
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
        # nearly every word of a home changes nothing here: it leaves first
        rests, door = state.rests_until, state.place.door
        is_in = not (door.is_away or door.is_weak)
        if is_in and event.__class__ in MOVING and rests is not None and event.at < rests:
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._up(home, _with(state, place=place), event.at, None)
        place, is_sign = followed(home, state.place, event)
        if place is not state.place:
            state = _with(state, place=place)
        is_resting = rests is not None and event.at < rests
        if is_resting or not is_sign or minute_of_day(home, event.at) < MORNING_MINUTE:
            return state, ()
        at, where = event.at, room(home, event.device)
        if where == "bedroom":
            return state, ()  # who turns over in bed is not up
        quarters = tuple(one for one in state.quarters if at - one < WITHIN)
        if not quarters or at - quarters[-1] >= QUARTER:
            quarters = (*quarters, at)
        is_out = home.devices[event.device].role is Role.ENTRANCE
        late = minute_of_day(home, at) >= NOON_MINUTE
        if is_out or late or len(quarters) >= QUARTERS_UP:
            return self._up(home, state, at, None if late else quarters[0])
        if quarters != state.quarters:
            state = _with(state, quarters=quarters)
        return (state, ()) if where == "bathroom" else self._seen(home, state, at)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Begin with the next morning: on this one they may have got up unheard."""
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        rests = next_time(home, at, MORNING_MINUTE)
        due = _due(home, rests, state.mornings) if state.place.is_home else None
        return _with(state, rests_until=rests, quarters=(), due=due)

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

    def _seen(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        """They were seen up, if only for a moment: nothing more to tell today."""
        due = _due(home, next_time(home, at, MORNING_MINUTE), state.mornings)
        if due == state.due and not state.has_said:
            return state, ()
        after = _with(state, due=due, has_said=False)
        return after, (_is_up(home, at),) if state.has_said else ()

    def _up(
        self, home: Household, state: State, at: datetime, since: datetime | None
    ) -> tuple[State, tuple[Finding, ...]]:
        """They are up for good, since `since`; None: this teaches nothing."""
        mornings = state.mornings
        if since is not None and state.place.person is PresenceState.HOME:
            mornings = (*mornings, int(minute_of_day(home, since)))[-MORNINGS_MAX:]
        rests = next_time(home, at, MORNING_MINUTE)
        is_in = state.place.person is PresenceState.HOME
        due = _due(home, rests, mornings) if is_in else None
        after = State(state.place, rests, mornings, (), due, False)
        return after, (_is_up(home, at),) if state.has_said else ()


def _due(home: Household, after: datetime, mornings: tuple[int, ...]) -> datetime | None:
    """Return the first moment after `after` at which it is too late to get up."""
    if len(mornings) < MORNINGS_ENOUGH:
        return None
    is_sure = len(mornings) >= MORNINGS_SURE
    late = median(mornings) + (LATE if is_sure else LATE_UNSURE) / MINUTE
    latest = sorted(mornings)[-2] + LATEST_MORE / MINUTE
    return next_time(home, after, max(late, latest) % DAY_MINUTES)


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
            "quarters_seen": len(state.quarters),
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
