"""Somebody went out and has not come back.

Told when the absence lasts half as long again as the longest known, at least six hours (twelve
before five absences are known), and after two and a half days whatever is known: a journey nobody
told us of must not hide for weeks who lies in the hall, where the door says that they left. A
person's word (away, in hospital) comes before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.signs import INDOORS, SIGNS, Place, followed, forgotten, span_en, span_zh
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

GROUP = "out"
TIMES_LONGEST = 1.5
LIMIT_LEAST = timedelta(hours=6)
LIMIT_UNKNOWN = timedelta(hours=12)
LIMIT_MOST = timedelta(hours=60)
"""A weekend is shorter; a longer journey is for a person to say."""
NOTED = timedelta(minutes=15)
ABSENCES_ENOUGH = 5
ABSENCES_MAX = 30
ABSENCES_DAYS = 90


class Absence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An absence that ended."""

    minutes: int
    ended: datetime


class State(msgspec.Struct, frozen=True):
    """Since when the resident is out, and how long they usually are."""

    place: Place = Place()
    left_at: datetime | None = None
    due: datetime | None = None
    has_said: bool = False
    is_whole: bool = True
    """We heard them leave, and everything since."""
    absences: tuple[Absence, ...] = ()


class OutDetector:
    """Finds an absence that is longer than this person's are."""

    name = "out"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Begin with somebody at home."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Follow them out and in; on a tick, say that it takes too long."""
        # nearly every word of a home changes nothing here: it leaves first
        door = state.place.door
        if event.__class__ in INDOORS and not (door.is_away or door.is_weak):
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            by_word = f"{event.by}" if event.state is not PresenceState.HOME else ""
            return self._back(home, _with(state, place=place), event.at, by_word, teaches=False)
        place, _ = followed(home, state.place, event)
        if place is state.place:
            return state, ()
        was_away, state = state.place.door.is_away, _with(state, place=place)
        if place.door.is_away and not was_away and place.person is PresenceState.HOME:
            due = event.at + limit(state.absences, event.at)
            place = forgotten(home, place)
            return _with(state, place=place, left_at=event.at, due=due, is_whole=True), ()
        if was_away and not place.door.is_away:
            return self._back(home, state, event.at, "", teaches=state.is_whole)
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Count from now: they may have come and gone unheard."""
        if state.left_at is None or state.has_said:
            return state
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        due = at + limit(state.absences, at)
        return _with(state, left_at=at, due=due, is_whole=False)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Go on."""
        return state

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the absence will have been too long."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due or state.left_at is None:
            return state, ()
        found = _not_back(home, state, state.left_at, at)
        return _with(state, due=None, has_said=True), (found,)

    def _back(
        self, home: Household, state: State, at: datetime, by: str, *, teaches: bool
    ) -> tuple[State, tuple[Finding, ...]]:
        absences, left = state.absences, state.left_at
        if teaches and left is not None and at - left >= NOTED:
            absence = Absence(int((at - left) / timedelta(minutes=1)), at)
            absences = _kept((*absences, absence), at)
        after = State(place=state.place, absences=absences)
        return after, (_returned(home, at, by),) if state.has_said else ()


def limit(absences: tuple[Absence, ...], at: datetime) -> timedelta:
    """Return how long an absence may be that begins at `at`."""
    known = [one.minutes for one in absences if at - one.ended <= timedelta(days=ABSENCES_DAYS)]
    least = LIMIT_LEAST if len(known) >= ABSENCES_ENOUGH else LIMIT_UNKNOWN
    longest = timedelta(minutes=max(known, default=0))
    return min(max(least, longest * TIMES_LONGEST), LIMIT_MOST)


def _kept(absences: tuple[Absence, ...], at: datetime) -> tuple[Absence, ...]:
    """Return the longest of the recent absences."""
    recent = [one for one in absences if at - one.ended <= timedelta(days=ABSENCES_DAYS)]
    longest = sorted(recent, key=lambda one: (-one.minutes, one.ended))[:ABSENCES_MAX]
    return tuple(sorted(longest, key=lambda one: one.ended))


def _not_back(home: Household, state: State, left: datetime, at: datetime) -> Finding:
    minutes = (at - left) / timedelta(minutes=1)
    usual = sorted((one.minutes for one in state.absences), reverse=True)[:5]
    zh = f"{left.astimezone(home.tz):%H:%M}外出后已{span_zh(minutes)}没有回来"
    en = f"out since {left.astimezone(home.tz):%H:%M}, not back after {span_en(minutes)}"
    if usual:
        zh, en = f"{zh}；以往最长{span_zh(usual[0])}", f"{en}; so far {span_en(usual[0])} at most"
    return Finding(
        at=at,
        detector=OutDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(zh, en),
        urgency=Urgency.MEDIUM,
        evidence={
            "out_hours": round(minutes / 60, 2),
            "limit_hours": round(limit(state.absences, left) / timedelta(hours=1), 2),
            "usual_hours": [round(one / 60, 1) for one in usual],
        },
        group=GROUP,
        short=Words(f"外出{minutes / 60:.0f}小时未归", f"out for {minutes / 60:.0f} h"),
    )


def _returned(home: Household, at: datetime, by: str) -> Finding:
    words = Words(f"{by}登记了去向", f"{by} says where they are") if by else Words("已回家", "back")
    return Finding(
        at=at,
        detector=OutDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=words,
        active=False,
        evidence={"out_hours": 0},
        group=GROUP,
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
