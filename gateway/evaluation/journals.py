"""The gateway's own database as lives to be lived again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from alerting.engine import Engine
from alerting.events import Configured, Event
from alerting.household import Household
from alerting.snapshot import SnapshotError
from gateway.evaluation.backtest import Compared, Twice
from gateway.store import reading


class UnreadableStateError(Exception):
    """What was kept of the household cannot be read by this version."""

    def __init__(self, database: Path, home: str, why: object) -> None:
        super().__init__(f"{database}: the kept state of {home} cannot be read: {why}")
        self.home = home


class UnknownHouseholdError(Exception):
    """The database has no such household; `known` are those it has."""

    def __init__(self, database: Path, home: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{database} has no household {home}; there are: {', '.join(known)}")
        self.known = known


def journals(database: Path, home: str = "") -> Iterator[tuple[Engine, Iterator[Event]]]:
    """Yield an engine and the events after it, for each household of the journal, or for one.

    Raises:
        UnknownHouseholdError: the one that was asked for is not there.
        UnreadableStateError: the beginning is deleted, and the state kept after it no use.
        StoreError: the database cannot be read.
    """
    states = _oldest(database, home)
    for name in [home] if home else states:
        try:
            yield _journal(database, name, states[name])
        except SnapshotError as error:
            raise UnreadableStateError(database, name, error) from error


def compared(
    database: Path,
    settings: Mapping[str, Household],
    home: str = "",
    done: Callable[[int], None] = lambda seq: None,
) -> dict[str, Compared]:
    """Live the journal of all households twice (or of `home`), in one pass over it.

    Args:
        database: what is read.
        settings: by household, the changed ones; households without are left out.
        home: this one only; empty: all.
        done: hears the number of each entry that is dealt with.

    Raises:
        UnknownHouseholdError, StoreError: as `journals`.
        UnreadableStateError: the beginning is deleted, and the state kept after it no use.
    """
    states = _oldest(database, home)
    lives: dict[str, Twice] = {}
    first = next(reading.journal(database, 0), None)
    begins = 1 if first is None else first.seq
    for recorded in reading.journal(database, 0, home or None):
        done(recorded.seq)
        name, event = recorded.household, recorded.event
        if event is None or name not in settings or name not in states:
            continue
        life = lives.get(name)
        if life is None:
            kept = states[name]
            try:
                lives[name] = _begun(event, recorded.seq, kept, settings[name], is_cut=begins > 1)
            except SnapshotError as error:
                raise UnreadableStateError(database, name, error) from error
        else:
            life.hear(event)
    until = reading.last_at(database)
    return {name: life.compare(until) for name, life in lives.items() if until is not None}


def households(database: Path, home: str = "") -> tuple[str, ...]:
    """Return the households of the database, or the one asked for.

    Raises:
        UnknownHouseholdError, StoreError: as `journals`.
    """
    states = _oldest(database, home)
    return (home,) if home else tuple(states)


def _begun(
    event: Event, seq: int, kept: reading.Kept, settings: Household, *, is_cut: bool
) -> Twice:
    """Begin with the state of before this entry; else with the entry, where it tells the home.

    A state from after what is left of the journal tells whose it is, and no more.
    """
    if kept.seq < seq:
        return Twice(event, settings, kept.body, is_cut=is_cut)
    if isinstance(event, Configured):
        return Twice(event, settings, event.household, is_cut=is_cut)
    home = Engine.restore(kept.body).household
    return Twice(event, settings, home, is_cut=is_cut)


def _oldest(database: Path, home: str) -> dict[str, reading.Kept]:
    states: dict[str, reading.Kept] = {}
    for kept in reading.snapshots(database):
        states[kept.household] = kept  # newest first: the oldest stays
    if home and home not in states:
        raise UnknownHouseholdError(database, home, tuple(states))
    return states


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
