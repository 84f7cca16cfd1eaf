"""The one thread that writes, and the one that moves the log into the database.

One writer means no lock to wait for and one order of things. It is a thread of its
own, not the event loop, because a durable commit waits for the disk (about 1 ms on a
solid-state disk, 100 ms and more on a tired memory card), and not a pool, because a
job handed to a pool waits for a free worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.store.errors import StoreError, Trouble

log = logging.getLogger(__name__)

Work = Callable[[sqlite3.Connection], Any]

LOCK_WAIT_SECONDS = 5.0
CLOSE_SECONDS_MAX = 10.0
CHECKPOINT_PAGES = 1_000
"""How much the log grows, by our estimate, before it is moved into the database."""
LOG_PAGES_MAX = 16_000
"""A log that never empties, because somebody always writes, is emptied by force."""
ROOM_SHARE_MIN = 16
"""The log is given its room only where so many times as much is free."""
LOG_PAGE_BYTES = 4_120
"""A page and its head."""
PAGES_PER_JOB = 6
ROWS_PER_PAGE = 16


class Writer:
    """Runs jobs on one connection, in the order they were given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._durable: bool | None = None
        self._checkpoints = _Checkpoints(path)
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work, *, durable: bool, rows: int = 1) -> asyncio.Future[Any]:
        """Do `work` after everything submitted before it; return its result, in time.

        `durable`: the result comes only after the disk has it. `work` opens and commits
        its own transaction; if it fails, that is rolled back and the future fails with
        `StoreError`.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(StoreError(self._path, Trouble.CLOSED, "stopping"))
        else:
            self._jobs.put(_Job(work, durable, rows, future))
        return future

    async def close(self) -> None:
        """Finish what was submitted and stop."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, CLOSE_SECONDS_MAX)
        await asyncio.to_thread(self._checkpoints.close)
        if self._thread.is_alive():
            log.error("%s: the disk does not answer; left as it is", self._path)

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        while (job := self._jobs.get()) is not None:
            try:
                if db is None:
                    db = connect(self._path)
                    self._durable = None
                    make_room(db, self._path)
                self._set_durable(db, job.durable)
                job.settle(result=job.work(db))
                self._checkpoints.grown(PAGES_PER_JOB + job.rows // ROWS_PER_PAGE)
            except sqlite3.Error as error:
                _roll_back(db)
                failed = StoreError.of(self._path, error)
                if failed.trouble in {Trouble.BROKEN, Trouble.CORRUPT}:
                    _close(db)  # what is wrong may be this connection
                    db = None
                job.settle(error=failed)
            except BaseException as error:  # a mistake of ours, for the caller to see
                _roll_back(db)
                job.settle(error=error)
            # a job holds the entries it wrote; they may go now
            del job
            if self._checkpoints.starved and db is not None:
                self._checkpoints.force(db)
        _close(db)

    def _set_durable(self, db: sqlite3.Connection, durable: bool) -> None:
        if durable != self._durable:
            db.execute(f"pragma synchronous = {'full' if durable else 'normal'}")
            self._durable = durable


class _Job:
    """Work, and who waits for it."""

    __slots__ = ("_future", "durable", "rows", "work")

    def __init__(self, work: Work, durable: bool, rows: int, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.durable = durable
        self.rows = rows
        self._future = future

    def settle(self, result: object = None, error: BaseException | None = None) -> None:
        """Tell the event loop; nobody listens any more if it has ended."""
        with contextlib.suppress(RuntimeError):
            self._future.get_loop().call_soon_threadsafe(_settle, self._future, result, error)


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class _Checkpoints:
    """Moves the log into the database, beside the writer and not in its way.

    SQLite would do it inside the commit that fills the log, and the press that happens
    to be in that commit would wait for several writes and two more syncs of the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages = 0
        self._wanted = threading.Event()
        self._closed = False
        self._busy = threading.Lock()
        self.starved = False
        self._thread = threading.Thread(target=self._run, name="store-checkpoint", daemon=True)
        self._thread.start()

    def grown(self, pages: int) -> None:
        """Count what was written, and ask for a checkpoint when it is enough."""
        self._pages += pages
        if self._pages >= CHECKPOINT_PAGES:
            self._pages = 0
            self._wanted.set()

    def force(self, db: sqlite3.Connection) -> None:
        """Empty the log on the writer's own connection, unless a reader is in the way."""
        self.starved = False
        # whatever the database says here: the writer's thread must go on
        with contextlib.suppress(sqlite3.Error), self._busy:
            db.execute("pragma busy_timeout = 0")
            db.execute("pragma wal_checkpoint(restart)").fetchall()
        with contextlib.suppress(sqlite3.Error):
            db.execute(f"pragma busy_timeout = {int(LOCK_WAIT_SECONDS * 1000)}")

    def close(self) -> None:
        """Stop."""
        self._closed = True
        self._wanted.set()
        self._thread.join(CLOSE_SECONDS_MAX)

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closed:
                break
            # a checkpoint that fails is tried again; the writer meets the same trouble
            # and reports it
            with contextlib.suppress(sqlite3.Error), self._busy:
                db = db or connect(self._path)
                _, pages, moved = db.execute("pragma wal_checkpoint(passive)").fetchone()
                self.starved = pages > LOG_PAGES_MAX and moved < pages
        if db is not None:
            db.close()


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection that may write, with our settings.

    Raises:
        sqlite3.Error: there is no database there, and none could be made.
    """
    db = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=LOCK_WAIT_SECONDS
    )
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma wal_autocheckpoint = 0")
        db.execute("pragma temp_store = memory")
    except BaseException:
        db.close()
        raise
    return db


def make_room(db: sqlite3.Connection, path: Path) -> None:
    """Lengthen the log to what it will become anyhow, with zeros: SQLite takes them for its end.

    A file that grows has its new length written, too, which costs a press a quarter of
    a millisecond. Nobody else writes meanwhile. On a disk that is nearly full it grows as before.
    """
    zeros = bytes(65_536)
    wanted = CHECKPOINT_PAGES * LOG_PAGE_BYTES
    with contextlib.suppress(OSError, sqlite3.Error):
        if shutil.disk_usage(path.parent).free < ROOM_SHARE_MIN * wanted:
            return
        db.execute("begin immediate")
        try:
            with path.with_name(f"{path.name}-wal").open("ab") as file:
                while (missing := wanted - file.tell()) > 0:
                    file.write(zeros[:missing])
        finally:
            db.execute("rollback")


def _roll_back(db: sqlite3.Connection | None) -> None:
    if db is not None and db.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            db.execute("rollback")


def _close(db: sqlite3.Connection | None) -> None:
    if db is not None:
        with contextlib.suppress(sqlite3.Error):
            db.close()
