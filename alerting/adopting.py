"""The incidents people were told of, in an engine that lived the journal again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from alerting.household import IncidentKind
from alerting.incident import Incident, Response, Urgency
from alerting.response.case import HEARD_IN_THE_HOME, Case, Ladder
from alerting.snapshot import Record


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


def _same(incidents: Iterable[Incident]) -> set[tuple[str, str, str, datetime]]:
    return {(one.id, one.kind, one.group, one.opened_at) for one in incidents}


def _about(incident: Incident) -> tuple[str, str]:
    """Return what tells apart incidents that are open at one time (as `grouping.belongs`)."""
    return incident.kind, "" if incident.kind is IncidentKind.FALL else incident.group


def _going_on(incident: Incident, case: Case | None, now: datetime) -> Case:
    due = incident.due_at or now
    # an older version did not write down where a ladder began: begun anew is better than ended
    is_lost = incident.rung is None and incident.response is Response.OPEN
    base = incident.step if is_lost else incident.base
    incident = msgspec.structs.replace(incident, due_at=max(due, now), base=base)
    if case is None:
        return Case(incident, _ladder(incident, now), {})
    ladder = msgspec.structs.replace(
        _ladder(incident, now),
        told_at=case.ladder.told_at,
        given_up_at=case.ladder.given_up_at,
    )
    return Case(incident, ladder, case.causes)


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
    return Case(incident, _ladder(incident, now), case.causes)


def _ladder(incident: Incident, now: datetime) -> Ladder:
    """Return a ladder whose messages have numbers that none of the incident's had before."""
    is_heard = incident.kind in HEARD_IN_THE_HOME and incident.urgency is Urgency.HIGH
    unused = int(now.timestamp())
    return Ladder(
        since=incident.opened_at, is_heard=is_heard, reminders=unused, news=unused, said=unused
    )
