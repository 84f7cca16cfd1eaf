"""What is read, on connections that can do nothing else."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from alerting.events import Event
from alerting.incident import Incident
from gateway.store import codec
from gateway.store.errors import StoreError
from gateway.store.pruning import COUNTED
from gateway.store.rows import OutboxRow, Proof, Sent, Taken

READ_WAIT_SECONDS = 2.0

LATE_ENTRIES_MAX = 5_000
"""An alarm may be written before so many earlier entries of other homes (`gateway.ledger`)."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Kept(msgspec.Struct, frozen=True, gc=False):
    """An engine's state as it was after entry `seq` of the journal."""

    household: str
    seq: int
    body: bytes


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One entry of the journal; `event` is None if this version knows no such event."""

    seq: int
    household: str
    event: Event | None


def connect(path: Path) -> sqlite3.Connection:
    """Return a new connection that can only read.

    Raises:
        StoreError: there is no database.
    """
    try:
        db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=READ_WAIT_SECONDS,
        )
        db.execute("pragma query_only = on")
    except sqlite3.Error as error:
        raise StoreError.of(path, error) from error
    return db


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    db = connect(path)
    try:
        yield db
    except sqlite3.Error as error:
        raise StoreError.of(path, error) from error
    finally:
        db.close()


def taste(path: Path) -> None:
    """Read whatever a restart needs besides the journal's tail.

    Raises:
        StoreError: some of it is damaged.
    """
    with _open(path) as db:
        for question in (
            "select max(seq), max(at) from (select seq, at from journal order by seq desc limit 1)",
            "select sum(length(body)) from snapshot",
            "select sum(length(body)) from incident where response != 'closed'",
            "select count(*) from setting",
        ):
            db.execute(question).fetchall()
    owed(path)


def is_begun(path: Path) -> bool:
    """Return whether there are tables: a disk that was full may hold a file without any."""
    with _open(path) as db:
        found = db.execute("select 1 from sqlite_master where name = 'journal'").fetchone()
    return found is not None


def last_seq(path: Path) -> int:
    """Return the sequence number of the journal's last entry; 0 if there is none."""
    with _open(path) as db:
        (seq,) = db.execute("select coalesce(max(seq), 0) from journal").fetchone()
    return int(seq)


def last_at(path: Path) -> datetime | None:
    """Return the last moment that is known to be past: of an entry, or of an engine's state.

    An engine's time may be later than its last entry, for a tick that causes nothing is
    not written; a clock that began before it would have it judge the past.
    """
    with _open(path) as db:
        newest = "select at from journal order by seq desc limit ?"
        row = db.execute(f"select max(at) from ({newest})", (LATE_ENTRIES_MAX,)).fetchone()
        (kept,) = db.execute("select max(at) from snapshot").fetchone()
    known = [codec.moment(row[0])] if row[0] is not None else []
    known += [datetime.fromisoformat(kept)] if kept else []
    return max(known, default=None)


def owed(path: Path) -> list[OutboxRow]:
    """Return every outbox row of which something is still to come, oldest first."""
    columns = ", ".join(codec.OUTBOX_COLUMNS)
    with _open(path) as db:
        rows = db.execute(
            f"select {columns} from outbox where state not in"
            " ('delivered', 'heard', 'undelivered', 'failed', 'withdrawn', 'expired')"
            # nobody ever said whether these arrived; we stopped asking
            " and final_at is null order by created_at, key"
        ).fetchall()
    return list(_readable(codec.outbox_row, rows, "a message that is owed"))


def sent_since(path: Path, since: datetime) -> list[Sent]:
    """Return what providers took from `since` on, oldest first.

    Raises:
        StoreError: the database cannot be read.
    """
    with _open(path) as db:
        rows = db.execute(
            "select provider, channel, address, submitted_at from outbox"
            " where submitted_at >= ? order by submitted_at",
            (codec.text(since),),
        )
        return [
            Sent(provider, channel, address, datetime.fromisoformat(at))
            for provider, channel, address, at in rows
        ]


def taken_since(path: Path, since: datetime) -> list[Taken]:
    """Return under which ids providers had what they took from `since` on, also what came back.

    Raises:
        StoreError: the database cannot be read.
    """
    with _open(path) as db:
        rows = db.execute(
            "select attempt.transport, attempt.provider_id, attempt.key"
            " from outbox join attempt on attempt.key = outbox.key"
            " where outbox.submitted_at >= ? and attempt.provider_id <> ''",
            (codec.text(since),),
        )
        return [Taken(*row) for row in rows]


def snapshots(path: Path) -> list[Kept]:
    """Return all snapshots, of each household the newest first."""
    with _open(path) as db:
        rows = db.execute(
            "select household, seq, body from snapshot order by household, seq desc"
        ).fetchall()
    return [Kept(*row) for row in rows]


def journal(path: Path, after: int, household: str | None = None) -> Iterator[Recorded]:
    """Yield the entries after `after`, in order; of one household only, if it is named."""
    only, values = (
        ("", [after]) if household is None else (" and household = ?", [after, household])
    )
    with _open(path) as db:
        rows = db.execute(
            f"select seq, household, body from journal where seq > ?{only} order by seq", values
        )
        for seq, home, body in rows:
            yield Recorded(seq, home, _event(body))


def incidents_not_over(path: Path) -> list[Incident]:
    """Return the incidents that are not closed, as last written, oldest first."""
    with _open(path) as db:
        rows = db.execute(
            "select body from incident where response != 'closed' order by opened_at"
        ).fetchall()
    return list(_readable(lambda row: codec.incident(row[0]), rows, "an open incident"))


def _readable(read: Callable[[Any], T], rows: Iterable[Any], what: str) -> Iterator[T]:
    """Yield the records that can be read: one that cannot must not cost the others."""
    for row in rows:
        try:
            yield read(row)
        except (msgspec.MsgspecError, ValueError):
            log.exception("%s cannot be read: %r", what, row)


def unreadable(path: Path) -> int:
    """Return how many open incidents and owed messages there are that cannot be read."""
    with _open(path) as db:
        (rows,) = db.execute(
            "select (select count(*) from incident where response != 'closed') + "
            "(select count(*) from outbox where state not in"
            " ('delivered', 'heard', 'undelivered', 'failed', 'withdrawn', 'expired')"
            " and final_at is null)"
        ).fetchone()
    return int(rows) - len(incidents_not_over(path)) - len(owed(path))


def incidents_counted(path: Path) -> Callable[[str], int]:
    """Return who knows the highest number an incident of a household has had (0: none)."""
    with _open(path) as db:
        ids = db.execute("select household, id from incident").fetchall()
        gone = db.execute(
            "select substr(name, ?), value from setting where name glob ?",
            (len(COUNTED) + 1, f"{COUNTED}*"),
        ).fetchall()
    highest: dict[str, int] = {}
    for household, id in (*ids, *gone):
        number = id.rpartition("-")[2]
        if number.isdecimal():
            highest[household] = max(int(number), highest.get(household, 0))
    # under no household's name: a number that all homes are beyond
    return lambda household: max(highest.get("", 0), highest.get(household, 0))


def seen_inbound(path: Path, provider: str, id: str) -> bool:
    """Return whether a message a person sent us was dealt with."""
    with _open(path) as db:
        found = db.execute(
            "select 1 from inbound where provider = ? and id = ?", (provider, id)
        ).fetchone()
    return found is not None


def setting(path: Path, name: str) -> str | None:
    """Return what `name` was set to."""
    with _open(path) as db:
        row = db.execute("select value from setting where name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def _event(body: str) -> Event | None:
    try:
        return codec.event(body)
    except msgspec.MsgspecError:
        return None


def proofs(path: Path) -> list[Proof]:
    """Return when each path, person and button was last proven and tried.

    Raises:
        StoreError: the database cannot be read.
    """
    with _open(path) as db:
        rows = db.execute("select kind, name, path, proven_at, asked_at, how from proven")
        return [
            Proof(
                kind=kind,
                name=name,
                path=way,
                proven_at=datetime.fromisoformat(proven) if proven else None,
                asked_at=datetime.fromisoformat(asked) if asked else None,
                how=how,
            )
            for kind, name, way, proven, asked, how in rows
        ]
