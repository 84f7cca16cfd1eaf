"""One household's judgement: events in, effects out, nothing else.

The engine never waits and never asks what time it is. Whoever drives it calls `step`
with the next event, and with a `Tick` no later than `deadline()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from alerting import coverage, snapshot
from alerting.delivery import router
from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
from alerting.events import (
    Answer,
    Configured,
    Drill,
    Effect,
    Event,
    Finding,
    Lost,
    PresenceSet,
    PresenceState,
    Receipt,
    Reply,
    Resumed,
    Silenced,
    Tick,
    TrialSet,
)
from alerting.household import Household, IncidentKind
from alerting.incident import Incident
from alerting.letters import letters, requests, still_true
from alerting.response import endings, escalation, further, grouping
from alerting.response.beside import Beside, Besides, Done
from alerting.response.case import Case, Turn, Turns
from alerting.response.mutes import Mutes
from alerting.response.replied import answer
from alerting.snapshot import Record
from alerting.words import Words
from devices.observation import AnyObservation, Cancelled, Observation

_Route = tuple[tuple[int, Callable[..., tuple[Any, tuple[Finding, ...]]]], ...]


class Engine:
    """Steps one household through its life."""

    def __init__(
        self,
        first: Configured,
        detectors: Sequence[Detector] = DETECTORS,
        record: Record | None = None,
    ) -> None:
        """Begin at the moment the household was first configured.

        `record` is what `restore` read from a snapshot; everybody else leaves it out.

        Raises:
            SnapshotError: a detector's state in `record` is of another shape.
        """
        record = record or snapshot.begin(first)
        self._home, self._now = record.household, record.now
        self._detectors = tuple(detectors)
        self._states = [snapshot.state_of(record, detector) for detector in detectors]
        self._dues = [
            detector.deadline(self._home, state)
            for detector, state in zip(self._detectors, self._states, strict=True)
        ]
        self._routes: dict[type, _Route] = {}
        self._count = record.count
        self._cases = {case.incident.id: case for case in record.cases}
        self._ended = dict(record.ended)
        self._presence = record.presence
        self._mutes = Mutes(record.silences, record.muted, record.silenced)
        self._postponed = list(record.postponed)
        self._coverage = record.coverage or coverage.begin(record.now)
        self._beside = Beside(record.beside)
        self._due: datetime | None = None
        self._refresh()

    @property
    def household(self) -> Household:
        """The household as last configured."""
        return self._home

    @property
    def now(self) -> datetime:
        """The moment of the last event."""
        return self._now

    @property
    def incidents(self) -> list[Incident]:
        """The incidents that are not over, oldest first."""
        return [case.incident for case in self._cases.values()]

    @property
    def ended(self) -> dict[str, datetime]:
        """When which incidents ended, of those still remembered, by their ids."""
        return {id: ended.at for id, ended in self._ended.items()}

    @property
    def presence(self) -> PresenceState:
        """Where the resident is, as a person last said."""
        return self._presence.state if self._presence else PresenceState.HOME

    @property
    def silences(self) -> dict[IncidentKind, datetime]:
        """Until when which kinds of incident are muted."""
        return dict(self._mutes.until)

    @property
    def silenced(self) -> dict[IncidentKind, Silenced]:
        """Who muted what, and why."""
        return dict(self._mutes.said)

    @property
    def beside(self) -> Besides:
        """Call-backs, drills, and whether buttons are tried out."""
        return self._beside.kept

    @property
    def coverage(self) -> coverage.Coverage:
        """How much of each day the home was watched."""
        return self._coverage

    def known(self, detector: str) -> Any:
        """Return the state of the detector of that name."""
        names = [one.name for one in self._detectors]
        return self._states[names.index(detector)]

    def deadline(self) -> datetime | None:
        """Return when the engine next needs a `Tick`."""
        return self._due

    def step(self, event: Event) -> list[Effect]:
        """Return everything up to and including `event` causes, in order.

        Deadlines that fall due until then are met first, each at its own moment, so it does
        not matter how often a `Tick` comes. `Resumed` alone is different: of what was due
        while we were deaf, only the next thing is done, and now.

        What comes from outside never raises; an answer that cannot be carried out gives
        `Refused`. An event earlier than the last one is a mistake of the caller (assertion).
        """
        at = event.at
        assert at >= self._now, f"{self._home.id}: time ran backwards: {at} < {self._now}"
        effects: list[Effect] = []
        route = self._routes.get(event.__class__)
        if route is None and event.__class__ is Resumed:
            return self._resume(event)
        due = self._due
        if due is not None and due <= at:
            self._meet_until(at, effects)
        self._now = at
        if route is None:
            if not isinstance(event, Observation):
                return effects + self._other(event)
            route = self._route(event.__class__)
        findings: tuple[Finding, ...] = ()
        home, states = self._home, self._states
        for index, step in route:
            state = states[index]
            after, found = step(home, state, event)
            if after is not state:
                states[index] = after
                due = self._detectors[index].deadline(home, after)
                if due != self._dues[index]:
                    self._dues[index] = due
                    self._refresh()
            if found:
                findings += found
        if findings:
            effects += self._conclude(at, findings)
            self._refresh()
        if event.__class__ is Cancelled and not event.retained:
            effects += self._aside(at, self._beside.pressed(self._turns(at)))
            self._refresh()
        return effects

    def _route(self, kind: type[AnyObservation]) -> _Route:
        route = tuple(
            (index, detector.step)
            for index, detector in enumerate(self._detectors)
            if issubclass(kind, detector.consumes)
        )
        self._routes[kind] = route
        return route

    def _refresh(self) -> None:
        """Find the next deadline of all."""
        dues = [due for due in self._dues if due is not None]
        dues += [due for case in self._cases.values() if (due := case.due_at) is not None]
        dues += self._mutes.until.values()
        dues += [later.at for later in self._postponed]
        dues += self._beside.dues
        if self._presence is not None and self._presence.until is not None:
            dues.append(self._presence.until)
        self._due = min(dues, default=None)

    def _meet_until(self, at: datetime, effects: list[Effect]) -> None:
        while (due := self._due) is not None and due <= at:
            self._now = due
            effects += self._meet(due)
            later = self._due
            assert later is None or later > due, f"{self._home.id}: the deadline {due} was not met"

    def _meet(self, at: datetime) -> list[Effect]:
        """Do everything that is due at `at`, once."""
        effects: list[Effect] = []
        presence = self._presence
        if presence is not None and presence.until is not None and presence.until <= at:
            effects += self._place(PresenceSet(at, PresenceState.HOME, presence.by))
        effects += self._group(at, self._mutes.ended(at))
        findings: list[Finding] = []
        for index, due in enumerate(self._dues):
            if due is not None and due <= at:
                findings += self._ask(index, Tick(at))
        effects += self._conclude(at, findings)
        due_now = [later.notify for later in self._postponed if later.at <= at]
        effects += [msgspec.structs.replace(notify, at=at) for notify in due_now]
        self._postponed = [later for later in self._postponed if later.at > at]
        for case in list(self._cases.values()):
            effects += self._work(at, case, further.act)
        effects += self._aside(at, self._beside.meet(self._turns(at), self.incidents))
        self._refresh()
        return effects

    def _ask(self, index: int, event: AnyObservation | Tick | PresenceSet) -> tuple[Finding, ...]:
        detector = self._detectors[index]
        state, found = detector.step(self._home, self._states[index], event)
        self._states[index] = state
        self._dues[index] = detector.deadline(self._home, state)
        return found

    def _other(self, event: Event) -> list[Effect]:
        effects: list[Effect] = []
        match event:
            case Reply():
                effects = self._answer(event)
            case Receipt():
                self._beside.receipt(event)
                if case := self._cases.get(event.incident):
                    effects = self._work(event.at, case, partial(escalation.receipt, receipt=event))
            case PresenceSet():
                effects = self._place(event)
            case Silenced():
                effects = self._group(event.at, self._mutes.silence(event))
            case Configured():
                effects = self._configure(event)
            case Drill():
                effects = self._aside(event.at, self._beside.drill(event, self._turns(event.at)))
            case TrialSet():
                self._beside.test(event)
            case Lost():
                self._coverage = coverage.lost(self._coverage, self._home, event)
        if not isinstance(event, Tick):
            self._refresh()
        return effects

    def _resume(self, event: Resumed) -> list[Effect]:
        at = self._now = event.at
        self._coverage = coverage.resumed(self._coverage, self._home, event)
        for index, detector in enumerate(self._detectors):
            state = detector.resume(self._home, self._states[index], at, event.is_blink)
            self._states[index] = state
            self._dues[index] = detector.deadline(self._home, state)
        return self._meet(at)

    def _configure(self, event: Configured) -> list[Effect]:
        home = event.household
        assert home.id == self._home.id, f"{self._home.id} cannot become {home.id}"
        self._home = home
        for index, detector in enumerate(self._detectors):
            state = detector.configure(home, self._states[index], event.at)
            self._states[index] = state
            self._dues[index] = detector.deadline(home, state)
        return self._meet(event.at)

    def _place(self, event: PresenceSet) -> list[Effect]:
        if event.until is not None and event.until <= event.at:
            event = PresenceSet(event.at, PresenceState.HOME, event.by)
        self._presence = event
        findings: list[Finding] = []
        for index in range(len(self._detectors)):
            findings += self._ask(index, event)
        return self._conclude(event.at, findings)

    def _conclude(self, at: datetime, findings: Iterable[Finding]) -> list[Effect]:
        found = list(findings)
        self._coverage = coverage.found(self._coverage, self._home, found)
        return [*found, *requests(found, self._home), *self._group(at, found)] if found else []

    def _group(self, at: datetime, findings: Iterable[Finding]) -> list[Effect]:
        """Let every finding open, join or clear its incident; what is found together is told so."""
        effects: list[Effect] = []
        new: list[tuple[Case, list[Finding]]] = []
        for finding in findings:
            if self._mutes.keep_aside(finding, is_open=self._case_of(finding) is not None):
                continue
            for fresh, more in new:
                if finding.active and grouping.belongs(fresh, finding):
                    more.append(finding)
                    break
            else:
                case = self._case_of(finding)
                if case is None:
                    if finding.active:
                        new.append((self._open(finding), []))
                elif finding.active:
                    effects += self._work(at, case, partial(grouping.join, finding=finding))
                else:
                    effects += self._work(at, case, partial(grouping.clear, finding=finding))
        for case, more in new:
            effects += self._work(at, case, partial(grouping.begin, more=more))
        for case in list(self._cases.values()):
            effects += self._work(at, case, further.tell)
        return effects

    def _case_of(self, finding: Finding) -> Case | None:
        return next((one for one in self._cases.values() if grouping.belongs(one, finding)), None)

    def _open(self, finding: Finding) -> Case:
        self._count += 1
        id = f"{self._home.id}-{self._count:04}"
        return grouping.opened(self._home, id, self._beside.in_test(finding))

    def _answer(self, reply: Reply) -> list[Effect]:
        case = self._cases.get(reply.incident)
        if case is None:
            if (done := self._beside.answer(reply, self._turns(reply.at))) is not None:
                return self._aside(reply.at, done)
            if reply.answer is Answer.NOTE:
                return []  # a remark may come after the end
            words = endings.too_late(self._ended.get(reply.incident), self._home.tz)
            return [endings.refused(reply, words)]
        said: list[Words | None] = []
        effects = self._work(reply.at, case, lambda turn: said.append(answer(turn, reply)))
        return effects if said[0] is None else [endings.refused(reply, said[0])]

    def _work(self, at: datetime, case: Case, work: Callable[[Turn], Any]) -> list[Effect]:
        """Let `work` change the case, and turn what it orders into effects."""
        turn = self._turns(at)(case)
        work(turn)
        self._postponed = still_true(self._postponed, turn.orders)
        if turn.incident.is_over:
            self._cases.pop(turn.incident.id, None)
            endings.remember(self._ended, turn)
            self._beside.closed(turn)
        else:
            self._cases[turn.incident.id] = turn.case
        effects, postponed = letters(turn.orders, self._home)
        self._postponed += postponed
        return effects + self._beside.alarmed(at, effects)

    def _turns(self, at: datetime) -> Turns:
        """Return what makes a turn of a case at this moment."""
        return partial(Turn, at, self._home, partial(router.ways, paths=self._home.paths))

    def _aside(self, at: datetime, done: Done) -> list[Effect]:
        """Return what comes of what is done beside the incidents."""
        return letters(done.orders, self._home)[0] + self._conclude(at, done.findings)

    def snapshot(self) -> bytes:
        """Return everything the engine knows; `restore` continues from it exactly."""
        states = zip(self._detectors, self._states, strict=True)
        record = Record(
            version=snapshot.VERSION,
            now=self._now,
            household=self._home,
            detectors={d.name: msgspec.Raw(msgspec.json.encode(s)) for d, s in states},
            count=self._count,
            cases=tuple(self._cases.values()),
            ended=self._ended,
            presence=self._presence,
            silences=self._mutes.until,
            muted=tuple(self._mutes.muted),
            silenced=tuple(self._mutes.said.values()),
            postponed=tuple(self._postponed),
            coverage=self._coverage,
            beside=self._beside.kept,
        )
        return snapshot.encode(record)

    @classmethod
    def restore(cls, data: bytes, detectors: Sequence[Detector] = DETECTORS) -> Engine:
        """Return the engine `snapshot` was taken of; a detector it did not know starts now.

        Raises:
            SnapshotError: the bytes cannot be read by this version.
        """
        record = snapshot.decode(data)
        return cls(Configured(record.now, record.household), detectors, record)
