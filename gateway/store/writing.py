"""What is written in one transaction: plain functions over an open connection."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from alerting.events import (
    Changed,
    PresenceSet,
    Receipt,
    Reply,
    Resumed,
    Silenced,
    TrialSet,
    Withdraw,
)
from alerting.incident import Incident
from devices.observation import CallState, HelpCall
from gateway import timeline
from gateway.store import codec
from gateway.store.rows import Attempt, Entry, Inbound, OutboxRow, Proof, Quarantined, rows_owed

log = logging.getLogger(__name__)

Probe = Callable[[str], None]
"""Called with the name of each point at which a process may die; used by tests."""

COMMIT_POINTS = (
    "before begin",
    "after journal",
    "after outbox",
    "before commit",
    "after commit",
)

QUARANTINE_ROWS_MAX = 1_000
QUARANTINE_PAYLOAD_BYTES_MAX = 4_096
SNAPSHOTS_KEPT = 2

_TOLD = (HelpCall, CallState, Reply, Receipt, PresenceSet, Silenced, Resumed, TrialSet)
"""Events that may add to a timeline even when they cause nothing."""

_CHUNKS = (128, 32, 8, 1)


class _Insert:
    """Inserts many rows in few statements.

    One statement holds the interpreter's lock once, however many rows it inserts: row by
    row, a busy event loop made a group of 300 take 3.4 ms instead of 0.5.
    """

    def __init__(self, head: str, columns: int) -> None:
        """`head`: the statement up to its values, of which each row has `columns`."""
        places = f"({', '.join('?' * columns)})"
        self._statements = [
            (rows * columns, f"{head} values {', '.join([places] * rows)}") for rows in _CHUNKS
        ]

    def run(self, db: sqlite3.Connection, values: Sequence[object]) -> None:
        """Insert rows whose columns are in `values`, one row after the other."""
        begin = 0
        for width, statement in self._statements:
            while len(values) - begin >= width:
                db.execute(statement, values[begin : begin + width])
                begin += width


_JOURNAL = _Insert("insert into journal (seq, at, household, kind, body)", 5)
_COLUMNS = ", ".join(codec.OUTBOX_COLUMNS)
_WIDTH = len(codec.OUTBOX_COLUMNS)
_OWE = _Insert(f"insert or ignore into outbox ({_COLUMNS})", _WIDTH)  # replay is harmless
_SAVE = _Insert(f"insert or replace into outbox ({_COLUMNS})", _WIDTH)
_WITHDRAW = """
    update outbox set state = 'withdrawn', final_at = ?
    where key >= ? and key < ? and state in ('queued', 'leased')
    and (purpose in ('alarm', 'question', 'drill')
         or created_at < ? and (purpose = 'told' or ?))
"""
"""What belongs to the event itself (who is coming, the end) stands; see `Outbox.withdraw`."""
_INCIDENT = _Insert("insert or replace into incident", 11)
_INCIDENT_IF_NEW = _Insert("insert or ignore into incident", 11)
_LINE = _Insert("insert or ignore into timeline", 6)
_SNAPSHOT = "insert or replace into snapshot (household, seq, at, body) values (?, ?, ?, ?)"
_FORGET = """
    delete from snapshot where household = ?1 and seq not in
        (select seq from snapshot where household = ?1 order by seq desc limit ?2)
"""


class Snapshot:
    """An engine's state, to be kept with the entry it follows."""

    __slots__ = ("at", "body", "household")

    def __init__(self, household: str, at: datetime, body: bytes) -> None:
        self.household = household
        self.at = at
        self.body = body


def commit(
    db: sqlite3.Connection,
    entries: Sequence[Entry],
    snapshots: Iterable[Snapshot],
    known: Iterable[Incident],
    last: int,
    probe: Probe,
) -> int:
    """Write all of it or nothing; return the journal's last sequence number.

    `last` is that number before. A fresh alarm's rows, its incident and its lines of the
    timeline are in the same transaction as the event that raised it. `known` are
    incidents from before a new database was begun.
    """
    probe("before begin")
    db.execute("begin immediate")
    _JOURNAL.run(db, codec.journal_values(entries, last + 1))
    probe("after journal")
    incidents: dict[str, Incident] = {}
    lines: list[object] = []
    for seq, entry in enumerate(entries, last + 1):
        if entry.effects:
            _owe(db, entry)
            incidents.update(
                (effect.record.id, effect.record)
                for effect in entry.effects
                if isinstance(effect, Changed)
            )
        elif not isinstance(entry.event, _TOLD):
            continue
        lines += _lines(entry, seq)
    probe("after outbox")
    _INCIDENT.run(db, _flat(map(codec.incident_values, incidents.values())))
    _LINE.run(db, lines)
    _INCIDENT_IF_NEW.run(db, _flat(map(codec.incident_values, known)))
    for snapshot in snapshots:
        _keep(db, snapshot, last + len(entries))
    probe("before commit")
    db.execute("commit")
    probe("after commit")
    return last + len(entries)


def _flat(rows: Iterable[Sequence[object]]) -> list[object]:
    return list(chain.from_iterable(rows))


def _owe(db: sqlite3.Connection, entry: Entry) -> None:
    rows = rows_owed(entry)
    if rows:
        _OWE.run(db, _flat(map(codec.outbox_values, rows)))
    for effect in entry.effects:
        if isinstance(effect, Withdraw):
            # "0" follows "/": every key of this incident, and no other's
            first, end = f"{effect.incident}/", f"{effect.incident}0"
            at = codec.text(effect.at)
            db.execute(_WITHDRAW, (at, first, end, at, effect.is_over))


def _lines(entry: Entry, seq: int) -> list[object]:
    try:
        lines = timeline.lines(entry)
    except Exception:  # a story without this line beats a journal without this entry
        log.exception("no line of the timeline could be made of %r", entry.event)
        return []
    return _flat(codec.line_values(line, seq, number) for number, line in enumerate(lines))


def _keep(db: sqlite3.Connection, snapshot: Snapshot, seq: int) -> None:
    at = codec.text(snapshot.at)
    db.execute(_SNAPSHOT, (snapshot.household, seq, at, snapshot.body))
    db.execute(_FORGET, (snapshot.household, SNAPSHOTS_KEPT))


def save(db: sqlite3.Connection, rows: Sequence[OutboxRow], attempts: Sequence[Attempt]) -> None:
    """Write how far messages have come."""
    db.execute("begin immediate")
    _SAVE.run(db, _flat(map(codec.outbox_values, rows)))
    db.executemany(
        "insert or replace into attempt values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        map(codec.attempt_values, attempts),
    )
    db.execute("commit")


def quarantine(db: sqlite3.Connection, items: Sequence[Quarantined]) -> None:
    """Keep `items`, and of all only the newest `QUARANTINE_ROWS_MAX`."""
    db.execute("begin immediate")
    db.executemany(
        "insert into quarantine (at, who, reason, expected, payload) values (?, ?, ?, ?, ?)",
        (
            (
                codec.text(item.at),
                item.who,
                item.reason,
                item.expected,
                item.payload[:QUARANTINE_PAYLOAD_BYTES_MAX],
            )
            for item in items
        ),
    )
    db.execute(
        "delete from quarantine where id <= (select max(id) from quarantine) - ?",
        (QUARANTINE_ROWS_MAX,),
    )
    db.execute("commit")


def note_inbound(db: sqlite3.Connection, message: Inbound) -> None:
    """Remember that `message` was dealt with."""
    db.execute(
        "insert or ignore into inbound (provider, id, at, sender, text, outcome)"
        " values (?, ?, ?, ?, ?, ?)",
        (
            message.provider,
            message.id,
            codec.text(message.at),
            message.sender,
            message.text,
            message.outcome,
        ),
    )


def note_stored(db: sqlite3.Connection, incident: str, at: datetime) -> None:
    """Remember when the opening of `incident` was written; the first word stands."""
    db.execute("insert or ignore into stored values (?, ?)", (incident, codec.text(at)))


def set_settings(db: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Keep the settings given; others stay."""
    db.execute("begin immediate")
    db.executemany("insert or replace into setting values (?, ?)", settings.items())
    db.execute("commit")


def forget(db: sqlite3.Connection, households: Sequence[str]) -> None:
    """Delete the snapshots of households nobody watches any more; their journal stays."""
    db.executemany("delete from snapshot where household = ?", ((home,) for home in households))


def note_proof(db: sqlite3.Connection, proof: Proof) -> None:
    """Keep when something was last proven and tried; only the newest is kept."""
    moments = [codec.text(at) if at else None for at in (proof.proven_at, proof.asked_at)]
    db.execute(
        "insert or replace into proven (kind, name, path, proven_at, asked_at, how)"
        " values (?, ?, ?, ?, ?, ?)",
        (proof.kind, proof.name, proof.path, *moments, proof.how),
    )
