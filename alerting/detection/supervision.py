"""Is every device still there? Do we still see the home? Is the gateway itself well?

Anything a device says is a sign of life, except what the broker kept. A device silent for
longer than its heartbeat, reported offline, with a low battery, an opened case or a weak
signal for hours is a finding; it clears when nothing is wrong with it any more. When every
device through which a home is seen has fallen silent, that is a finding of its own: a dead
device is never read as a silent person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection import troubles
from alerting.detection.home import STILL_COMING, heartbeat, seeing
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Contact,
    Fault,
    Motion,
    Observation,
    Online,
    Presence,
    Tamper,
    Used,
)

BATTERY_LOW_PERCENT = 15
BATTERY_WELL_PERCENT = 25
BATTERY_CRITICAL_PERCENT = 5
"""It may be gone tomorrow."""
WEAK_DBM, WELL_DBM = -85, -80
WEAK_LINK, WELL_LINK = 20, 30
"""Of Zigbee's 255. In between, a signal stays what it was."""
WEAK_AFTER = timedelta(hours=6)
"""A door that stands open or a crowded hour weakens any signal; this is no longer that."""
OFFLINE_GRACE = timedelta(minutes=2)
"""A device that is reported offline and back within this was never gone."""
NOTE_SHARE = 20
"""A device is noted as heard when this part of its heartbeat has passed since the last time."""
EXACT_BELOW = timedelta(minutes=10)
"""Heartbeats shorter than this are followed exactly; longer ones are late by a part of them."""


class Wrong(StrEnum):
    """What can be wrong with a device."""

    SILENT = "silent"
    OFFLINE = "offline"
    BATTERY = "battery"
    TAMPER = "tamper"
    FAULT = "fault"
    REMOVED = "removed"
    CRITICAL = "battery_critical"
    SIGNAL = "signal"


class Watch(msgspec.Struct, frozen=True, gc=False):
    """What we know of one device."""

    due: datetime | None
    """When it has been silent for too long; None: it already is, or it need not speak."""
    renew: datetime | None
    """When its next word is to be noted; None: at once."""
    offline_due: datetime | None = None
    """When a reported absence has lasted too long."""
    wrong: tuple[Wrong, ...] = ()
    heard: datetime | None = None
    """When it was last noted as heard; None: not since we watch it."""
    weak_since: datetime | None = None
    """Since when its signal has been weak; None: it is not."""


class State(msgspec.Struct, frozen=True):
    """What we know of every device, and when to look next."""

    watch: dict[str, Watch]
    due: datetime | None
    """Not later than the first moment at which something becomes a finding."""
    is_blind: bool = False


class SupervisionDetector:
    """Watches every device, and the gateway's own parts."""

    name = troubles.DETECTOR
    consumes = (Observation,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Give every device one full interval."""
        watch = {id: _fresh(home, id, at, ()) for id in home.devices}
        return State(watch, _first(watch))

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Note who spoke and what they said of themselves; on a tick, find who is missing."""
        # every word of every device comes through here: the frequent cases leave first
        if event.__class__ in _ROUTINE:
            watch = state.watch.get(event.device)
            renew = None if watch is None or watch.weak_since or watch.wrong else watch.renew
            if renew is not None and event.at < renew:
                return state, ()
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            return state, ()
        if isinstance(event, Fault):
            return self._fault(home, state, event)
        if event.retained:
            return state, ()
        watch = state.watch.get(event.device)
        if watch is None:
            return state, ()
        if watch.renew is not None and event.at < watch.renew and _is_routine(watch, event):
            return state, ()
        return self._heard(home, state, watch, event)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Give every device that was not overdue a full interval again, or a moment."""
        watch = {
            id: w
            if w.due is None
            else _with(w, due=max(w.due, at + STILL_COMING))
            if is_blink
            else _fresh(home, id, at, w.wrong, w.offline_due, w.heard)
            for id, w in state.watch.items()
        }
        watch = {
            id: w
            if w.offline_due is None
            else _with(
                w,
                offline_due=max(w.offline_due, at + STILL_COMING)
                if is_blink
                else at + OFFLINE_GRACE,
            )
            for id, w in watch.items()
        }
        return State(watch, _first(watch), state.is_blind)

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Watch the devices there are now; what was wrong with removed ones is over."""
        watch: dict[str, Watch] = {}
        for id in home.devices:
            known = state.watch.get(id)
            known = known or Watch(None, None)
            fresh = _fresh(home, id, at, known.wrong, known.offline_due, known.heard)
            watch[id] = _with(fresh, weak_since=known.weak_since)
        for id, known in state.watch.items():
            if id in watch or not known.wrong:
                continue
            is_part = Wrong.FAULT in known.wrong
            wrong = (Wrong.FAULT,) if is_part else (Wrong.REMOVED,)
            watch[id] = Watch(None if is_part else at, None, wrong=wrong)
        return State(watch, _first(watch), state.is_blind)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the next device could be missing."""
        return state.due

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        if state.due is None or at < state.due:
            return state, ()
        watch, findings = dict(state.watch), []
        for id, known in state.watch.items():
            if Wrong.REMOVED in known.wrong:
                del watch[id]
                findings.append(troubles.removed(at, id))
                continue
            before, said = known.wrong, len(findings)
            if known.due is not None and known.due <= at:
                known = _with(known, due=None, renew=None, wrong=_and(known.wrong, Wrong.SILENT))
                findings.append(troubles.silent(home, at, id))
            if known.offline_due is not None and known.offline_due <= at:
                known = _with(
                    known, offline_due=None, renew=None, wrong=_and(known.wrong, Wrong.OFFLINE)
                )
                findings.append(troubles.offline(home, at, id, OFFLINE_GRACE))
            watch[id] = known
            findings[said:] = _together(home, at, id, (before, known.wrong), tuple(findings[said:]))
        state = State(watch, _first(watch), state.is_blind)
        state, seen = _sight(home, state, at)
        return state, (*findings, *seen)

    def _heard(
        self, home: Household, state: State, watch: Watch, event: AnyObservation
    ) -> tuple[State, tuple[Finding, ...]]:
        id, at = event.device, event.at
        if watch.offline_due is None and not state.is_blind and _is_routine(watch, event):
            after = _fresh(home, id, at, (), heard=at)
            return State({**state.watch, id: after}, _earlier(state.due, after.due), False), ()
        is_gone = isinstance(event, Online) and not event.online
        wrong, found = _own_words(home, watch, event)
        weak_since = _weak_since(watch, event)
        if weak_since is None:
            wrong = tuple(w for w in wrong if w is not Wrong.SIGNAL)
        elif at - weak_since >= WEAK_AFTER and Wrong.SIGNAL not in wrong:
            wrong = _and(wrong, Wrong.SIGNAL)
            found += (troubles.weak(home, event, weak_since),)
        if is_gone:
            since = watch.offline_due
            if since is not None or Wrong.OFFLINE in wrong:
                return state, ()
            after = _with(watch, offline_due=at + OFFLINE_GRACE, renew=None)
        else:
            wrong = tuple(w for w in wrong if w not in (Wrong.SILENT, Wrong.OFFLINE))
            is_early = watch.renew is not None and at < watch.renew
            if is_early and wrong == watch.wrong and weak_since == watch.weak_since:
                return state, ()
            after = _with(_fresh(home, id, at, wrong, heard=at), weak_since=weak_since)
        watches = {**state.watch, id: after}
        due = _earlier(state.due, after.due, after.offline_due)
        state = State(watches, due, state.is_blind)
        if watch.wrong and not wrong and not is_gone:
            found = (troubles.well(home, at, id, watch.wrong),)
        else:
            found = _together(home, at, id, (watch.wrong, wrong), found)
        state, seen = _sight(home, state, at) if state.is_blind else (state, ())
        return state, (*found, *seen)

    def _fault(
        self, home: Household, state: State, event: Fault
    ) -> tuple[State, tuple[Finding, ...]]:
        known = state.watch.get(event.device, Watch(None, None))
        is_known = Wrong.FAULT in known.wrong
        if event.active and is_known:
            # whoever says it again wants it heard
            return state, (troubles.faulty(home, event, insists=True),)
        if event.active is is_known:
            return state, ()
        others = tuple(w for w in known.wrong if w is not Wrong.FAULT)
        wrong = _and(others, Wrong.FAULT) if event.active else others
        watch = {**state.watch, event.device: _with(known, wrong=wrong, renew=None)}
        state = State(watch, state.due, state.is_blind)
        if event.active or not wrong:
            return state, (troubles.faulty(home, event),)
        return state, ()


def _together(
    home: Household,
    at: datetime,
    id: str,
    wrongs: tuple[tuple[Wrong, ...], tuple[Wrong, ...]],
    found: tuple[Finding, ...],
) -> tuple[Finding, ...]:
    """Return the findings, the last with all that is wrong with the device: it speaks for it.

    `wrongs`: what was wrong with the device before, and what is now.
    """
    before, wrong = wrongs
    if found:
        others = [w for w in before if w in wrong and w is not Wrong.FAULT]
        return (*found[:-1], troubles.beside(found[-1], tuple(others)))
    if wrong and len(wrong) < len(before) and Wrong.FAULT not in wrong:
        return (troubles.left(home, at, id, wrong),)
    return ()


_ROUTINE = frozenset({Motion, Presence, Contact, Bed, Used})
"""What says nothing of the device itself."""


def _is_routine(watch: Watch, event: AnyObservation) -> bool:
    """Return True for a word that changes nothing of what we know of the device."""
    if watch.wrong or watch.weak_since is not None:
        return False
    if event.__class__ in _ROUTINE:
        return True
    if isinstance(event, Alive):
        dbm, link = event.signal_dbm, event.link_quality
        if (dbm is not None and dbm <= WEAK_DBM) or (link is not None and link <= WEAK_LINK):
            return False
        percent = event.battery_percent
        return event.battery_low is not True and (percent is None or percent > BATTERY_LOW_PERCENT)
    return not isinstance(event, Online | Tamper)


def _fresh(
    home: Household,
    id: str,
    at: datetime,
    wrong: tuple[Wrong, ...],
    offline_due: datetime | None = None,
    heard: datetime | None = None,
) -> Watch:
    """Return the watch of a device whose silence is counted from `at`."""
    limit = heartbeat(home.devices[id]) if id in home.devices else None
    if limit is None or Wrong.SILENT in wrong:
        return Watch(None, None, offline_due, wrong, heard)
    slack = limit / NOTE_SHARE if limit >= EXACT_BELOW else timedelta()
    renew = at + slack if offline_due is None else None
    return Watch(at + limit + slack, renew, offline_due, wrong, heard)


def _with(watch: Watch, **fields: object) -> Watch:
    return msgspec.structs.replace(watch, **fields)


def _and(wrong: tuple[Wrong, ...], more: Wrong) -> tuple[Wrong, ...]:
    return wrong if more in wrong else (*wrong, more)


def _first(watch: dict[str, Watch]) -> datetime | None:
    dues = [w.due for w in watch.values() if w.due is not None]
    dues += [w.offline_due for w in watch.values() if w.offline_due is not None]
    return min(dues, default=None)


def _earlier(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _own_words(
    home: Household, watch: Watch, event: AnyObservation
) -> tuple[tuple[Wrong, ...], tuple[Finding, ...]]:
    """Return what is wrong with the device by its own words, and what is newly found."""
    wrong = watch.wrong
    if isinstance(event, Alive):
        return _battery(home, wrong, event)
    if isinstance(event, Tamper):
        if event.on and Wrong.TAMPER not in wrong:
            return _and(wrong, Wrong.TAMPER), (troubles.tampered(home, event),)
        if not event.on:
            wrong = tuple(w for w in wrong if w is not Wrong.TAMPER)
    return wrong, ()


def _battery(
    home: Household, wrong: tuple[Wrong, ...], event: Alive
) -> tuple[tuple[Wrong, ...], tuple[Finding, ...]]:
    percent, low = event.battery_percent, event.battery_low
    if percent is not None and percent <= BATTERY_CRITICAL_PERCENT:
        if Wrong.CRITICAL in wrong:
            return wrong, ()
        after = _and(_and(wrong, Wrong.BATTERY), Wrong.CRITICAL)
        return after, (troubles.battery(home, event, BATTERY_CRITICAL_PERCENT, is_critical=True),)
    if low is True or (percent is not None and percent <= BATTERY_LOW_PERCENT):
        if Wrong.BATTERY in wrong:
            return wrong, ()
        return _and(wrong, Wrong.BATTERY), (troubles.battery(home, event, BATTERY_LOW_PERCENT),)
    if percent >= BATTERY_WELL_PERCENT if percent is not None else low is False:
        wrong = tuple(w for w in wrong if w not in (Wrong.BATTERY, Wrong.CRITICAL))
    return wrong, ()


def _is_weak(event: Alive) -> bool:
    dbm, link = event.signal_dbm, event.link_quality
    return (dbm is not None and dbm <= WEAK_DBM) or (link is not None and link <= WEAK_LINK)


def _weak_since(watch: Watch, event: AnyObservation) -> datetime | None:
    """Return since when the signal has been weak, as far as `event` says anything of it."""
    if not isinstance(event, Alive):
        return watch.weak_since
    if _is_weak(event):
        return watch.weak_since or event.at
    dbm, link = event.signal_dbm, event.link_quality
    is_well = (dbm is not None and dbm >= WELL_DBM) or (link is not None and link >= WELL_LINK)
    return None if is_well else watch.weak_since


def _sight(home: Household, state: State, at: datetime) -> tuple[State, tuple[Finding, ...]]:
    """Say when nothing sees the home any more, and when something does again."""
    eyes = seeing(home)
    missing = {Wrong.SILENT, Wrong.OFFLINE}
    is_blind = bool(eyes) and all(missing & set(state.watch[id].wrong) for id in eyes)
    if is_blind is state.is_blind:
        return state, ()
    heard = [known for id in eyes if (known := state.watch[id].heard) is not None]
    # never heard at all: then for as long as the most patient of them was waited for
    waited = max((heartbeat(home.devices[id]) or timedelta() for id in eyes), default=timedelta())
    unseen = at - max(heard, default=at - waited)
    found = troubles.blind(home, at, eyes, unseen if is_blind else None)
    return State(state.watch, state.due, is_blind), (found,)
