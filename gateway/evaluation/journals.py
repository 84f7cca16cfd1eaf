"""The gateway's own database as lives to be lived again, one household after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alerting.engine import Engine
from alerting.events import Configured, Event
from gateway.store import reading


class UnknownHouseholdError(Exception):
    """The database has no such household; `known` are those it has."""

    def __init__(self, database: Path, home: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{database} has no household {home}; there are: {', '.join(known)}")
        self.known = known


def journals(database: Path, home: str = "") -> Iterator[tuple[Engine, Iterator[Event]]]:
    """Yield an engine and the events after it, for each household of the journal, or for one.

    Raises:
        UnknownHouseholdError: the one that was asked for is not there.
        StoreError: the database cannot be read.
    """
    states: dict[str, reading.Kept] = {}
    for kept in reading.snapshots(database):
        states[kept.household] = kept  # newest first: the oldest stays
    if home and home not in states:
        raise UnknownHouseholdError(database, home, tuple(states))
    for name in [home] if home else states:
        yield _journal(database, name, states[name])


def _journal(database: Path, home: str, kept: reading.Kept) -> tuple[Engine, Iterator[Event]]:
    """Begin with the household's first entry, or where that is deleted with its oldest state."""
    first = next(reading.journal(database, 0, home), None)
    if first is not None and isinstance(first.event, Configured):
        return Engine(first.event), _events(database, first.seq, home)
    return Engine.restore(kept.body), _events(database, kept.seq, home)


def _events(database: Path, after: int, home: str) -> Iterator[Event]:
    for recorded in reading.journal(database, after, home):
        if recorded.event is not None:
            yield recorded.event
