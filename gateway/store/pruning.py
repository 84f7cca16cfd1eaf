"""What is deleted when it is old, in small steps: an alarm never waits long behind one.

An incident goes with its whole story, its messages and their attempts, in one transaction:
as long as the desk lists it, its timeline is there. What is open, or still owed, stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.store import codec

COUNTED = "counted/"
"""Before a household: the setting that remembers the highest number of a deleted incident.

Alone it holds for every household: a spare that does not know the past begins high."""

_FINAL = """(final_at is not null or state in
    ('delivered', 'heard', 'undelivered', 'failed', 'withdrawn', 'expired'))"""

Step = Callable[[sqlite3.Connection, datetime, int], int]
"""Deletes up to so many of what is older; returns how many: fewer than that, and it is done."""


def journal(db: sqlite3.Connection, before: datetime, rows_max: int) -> int:
    """Delete the oldest journal entries from before `before` that no snapshot still needs."""
    cursor = db.execute(
        """
        delete from journal where at < ?1 and seq in (
            select seq from journal
            where seq <= (select min(seq) from snapshot) order by seq limit ?2)
        """,
        (codec.micros(before), rows_max),
    )
    return cursor.rowcount


def incidents(db: sqlite3.Connection, before: datetime, incidents_max: int) -> int:
    """Delete incidents closed before `before`, oldest first, with all that belongs to them."""
    ids = [
        id
        for (id,) in db.execute(
            "select id from incident where response = 'closed' and opened_at < ?1"
            " and closed_at < ?1 order by opened_at limit ?2",
            (codec.text(before), incidents_max),
        )
    ]
    return _with_all(db, ids)


def canary(db: sqlite3.Connection, before: datetime, incidents_max: int) -> int:
    """Delete the gateway's own presses from before `before`: they are no alarms of anybody's."""
    ids = [
        id
        for (id,) in db.execute(
            "select id from incident where household = 'canary' and response = 'closed'"
            " and closed_at < ? order by opened_at limit ?",
            (codec.text(before), incidents_max),
        )
    ]
    db.execute(
        "delete from journal where household = 'canary' and at < ?"
        " and seq <= (select min(seq) from snapshot)",
        (codec.micros(before),),
    )
    db.execute(
        "delete from timeline where incident = '' and household = 'canary' and at < ?",
        (codec.text(before),),
    )
    return _with_all(db, ids)


def _with_all(db: sqlite3.Connection, ids: Sequence[str]) -> int:
    """Delete incidents with all that belongs to them; return how many."""
    db.execute("begin immediate")
    for id in ids:
        _remember_number(db, id)
        keys = (f"{id}/", f"{id}0")  # "0" follows "/": every key of this incident, no other's
        db.execute(f"delete from outbox where key >= ? and key < ? and {_FINAL}", keys)
        db.execute(
            "delete from attempt where key >= ?1 and key < ?2 and key not in"
            " (select key from outbox where key >= ?1 and key < ?2)",
            keys,
        )
        db.execute("delete from timeline where incident = ?", (id,))
        db.execute("delete from stored where incident = ?", (id,))
        db.execute("delete from incident where id = ?", (id,))
    db.execute("commit")
    return len(ids)


def homes(db: sqlite3.Connection, before: datetime, rows_max: int) -> int:
    """Delete what the households' own timelines say of the time before `before`."""
    cursor = db.execute(
        "delete from timeline where incident = '' and (household, seq, number) in"
        " (select household, seq, number from timeline where incident = '' and at < ? limit ?)",
        (codec.text(before), rows_max),
    )
    return cursor.rowcount


def answers(db: sqlite3.Connection, before: datetime, rows_max: int) -> int:
    """Delete old messages of no incident: texts to people who wrote to us, and requests to measure.

    Their keys begin with `reply/` and `measure/`.
    """
    keys = [
        key
        for (key,) in db.execute(
            "select key from outbox where (key >= 'reply/' and key < 'reply0'"
            " or key like '%-drill-%'"
            " or key >= 'measure/' and key < 'measure0')"
            f" and created_at < ? and {_FINAL} limit ?",
            (codec.text(before), rows_max),
        )
    ]
    db.execute("begin immediate")
    db.executemany("delete from attempt where key = ?", ((key,) for key in keys))
    db.executemany("delete from outbox where key = ?", ((key,) for key in keys))
    db.execute("commit")
    return len(keys)


def inbound(db: sqlite3.Connection, before: datetime, rows_max: int) -> int:
    """Delete old texts of people."""
    cursor = db.execute(
        "delete from inbound where (provider, id) in"
        " (select provider, id from inbound where at < ? limit ?)",
        (codec.text(before), rows_max),
    )
    return cursor.rowcount


def _remember_number(db: sqlite3.Connection, id: str) -> None:
    """A number used twice would be a message taken for one that was sent already."""
    home, _, number = id.rpartition("-")
    if number.isdecimal():
        db.execute(
            "insert into setting values (?1, ?2) on conflict (name) do update set value = ?2"
            " where cast(value as integer) < cast(?2 as integer)",
            (COUNTED + home, str(int(number))),
        )


RECORDS: tuple[tuple[Step, int], ...] = (
    (incidents, 20),
    (homes, 2_000),
    (answers, 500),
    (inbound, 2_000),
)
"""What a technician may want deleted besides the journal, with how much goes in one step."""
