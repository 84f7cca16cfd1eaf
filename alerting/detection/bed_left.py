"""Somebody left the bed at night and did not come back to it.

Told after three quarters of an hour, or half as long again as they are usually up, at most
two hours. Whoever is heard three times in the last twenty minutes is up and about, and
waited for; whoever goes out is no longer this detector's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.signs import (
    SIGNS,
    Place,
    followed,
    forgotten,
    is_night,
    matters,
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
ABSENCES_MAX, ABSENCES_ENOUGH = 20, 10
ABOUT_SIGNS, ABOUT_WITHIN = 3, timedelta(minutes=20)


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
    """Minutes the bed was left at night, the last ones."""


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
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._back(home, _with(state, place=place), event.at, teaches=False)
        is_bed = isinstance(event, Bed)
        if state.left_at is None and not is_bed and not matters(state.place, event):
            return state, ()
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
        if state.device in home.devices:
            return state
        return _with(state, left_at=None, due=None, signs=())

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the bed will have been empty for too long."""
        return state.due

    def _bed(self, home: Household, state: State, event: Bed) -> tuple[State, tuple[Finding, ...]]:
        if event.occupied:
            return self._back(home, state, event.at, teaches=True)
        if state.left_at is not None or not state.place.is_home or not is_night(home, event.at):
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
        absences, left = state.absences, state.left_at
        if teaches and left is not None and at - left >= NOTED:
            absences = (*absences, int((at - left) / timedelta(minutes=1)))[-ABSENCES_MAX:]
        after = State(place=state.place, device=state.device, absences=absences)
        return after, (_lies(home, state.device, at),) if state.has_said else ()


def limit(absences: tuple[int, ...]) -> timedelta:
    """Return how long the bed may be empty."""
    if len(absences) < ABSENCES_ENOUGH:
        return LIMIT
    longest = timedelta(minutes=max(absences)) * TIMES_LONGEST
    return min(max(LIMIT_LEAST, longest), LIMIT_MOST)


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
