"""One SQLite file: journal, outbox, incidents, timelines, snapshots."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from alerting.incident import Incident
from gateway.store import pruning, reading, schema, writing
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Attempt, Entry, Inbound, OutboxRow, Proof, Quarantined
from gateway.store.writer import Writer, connect
from gateway.store.writing import Probe, Snapshot

PRUNE_ROWS_AT_ONCE = 5_000
"""Few enough that an alarm never waits long behind them."""
MIGRATION_SECONDS_MAX = 60.0


_log = logging.getLogger(__name__)


class Store:
    """Writes down what happened together with what we owe.

    Everything that writes goes through one thread, in the order it was asked for.
    Every method that waits raises `StoreError` when the database cannot do it.
    """

    def __init__(self, path: Path, probe: Probe) -> None:
        self._path = path
        self._probe = probe
        self._last = reading.last_seq(path)
        self._writer = Writer(path)
        self._saves = _Saves(self)
        self.moved_aside: Path | None = None
        """Where a damaged database was put, if this one had to be begun anew."""

    @classmethod
    def open(cls, path: Path, *, probe: Probe = lambda point: None) -> Self:
        """Open the database at `path`, made or brought up to date as needed.

        A file that is damaged is moved aside, never deleted, and a new one begun:
        `moved_aside` says so. `probe` is called at each of `COMMIT_POINTS`.

        Raises:
            StoreError: there can be no database at `path`.
        """
        aside: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                _prepare(path)
            except StoreError as error:
                if error.trouble is not Trouble.CORRUPT:
                    raise
                aside = move_aside(path)
                _prepare(path)
        except OSError as error:
            raise StoreError(path, Trouble.BROKEN, str(error)) from error
        store = cls(path, probe)
        store.moved_aside = aside
        return store

    @property
    def path(self) -> Path:
        """Where the database is."""
        return self._path

    @property
    def last_seq(self) -> int:
        """The sequence number of the last journal entry that is written."""
        return self._last

    def commit(
        self,
        entries: Sequence[Entry],
        durable: bool,
        snapshots: Iterable[Snapshot] = (),
        incidents: Iterable[Incident] = (),
    ) -> asyncio.Future[int]:
        """Write journal, outbox, incidents and timelines of `entries` in one transaction.

        Args:
            entries: what happened, in order.
            durable: wait until the disk has it; always when something is owed.
            snapshots: states of engines *after* the last of `entries`.
            incidents: what is known from before a new database was begun.

        Returns:
            The journal's last sequence number, once it is written. All or nothing.
        """
        kept, known = tuple(snapshots), tuple(incidents)

        def work(db: sqlite3.Connection) -> int:
            self._last = writing.commit(db, entries, kept, known, self._last, self._probe)
            return self._last

        return self._writer.submit(work, durable=durable, rows=len(entries))

    async def save(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt] = ()) -> None:
        """Write how far messages have come, and what was tried.

        Many calls at once become few transactions; of one row the last call wins.
        """
        await self._saves.add(rows, attempts)

    async def owed(self) -> list[OutboxRow]:
        """Return every row that is not final, oldest first: what a restart must go on with."""
        return await asyncio.to_thread(reading.owed, self._path)

    async def quarantine(self, items: Sequence[Quarantined]) -> None:
        """Keep `items` where a technician can read them; the oldest give way."""
        await self._writer.submit(lambda db: writing.quarantine(db, items), durable=False)

    async def seen_inbound(self, provider: str, id: str) -> bool:
        """Return whether `note_inbound` was called for this message. Changes nothing."""
        return await asyncio.to_thread(reading.seen_inbound, self._path, provider, id)

    async def note_inbound(self, message: Inbound) -> None:
        """Remember that `message` was dealt with.

        Call it after the reply it led to is committed (`Runtime.offer(...,
        acknowledge=...)`): asked too early, a crash in between would lose the reply.
        """
        await self._writer.submit(lambda db: writing.note_inbound(db, message), durable=True)

    def note_stored(self, incident: str, at: datetime) -> None:
        """Remember, without anybody waiting for it, when an incident's opening was written.

        Lost in a crash it is only not known; it is never made up.
        """
        noting = self._writer.submit(
            lambda db: writing.note_stored(db, incident, at), durable=False
        )
        noting.add_done_callback(lambda done: _not_noted(incident, done))

    def note_proof(self, proof: Proof) -> None:
        """Remember, without anybody waiting for it, when something was proven or tried."""
        noting = self._writer.submit(lambda db: writing.note_proof(db, proof), durable=False)
        noting.add_done_callback(lambda done: _not_noted(proof.name, done))

    async def setting(self, name: str) -> str | None:
        """Return what `name` was set to."""
        return await asyncio.to_thread(reading.setting, self._path, name)

    async def set_settings(self, settings: Mapping[str, str]) -> None:
        """Keep the settings given; others stay."""
        await self._writer.submit(lambda db: writing.set_settings(db, settings), durable=True)

    async def prune(self, before: datetime) -> int:
        """Delete journal entries older than `before` that no snapshot needs; return how many."""
        return await self._prune(pruning.journal, before, PRUNE_ROWS_AT_ONCE)

    async def prune_records(self, before: datetime) -> int:
        """Delete closed incidents, messages, attempts and texts older than `before`.

        What is open, or still owed, stays. Returns how many there were.
        """
        return sum([await self._prune(step, before, most) for step, most in pruning.RECORDS])

    async def prune_canary(self, before: datetime) -> int:
        """Delete what the gateway's own presses left behind; return how many there were."""
        return await self._prune(pruning.canary, before, 20)

    async def _prune(self, step: pruning.Step, before: datetime, most: int) -> int:
        gone = 0
        while True:
            went: int = await self._writer.submit(lambda db: step(db, before, most), durable=False)
            gone += went
            if went < most:
                return gone

    async def forget(self, households: Sequence[str]) -> None:
        """Delete the snapshots of households nobody watches any more; their journal stays."""
        await self._writer.submit(lambda db: writing.forget(db, households), durable=False)

    async def check(self) -> None:
        """Do nothing, durably: succeeds if the store can be written."""
        await self.set_settings({"checked": ""})

    async def renew(self) -> Path:
        """Give up a damaged database: move it aside, begin a new one, return the old one's path.

        Whoever calls this writes everything that matters into the new one.
        """
        await self._writer.close()

        def begin() -> Path:
            aside = move_aside(self._path)
            _prepare(self._path)
            return aside

        try:
            self.moved_aside = await asyncio.to_thread(begin)
        except OSError as error:
            raise StoreError(self._path, Trouble.BROKEN, str(error)) from error
        finally:
            self._writer = Writer(self._path)
        self._last = 0
        return self.moved_aside

    def reader(self) -> sqlite3.Connection:
        """Return a new connection that can only read; whoever takes it closes it.

        Raises:
            StoreError: there is no database.
        """
        return reading.connect(self._path)

    async def close(self) -> None:
        """Finish what was asked for and stop."""
        await self._saves.close()
        await self._writer.close()

    def write(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt]) -> asyncio.Future[None]:
        """Write rows and attempts now, in a transaction of their own."""
        return cast(
            "asyncio.Future[None]",
            self._writer.submit(
                lambda db: writing.save(db, rows, attempts), durable=False, rows=len(rows)
            ),
        )


class _Saves:
    """Gathers what comes while a transaction is being written into the next one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, OutboxRow] = {}
        self._attempts: list[Attempt] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, rows: Sequence[OutboxRow], attempts: Sequence[Attempt]) -> None:
        self._rows.update((row.key, row) for row in rows)
        self._attempts += attempts
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        await done

    async def close(self) -> None:
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while self._waiting:
            rows, self._rows = self._rows, {}
            attempts, self._attempts = self._attempts, []
            waiting, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                await self._store.write(tuple(rows.values()), attempts)
            except Exception as failed:  # whoever saved is told, and decides
                error = failed
            for done in waiting:
                if done.done():
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)
        self._task = None


def _not_noted(incident: str, done: asyncio.Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _log.warning("when %s was written is not noted: %s", incident, error)


def move_aside(path: Path) -> Path:
    """Rename a damaged database, with its log, to the first free `NAME.damaged-N`."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def _migrate_aside(path: Path) -> None:
    if "sqlite_utils" in sys.modules:
        return  # what a process of its own would spare us is here already
    command = [sys.executable, "-m", schema.__name__, str(path)]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, check=False, capture_output=True, timeout=MIGRATION_SECONDS_MAX)


def prepare(path: Path) -> None:
    """Make the database at `path`, or bring it up to date.

    Raises:
        StoreError: that cannot be done, or some of it is damaged.
    """
    _prepare(path)


def _prepare(path: Path) -> None:
    try:
        db = connect(path)
        try:
            if not schema.is_current(db):
                _migrate_aside(path)
            schema.migrate(db)  # does nothing, or says what went wrong there
        finally:
            db.close()
    except sqlite3.Error as error:
        raise StoreError.of(path, error) from error
    reading.taste(path)
