"""Somebody has been in the bathroom for too long.

A stay begins when a sensor of movement in the bathroom sees somebody, and ends with a sign
from anywhere else. It is too long after an hour and a quarter; where the resident's stays
are short it is sooner, where they are often longer (a home whose other rooms are not seen)
it is later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.names import name
from alerting.detection.signs import MOVING, SIGNS, Place, followed, room, span_en, span_zh
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

LIMIT = timedelta(minutes=75)
LIMIT_LEAST = timedelta(minutes=50)
TIMES_USUAL = 1.25
"""How much longer than the second longest stay known a stay may be."""
NOTED = timedelta(minutes=15)
STAYS_MAX = 30
STAYS_ENOUGH = 5
STAYS_DAYS = 60


class Stay(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stay that ended by itself."""

    minutes: int
    ended: datetime


class State(msgspec.Struct, frozen=True):
    """Since when somebody is in the bathroom, and how long stays usually are."""

    place: Place = Place()
    sensors: tuple[str, ...] = ()
    """What sees movement in a bathroom."""
    since: datetime | None = None
    device: str = ""
    due: datetime | None = None
    has_said: bool = False
    stays: tuple[Stay, ...] = ()


class BathroomDetector:
    """Finds a stay in the bathroom that is too long."""

    name = "bathroom"
    consumes = SIGNS
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know where the bathroom is."""
        return State(sensors=_sensors(home))

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Follow the resident in and out; on a tick, say that it takes too long."""
        # nearly every word of a home changes nothing here: it leaves first
        door = state.place.door
        if (
            state.since is None
            and event.__class__ in MOVING
            and event.device not in state.sensors
            and not (door.is_away or door.is_weak)
        ):
            return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            place = Place(person=event.state, known=state.place.known)
            return self._left(home, _with(state, place=place), event.at)
        place, is_sign = followed(home, state.place, event)
        if place is not state.place:
            state = _with(state, place=place)
        if not is_sign:
            return state, ()
        if place.is_home and room(home, event.device) == "bathroom":
            if state.since is not None or event.device not in state.sensors:
                return state, ()
            return self._entered(state, event), ()
        return self._left(home, state, event.at)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Forget the stay: we did not hear whether it ended."""
        if is_blink:
            return _with(state, due=state.due and max(state.due, at + timedelta(seconds=10)))
        return _with(state, since=None, due=None)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Look for the bathroom again."""
        if state.device in home.devices:
            return _with(state, sensors=_sensors(home))
        return _with(state, sensors=_sensors(home), since=None, due=None)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the present stay will have been too long."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        if state.since is None:
            return _with(state, due=None), ()
        due = state.since + limit(state.stays)
        if at < due:
            return _with(state, due=due), ()
        found = _too_long(home, state, state.since, at)
        return _with(state, due=None, has_said=True), (found,)

    def _entered(self, state: State, event: AnyObservation) -> State:
        # dozens of times a day: the limit is looked up by the first who stays for so long, and
        # a moment that an earlier stay had to be looked at is good enough
        due = state.due or event.at + LIMIT_LEAST
        return State(
            state.place, state.sensors, event.at, event.device, due, state.has_said, state.stays
        )

    def _left(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.since is None and not state.has_said:
            return state, ()
        stays = state.stays
        if state.since is not None and at - state.since >= NOTED and state.place.is_home:
            stay = Stay(int((at - state.since) / timedelta(minutes=1)), at)
            recent = [one for one in stays if at - one.ended <= timedelta(days=STAYS_DAYS)]
            stays = (*recent, stay)[-STAYS_MAX:]
        after = State(state.place, state.sensors, None, state.device, state.due, False, stays)
        return after, (_over(home, state.device, at),) if state.has_said else ()


def limit(stays: tuple[Stay, ...]) -> timedelta:
    """Return how long a stay may be."""
    if len(stays) < STAYS_ENOUGH:
        return LIMIT
    second = sorted(one.minutes for one in stays)[-2]
    return max(LIMIT_LEAST, timedelta(minutes=second * TIMES_USUAL))


def _sensors(home: Household) -> tuple[str, ...]:
    return tuple(
        id
        for id, device in home.devices.items()
        if device.role in (Role.MOTION, Role.PRESENCE) and room(home, id) == "bathroom"
    )


def _too_long(home: Household, state: State, since: datetime, at: datetime) -> Finding:
    minutes = (at - since) / timedelta(minutes=1)
    usual = sorted((one.minutes for one in state.stays), reverse=True)[:5]
    zh = f"在卫生间已{span_zh(minutes)}（自{since.astimezone(home.tz):%H:%M}起），没有出来的迹象"
    en = (
        f"in the bathroom for {span_en(minutes)} (since {since.astimezone(home.tz):%H:%M}) "
        "and no sign of coming out"
    )
    if usual:
        zh, en = f"{zh}；平时最长{span_zh(usual[0])}", f"{en}; usually {span_en(usual[0])} at most"
    return Finding(
        at=at,
        detector=BathroomDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=state.device,
        reason=Words(zh, en),
        urgency=Urgency.HIGH,
        evidence={
            "bathroom_minutes": round(minutes, 1),
            "limit_minutes": round(limit(state.stays) / timedelta(minutes=1), 1),
            "usual_minutes": [float(one) for one in usual],
            "device": state.device,
        },
        short=Words(f"在卫生间{minutes:.0f}分钟", f"in the bathroom for {minutes:.0f} min"),
    )


def _over(home: Household, device: str, at: datetime) -> Finding:
    return Finding(
        at=at,
        detector=BathroomDetector.name,
        what=IncidentKind.INACTIVITY,
        subject=device,
        reason=Words(
            f"已离开卫生间（{name(home, device).zh}）",
            f"out of the bathroom ({name(home, device).en})",
        ),
        active=False,
        evidence={"device": device, "bathroom_minutes": 0},
    )


def _with(state: State, **fields: object) -> State:
    return msgspec.structs.replace(state, **fields)
