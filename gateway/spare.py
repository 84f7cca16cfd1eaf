"""A start must succeed whatever the disk does: where else the journal can be kept.

A memory card that is full, dying or read-only is the most likely end of a Raspberry Pi.
What is known of before is copied to a place that can be written, so that whoever called
for help is not forgotten; what happens from then on is kept there, over further starts,
until the disk can be written again and it comes home (`gateway.homecoming`).
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.pruning import COUNTED
from gateway.store.store import Store, move_aside

log = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")
"""Where nothing else can be written, there is still this."""
COPY_BYTES_MAX = 256_000_000
"""The largest database taken along; memory is short on a small machine."""
MARK = "spare.json"
"""In a spare's folder: which database it stands for."""
_PREFIX = "guanai-"
_NUMBERS_FROM, _NUMBERS = 100_000, 800_000
"""Without its past a spare counts incidents from somewhere here: no number is used twice."""


class _Mark(msgspec.Struct, frozen=True):
    of: str
    seq: int | None
    """The last entry of the database when it was copied; None: it could not be."""


def open_store(path: Path) -> tuple[Store, str]:
    """Return the store at `path`, or the next best, and what is wrong (empty: nothing).

    A damaged database is moved aside and a new one begun. Where a spare could not come home
    (`gateway.homecoming.take_back` was called before), it is gone on with.

    Raises:
        StoreError: nothing can be written anywhere.
    """
    if find(path):
        return open_spare(path, StoreError(path, Trouble.BROKEN, "cannot take its spare back"))
    try:
        store = Store.open(path)
    except StoreError as error:
        if error.trouble is not Trouble.CORRUPT:
            return open_spare(path, error)
        try:
            aside = move_aside(path)
            return Store.open(path), f"damaged; kept as {aside.name}"
        except (StoreError, OSError) as again:
            return open_spare(path, again)
    if store.moved_aside is not None:
        return store, f"damaged; kept as {store.moved_aside.name}"
    return store, ""


def open_spare(
    path: Path, error: Exception, places: Sequence[Path] | None = None
) -> tuple[Store, str]:
    """Return a store elsewhere, with what was known at `path` if it can be read.

    Args:
        path: the database that cannot be used.
        error: why.
        places: folders to try; by default the machine's temporary folder, then memory.

    Raises:
        StoreError: no place can be written.
    """
    log.error("%s", error)
    lost = ""
    for folder in find(path, places):
        spare = folder / path.name
        if is_damaged(spare):
            give_up(spare)
            lost += f"; {damaged(folder)}"
            continue
        try:
            store = Store.open(spare)
        except StoreError as failed:
            log.error("%s", failed)
            continue
        past = "沿用上次的暂存 / goes on from the last start"
        return store, _said(error, store.path, past + lost)
    for place in _places() if places is None else places:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        except OSError as failed:
            log.error("%s: %s", place, failed)
            continue
        known = _copy(path, folder)
        try:
            store = Store.open(folder / path.name)
            known = known and store.moved_aside is None
            _mark(path, store, known)
        except (StoreError, OSError, sqlite3.Error) as failed:
            log.error("%s", failed)
            shutil.rmtree(folder, ignore_errors=True)
            continue
        if known:
            past = "此前的事件已带入 / what was open before is known"
        else:
            past = "此前的事件未知，请核对纸质记录 / what was open before is NOT known"
        return store, _said(error, store.path, past + lost)
    raise StoreError(path, Trouble.BROKEN, f"no other place can be written either: {error}")


def find(path: Path, places: Sequence[Path] | None = None) -> list[Path]:
    """Return the folders of the spares that stand for the database at `path`, newest first.

    The database's own folder is looked through as well: somebody may have saved one there.
    """
    found: list[tuple[float, Path]] = []
    for place in (*(_places() if places is None else places), path.parent):
        try:
            for folder in place.glob(f"{_PREFIX}*"):
                mark = _read_mark(folder)
                if mark is not None and mark.of == str(path.absolute()):
                    found.append(((folder / MARK).stat().st_mtime, folder))
        except OSError as error:
            log.error("%s: %s", place, error)
    return [folder for _, folder in sorted(dict.fromkeys(found), reverse=True)]


def origin(folder: Path) -> int | None:
    """Return up to which entry the spare in `folder` was a copy; None: it was not."""
    mark = _read_mark(folder)
    return mark.seq if mark is not None else None


def is_damaged(database: Path) -> bool:
    """Return whether nothing should be built on the spare's `database`: looks at all of it."""
    if not database.exists():
        return True
    try:
        with closing(sqlite3.connect(database)) as db:
            return db.execute("pragma quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.Error as error:
        return StoreError.of(database, error).trouble is Trouble.CORRUPT


def damaged(folder: Path) -> str:
    """Say of a spare that nobody can go on with it."""
    return (
        f"{folder} 的暂存已损坏，请核对其间的事件 / "
        f"what was kept in {folder} is damaged: verify what happened meanwhile"
    )


def give_up(database: Path) -> None:
    """Let nobody go on with a spare that failed; a technician still finds it."""
    mark = database.with_name(MARK)
    try:
        if mark.exists():
            mark.rename(mark.with_name(f"{MARK}.failed"))
    except OSError as error:
        log.error("%s: %s", mark, error)


def _mark(path: Path, store: Store, known: bool) -> None:
    if not known:
        number = str(_NUMBERS_FROM + secrets.randbelow(_NUMBERS))
        with closing(sqlite3.connect(store.path)) as db:
            db.execute("insert or replace into setting values (?, ?)", (COUNTED, number))
            db.commit()
    seq = reading.last_seq(store.path) if known else None
    mark = msgspec.json.encode(_Mark(str(path.absolute()), seq))
    (store.path.parent / MARK).write_bytes(mark)


def _read_mark(folder: Path) -> _Mark | None:
    file = folder / MARK
    try:
        if file.stat().st_uid != os.geteuid():
            # a folder for everybody may hold anybody's
            log.warning("%s belongs to somebody else, and is left alone", folder)
            return None
        return msgspec.json.decode(file.read_bytes(), type=_Mark)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s is left alone: %s", folder, error)
        return None


def _said(error: Exception, where: Path, past: str) -> str:
    return (
        f"{error}; 暂存于 {where} / kept in {where}; {past}; "
        "存储卡修好后重启服务即并回，勿先断电 / "
        "restart the service once the disk is in order, and it is taken back; do not switch off"
    )


def _places() -> list[Path]:
    # systemd keeps this one over a restart of the service; the temporary folder goes with it
    kept = [Path(place) for place in os.environ.get("RUNTIME_DIRECTORY", "").split(":") if place]
    try:
        temporary = [Path(tempfile.gettempdir())]
    except OSError:  # not one of the usual places can be written
        temporary = []
    return [*kept, *temporary, MEMORY]


def _copy(path: Path, folder: Path) -> bool:
    """Copy the database with its log, if it can be read and there is room for it."""
    log_file = path.with_name(path.name + "-wal")
    try:
        files = [file for file in (path, log_file) if file.is_file()]
        size = sum(file.stat().st_size for file in files)
        if not files or size > min(COPY_BYTES_MAX, shutil.disk_usage(folder).free // 2):
            return False
        for file in files:
            shutil.copyfile(file, folder / file.name)
    except OSError as error:
        log.error("%s cannot be taken along: %s", path, error)
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
        return False
    return True
