"""What was kept elsewhere while the disk was broken comes home when it can be written again.

Where the spare was begun as a copy and the disk has not gone on without it, it is the same
history, only longer: it takes the place of the database. Where it is not (the past was not
known when it was begun, or the database is another one by now), its incidents, stories and
messages are added, each home's engine takes over what is open there, and the spare's own file
is kept beside the database.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from alerting import snapshot
from alerting.response.beside import Besides
from gateway import fleet
from gateway.engines import CORE
from gateway.spare import damaged, find, give_up, is_damaged, origin
from gateway.store import codec, reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.pruning import COUNTED
from gateway.store.store import move_aside, prepare
from gateway.store.writer import connect

_TAKEN = "spare/"
"""Before a spare's folder: the setting that says that it has come home."""
_TABLES = ("incident", "timeline", "outbox", "attempt", "inbound", "stored", "proven")

log = logging.getLogger(__name__)


class Taken(msgspec.Struct, frozen=True):
    """What came home."""

    words: str
    is_news: bool
    """People must hear of it: it was added to another past, or is lost."""


def take_back(path: Path, places: Sequence[Path] | None = None) -> list[Taken]:
    """Bring the spares of the database at `path` home, the oldest first; return what came.

    What cannot be brought home stays where it is, and `open_store` goes on with it.
    """
    taken: list[Taken] = []
    for folder in reversed(find(path, places)):
        try:
            taken += _take(path, folder)
        except Exception:  # whatever it is: we must start all the same
            log.exception("%s cannot be taken back yet", folder)
            break
    return taken


def _take(path: Path, folder: Path) -> list[Taken]:
    spare = folder / path.name
    base, here = origin(folder), _last_seq(path)
    if here is not None and reading.setting(path, _TAKEN + folder.name) is not None:
        _clear(spare)
        return []
    if is_damaged(spare):
        give_up(spare)
        return [Taken(damaged(folder), is_news=True)]
    open_ids = [record.id for record in reading.incidents_not_over(spare)]
    owed = len(reading.owed(spare))
    clashes: list[str] = []
    kept = ""
    if here is None or (base is not None and here <= base and _is_longer(spare, path, here)):
        _replace(path, spare, folder.name, is_damaged=here is None)
    else:
        clashes, kept = _merge(path, spare, folder.name)
    _clear(spare)
    said = [
        f"暂存于 {folder} 的记录已并回：{len(open_ids)} 件未结案，{owed} 条待发 / "
        f"what was kept in {folder} is back: {len(open_ids)} open incidents, {owed} messages owed"
    ]
    if kept:
        said.append(f"其日志另存为 {kept} / its journal is kept as {kept}")
    if clashes:
        ids = ", ".join(clashes)
        said.append(f"编号重复，请立即核实：{ids} / numbers used twice, please verify now: {ids}")
    words = "; ".join(said)
    log.warning("%s", words)
    return [Taken(words, is_news=bool(kept))]


def _clear(spare: Path) -> None:
    """Delete a spare that is home; where that cannot be, see to it that nobody goes on with it."""
    shutil.rmtree(spare.parent, ignore_errors=True)
    give_up(spare)


def _is_longer(spare: Path, path: Path, here: int) -> bool:
    """Return whether the spare's journal is the one at `path`, which ends at `here`, gone on with.

    It is not if the card was replaced, or the spare had to be begun anew.
    """
    question = "select at, household, body from journal where seq = ?"
    with closing(reading.connect(spare)) as db:
        (first,) = db.execute("select min(seq) from journal").fetchone()
        there = db.execute(question, (here,)).fetchone()
    if there is None and first is not None and first > here:
        return True  # it has lived so long that the beginning was deleted
    with closing(reading.connect(path)) as db:
        return bool(there == db.execute(question, (here,)).fetchone())


def _last_seq(path: Path) -> int | None:
    """Return the last entry of the database that is there; None if there is none.

    Raises:
        StoreError: it is there, and cannot be read.
    """
    if not path.exists():
        return None
    try:
        return reading.last_seq(path) if reading.is_begun(path) else None
    except StoreError as error:
        if error.trouble is Trouble.CORRUPT:
            return None  # the spare is all there is
        raise


def _replace(path: Path, spare: Path, name: str, *, is_damaged: bool) -> None:
    """Put the spare in the place of the database, whole or not at all."""
    coming = path.with_name(path.name + ".coming")
    _copy(spare, coming, name)
    if is_damaged and path.exists():
        move_aside(path)
    elif path.exists():
        with closing(sqlite3.connect(path)) as db:
            db.execute("pragma wal_checkpoint(truncate)").fetchall()
    for ending in ("-wal", "-shm"):  # a log of the old file must not be read into the new one
        path.with_name(path.name + ending).unlink(missing_ok=True)
    coming.replace(path)
    _sync(path.parent)


def _copy(spare: Path, to: Path, name: str) -> None:
    """Copy a database with its log into one file that is on the disk, marked as taken."""
    to.unlink(missing_ok=True)
    with closing(sqlite3.connect(spare)) as source, closing(sqlite3.connect(to)) as db:
        source.backup(db)
        db.execute("insert or replace into setting values (?, '')", (_TAKEN + name,))
        db.commit()
        db.execute("pragma journal_mode = delete")
    _sync(to)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _merge(path: Path, spare: Path, name: str) -> tuple[list[str], str]:
    """Add what the spare has; return the open incidents whose numbers are used, and its file."""
    number = 1
    while (kept := path.with_name(f"{path.name}.spare-{number}")).exists():
        number += 1
    _copy(spare, kept, name)
    for database in (path, kept):
        prepare(database)
    known = _bodies(path, "")
    still_open = _bodies(spare, " where response != 'closed'")
    clashes = [id for id, body in still_open.items() if known.get(id, body) != body]
    states = _adopted(path, spare, set(known))
    with closing(connect(path)) as db:
        db.execute("attach ? as spare", (str(kept),))
        db.execute("begin immediate")
        for table in _TABLES:
            db.execute(f"insert or ignore into main.{table} select * from spare.{table}")
        (last,) = db.execute("select coalesce(max(seq), 0) from journal").fetchone()
        for home, at, body in states:
            row = (home, last, codec.text(at), body)
            db.execute("insert or replace into snapshot values (?, ?, ?, ?)", row)
        db.execute("insert or replace into setting values (?, '')", (_TAKEN + name,))
        db.execute("commit")
    return clashes, kept.name


def _bodies(path: Path, which: str) -> dict[str, str]:
    with closing(reading.connect(path)) as db:
        return dict(db.execute(f"select id, body from incident{which}").fetchall())


def _adopted(path: Path, spare: Path, known: set[str]) -> list[tuple[str, datetime, bytes]]:
    """Return the states of the homes that have something open in the spare, or new numbers."""
    here, there = fleet.engines(path), fleet.engines(spare)
    is_apart = reading.setting(spare, COUNTED) is not None
    states = []
    for home, engine in there.items():
        record = snapshot.decode(engine.snapshot())
        if home in here:
            before = snapshot.decode(here[home].snapshot())
            # a number used twice would be a message taken for one that was sent already
            count = before.count if is_apart else max(before.count, record.count)
            if not engine.incidents and count == before.count:
                continue
            record = _joined(before, record, known, count)
        elif not engine.incidents:
            continue
        body = snapshot.encode(record)
        CORE.revive(body)  # a state that cannot be read must not be written
        states.append((home, record.now.astimezone(UTC), body))
    return states


def _joined(
    here: snapshot.Record, there: snapshot.Record, known: set[str], count: int
) -> snapshot.Record:
    """Return one home's state with what is open in the spare; what was learned here stays."""
    cases = tuple(case for case in there.cases if case.incident.id not in known)
    return msgspec.structs.replace(
        here,
        now=max(here.now, there.now),
        count=count,
        cases=(*here.cases, *cases),
        ended=here.ended | there.ended,
        presence=there.presence or here.presence,
        silences=here.silences | there.silences,
        silenced=(*here.silenced, *there.silenced),
        postponed=(*here.postponed, *there.postponed),
        beside=_beside(here, there),
    )


def _beside(here: snapshot.Record, there: snapshot.Record) -> Besides:
    """Return what goes on beside the incidents: no call-back is forgotten."""
    known = {one.incident.id for one in here.beside.call_backs}
    new = (one for one in there.beside.call_backs if one.incident.id not in known)
    return msgspec.structs.replace(
        here.beside,
        call_backs=(*here.beside.call_backs, *new),
        count=max(here.beside.count, there.beside.count),
        test_until=there.beside.test_until,
        tested_by=there.beside.tested_by,
    )
