"""What the driver must not forget over a restart: texts received, references of texts sent.

A text is deleted from the SIM only once it is here; it stays for two days, so that after a
crash everything of the last day is shown to the door again, which knows what it has
dealt with. When the disk fails, texts stay on the SIM, and alarms go out as before.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from alerting.delivery.channels.channel import Progress

FILE = "modem.db"
KEEP = timedelta(hours=48)
LOOK_BACK = timedelta(hours=24)
BUSY_SECONDS = 5.0

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Sent(msgspec.Struct, frozen=True):
    """A message the modem took, or may have taken."""

    id: str
    key: str
    channel: str
    address: str
    at: datetime
    references: tuple[int, ...] = ()
    statuses: tuple[int | None, ...] = ()
    """What the carrier reported of each part; None: nothing yet."""
    progress: Progress | None = None
    """Of a call: its end."""
    is_doubtful: bool = False
    """Nobody knows whether it went out."""


class Memory:
    """A small database of its own, written in a thread; never raises."""

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        """Make it; nothing is opened yet.

        Args:
            folder: where the gateway keeps its data.
            report: hears what is wrong with it; empty: it works (again).
        """
        self._path = folder / FILE
        self._report = report
        self._db: sqlite3.Connection | None = None
        # one thread, so that whoever is cancelled leaves nothing behind that runs beside the next
        self._thread = ThreadPoolExecutor(1, "modem-memory")

    async def keep(self, pdu: str, at: datetime) -> str:
        """Write a received text down, durably; return its name, empty if that failed."""
        id = name_of(pdu)

        def write(db: sqlite3.Connection) -> str:
            db.execute(
                "insert or ignore into received (id, at, pdu) values (?, ?, ?)",
                (id, at.timestamp(), pdu),
            )
            return id

        return await self._run(write) or ""

    async def received(self, now: datetime) -> list[tuple[str, str]]:
        """Return name and PDU of every text of the last day, oldest first; forget older ones."""

        def read(db: sqlite3.Connection) -> list[tuple[str, str]]:
            for table in ("received", "sent"):
                old = (now - KEEP).timestamp()
                db.execute(f"delete from {table} where at < ?", (old,))
            since = (now - LOOK_BACK).timestamp()
            rows = db.execute(
                "select id, pdu from received where at >= ? order by at, rowid", (since,)
            )
            return [(str(id), str(pdu)) for id, pdu in rows]

        return await self._run(read) or []

    async def note(self, sent: Sent) -> None:
        """Write down what became of a message so far."""
        body = msgspec.json.encode(sent)

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                "insert or replace into sent (id, at, body) values (?, ?, ?)",
                (sent.id, sent.at.timestamp(), body),
            )

        await self._run(write)

    async def sent(self) -> list[Sent]:
        """Return every message it remembers, oldest first."""

        def read(db: sqlite3.Connection) -> list[Sent]:
            rows = db.execute("select body from sent order by at, rowid")
            found: list[Sent] = []
            for (body,) in rows:
                try:
                    found.append(msgspec.json.decode(body, type=Sent))
                except msgspec.DecodeError as error:  # of another version
                    _log.warning("a message the modem sent cannot be read: %s", error)
            return found

        return await self._run(read) or []

    async def refused_pin(self) -> str:
        """Return what `note_refused_pin` was last told; empty: nothing."""

        def read(db: sqlite3.Connection) -> str:
            row = db.execute("select value from note where name = 'refused pin'").fetchone()
            return str(row[0]) if row else ""

        return await self._run(read) or ""

    async def note_refused_pin(self, pin: str) -> None:
        """Remember that the SIM refused this PIN: the third time locks it."""

        def write(db: sqlite3.Connection) -> None:
            db.execute("insert or replace into note values ('refused pin', ?)", (name_of(pin),))

        await self._run(write)

    async def close(self) -> None:
        """Let go of the file."""

        def end() -> None:
            db, self._db = self._db, None
            if db is not None:
                db.close()

        await asyncio.get_running_loop().run_in_executor(self._thread, end)

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do it in one transaction; None if that failed, which is reported."""

        def done() -> T:
            if self._db is None:
                self._db = _opened(self._path)
            try:
                with self._db:
                    return work(self._db)
            except (sqlite3.Error, OSError):
                self._db = None
                raise

        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, done)
        except (sqlite3.Error, OSError) as error:
            self._report(f"{self._path}: {error}")
            return None
        self._report("")
        return found


def name_of(pdu: str) -> str:
    """Return what names a received text once and for all."""
    return hashlib.blake2s(pdu.upper().encode(), digest_size=12).hexdigest()


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    # a text deleted from the SIM is nowhere else
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("create table if not exists received (id text primary key, at real, pdu text)")
    db.execute("create table if not exists sent (id text primary key, at real, body blob)")
    db.execute("create table if not exists note (name text primary key, value text)")
    return db
