"""What other settings would have meant: the gateway's own journal, lived twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from alerting.detection.climate import ClimateDetector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.news2 import News2Detector
from alerting.detection.vital_limits import VitalLimitsDetector
from alerting.engine import Engine
from alerting.events import Configured, Effect, Event, Finding, LeadsTo, Tick
from alerting.household import Household, IncidentKind, Resident
from devices.observation import Observation

SETTINGS = (
    "day",
    "inactivity_by_day",
    "inactivity_by_night",
    "false_alarms_per_month",
    "cold_below",
    "heat_above",
    "cold_or_heat_after",
)
"""What of a household is tried: the rest stays as it was at the time."""
OF_RESIDENTS = ("limits", "spo2_scale", "on_oxygen")
"""What of a resident is tried, where one of that name lived there."""
RULES = (
    InactivityDetector.name,
    ClimateDetector.name,
    VitalLimitsDetector.name,
    News2Detector.name,
)
"""The detectors whose alarms depend on these."""
SAME_SILENCE = timedelta(minutes=1)
"""Two alarms whose silences began so close together are about one silence."""
SHIFT_LEAST = timedelta(minutes=1)
LEARNING = timedelta(days=7)
"""Where the beginning of the journal is deleted, so long is learned and not compared."""


class Alarm(msgspec.Struct, frozen=True):
    """Something that was told, from then until it was over."""

    rule: str
    subject: str
    """The household or a device."""
    group: str
    """Tells apart what one subject may be told of at once, e.g. `cold` and `heat`."""
    began: datetime
    """Of a silence: when it began; else when it was told."""
    at: datetime
    ended: datetime | None = None
    """None: it lasted to the end of the journal."""


class Shift(msgspec.Struct, frozen=True):
    """The same thing, told at another time."""

    was: Alarm
    would: Alarm

    @property
    def later(self) -> timedelta:
        """By how much later; negative: earlier."""
        return self.would.at - self.was.at


class Compared(msgspec.Struct, frozen=True):
    """One household under both settings."""

    household: str
    begins: datetime
    """When the first device was heard."""
    ends: datetime
    was: tuple[Alarm, ...]
    would: tuple[Alarm, ...]
    is_cut: bool = False
    """Older entries are deleted: what was learned from them is not known in either life."""

    @property
    def pairs(self) -> tuple[Shift, ...]:
        """What was told with both, at whatever time."""
        left, found = list(self.would), []
        for one in self.was:
            same = next((other for other in left if _is_same(one, other)), None)
            if same is not None:
                left.remove(same)
                found.append(Shift(one, same))
        return tuple(found)

    @property
    def fewer(self) -> tuple[Alarm, ...]:
        """Told as it was, and not with the other settings."""
        both = [pair.was for pair in self.pairs]
        return tuple(one for one in self.was if one not in both)

    @property
    def more(self) -> tuple[Alarm, ...]:
        """Told only with the other settings."""
        both = [pair.would for pair in self.pairs]
        return tuple(one for one in self.would if one not in both)

    @property
    def shifted(self) -> tuple[Shift, ...]:
        """Told with both, at another time."""
        return tuple(shift for shift in self.pairs if abs(shift.later) >= SHIFT_LEAST)

    def since(self, begins: datetime) -> Compared:
        """Return the same of the time from `begins` on only; an alarm told later stays with it."""
        if begins <= self.begins:
            return self
        pairs = {pair.would: pair.was for pair in self.pairs}
        first = {one: min(one.at, pairs.get(one, one).at) for one in self.would}
        first |= {was: min(was.at, would.at) for would, was in pairs.items()}
        return msgspec.structs.replace(
            self,
            begins=begins,
            was=tuple(one for one in self.was if first.get(one, one.at) >= begins),
            would=tuple(one for one in self.would if first[one] >= begins),
        )


def _is_same(one: Alarm, other: Alarm) -> bool:
    """Tell whether both are about the same: one silence, or at one time."""
    if (one.rule, one.subject, one.group) != (other.rule, other.subject, other.group):
        return False
    if abs(one.began - other.began) <= SAME_SILENCE:
        return True
    begins, ends = max(one.at, other.at), [e for e in (one.ended, other.ended) if e is not None]
    return all(begins < end for end in ends)


class Twice:
    """One household's journal, lived as it was and with other settings, entry by entry."""

    def __init__(
        self, begins: Event, settings: Household, home: bytes | Household, *, is_cut: bool = False
    ) -> None:
        """Make both lives, and let them live through `begins`.

        Args:
            begins: the first entry that is left of the household's journal.
            settings: the household whose `SETTINGS` are tried.
            home: the engine's state before that entry; or, where that is not known, the
                household as it was: both lives then begin without knowing the person.
            is_cut: there were entries before it; where the state is not known either, the
                first days only teach.
        """
        self._settings = settings
        self._is_cut = is_cut and isinstance(home, Household)
        self._was, self._would = (_engine(begins, home) for _ in range(2))
        self._begins: datetime | None = None
        changed = _changed(self._would.household, settings)
        self._listens = (_Listener(), _Listener())
        self._would.step(Configured(self._would.now, changed))
        self.hear(begins)

    def hear(self, event: Event) -> None:
        """Let both live through the next entry."""
        was, would = self._listens
        if self._begins is None and isinstance(event, Observation):
            self._begins = event.at
        was.hear(self._was.step(event))
        if isinstance(event, Configured):
            event = Configured(event.at, _changed(event.household, self._settings))
        would.hear(self._would.step(event))

    def compare(self, until: datetime) -> Compared:
        """Let both live on to `until` without hearing more, and return what differed."""
        ends = max(until, self._was.now)
        self.hear(Tick(ends))
        was, would = (tuple(listener.alarms) for listener in self._listens)
        begins = self._begins or ends
        whole = Compared(self._was.household.id, begins, ends, was, would, self._is_cut)
        return whole.since(begins + LEARNING) if self._is_cut else whole


def _engine(begins: Event, home: bytes | Household) -> Engine:
    if isinstance(home, bytes):
        return Engine.restore(home)
    return Engine(begins if isinstance(begins, Configured) else Configured(begins.at, home))


def _changed(home: Household, settings: Household) -> Household:
    """Return the household with what is tried of the other settings."""
    named = {resident.name: resident for resident in settings.residents}
    residents = tuple(_as(one, named.get(one.name, one)) for one in home.residents)
    values = {name: getattr(settings, name) for name in SETTINGS}
    return msgspec.structs.replace(home, residents=residents, **values)


def _as(resident: Resident, other: Resident) -> Resident:
    values = {name: getattr(other, name) for name in OF_RESIDENTS}
    return msgspec.structs.replace(resident, **values)


class _Listener:
    """Collects what was told, each once from its beginning to its end."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self._open: dict[tuple[str, str, str], int] = {}

    def hear(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Finding) and effect.detector in RULES:
                self._note(effect)

    def _note(self, found: Finding) -> None:
        if found.what is IncidentKind.TECHNICAL or found.leads_to is not LeadsTo.INCIDENT:
            return
        key = (found.detector, found.subject, found.group)
        index = self._open.get(key)
        if not found.active:
            if index is not None:
                del self._open[key]
                self.alarms[index] = msgspec.structs.replace(self.alarms[index], ended=found.at)
        elif index is None:  # else it is said again, or of one more of its quantities
            hours = found.evidence.get("silent_hours", 0)
            silent = timedelta(hours=hours) if isinstance(hours, int | float) else timedelta()
            self._open[key] = len(self.alarms)
            self.alarms.append(Alarm(*key, found.at - silent, found.at))
