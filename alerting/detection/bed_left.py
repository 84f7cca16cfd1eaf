"""Somebody left the bed at night and did not come back to it.

Told after three quarters of an hour, or half as long again as they are up in other nights,
at most two hours. Whoever is heard three times in the last twenty minutes is up and about, and
waited for; whoever goes out is no longer this detector's.

Somebody must have lain there for a while: who sits down on the bed for a moment has not
gone to bed. And the bed must be one: what is used for five days and hardly slept on (a mat
on a couch) is left out. Mats lose whoever lies at the edge, so that short gaps are no end.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.signs import (
    INDOORS,
    SIGNS,
    Place,
    followed,
    forgotten,
    is_night,
    span_en,
    span_zh,
)
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Bed

LIMIT = timedelta(minutes=45)
LIMIT_LEAST, LIMIT_MOST = timedelta(minutes=30), timedelta(hours=2)
TIMES_LONGEST = 1.5
NOTED = timedelta(minutes=3)
NIGHTS_MAX, NIGHTS_ENOUGH = 20, 10
"""It is told sooner than after `LIMIT` only when so many nights are known."""
LAIN = timedelta(minutes=20)
"""So long somebody must have lain before it is a bed that was left."""
GAP = timedelta(minutes=20)
"""A bed left for less than this was not left, when it is asked how long somebody lay there."""
USED_ENOUGH, USED_MAX = 5, 30
"""Days of use after which we know whether it is slept on, and how many count."""
SLEPT_MINUTES = 45
"""Of the deep night, on the average of those days: less is no bed."""
ABOUT_SIGNS, ABOUT_WITHIN = 3, timedelta(minutes=20)


class Use(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How one bed is used."""

    since: datetime
    """When the present stay on it began, or the last one."""
    left: datetime | None = None
    """When it was last left; None: somebody is on it."""
    day: int = 0
    """Of the last stay, since year 1."""
    days: int = 1
    """On which it was used, at most `USED_MAX`."""
    slept: float = 0.0
    """Minutes of stays in the deep night, in those days."""

    @property
    def is_bed(self) -> bool:
        """Tell whether it is slept on, or not known long enough."""
        return self.days <= USED_ENOUGH or self.slept >= SLEPT_MINUTES * self.days


class State(msgspec.Struct, frozen=True):
    """Since when the bed is empty at night, and how long it usually is."""

    place: Place = Place()
    left_at: datetime | None = None
    device: str = ""
    due: datetime | None = None
    has_said: bool = False
    signs: tuple[datetime, ...] = ()
    """The last ones since."""
    absences: tuple[int, ...] = ()
    """Minutes the bed was left for, the longest in each of the last nights."""
    night: int = 0
    """Day since year 1 of the last of them."""
    beds: dict[str, Use] = {}


class BedLeftDetector:
    """Finds a bed that was left at night and stays empty."""

    name = "bed_left"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing of the bed."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """See who gets up and lies down; on a tick, say that the bed is still empty."""
        # nearly every word of a home changes nothing here: it leaves first
        kind, door = event.__class__, state.place.door
        is_in = not (door.is_away or door.is_weak)
        if is_in and state.left_at is None and kind in INDOORS and kind is not Bed:
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._back(home, _with(state, place=place), event.at, teaches=False)
        place, is_sign = followed(home, state.place, event)
        if place is not state.place:
            state = _with(state, place=place)
        if not is_sign:
            return state, ()
        if isinstance(event, Bed) and home.devices[event.device].role is Role.BED:
            return self._bed(home, state, event)
        if state.left_at is None:
            return state, ()
        if not place.is_home:
            return self._back(home, state, event.at, teaches=False)
        return _with(state, signs=(*state.signs, event.at)[-ABOUT_SIGNS:]), ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Forget it: they may have lain down unheard."""
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        return _with(state, left_at=None, due=None, signs=())

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget a bed that is gone."""
        beds = {id: use for id, use in state.beds.items() if id in home.devices}
        if state.device in home.devices:
            return _with(state, beds=beds)
        return _with(state, left_at=None, due=None, signs=(), beds=beds)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the bed will have been empty for too long."""
        return state.due

    def _bed(self, home: Household, state: State, event: Bed) -> tuple[State, tuple[Finding, ...]]:
        known = state.beds.get(event.device)
        use = lain(home, known, event.at) if event.occupied else left(known, event.at)
        if use is not known and use is not None:
            state = _with(state, beds={**state.beds, event.device: use})
        if event.occupied:
            return self._back(home, state, event.at, teaches=True)
        if state.left_at is not None or not state.place.is_home or not is_night(home, event.at):
            return state, ()
        # who lay there before we first heard of the bed has lain long enough
        if use is not None and not (use.is_bed and event.at - use.since >= LAIN):
            return state, ()
        due = event.at + limit(state.absences)
        place = forgotten(home, state.place, Role.BED)
        return _with(
            state, place=place, left_at=event.at, device=event.device, due=due, signs=()
        ), ()

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due or state.left_at is None:
            return state, ()
        if not is_night(home, at):
            return _with(state, left_at=None, due=None, signs=()), ()  # it is morning: up
        recent = [one for one in state.signs if at - one <= ABOUT_WITHIN]
        if len(recent) >= ABOUT_SIGNS:
            return _with(state, due=at + ABOUT_WITHIN), ()
        found = _empty(home, state, state.left_at, at)
        return _with(state, due=None, has_said=True), (found,)

    def _back(
        self, home: Household, state: State, at: datetime, *, teaches: bool
    ) -> tuple[State, tuple[Finding, ...]]:
        absences, night, left = state.absences, state.night, state.left_at
        if teaches and left is not None and at - left >= NOTED:
            minutes, tonight = int((at - left) / timedelta(minutes=1)), _night(home, at)
            if tonight == night:
                absences = (*absences[:-1], max(absences[-1], minutes))
            else:
                absences, night = (*absences, minutes)[-NIGHTS_MAX:], tonight
        after = State(
            place=state.place, device=state.device, absences=absences, night=night, beds=state.beds
        )
        return after, (_lies(home, state.device, at),) if state.has_said else ()


def lain(home: Household, use: Use | None, at: datetime) -> Use:
    """Return how a bed is used when somebody lies down on it."""
    day = at.toordinal()
    if use is None:
        return Use(at, day=day)
    ended = use.left or at
    if at - ended <= GAP:
        return Use(use.since, None, use.day, use.days, use.slept)
    slept, days = use.slept, use.days
    if is_night(home, use.since + (ended - use.since) / 2):
        slept = round(slept + (ended - use.since) / timedelta(minutes=1), 1)
    if day != use.day:
        days += 1
    if days > USED_MAX:
        days, slept = days // 2, slept / 2
    return Use(at, None, day, days, slept)


def left(use: Use | None, at: datetime) -> Use | None:
    """Return how a bed is used when it is left."""
    return use and Use(use.since, at, use.day, use.days, use.slept)


def limit(absences: tuple[int, ...]) -> timedelta:
    """Return how long the bed may be empty."""
    least = LIMIT_LEAST if len(absences) >= NIGHTS_ENOUGH else LIMIT
    longest = timedelta(minutes=max(absences, default=0)) * TIMES_LONGEST
    return min(max(least, longest), LIMIT_MOST)


def _night(home: Household, at: datetime) -> int:
    """Return the day on which this night ends, since year 1."""
    return (at.astimezone(home.tz) + timedelta(hours=12)).toordinal()


def _empty(home: Household, state: State, left: datetime, at: datetime) -> Finding:
    minutes = (at - left) / timedelta(minutes=1)
    usual = sorted(state.absences, reverse=True)[:5]
    clock = f"{left.astimezone(home.tz):%H:%M}"
    zh = f"夜里{clock}下床，{span_zh(minutes)}没有回到床上"
    en = f"left the bed at {clock} in the night and is not back after {span_en(minutes)}"
    if usual:
        zh, en = f"{zh}；以往最长{span_zh(usual[0])}", f"{en}; so far {span_en(usual[0])} at most"
    return Finding(
        at=at,
        detector=BedLeftDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=state.device,
        reason=Words(zh, en),
        urgency=Urgency.HIGH,
        evidence={
            "empty_minutes": round(minutes, 1),
            "limit_minutes": round(limit(state.absences) / timedelta(minutes=1), 1),
            "usual_minutes": [float(one) for one in usual],
            "signs": len(state.signs),
        },
        short=Words("夜里下床未回", "bed left at night"),
    )


def _lies(home: Household, device: str, at: datetime) -> Finding:
    return Finding(
        at=at,
        detector=BedLeftDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=device,
        reason=Words("回到床上，或已出门", "back in bed, or gone out"),
        active=False,
        evidence={"empty_minutes": 0},
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
