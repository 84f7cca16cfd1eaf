"""An engine's whole state as bytes, and back: the same future from the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from alerting.coverage import Coverage
from alerting.detection.detector import Detector, State
from alerting.errors import AlertingError
from alerting.events import Configured, Finding, Notify, PresenceSet
from alerting.household import Household, IncidentKind
from alerting.incident import Incident, Outcome, Response, Urgency
from alerting.response.case import HEARD_IN_THE_HOME, Case, Ladder
from alerting.words import Words

VERSION = 1
"""Raised when an older snapshot can no longer be read; the journal then replaces it."""


class Ended(msgspec.Struct, frozen=True, gc=False):
    """How an incident ended, for those whose answer comes too late."""

    at: datetime
    closer: Words
    outcome: Outcome


class Postponed(msgspec.Struct, frozen=True, gc=False):
    """News that wait for the end of quiet hours."""

    at: datetime
    notify: Notify


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an engine knows."""

    version: int
    now: datetime
    household: Household
    detectors: dict[str, msgspec.Raw]
    count: int
    """How many incidents there have been."""
    cases: tuple[Case, ...]
    """The incidents that are not over, oldest first."""
    ended: dict[str, Ended]
    presence: PresenceSet | None
    silences: dict[IncidentKind, datetime]
    muted: tuple[Finding, ...]
    """Active findings that opened no incident because their kind is silenced."""
    postponed: tuple[Postponed, ...]
    coverage: Coverage | None = None
    """How much of each day the home was watched; None: nobody has counted yet."""


def begin(first: Configured) -> Record:
    """Return the record of a household of which nothing is known yet."""
    return Record(
        version=VERSION,
        now=first.at,
        household=first.household,
        detectors={},
        count=0,
        cases=(),
        ended={},
        presence=None,
        silences={},
        muted=(),
        postponed=(),
    )


class _OldLadder(msgspec.Struct, frozen=True):
    base: int = 0


class _OldCase(msgspec.Struct, frozen=True):
    ladder: _OldLadder


class _OldRecord(msgspec.Struct, frozen=True):
    """Older snapshots have in the ladder at which step it last began; now the incident knows it."""

    cases: tuple[_OldCase, ...]


class SnapshotError(AlertingError):
    """A snapshot that this version cannot read; replay the journal instead."""


def encode(record: Record) -> bytes:
    """Return the record as JSON."""
    return msgspec.json.encode(record)


def decode(data: bytes) -> Record:
    """Undo `encode`.

    Raises:
        SnapshotError: these are not the bytes of a snapshot of this version.
    """
    try:
        record = msgspec.json.decode(data, type=Record)
    except msgspec.MsgspecError as error:
        raise SnapshotError(
            f"{len(data)} bytes are not an engine's snapshot: {error}; expected version {VERSION}"
        ) from error
    if record.version != VERSION:
        raise SnapshotError(
            f"the snapshot of {record.household.id} is of version {record.version}; "
            f"expected version {VERSION}"
        )
    old = msgspec.json.decode(data, type=_OldRecord)
    cases = zip(record.cases, old.cases, strict=True)
    return msgspec.structs.replace(
        record, cases=tuple(_based(case, kept.ladder.base) for case, kept in cases)
    )


def _based(case: Case, base: int) -> Case:
    """Return the case with the step at which its ladder began, as an older snapshot has it."""
    if not base:
        return case
    incident = msgspec.structs.replace(case.incident, base=base)
    return msgspec.structs.replace(case, incident=incident)


def adopted(record: Record, written: Sequence[Incident], count: int) -> Record:
    """Return the record with the incidents that were written down, where its own differ.

    Lived again by the rules of another version, a journal may open other incidents than people
    were told of. What they were told holds. What only the new life knows is told from the
    beginning, under a number that was never used: its messages would pass for sent otherwise.

    Args:
        record: of the engine that lived the journal again.
        written: the incidents of its household that are not over.
        count: the highest number an incident of the household has had.
    """
    count = max(count, record.count)
    if count == record.count and _same(written) == _same(case.incident for case in record.cases):
        return record
    mine = {_about(case.incident): case for case in record.cases}
    cases = [
        _going_on(incident, mine.pop(_about(incident), None), record.now) for incident in written
    ]
    for case in mine.values():
        count += 1
        cases.append(_anew(case, f"{record.household.id}-{count:04}", record.now))
    return msgspec.structs.replace(record, count=count, cases=tuple(cases))


def _about(incident: Incident) -> tuple[str, str, datetime]:
    return incident.kind, incident.group, incident.opened_at


def _same(incidents: Iterable[Incident]) -> set[tuple[str, tuple[str, str, datetime]]]:
    return {(incident.id, _about(incident)) for incident in incidents}


def _going_on(incident: Incident, case: Case | None, now: datetime) -> Case:
    due = incident.due_at or now
    # an older version did not write down where a ladder began: begun anew is better than ended
    is_lost = incident.rung is None and incident.response is Response.OPEN
    base = incident.step if is_lost else incident.base
    incident = msgspec.structs.replace(incident, due_at=max(due, now), base=base)
    if case is None:
        return Case(incident, _ladder(incident), {})
    return Case(incident, case.ladder, case.causes)


def _anew(case: Case, id: str, now: datetime) -> Case:
    incident = msgspec.structs.replace(
        case.incident,
        id=id,
        due_at=now,
        response=Response.OPEN,
        step=0,
        base=0,
        told=(),
        declined=(),
        responder="",
        lease_until=None,
    )
    return Case(incident, _ladder(incident), case.causes)


def _ladder(incident: Incident) -> Ladder:
    is_heard = incident.kind in HEARD_IN_THE_HOME and incident.urgency is Urgency.HIGH
    return Ladder(since=incident.opened_at, is_heard=is_heard)


def state_of(record: Record, detector: Detector) -> State:
    """Return the detector's own state; one the snapshot does not know starts at its moment.

    Raises:
        SnapshotError: the state is of another shape than this version's.
    """
    raw = record.detectors.get(detector.name)
    if raw is None:
        return detector.start(record.household, record.now)
    try:
        return msgspec.json.decode(raw, type=detector.state)
    except msgspec.MsgspecError as error:
        raise SnapshotError(
            f"the state of {detector.name} in the snapshot of {record.household.id}: {error}"
        ) from error
