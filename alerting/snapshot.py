"""An engine's whole state as bytes, and back: the same future from the same bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerting.coverage import Coverage
from alerting.detection.detector import Detector, State
from alerting.errors import AlertingError
from alerting.events import Configured, Finding, Notify, PresenceSet, Silenced
from alerting.household import Household, IncidentKind
from alerting.response.beside import Besides
from alerting.response.case import Case
from alerting.response.endings import Ended

VERSION = 1
"""Raised when an older snapshot can no longer be read; the journal then replaces it."""


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
    silenced: tuple[Silenced, ...] = ()
    """The same silences with author and reason, as far as this version heard them."""
    coverage: Coverage | None = None
    """How much of each day the home was watched; None: nobody has counted yet."""
    beside: Besides = Besides()
    """Call-backs, drills and tests of buttons."""


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
