"""What can be wrong with the store, for those who must choose what to do about it."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path


class Trouble(StrEnum):
    """Why the store could not do what it was asked."""

    FULL = "full"  # the disk is full; it may get space again
    LOCKED = "locked"  # another process holds it; it may let go
    CORRUPT = "corrupt"  # it is not a database any more; only a new one helps
    BROKEN = "broken"  # reading or writing failed; perhaps the card is dying
    CLOSED = "closed"  # we are stopping


class StoreError(Exception):
    """The store could not be read or written.

    Attributes:
        path: the database file.
        trouble: what to do about it depends on this.
        detail: the database's own words.
    """

    def __init__(self, path: Path, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{path}: {_SAID[trouble]} ({detail})")
        self.path = path
        self.trouble = trouble
        self.detail = detail

    @classmethod
    def of(cls, path: Path, error: sqlite3.Error) -> StoreError:
        """Return the error that says what `error` means for us."""
        return cls(path, _trouble(error), str(error) or type(error).__name__)


_SAID = {
    Trouble.FULL: "the disk is full",
    Trouble.LOCKED: "another process keeps the database locked",
    Trouble.CORRUPT: "the database is damaged",
    Trouble.BROKEN: "the database cannot be read or written",
    Trouble.CLOSED: "the store is closed",
}

_BY_CODE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_CORRUPT: Trouble.CORRUPT,
    sqlite3.SQLITE_NOTADB: Trouble.CORRUPT,
}
_BY_WORDS = {
    "disk is full": Trouble.FULL,
    "is locked": Trouble.LOCKED,
    "malformed": Trouble.CORRUPT,
    "not a database": Trouble.CORRUPT,
}


def _trouble(error: sqlite3.Error) -> Trouble:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _BY_CODE.get(code & 0xFF, Trouble.BROKEN)
    said = str(error)
    return next((trouble for words, trouble in _BY_WORDS.items() if words in said), Trouble.BROKEN)
