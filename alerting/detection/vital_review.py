"""What belongs on the daily review list: a change against the resident's own past.

Each local day has one number a quantity, the median of what was measured. It is compared
with the 28 days before by a robust z, (x - median) / (1.4826 MAD) with a floor under the
MAD (Iglewicz and Hoaglin 1993). Not before 14 days, and only two days one after the other
beyond 3 on the same side: of normal days one in 2,000 is then found for nothing (simulated,
n = 28), where single days would fill the list. The mean of blood pressure at home over
three days is compared with the target, too. Nothing here rings a bell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from statistics import median

import msgspec

from alerting.detection.home import STILL_COMING
from alerting.detection.readings import (
    NAMES,
    amount,
    are_known,
    is_usable,
    is_watched,
    taken_at,
    theirs,
)
from alerting.detection.vital_rules import SECOND, TARGET, TARGET_DIASTOLIC, TARGET_SYSTOLIC
from alerting.events import Evidence, Finding, LeadsTo, PresenceSet, PresenceState, Tick
from alerting.household import Household, IncidentKind, Resident
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Quantity, Reading

DAYS_MAX = 28
DAYS_MIN = 14
Z_MAX = 3.0
SIGMA_PER_MAD = 1.4826
"""Of a normal distribution."""
NEXT_DAY_MAX = 3
"""Measured days no further apart than this follow each other: scales are not used daily."""
KEPT_MAX = 16
"""Readings of one day that are kept; of more, every second, fourth ... is."""
MAD_MIN: dict[Quantity, float] = {
    Quantity.HEART_RATE: 1.5,
    Quantity.SPO2: 0.7,
    Quantity.RESPIRATION: 0.7,
    Quantity.BLOOD_PRESSURE: 3.0,
    Quantity.TEMPERATURE: 0.1,
    Quantity.GLUCOSE: 0.4,
    Quantity.WEIGHT: 0.4,
}
"""Nobody is so regular: below this, noise of the device would be found."""
PRESSURE_DAYS, PRESSURE_READINGS_MIN = 3, 6
PRESSURE_AGAIN = timedelta(days=7)
"""A pressure that stays above its target is listed once a week."""


class Past(msgspec.Struct, frozen=True, gc=False):
    """One quantity of one resident."""

    days: tuple[float, ...] = ()
    """The daily medians, oldest first."""
    last: date | None = None
    """The day of the newest."""
    side: int = 0
    """That day was high (1), low (-1), or as usual."""
    today: tuple[float, ...] = ()
    stride: int = 1
    seen: int = 0


class Pressure(msgspec.Struct, frozen=True, gc=False):
    """Blood pressure of one resident on one day: how often, and the sums."""

    day: date
    count: int = 0
    systolic: float = 0
    diastolic: float = 0


class State(msgspec.Struct, frozen=True):
    """The past by `resident/quantity`."""

    day: date
    due: datetime
    """The end of the day, local."""
    past: dict[str, Past] = {}
    pressure: dict[str, tuple[Pressure, ...]] = {}
    """By resident, the last days, oldest first."""
    listed: dict[str, datetime] = {}
    """When a resident's pressure was last listed."""
    person: PresenceState = PresenceState.HOME


class VitalReviewDetector:
    """Looks at the day when it is over."""

    name = "vital_review"
    consumes = (Reading,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Begin a day."""
        return State(_day(home, at), _midnight(home, at))

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take in a reading; at midnight, compare the day."""
        if isinstance(event, Tick):
            due = self.deadline(home, state)
            is_over = due is not None and event.at >= due
            return self._end(home, state, event.at) if is_over else (state, ())
        if isinstance(event, PresenceSet):
            return msgspec.structs.replace(state, person=event.state), ()
        if not isinstance(event, Reading) or event.retained or not is_usable(event):
            return state, ()
        if not is_watched(home, event.device, state.person):
            return state, ()
        if event.at >= state.due:
            state = _begun(home, state, event.at)  # of the days before, nothing was measured
        moment, who = taken_at(event), home.measured_by(event.device).name
        if moment is None or _day(home, moment) != state.day:
            return state, ()
        key = f"{who}/{event.quantity}"
        before = state.past.get(key, Past())
        if event.repeats and before.today and before.today[-1] == event.value:
            return state, ()
        past = {**state.past, key: _added(before, event.value)}
        pressure = state.pressure
        if event.quantity is Quantity.BLOOD_PRESSURE and event.second is not None:
            days = _added_pressure(pressure.get(who, ()), state.day, event.value, event.second)
            pressure = {**pressure, who: days}
        return State(state.day, state.due, past, pressure, state.listed, state.person), ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Go on; a day that ended meanwhile is looked at in a moment."""
        return msgspec.structs.replace(state, due=max(state.due, at + STILL_COMING))

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget residents that are gone; a day with nothing in it begins where the home now is."""
        names = {resident.name for resident in home.residents} or {""}
        if self.deadline(home, state) is None:
            state = _begun(home, state, at)
        return msgspec.structs.replace(
            state,
            past={k: p for k, p in state.past.items() if k.rpartition("/")[0] in names},
            pressure={who: p for who, p in state.pressure.items() if who in names},
            listed={who: at for who, at in state.listed.items() if who in names},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return midnight, if something was measured today."""
        measured = any(past.today for past in state.past.values())
        return state.due if measured else None

    def _end(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        after, strange = _closed(state)
        found = [
            _unusual(home, at, key, state.past[key], state.day, value, z)
            for key, (value, z) in strange.items()
        ]
        listed = dict(state.listed)
        for who, days in state.pressure.items():
            last = listed.get(who)
            if last is not None and at - last < PRESSURE_AGAIN:
                continue
            high = _high_pressure(home, at, who, days, state.day)
            if high is not None:
                found.append(high)
                listed[who] = at
        after = msgspec.structs.replace(after, listed=listed)
        return _begun(home, after, at), tuple(found)


def _day(home: Household, at: datetime) -> date:
    return at.astimezone(home.tz).date()


def _midnight(home: Household, at: datetime) -> datetime:
    tomorrow = _day(home, at) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), home.tz).astimezone(at.tzinfo)


def _begun(home: Household, state: State, at: datetime) -> State:
    return msgspec.structs.replace(state, day=_day(home, at), due=_midnight(home, at))


def _added(past: Past, value: float) -> Past:
    """Return the past with one more reading of today, thinned evenly to a few."""
    seen = past.seen + 1
    if past.seen % past.stride:
        return Past(past.days, past.last, past.side, past.today, past.stride, seen)
    today, stride = (*past.today, round(value, 2)), past.stride
    if len(today) > KEPT_MAX:
        today, stride = today[::2], stride * 2
    return Past(past.days, past.last, past.side, today, stride, seen)


def _added_pressure(
    days: tuple[Pressure, ...], day: date, systolic: float, diastolic: float
) -> tuple[Pressure, ...]:
    known = days[-1] if days and days[-1].day == day else Pressure(day)
    one = Pressure(
        day,
        known.count + 1,
        round(known.systolic + systolic, 1),
        round(known.diastolic + diastolic, 1),
    )
    return (*(d for d in days if d.day != day), one)[-PRESSURE_DAYS:]


def robust_z(days: Sequence[float], value: float, mad_min: float) -> float:
    """Return how far `value` is from the median of `days` (one or more), in robust sigmas."""
    middle = median(days)
    mad = max(median(abs(day - middle) for day in days), mad_min)
    return (value - middle) / (SIGMA_PER_MAD * mad)


def _closed(state: State) -> tuple[State, dict[str, tuple[float, float]]]:
    """Return the state with the day put to the past, and what was unusual twice: value and z."""
    past: dict[str, Past] = {}
    strange: dict[str, tuple[float, float]] = {}
    for key, known in state.past.items():
        if not known.today:
            past[key] = known
            continue
        value, side, z = median(known.today), 0, 0.0
        if len(known.days) >= DAYS_MIN:
            z = robust_z(known.days, value, MAD_MIN[Quantity(key.rpartition("/")[2])])
            side = (z > Z_MAX) - (z < -Z_MAX)
        follows = known.last is not None and (state.day - known.last).days <= NEXT_DAY_MAX
        if side and side == known.side and follows:
            strange[key] = (value, z)
        days = (*known.days, round(value, 2))[-DAYS_MAX:]
        past[key] = Past(days, state.day, side)
    return msgspec.structs.replace(state, past=past), strange


def _unusual(
    home: Household, at: datetime, key: str, past: Past, day: date, value: float, z: float
) -> Finding:
    who, _, name = key.rpartition("/")
    quantity = Quantity(name)
    middle, what, person = median(past.days), NAMES[quantity], theirs(home, who)
    said, usual = amount(quantity, value), amount(quantity, round(middle, 2))
    side = Words("偏高", "higher") if z > 0 else Words("偏低", "lower")
    return _listed(
        home,
        at,
        who,
        Words(
            f"{person.zh}{what.zh}连续两天比平时{side.zh}：{day.month}月{day.day}日{said.zh}，"
            f"过去{len(past.days)}天一般{usual.zh}",
            f"{person.en}{what.en} {side.en} than usual two days running: {said.en} on {day}, "
            f"usually {usual.en} in the past {len(past.days)} days",
        ),
        Words(f"{what.zh}{side.zh}", f"{what.en} {side.en}"),
        {
            "quantity": str(quantity),
            "value": round(value, 2),
            "usual": round(middle, 2),
            "z": round(z, 1),
            "days": len(past.days),
        },
    )


def _high_pressure(
    home: Household, at: datetime, who: str, days: tuple[Pressure, ...], today: date
) -> Finding | None:
    """Return the finding of a mean over three days at or above the target, if it is."""
    recent = [d for d in days if (today - d.day).days < PRESSURE_DAYS]
    count = sum(d.count for d in recent)
    if count < PRESSURE_READINGS_MIN:
        return None
    systolic = sum(d.systolic for d in recent) / count
    diastolic = sum(d.diastolic for d in recent) / count
    own = _resident(home, who).limits
    target = own.get(TARGET, TARGET_SYSTOLIC), own.get(f"{TARGET}{SECOND}", TARGET_DIASTOLIC)
    if systolic < target[0] and diastolic < target[1]:
        return None
    mean = amount(Quantity.BLOOD_PRESSURE, systolic, diastolic)
    aim, person = amount(Quantity.BLOOD_PRESSURE, *target), theirs(home, who)
    return _listed(
        home,
        at,
        who,
        Words(
            f"{person.zh}三天内{count}次血压平均{mean.zh}，达到或超过目标{aim.zh}，请告诉家庭医生",
            f"{person.en}mean of {count} blood pressures in three days {mean.en}, at or above "
            f"the target {aim.en}; please tell the family doctor",
        ),
        Words("血压高于目标", "blood pressure above target"),
        {
            "quantity": str(Quantity.BLOOD_PRESSURE),
            "value": round(systolic, 1),
            "diastolic": round(diastolic, 1),
            "target": target[0],
            f"target{SECOND}": target[1],
            "readings": count,
        },
    )


def _resident(home: Household, who: str) -> Resident:
    return next((r for r in home.residents if r.name == who), Resident(who))


def _listed(
    home: Household,
    at: datetime,
    who: str,
    reason: Words,
    short: Words,
    evidence: Evidence,
) -> Finding:
    is_named = len(home.residents) > 1 and are_known(home, who)
    return Finding(
        at=at,
        detector=VitalReviewDetector.name,
        what=IncidentKind.HEALTH,
        subject=home.id,
        reason=reason,
        urgency=Urgency.LOW,
        evidence={"resident": who, **evidence} if is_named else evidence,
        group="vitals",
        short=short,
        leads_to=LeadsTo.REVIEW,
    )
