"""What the inactivity detector remembers of a home, and what a movement adds to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection import habit as habits
from alerting.detection.company import Company, is_company
from alerting.detection.daylight import runs_out
from alerting.detection.door import Whereabouts
from alerting.detection.habit import Habit, wall
from alerting.detection.pulse import Pulse, absent, counted, faded
from alerting.detection.silences import DAYS_KNOWN, ended, is_unusual
from alerting.events import PresenceState
from alerting.household import Household
from devices.observation import AnyObservation

QUARTER = timedelta(minutes=15)
SAID_AGAIN = timedelta(hours=24)
"""A silence that lasts for another day is said again: whoever answered may have been mistaken."""
JUST_BEFORE = timedelta(minutes=2)
"""A door that moved so soon before a silence began moved in it."""


class State(msgspec.Struct, frozen=True):
    """Since when it has been quiet, where the resident is, and what we can see."""

    moved_at: datetime
    """When somebody last moved at home, or when we began to count."""
    due: datetime | None
    """When to look next; not later than the silence can have lasted too long."""
    said_at: datetime | None = None
    """When we first said that it is too quiet; None: we have not."""
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
    where: str = ""
    """The place of the last movement (`habit.place`)."""
    is_whole: bool = False
    """The silence began with a movement, so that its length teaches something."""
    quarter: int = 0
    """The last quarter of an hour that was counted, since 1970 on the household's wall."""
    quarter_ends: datetime | None = None
    """When the next one begins; None: at once."""
    habit: Habit = Habit()
    active: tuple[str, ...] = ()
    """The devices that saw something in the present quarter of an hour."""
    pulse: Pulse = Pulse()
    company: Company = Company()
    rare_from: datetime | None = None
    """When the present silence will be rare for this person at home; None: not known yet."""


def is_known(state: State) -> bool:
    """Return True when the person's own habits count, and no longer the fixed limits."""
    return state.habit.days >= DAYS_KNOWN


def counted_from(home: Household, state: State, at: datetime, *, has_said: bool = False) -> State:
    """Return the state of a silence that is counted from `at`; its length will teach nothing."""
    due = at + SAID_AGAIN if has_said else runs_out(home, at)
    return replaced(
        state,
        moved_at=at,
        due=due if state.heard else None,
        said_at=at if has_said else None,
        is_blind=False,
        is_whole=False,
        rare_from=None,
        quarter=quarter_of(home, at),
        quarter_ends=None,
    )


def learned(
    home: Household, state: State, event: AnyObservation, where: str, now: float, *, is_home: bool
) -> tuple[Habit, Pulse]:
    """Return what is known after the first movement in another quarter of an hour.

    Args:
        home: whose.
        state: the one before.
        event: the movement.
        where: its place.
        now: its time on the wall.
        is_home: somebody is at home after it.
    """
    habit, quarter, at = state.habit, int(now // 15), event.at
    pulse = _beaten(home, state, quarter)
    if state.person is not PresenceState.HOME or not is_home or is_company(state.company, at):
        return habit, pulse
    was_home = state.is_whole and not state.door.is_away and not state.door.is_weak
    if was_home:
        # of a silence we spoke of, only the part before: what it was we do not know
        ends = state.said_at or at
        if ends - state.moved_at >= habits.SILENCE_NOTED:
            unusual = _is_rare(home, state, ends)
            if unusual and state.said_at is None:
                pulse = absent(pulse, is_heard=_has_door_moved(state))
            habit = ended(home, habit, state.moved_at, ends, state.where, unusual=unusual)
            minutes = (ends - state.moved_at) / timedelta(minutes=1)
            habit = habits.stayed(habit, state.where, wall(home, state.moved_at), minutes)
        else:
            habit = habits.stayed(habit, where, now, QUARTER / timedelta(minutes=1))
    if quarter // habits.QUARTERS > state.quarter // habits.QUARTERS:
        habit = habits.slept(habit)
    since = state.quarter + 1 if was_home and state.said_at is None else quarter
    return habits.lived(habit, since, quarter) if quarter > state.quarter else habit, pulse


def arrived(home: Household, state: State, at: datetime) -> Pulse:
    """Return the pulse when somebody comes in by a door after a silence."""
    is_learned = state.is_whole and state.person is PresenceState.HOME
    if not is_learned or is_company(state.company, at):
        return state.pulse
    return absent(state.pulse, is_heard=True) if _is_rare(home, state, at) else state.pulse


def _is_rare(home: Household, state: State, at: datetime) -> bool:
    """Return True for a silence that is rare for this person at home when it ends at `at`."""
    if state.rare_from is not None:
        return at >= state.rare_from
    return is_unusual(home, state.habit, state.moved_at, at, state.where)


def _has_door_moved(state: State) -> bool:
    """Tell whether a door moved in the silence that has just ended."""
    moved = state.door.door_at
    return moved is not None and moved >= state.moved_at - JUST_BEFORE


def _beaten(home: Household, state: State, quarter: int) -> Pulse:
    """Return the pulse after a quarter of an hour in which anything was seen."""
    pulse = state.pulse
    if state.active:
        # what is watched inside is no door
        pulse = counted(pulse, state.active, lambda id: id not in state.renew)
    days = quarter // habits.QUARTERS - state.quarter // habits.QUARTERS
    return faded(pulse) if days > 0 else pulse


def quarter_of(home: Household, at: datetime) -> int:
    """Return the quarter of an hour on the household's wall, counted since 1970."""
    return int(wall(home, at) // 15)


def replaced(state: State, **fields: object) -> State:
    """Return the state with some fields changed."""
    return msgspec.structs.replace(state, **fields)
