"""What is wrong with a device that measures: a matter of repair, never of the resident.

Values no living person has, a signal too poor to be judged, a heart that has beaten exactly
alike for an hour, a watch that nobody wears: each would leave the limits blind or wrong.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection.home import STILL_COMING
from alerting.detection.names import name
from alerting.detection.readings import NAMES, ROOM, amount, is_usable
from alerting.detection.vital_clock import Lag, is_behind, lagged
from alerting.events import Evidence, Finding, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Bed, Presence, Quantity, Reading, Worn
from devices.vitals import is_possible

BAD_TIMES = 3
"""So many readings in a row that cannot be judged: one is a slip of the finger."""
GOOD_TIMES = 3
"""So many that can end it."""
FLAT: dict[Quantity, timedelta] = {
    Quantity.HEART_RATE: timedelta(hours=1),
    Quantity.RESPIRATION: timedelta(hours=2),
}
"""What is exactly the same for so long does not come from a body. (Oxygen may well be.)"""
FLAT_READINGS_MIN = 30
FLAT_GAP_MAX = timedelta(minutes=30)
"""Readings further apart than this prove nothing of the time between; many watches measure
every ten minutes, and `FLAT_READINGS_MIN` exactly alike are then five hours."""
NOT_WORN_AFTER = timedelta(hours=4)
"""A watch is taken off to wash and to charge."""
GROUP = "vitals"
"""Beside the incident of what `supervision` finds: each clears its own."""


class Wrong(StrEnum):
    """What can be wrong with what a device measures."""

    IMPOSSIBLE = "impossible"
    POOR = "poor"  # its own signal is too weak
    FLAT = "flat"
    NOT_WORN = "not_worn"
    CLOCK = "clock"  # it lags behind


class Line(msgspec.Struct, frozen=True, gc=False):
    """One quantity that has not changed."""

    value: float
    since: datetime
    last: datetime
    count: int = 1


class Row(msgspec.Struct, frozen=True, gc=False):
    """Readings of one quantity in a row that could not be judged, or could."""

    bad: int = 0
    good: int = 0
    wrong: tuple[Wrong, ...] = ()
    """What was found of it."""


class Watch(msgspec.Struct, frozen=True, gc=False):
    """What we know of one device."""

    rows: dict[Quantity, Row] = {}
    """By quantity: a watch whose pulse is well may have an oximeter that is not."""
    lines: dict[Quantity, Line] = {}
    off_due: datetime | None = None
    """When it will have been off for too long."""
    is_empty: bool = False
    """A mattress or radar said that nobody is there: what it measures then says nothing."""
    wrong: tuple[Wrong, ...] = ()
    lag: Lag | None = None
    """How far its clock is behind; None: it is not."""


class State(msgspec.Struct, frozen=True):
    """By device."""

    watch: dict[str, Watch] = {}
    person: PresenceState = PresenceState.HOME


class VitalDevicesDetector:
    """Watches what devices measure, not what it means."""

    name = "vital_devices"
    consumes = (Reading, Worn, Bed, Presence)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Note what was measured; on a tick, find what is not worn."""
        if isinstance(event, Tick):
            return self._look(home, state, event.at)
        if isinstance(event, PresenceSet):
            return self._placed(state, event)
        if not isinstance(event, Reading | Worn | Bed | Presence) or event.retained:
            return state, ()
        if event.device not in home.devices:
            return state, ()
        if isinstance(event, Bed | Presence):
            return _occupied(home, state, event), ()
        before = state.watch.get(event.device, Watch())
        found: tuple[Finding, ...] = ()
        if isinstance(event, Worn):
            after = _worn(before, event, state.person)
        else:
            after, found = _measured(home, before, event)
            after, late = _timed(home, after, event)
            found += late
        if after == before:
            return state, ()
        is_well = bool(before.wrong) and not after.wrong
        if is_well:
            found = (_well(home, event.at, event.device, before.wrong),)
        return State({**state.watch, event.device: after}, state.person), found

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """What was not heard proves neither a flat line nor a watch that lies about."""
        return State(
            {id: _resumed(watch, at, is_blink) for id, watch in state.watch.items()}, state.person
        )

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State({id: w for id, w in state.watch.items() if id in home.devices}, state.person)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when a watch will have been off for too long."""
        return min((w.off_due for w in state.watch.values() if w.off_due), default=None)

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        late = [id for id, w in state.watch.items() if w.off_due and w.off_due <= at]
        if not late:
            return state, ()
        watch = dict(state.watch)
        for id in late:
            wrong = (*watch[id].wrong, Wrong.NOT_WORN)
            watch[id] = _change(watch[id], off_due=None, wrong=wrong)
        return State(watch, state.person), tuple(_not_worn(home, at, id) for id in late)

    def _placed(self, state: State, event: PresenceSet) -> tuple[State, tuple[Finding, ...]]:
        """Nobody need wear anything here while away; whoever is back has the whole time."""
        watch = {id: _change(w, off_due=None) if w.off_due else w for id, w in state.watch.items()}
        return State(watch, event.state), ()


def _change(watch: Watch, **fields: object) -> Watch:
    return msgspec.structs.replace(watch, **fields)


def _without(wrong: tuple[Wrong, ...], *gone: Wrong) -> tuple[Wrong, ...]:
    return tuple(w for w in wrong if w not in gone)


def _worn(watch: Watch, event: Worn, person: PresenceState) -> Watch:
    if event.worn:
        return _change(watch, off_due=None, wrong=_without(watch.wrong, Wrong.NOT_WORN))
    if Wrong.NOT_WORN in watch.wrong or person is not PresenceState.HOME:
        return _change(watch, lines={})
    return _change(watch, off_due=watch.off_due or event.at + NOT_WORN_AFTER, lines={})


def _occupied(home: Household, state: State, event: Bed | Presence) -> State:
    is_empty = not (event.occupied if isinstance(event, Bed) else event.present)
    watch = state.watch.get(event.device, Watch())
    if home.devices[event.device].role not in ROOM or watch.is_empty is is_empty:
        return state
    rows = {quantity: Row(0, row.good, row.wrong) for quantity, row in watch.rows.items()}
    after = _change(watch, is_empty=is_empty, rows=rows)
    return State({**state.watch, event.device: after}, state.person)


def _measured(home: Household, watch: Watch, event: Reading) -> tuple[Watch, tuple[Finding, ...]]:
    if watch.is_empty and (event.value == 0 or not is_usable(event)):
        return watch, ()  # nobody lies there: a nought is no fault
    if not is_usable(event):
        return _bad(home, watch, event)
    row = watch.rows.get(event.quantity, Row())
    good = min(row.good + 1, GOOD_TIMES)
    is_well = good >= GOOD_TIMES and bool(row.wrong)
    rows = {**watch.rows, event.quantity: Row(0, good, () if is_well else row.wrong)}
    wrong = watch.wrong
    if is_well:
        left = {one for other in rows.values() for one in other.wrong}
        wrong = _without(wrong, *({Wrong.IMPOSSIBLE, Wrong.POOR} - left))
    off_due = watch.off_due
    if home.devices[event.device].role is Role.WEARABLE:
        off_due, wrong = None, _without(wrong, Wrong.NOT_WORN)  # it measures a body
    line = _line(watch.lines.get(event.quantity), event)
    if line is None:
        return _change(watch, rows=rows, off_due=off_due, wrong=wrong), ()
    lines = {**watch.lines, event.quantity: line}
    flat = line.count >= FLAT_READINGS_MIN and line.last - line.since >= FLAT[event.quantity]
    if not flat:
        changes = all(known.count < FLAT_READINGS_MIN for known in lines.values())
        return _change(
            watch,
            rows=rows,
            lines=lines,
            off_due=off_due,
            wrong=_without(wrong, Wrong.FLAT) if changes else wrong,
        ), ()
    if Wrong.FLAT in wrong:
        return _change(watch, rows=rows, lines=lines, off_due=off_due, wrong=wrong), ()
    return _change(watch, rows=rows, lines=lines, off_due=off_due, wrong=(*wrong, Wrong.FLAT)), (
        _flat(home, event, line),
    )


def _timed(home: Household, watch: Watch, event: Reading) -> tuple[Watch, tuple[Finding, ...]]:
    lag, is_known = lagged(watch.lag, event), Wrong.CLOCK in watch.wrong
    if lag is None and is_known:
        return _change(watch, lag=None, wrong=_without(watch.wrong, Wrong.CLOCK)), ()
    after = watch if lag == watch.lag else _change(watch, lag=lag)
    if lag is None or is_known or not is_behind(lag):
        return after, ()
    return _change(after, wrong=(*watch.wrong, Wrong.CLOCK)), (_behind(home, event, lag.behind),)


def _bad(home: Household, watch: Watch, event: Reading) -> tuple[Watch, tuple[Finding, ...]]:
    row = watch.rows.get(event.quantity, Row())
    bad = min(row.bad + 1, BAD_TIMES)
    what = Wrong.POOR if is_possible(event) else Wrong.IMPOSSIBLE
    is_new = bad >= BAD_TIMES and what not in row.wrong
    row = Row(bad, 0, (*row.wrong, what) if is_new else row.wrong)
    after = _change(watch, rows={**watch.rows, event.quantity: row})
    if not is_new or what in watch.wrong:
        return after, ()  # one finding says it of the device
    after = _change(after, wrong=(*watch.wrong, what))
    found = _poor(home, event) if what is Wrong.POOR else _impossible(home, event)
    return after, (found,)


def _line(line: Line | None, event: Reading) -> Line | None:
    """Return how long a quantity has been the same; None: it need not change."""
    if event.quantity not in FLAT or event.repeats:
        return None
    at = event.at
    if line is None or line.value != event.value or at - line.last > FLAT_GAP_MAX:
        return Line(event.value, at, at)
    return Line(line.value, line.since, at, line.count + 1)


def _resumed(watch: Watch, at: datetime, is_blink: bool) -> Watch:
    off_due = watch.off_due
    if off_due is not None:
        off_due = max(off_due, at + STILL_COMING) if is_blink else at + NOT_WORN_AFTER
    lines = watch.lines if is_blink else {}
    return _change(watch, lines=lines, off_due=off_due)


def _impossible(home: Household, event: Reading) -> Finding:
    said, what = amount(event.quantity, event.value, event.second), NAMES[event.quantity]
    by = name(home, event.device)
    return _finding(
        event.at,
        event.device,
        Words(
            f"{by.zh}连续{BAD_TIMES}次测得不可能的数值（{what.zh}{said.zh}），请检查设备",
            f"the {by.en} measured {BAD_TIMES} impossible values running "
            f"({what.en} {said.en}); please look at the device",
        ),
        Words("读数不可信", "impossible readings"),
        {"device": event.device, "quantity": str(event.quantity), "value": event.value},
    )


def _poor(home: Household, event: Reading) -> Finding:
    by, quality = name(home, event.device), event.quality or 0
    return _finding(
        event.at,
        event.device,
        Words(
            f"{by.zh}连续{BAD_TIMES}次信号太差（{quality}%），测不准，请检查佩戴或安装",
            f"the signal of the {by.en} was too poor {BAD_TIMES} times running ({quality} %); "
            "please see how it sits",
        ),
        Words("信号太差", "signal too poor"),
        {"device": event.device, "quality": quality, "quantity": str(event.quantity)},
    )


def _flat(home: Household, event: Reading, line: Line) -> Finding:
    said, what = amount(event.quantity, line.value), NAMES[event.quantity]
    by, minutes = name(home, event.device), round((line.last - line.since).total_seconds() / 60)
    return _finding(
        event.at,
        event.device,
        Words(
            f"{by.zh}的{what.zh}{minutes}分钟一直是{said.zh}，设备可能卡住了",
            f"the {what.en} of the {by.en} has been {said.en} for {minutes} min; it may be stuck",
        ),
        Words("读数不变", "readings stuck"),
        {
            "device": event.device,
            "quantity": str(event.quantity),
            "value": line.value,
            "minutes": minutes,
            "readings": line.count,
        },
    )


def _behind(home: Household, event: Reading, behind: timedelta) -> Finding:
    by, minutes = name(home, event.device), round(behind.total_seconds() / 60)
    span = Words(f"{minutes}分钟", f"{minutes} min")
    if minutes >= 120:
        span = Words(f"{minutes / 60:.0f}小时", f"{minutes / 60:.0f} h")
    return _finding(
        event.at,
        event.device,
        Words(
            f"{by.zh}的时钟慢了约{span.zh}，测量时间不可信，请校时",
            f"the clock of the {by.en} is about {span.en} behind; please set it",
        ),
        Words("时钟不准", "clock behind"),
        {"device": event.device, "behind_minutes": minutes},
    )


def _not_worn(home: Household, at: datetime, id: str) -> Finding:
    hours, by = NOT_WORN_AFTER.total_seconds() / 3600, name(home, id)
    return _finding(
        at,
        id,
        Words(f"{by.zh}{hours:g}小时没有戴", f"the {by.en} has not been worn for {hours:g} h"),
        Words("没有佩戴", "not worn"),
        {"device": id, "hours": hours},
    )


def _well(home: Household, at: datetime, id: str, wrong: tuple[Wrong, ...]) -> Finding:
    by = name(home, id)
    return _finding(
        at,
        id,
        Words(f"{by.zh}测量恢复正常", f"the {by.en} measures again"),
        Words("恢复正常", "measures again"),
        {"device": id, "was": ", ".join(wrong), "wrong": 0},
        active=False,
    )


def _finding(
    at: datetime,
    id: str,
    reason: Words,
    short: Words,
    evidence: Evidence,
    *,
    active: bool = True,
) -> Finding:
    return Finding(
        at=at,
        detector=VitalDevicesDetector.name,
        what=IncidentKind.TECHNICAL,
        subject=id,
        reason=reason,
        active=active,
        urgency=Urgency.LOW,
        evidence=evidence,
        group=GROUP,
        short=short,
    )
