"""A start must succeed whatever the disk does: where else the journal can be kept.

A memory card that is full, dying or read-only is the most likely end of a Raspberry Pi.
What is known of before is copied to a place that can be written, so that whoever called
for help is not forgotten; what happens from then on is kept there until the next start.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gateway.store.errors import StoreError, Trouble
from gateway.store.store import Store, move_aside

log = logging.getLogger(__name__)

MEMORY = Path("/dev/shm")
"""Where nothing else can be written, there is still this."""
COPY_BYTES_MAX = 256_000_000
"""The largest database taken along; memory is short on a small machine."""


def open_store(path: Path) -> tuple[Store, str]:
    """Return the store at `path`, or the next best, and what is wrong (empty: nothing).

    A damaged database is moved aside and a new one begun.

    Raises:
        StoreError: nothing can be written anywhere.
    """
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
    for place in _places() if places is None else places:
        try:
            folder = Path(tempfile.mkdtemp(prefix="guanai-", dir=place))
        except OSError as failed:
            log.error("%s: %s", place, failed)
            continue
        known = _copy(path, folder)
        try:
            store = Store.open(folder / path.name)
        except StoreError as failed:
            log.error("%s", failed)
            shutil.rmtree(folder, ignore_errors=True)
            continue
        if known and store.moved_aside is None:
            past = "此前的事件已带入 / what was open before is known"
        else:
            past = "此前的事件未知，请核对纸质记录 / what was open before is NOT known"
        return store, (
            f"{error}; 暂存于 / kept in {store.path} until the next start; {past}. "
            "重启前请先处理完所有事件 / close what is open before you restart"
        )
    raise StoreError(path, Trouble.BROKEN, f"no other place can be written either: {error}")


def _places() -> list[Path]:
    try:
        temporary = [Path(tempfile.gettempdir())]
    except OSError:  # not one of the usual places can be written
        temporary = []
    return [*temporary, MEMORY]


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
