"""Records as the database holds them, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from alerting.events import Event
from alerting.incident import Incident
from gateway.store.rows import Attempt, Entry, OutboxRow
from gateway.timeline import Line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_encode = msgspec.json.Encoder().encode
_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)

OUTBOX_COLUMNS = tuple(OutboxRow.__struct_fields__)
"""The outbox's columns are the fields of its record, in their order."""

_AS_JSON = ("paths", "variables")


def micros(moment: datetime) -> int:
    """Return `moment` as whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Return the moment `micros` was given, aware UTC."""
    return _EPOCH + micros * _MICROSECOND


def text(moment: datetime) -> str:
    """Return `moment` (UTC) as text of one length, so that it sorts by time."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def journal_values(entries: Sequence[Entry], first: int) -> list[object]:
    """Return seq, at, household, kind and body of all entries, one after the other."""
    values: list[object] = []
    for seq, entry in enumerate(entries, first):
        event = entry.event
        values += (
            seq,
            (event.at - _EPOCH) // _MICROSECOND,
            entry.household,
            type(event).__name__,
            _encode(event).decode(),
        )
    return values


def event(body: str) -> Event:
    """Return the event a journal body holds.

    Raises:
        msgspec.ValidationError: this version knows no such event.
    """
    return _event.decode(body)


def outbox_values(row: OutboxRow) -> tuple[object, ...]:
    """Return the columns of `row`, in the order of `OUTBOX_COLUMNS`."""
    values = msgspec.to_builtins(row)
    for name in _AS_JSON:
        values[name] = _encode(values[name]).decode()
    return tuple(map(values.__getitem__, OUTBOX_COLUMNS))


def outbox_row(values: Sequence[object]) -> OutboxRow:
    """Return the row whose columns these are, in the order of `OUTBOX_COLUMNS`."""
    found = dict(zip(OUTBOX_COLUMNS, values, strict=True))
    for name in _AS_JSON:
        found[name] = msgspec.json.decode(str(found[name]))
    return msgspec.convert(found, OutboxRow)


def incident_values(record: Incident) -> tuple[object, ...]:
    """Return the columns the desk sorts and searches by, and the whole record."""
    return (
        record.id,
        record.household,
        str(record.kind),
        str(record.urgency),
        str(record.cause),
        str(record.response),
        record.responder,
        text(record.opened_at),
        record.closed_at and text(record.closed_at),
        record.due_at and text(record.due_at),
        _encode(record).decode(),
    )


def incident(body: str) -> Incident:
    """Return the incident a body holds."""
    return msgspec.json.decode(body, type=Incident)


def line_values(line: Line, seq: int, number: int) -> tuple[object, ...]:
    """Return the columns of one line of a timeline."""
    body = _encode(line).decode()
    return (line.incident, line.household, seq, number, text(line.at), body)


def attempt_values(attempt: Attempt) -> tuple[object, ...]:
    """Return the columns of one try to send."""
    return tuple(msgspec.to_builtins(attempt).values())
