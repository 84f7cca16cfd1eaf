"""The tables, as numbered migrations.

A migration, once released, is never changed; `tests/gateway/old_databases/` holds a
database as each version left it, and the tests bring every one of them up to date.
Migrations only add: an older program can go on with a newer file.

sqlite-utils applies them and keeps the record of it, in the table
`_sqlite_migrations`. It brings numpy with it, 20 MB for as long as the process lives: the
gateway has a process of its own do it (`python -m gateway.store.schema DATABASE`).
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

SET = "guanai"

FIRST = (
    # What happened, in the order we learned it. Append-only. No index besides the
    # sequence number: a second one would multiply what a memory card has to write.
    """
    create table journal (
        seq       integer primary key,
        at        integer not null, -- microseconds since 1970, UTC; never decreasing
        household text not null,
        kind      text not null,
        body      text not null
    ) strict
    """,
    # What we owe the world, written with the event that caused it.
    """
    create table outbox (
        key          text primary key,
        household    text not null,
        incident     text not null,
        responder    text not null,
        channel      text not null,
        address      text not null,
        purpose      text not null,
        urgency      text not null,
        text         text not null,
        language     text not null,
        phrase       text,
        state        text not null,
        attempt      integer not null,
        created_at   text not null,
        due_at       text not null,
        lease_until  text,
        expires_at   text not null,
        provider     text not null,
        provider_id  text not null,
        error        text,
        code         text not null,
        detail       text not null,
        submitted_at text,
        final_at     text
    ) strict, without rowid
    """,
    """
    create index outbox_owed on outbox (due_at) where state not in
        ('delivered', 'heard', 'undelivered', 'failed', 'withdrawn', 'expired')
    """,
    """
    create table attempt (
        key         text not null,
        number      integer not null,
        at          text not null,
        transport   text not null,
        state       text not null,
        provider_id text not null,
        error       text,
        code        text not null,
        detail      text not null,
        primary key (key, number)
    ) strict, without rowid
    """,
    # How things stand, for the desk: rebuilt from the journal if ever lost.
    """
    create table incident (
        id        text primary key,
        household text not null,
        kind      text not null,
        urgency   text not null,
        cause     text not null,
        response  text not null,
        responder text not null,
        opened_at text not null,
        closed_at text,
        due_at    text,
        body      text not null
    ) strict
    """,
    "create index incident_opened on incident (opened_at)",
    "create index incident_not_over on incident (id) where response != 'closed'",
    """
    create table timeline (
        incident  text not null, -- empty: the household's own
        household text not null,
        seq       integer not null, -- of the journal
        number    integer not null, -- within one entry
        at        text not null,
        body      text not null,
        primary key (incident, household, seq, number)
    ) strict, without rowid
    """,
    # An engine's state after entry `seq` of the journal; the last two of each home.
    """
    create table snapshot (
        household text not null,
        seq       integer not null,
        at        text not null,
        body      blob not null,
        primary key (household, seq)
    ) strict
    """,
    """
    create table inbound (
        provider text not null,
        id       text not null,
        at       text not null,
        sender   text not null,
        text     text not null,
        outcome  text not null,
        primary key (provider, id)
    ) strict, without rowid
    """,
    """
    create table setting (
        name  text primary key,
        value text not null
    ) strict, without rowid
    """,
)

QUARANTINE = (
    # What we could not use, where a technician can read it; the newest only.
    """
    create table quarantine (
        id       integer primary key,
        at       text not null,
        who      text not null,
        reason   text not null,
        expected text not null,
        payload  blob not null
    ) strict
    """,
)

STORED = (
    # When the opening of an incident was safely written: the incident's own rows cannot say it.
    """
    create table stored (
        incident text primary key,
        at       text not null
    ) strict, without rowid
    """,
)

PATHS = (
    # Which ways out may carry a message, and the registered text it is (both as JSON).
    "alter table outbox add column paths text not null default '[]'",
    "alter table outbox add column template text not null default ''",
    "alter table outbox add column variables text not null default '{}'",
)

PROVEN = (
    # When each path, person and button last proved that it works, and was last asked to.
    """
    create table proven (
        kind      text not null,
        name      text not null,
        path      text not null,
        proven_at text,
        asked_at  text,
        how       text not null,
        primary key (kind, name, path)
    ) strict, without rowid
    """,
)

SENT = (
    # What was sent lately, for the limits of providers, which a restart does not begin anew.
    "create index outbox_sent on outbox (submitted_at) where submitted_at is not null",
)

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0001_first", FIRST),
    ("0002_quarantine", QUARANTINE),
    ("0003_stored", STORED),
    ("0004_paths", PATHS),
    ("0005_proven", PROVEN),
    ("0006_sent", SENT),
)


def migrate(db: sqlite3.Connection) -> int:
    """Bring the schema up to date and return how many migrations that took.

    Raises:
        sqlite3.Error: the database could not be read or changed; it is as it was.
    """
    if is_current(db):
        return 0
    from sqlite_utils import Database, Migrations

    migrations = Migrations(SET)
    for name, statements in MIGRATIONS:

        def apply(to: Database, statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                to.conn.execute(statement)

        migrations(name=name)(apply)
    database = Database(db)
    pending = len(migrations.pending(database))
    migrations.apply(database)
    return pending


def is_current(db: sqlite3.Connection) -> bool:
    """Return whether there is nothing to apply."""
    return _applied(db) >= {name for name, _ in MIGRATIONS}


def _applied(db: sqlite3.Connection) -> set[str]:
    known = "select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'"
    if db.execute(known).fetchone() is None:
        return set()
    rows = db.execute("select name from _sqlite_migrations where migration_set = ?", (SET,))
    return {name for (name,) in rows}


def main() -> None:
    """Bring the database named on the command line up to date."""
    with closing(sqlite3.connect(sys.argv[1], isolation_level=None)) as db:
        migrate(db)


if __name__ == "__main__":
    main()
