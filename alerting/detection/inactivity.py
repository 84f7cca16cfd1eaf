"""Nobody has moved at home for too long.

For the first days a simple, safe rule: 8 h by day, 12 h by night (`daylight`). As soon as
the person is known, a silence is held against their own (`surprise`), learned on the way
(`habit`). Counted is only while somebody is at home (`door`, or a person's word). A state
that is merely repeated is no movement. A home none of whose inside devices has spoken
lately is not seen, and its silence proves nothing: supervision says so instead.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.detection import habit as habits
from alerting.detection import quiet
from alerting.detection.company import moved_about
from alerting.detection.daylight import runs_out
from alerting.detection.door import Whereabouts, door_moved, seen_inside
from alerting.detection.habit import wall
from alerting.detection.home import (
    HEARTBEAT_UNKNOWN,
    STILL_COMING,
    entrances,
    heartbeat,
    inside,
    is_at_door,
    renewals,
    slack,
)
from alerting.detection.pulse import is_doubtful, without
from alerting.detection.silences import LOOK_LEAST, Limit, learned_limit
from alerting.detection.stillness import (
    SAID_AGAIN,
    State,
    arrived,
    counted_from,
    is_known,
    learned,
    quarter_of,
    replaced,
)
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, Role
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


class InactivityDetector:
    """Finds a silence that has lasted too long while somebody should be moving."""

    name = quiet.DETECTOR
    consumes = (Observation,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Begin to count, and know nothing."""
        heard = dict.fromkeys(inside(home), at)
        due = runs_out(home, at) if heard else None
        renew = renewals(home, heard)
        return State(moved_at=at, due=due, heard=heard, renew=renew, quarter=quarter_of(home, at))

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
        kind, renew = event.__class__, state.renew.get(event.device)
        if renew is None:
            return (self._door(home, state, event) if kind is Contact else state), ()
        if kind is Online:
            return state, ()  # a bridge's word about the device is not the device's
        if event.at >= renew or state.is_blind:
            state = _heard(home, state, event)
        if kind is Alive:
            return state, ()
        if kind is Motion or kind is Used:
            return self._moved(home, state, event, event.device)
        return self._compare(home, state, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Count from now: of the time before we know nothing; after a moment, count on."""
        if is_blink:
            due = state.due and max(state.due, at + STILL_COMING)
            return replaced(state, due=due)
        after = counted_from(home, state, at, has_said=state.said_at is not None)
        return replaced(after, heard=dict.fromkeys(state.heard, at))

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Keep the count and what is known; watch the devices there are now."""
        heard = {id: state.heard.get(id, at) for id in inside(home)}
        known = {id: on for id, on in state.known.items() if id in home.devices}
        moved_at = state.moved_at if state.heard else at
        gone = set(state.pulse.part) - set(home.devices)
        pulse = without(state.pulse, gone)
        state = replaced(state, moved_at=moved_at, heard=heard, known=known, pulse=pulse)
        due = None
        if heard and state.said_at is None:
            due = max(self._runs_out(home, state)[0], at)
        elif heard:
            due = at + SAID_AGAIN
        return replaced(state, renew=renewals(home, heard), due=due)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when to look next."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        is_home = state.person is PresenceState.HOME and not state.door.is_away
        if not is_home:
            return replaced(state, due=None), ()
        if at < state.moved_at + LOOK_LEAST and is_known(state) and state.said_at is None:
            return replaced(state, due=state.moved_at + LOOK_LEAST), ()
        due, limit = self._runs_out(home, state)
        if at < due and state.said_at is None:
            rare = limit and limit.rare_from
            return replaced(state, due=due, rare_from=rare), ()
        spoke, again = self._spoke(home, state, at), at + SAID_AGAIN
        if spoke is None and state.said_at is None:
            return replaced(state, due=None, is_blind=True), ()
        if spoke is None:
            return replaced(state, due=again), ()
        found = quiet.too_quiet(home, at, _silence(home, state, at, limit, spoke))
        return replaced(state, said_at=state.said_at or at, due=again), (found,)

    def _runs_out(self, home: Household, state: State) -> tuple[datetime, Limit | None]:
        """Return when the silence has lasted too long, and by which judgement."""
        if not is_known(state):
            return runs_out(home, state.moved_at), None
        if state.door.is_weak:
            return state.moved_at + home.inactivity_by_night, None
        limit = learned_limit(home, state.habit, state.moved_at, state.where)
        if is_doubtful(state.pulse, entrances(home)):
            return max(limit.at, state.moved_at + home.inactivity_by_night), limit
        if state.pulse.misleads:
            return max(limit.at, runs_out(home, state.moved_at)), limit
        return limit.at, limit

    def _spoke(self, home: Household, state: State, at: datetime) -> str | None:
        """Return the inside device heard last, if any has spoken within its heartbeat."""
        fresh = {}
        for id, heard in state.heard.items():
            limit = heartbeat(home.devices[id])
            if limit is None or at - heard <= limit + slack(limit):
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
        state = replaced(state, known={**state.known, event.device: is_on})
        # what a radar no longer sees may have left long ago; what it newly sees has moved
        is_move = before is not None and (is_on or not isinstance(event, Presence))
        if not is_move:
            return state, ()
        return self._moved(home, state, event, habits.place(home, event.device, is_on=is_on))

    def _moved(
        self, home: Household, state: State, event: AnyObservation, where: str
    ) -> tuple[State, tuple[Finding, ...]]:
        at, door, due = event.at, state.door, state.due
        habit, quarter, ends = state.habit, state.quarter, state.quarter_ends
        if door.is_away or door.is_weak:
            door = seen_inside(door, at, event.device, is_at_door=is_at_door(home, event))
        active, pulse = state.active, state.pulse
        if ends is None or at >= ends:
            now = wall(home, at)
            habit, pulse = learned(home, state, event, where, now, is_home=not door.is_away)
            quarter, ends, active = int(now // 15), at + timedelta(minutes=15 - now % 15), ()
        if event.device not in active:
            active = (*active, event.device)
        company = state.company
        if event.device != state.where or company.hops:
            company = moved_about(home, company, state.where, event, at - state.moved_at)
        if due is None or state.said_at is not None:
            due = runs_out(home, at)
        if is_known(state) and due > at + LOOK_LEAST:
            due = at + LOOK_LEAST
        after = State(
            at,
            due,
            None,
            state.person,
            door,
            state.known,
            state.heard,
            state.renew,
            state.is_blind,
            where,
            True,
            quarter,
            ends,
            habit,
            active,
            pulse,
            company,
        )
        if state.said_at is None and pulse.broken == state.pulse.broken:
            return after, ()
        found = (quiet.moving(home, event),) if state.said_at is not None else ()
        return after, (*found, *_sensors(home, state, after))

    def _door(self, home: Household, state: State, event: AnyObservation) -> State:
        if not isinstance(event, Contact):
            return state
        device = home.devices.get(event.device)
        if device is None or device.role is not Role.ENTRANCE:
            return state
        before = state.known.get(event.device)
        if before is event.is_open:
            return state
        state = replaced(state, known={**state.known, event.device: event.is_open})
        if before is None:
            return state  # a first word is no movement
        if state.said_at is not None:
            return state  # somebody may be coming to look; nobody leaves who does not move
        if event.device not in state.active:
            state = replaced(state, active=(*state.active, event.device))
        door, has_come = door_moved(state.door, event.at, is_open=event.is_open)
        if not has_come:
            return replaced(state, door=door)
        pulse = arrived(home, state, event.at)
        return counted_from(
            home, replaced(state, door=door, where=event.device, pulse=pulse), event.at
        )

    def _told(
        self, home: Household, state: State, event: PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        after = counted_from(
            home, replaced(state, person=event.state, door=Whereabouts()), event.at
        )
        if event.state is not PresenceState.HOME:
            after = replaced(after, due=None)
        if state.said_at is None:
            return after, ()
        return after, (quiet.explained(home, event),)


def _sensors(home: Household, before: State, after: State) -> tuple[Finding, ...]:
    """Say which sensors have broken their habit, and which are back."""
    was, now = before.pulse.broken, after.pulse.broken
    lost = [
        quiet.blind_sensor(home, after.moved_at, id, after.pulse) for id in now if id not in was
    ]
    back = [quiet.seeing_again(home, after.moved_at, id) for id in was if id not in now]
    return (*lost, *back)


def _heard(home: Household, state: State, event: AnyObservation) -> State:
    """Note that an inside device has spoken; after blindness, count from here."""
    heard = {**state.heard, event.device: event.at}
    again = event.at + slack(heartbeat(home.devices[event.device]) or HEARTBEAT_UNKNOWN)
    state = replaced(state, heard=heard, renew={**state.renew, event.device: again})
    return counted_from(home, state, event.at) if state.is_blind else state


def _silence(
    home: Household, state: State, at: datetime, limit: Limit | None, spoke: str
) -> quiet.Silence:
    hours = (at - state.moved_at) / timedelta(hours=1)
    silence = quiet.Silence(state.moved_at, state.where, spoke, state.heard[spoke], hours)
    if limit is None:
        return silence
    ends = wall(home, at)
    return quiet.Silence(
        began=state.moved_at,
        where=state.where,
        spoke=spoke,
        spoke_at=state.heard[spoke],
        limit_hours=(limit.at - state.moved_at) / timedelta(hours=1),
        unusual=limit.surprise.at(ends, hours),
        unusual_limit=limit.needed,
        expected_hours=limit.surprise.expected(ends),
        compared=limit.surprise.compared,
        days_known=state.habit.days,
    )
