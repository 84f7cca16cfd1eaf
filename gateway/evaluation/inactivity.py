"""How soon a silence is noticed, and how often falsely: the protocol of docs/detection.md.

Everything is heard in order by the engine itself, with all detectors. At a random moment
every 20 minutes at home, all later events are thought away: the state that the detector
had then is led on through time alone until it speaks. False is what it says before the
next event that really came. Homes count alike, however long they were recorded.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
from alerting.detection.inactivity import InactivityDetector
from alerting.detection.out import OutDetector
from alerting.engine import Engine
from alerting.events import Configured, Effect, Finding, LeadsTo, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from devices.observation import AnyObservation
from gateway.evaluation.recorded import Recorded

EVERY = timedelta(minutes=20)
INCIDENTS_MAX = 2_000
"""In a home recorded for so long that there would be more, they are further apart."""
JITTER_SHARE = 0.5
MISSED = timedelta(hours=24)
NIGHT = (22.5, 7.0)
"""Local hours: incidents in between count as by night."""
SEED = 7
ROUNDING = 1e-9
LABELLED_LEAST = 0.1
"""Where less than this share of the time the door calls away is labelled, labels are missing."""
WATCH = InactivityDetector.name


class Incident(msgspec.Struct, frozen=True):
    """A moment from which nothing more was heard."""

    hour: float
    """Local hour of the day."""
    hours: float
    """Until it was noticed as a silence; 24: it was not."""
    is_told: bool = True
    """It was noticed, or the resident was at least missed as not having come back."""

    @property
    def is_by_night(self) -> bool:
        """Tell whether it happened between the hours of `NIGHT`."""
        return self.hour >= NIGHT[0] or self.hour < NIGHT[1]


class Measured(msgspec.Struct, frozen=True):
    """What came of one home at one setting."""

    name: str
    per_month: float
    """The setting."""
    days: float
    """Tested, after the warm-up."""
    false: int
    """Inactivity alarms in them that were none."""
    false_at_first: int
    """The same in the first seven days, with the safe limits."""
    incidents: tuple[Incident, ...]
    beside: dict[str, int]
    """What else was found in the tested days, by detector."""
    recognised_hours: float | None
    """After how long the first sensor was recognised as blind in the tested days."""
    is_labelled: bool
    """False: labels are missing, so moments at which the door said away are left out."""

    @property
    def false_per_30_days(self) -> float:
        """How many false alarms that is in 30 days."""
        return self.false / self.days * 30


class _Probe:
    """A detector inside an engine, whose state can be looked at."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name, self.consumes, self.state = detector.name, detector.consumes, detector.state
        self.last: Any = None

    def start(self, home: Household, at: datetime) -> Any:
        self.last = self._detector.start(home, at)
        return self.last

    def step(
        self, home: Household, state: Any, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[Any, tuple[Finding, ...]]:
        self.last, found = self._detector.step(home, state, event)
        return self.last, found

    def resume(self, home: Household, state: Any, at: datetime, is_blink: bool = False) -> Any:
        self.last = self._detector.resume(home, state, at, is_blink)
        return self.last

    def configure(self, home: Household, state: Any, at: datetime) -> Any:
        self.last = self._detector.configure(home, state, at)
        return self.last

    def deadline(self, home: Household, state: Any) -> datetime | None:
        return self._detector.deadline(home, state)

    def speaks(self, home: Household, until: datetime) -> datetime | None:
        """Return when it would speak if nothing more were heard; None: not before `until`."""
        state = self.last
        while (due := self._detector.deadline(home, state)) is not None and due <= until:
            state, found = self._detector.step(home, state, Tick(due))
            if any(finding.active for finding in found):
                return due
        return None


def measure(
    recorded: Recorded, per_month: float, detectors: Sequence[Detector] = DETECTORS
) -> Measured:
    """Hear one home at one setting of false alarms per month.

    Args:
        recorded: the home.
        per_month: the setting of the household.
        detectors: all of them, or those that matter; the inactivity detector must be one.
    """
    home = msgspec.structs.replace(recorded.household, false_alarms_per_month=per_month)
    probes = {detector.name: _Probe(detector) for detector in detectors}
    engine = Engine(Configured(recorded.begins, home), tuple(probes.values()))
    listener = _Listener(recorded)
    asked = _Asked(home, probes[WATCH], probes.get(OutDetector.name), _is_labelled(recorded))
    moments = _moments(recorded)
    moment = next(moments, None)
    for event, following in _with_next(recorded.heard):
        listener.hear(engine.step(event))
        inside: list[datetime] = []
        while moment is not None and moment < following:
            inside.append(moment)
            moment = next(moments, None)
        if inside:
            asked.about(inside, following)
    return Measured(
        recorded.name,
        per_month,
        (recorded.ends - recorded.tested_from) / timedelta(days=1),
        listener.false,
        listener.false_at_first,
        tuple(asked.incidents),
        dict(listener.beside),
        listener.recognised,
        asked.is_labelled,
    )


class _Listener:
    """Counts what is said on the untouched recording."""

    def __init__(self, recorded: Recorded) -> None:
        self.false = self.false_at_first = 0
        self.beside: Counter[str] = Counter()
        self.recognised: float | None = None
        self._tested = recorded.tested_from
        self._dead_from = recorded.is_dead_from
        self._first = recorded.begins + timedelta(days=7)

    def hear(self, effects: Iterable[Effect]) -> None:
        """Count the findings among these."""
        for effect in effects:
            if not isinstance(effect, Finding) or not effect.active:
                continue
            if effect.leads_to is not LeadsTo.INCIDENT:
                continue  # nobody is called
            is_tested = effect.at >= self._tested
            if effect.what is IncidentKind.TECHNICAL:
                self.beside[effect.group or effect.detector] += is_tested
                self._recognise(effect.at)
            elif effect.detector == WATCH:
                self.false += is_tested
                self.false_at_first += effect.at < self._first
            else:
                self.beside[effect.detector] += is_tested

    def _recognise(self, at: datetime) -> None:
        if self.recognised is None and self._dead_from is not None and at >= self._dead_from:
            self.recognised = (at - self._dead_from) / timedelta(hours=1)


class _Asked:
    """Collects the incidents: when each would have been noticed."""

    def __init__(
        self, home: Household, probe: _Probe, out: _Probe | None, is_labelled: bool
    ) -> None:
        self.incidents: list[Incident] = []
        self.is_labelled = is_labelled
        self._home, self._probe, self._out = home, probe, out

    def about(self, moments: Iterable[datetime], following: datetime) -> None:
        """Take these moments, all in the silence that lasts until `following`, as incidents."""
        if not self.is_labelled and self._probe.last.door.is_away:
            return
        until = following + MISSED
        spoke = self._probe.last.said_at or self._probe.speaks(self._home, until)
        missing = self._out.speaks(self._home, until) if self._out and spoke is None else None
        for moment in moments:
            hours = MISSED if spoke is None else min(max(spoke - moment, timedelta()), MISSED)
            told = hours < MISSED or (missing is not None and missing - moment < MISSED)
            local = moment.astimezone(self._home.tz)
            hour = local.hour + local.minute / 60
            self.incidents.append(Incident(hour, hours / timedelta(hours=1), told))


def _with_next(heard: Sequence[AnyObservation]) -> Iterator[tuple[AnyObservation, datetime]]:
    for index, event in enumerate(heard):
        following = heard[index + 1].at if index + 1 < len(heard) else event.at
        yield event, following


def _moments(recorded: Recorded) -> Iterator[datetime]:
    """Yield random moments, evenly spread, at which by the labels somebody was at home."""
    rng = random.Random(SEED)
    absences = sorted(recorded.absences)
    moment = recorded.tested_from
    every = max(EVERY, (recorded.ends - moment) / INCIDENTS_MAX)
    while moment < recorded.ends:
        jittered = moment + every * rng.uniform(0, JITTER_SHARE)
        while absences and absences[0][1] <= jittered:
            absences.pop(0)
        if not absences or jittered < absences[0][0]:
            yield jittered
        moment += every


def _is_labelled(recorded: Recorded) -> bool:
    """Return False where most absences the door suggests have no label."""
    probe = _Probe(InactivityDetector())
    engine = Engine(Configured(recorded.begins, recorded.household), [probe])
    away = timedelta()
    for event, following in _with_next(recorded.heard):
        engine.step(event)
        if probe.last.door.is_away:
            away += following - event.at
    labelled = sum((back - left for left, back in recorded.absences), timedelta())
    return labelled >= LABELLED_LEAST * away


class Summary(msgspec.Struct, frozen=True):
    """Several homes together, each counting alike. Hours, and false alarms per 30 days."""

    false: float
    worst: float
    p50: float
    p90: float
    awake_p50: float
    awake_p90: float
    night_p50: float
    night_p90: float
    missed: float
    """Share of the incidents not noticed within 24 h."""
    unknown: float
    """Share of those of which nobody was told anything, not even that somebody is not back."""


def summary(homes: Sequence[Measured]) -> Summary:
    """Return the figures of several homes together."""
    weighted = [
        (incident, 1 / len(home.incidents)) for home in homes for incident in home.incidents
    ]
    awake = [(one, weight) for one, weight in weighted if not one.is_by_night]
    night = [(one, weight) for one, weight in weighted if one.is_by_night]
    total = sum(weight for _, weight in weighted)
    missed = sum(weight for one, weight in weighted if one.hours >= MISSED / timedelta(hours=1))
    unknown = sum(weight for one, weight in weighted if not one.is_told)
    rates = [home.false_per_30_days for home in homes]
    return Summary(
        false=sum(rates) / len(rates),
        worst=max(rates),
        p50=quantile(weighted, 0.5),
        p90=quantile(weighted, 0.9),
        awake_p50=quantile(awake, 0.5),
        awake_p90=quantile(awake, 0.9),
        night_p50=quantile(night, 0.5),
        night_p90=quantile(night, 0.9),
        missed=missed / total if total else 0.0,
        unknown=unknown / total if total else 0.0,
    )


def quantile(weighted: Iterable[tuple[Incident, float]], share: float) -> float:
    """Return the hours within which this weighted share of the incidents was noticed."""
    ordered = sorted((one.hours, weight) for one, weight in weighted)
    wanted = share * sum(weight for _, weight in ordered)
    passed = 0.0
    for hours, weight in ordered:
        passed += weight
        if passed >= wanted - ROUNDING:
            return hours
    return float("nan")


Swept = dict[str, dict[float, Measured]]
"""By home, by setting."""


def setting_for(swept: Swept, names: Iterable[str], false: float) -> float:
    """Return the highest setting with at most `false` false alarms in 30 days in these homes."""
    chosen = list(names)
    settings = sorted(next(iter(swept.values())))
    fit = [
        setting
        for setting in settings
        if sum(swept[name][setting].false_per_30_days for name in chosen) <= false * len(chosen)
    ]
    return fit[-1] if fit else settings[0]


def family(name: str) -> str:
    """Return whose life it is: `aruba_fill` and `aruba_sparse` are one person's."""
    return name.partition("_")[0]


def left_out(swept: Swept, false: float) -> list[Measured]:
    """Return each home at the setting that the other persons' homes would have chosen."""
    found = []
    for name, by_setting in swept.items():
        others = [other for other in swept if family(other) != family(name)]
        found.append(by_setting[setting_for(swept, others or [name], false)])
    return found
