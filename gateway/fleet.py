"""All engines as they were before a restart: snapshot, and the journal since."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from alerting.events import Configured, Event, Resumed
from alerting.household import Household
from alerting.incident import Incident
from gateway.engines import CORE, FORGET_AFTER, Engine, Failed, Maker
from gateway.store import reading
from gateway.store.errors import StoreError, Trouble
from gateway.store.reading import Kept, Recorded
from gateway.store.rows import Entry
from gateway.store.store import Store
from gateway.store.writing import Snapshot

log = logging.getLogger(__name__)

REPLAYED_ENTRIES_MAX = 500_000
"""A journal up to this long is lived again when a home's snapshots cannot be read."""
SKIPPED_MAX = 10
"""Events of one home that may fail in a replay before its engine is begun anew."""


@dataclass
class Fleet:
    """What a restart starts from."""

    engines: dict[str, Engine] = field(default_factory=dict)
    events: list[tuple[str, Event]] = field(default_factory=list)
    """To be offered to the runtime before anything else."""
    faults: list[str] = field(default_factory=list)
    """What could not be restored, in words."""


async def restore(
    store: Store,
    households: Mapping[str, Household],
    now: datetime,
    maker: Maker = CORE,
) -> Fleet:
    """Return an engine for every household, as it was when the journal ends.

    Effects of replayed events are not acted upon again: they were written in one
    transaction with their event. A household that is new begins with a journal entry
    and a snapshot of its own; one that is not configured any more stays while it has
    open incidents. Reads on the caller's thread: nothing else runs yet.

    Raises:
        StoreError: the store cannot be read or written at all.
    """
    fleet = Fleet()
    rebuilt: dict[str, Engine] = {}
    heard: datetime | None = None
    try:
        heard = reading.last_at(store.path)
        rebuilt = _replay(store.path, maker, fleet.faults)
        await _adopt(store, rebuilt, now, maker, fleet.faults)
        _report_lost(store.path, rebuilt, fleet.faults)
    except StoreError as error:
        if error.trouble is not Trouble.CORRUPT:
            raise
        aside = await store.renew()
        fleet.faults.append(
            f"记录库已损坏，另存为 {aside.name}，各户从头判断，请核对未结的报警 / "
            f"the store is damaged, kept as {aside.name}, all homes are judged anew: "
            f"check which alarms were open ({error})"
        )
        rebuilt = {}
    gone = []
    for home, engine in rebuilt.items():
        if home in households or engine.incidents:
            fleet.engines[home] = engine
        else:
            gone.append(home)
    for home, engine in fleet.engines.items():
        resumed = Resumed(at=now, deaf_since=heard, why="the gateway was started")
        fleet.events.append((home, resumed))
        # of a home that was removed nothing is heard any more: only its incidents go on
        configured = households.get(home) or _without_devices(engine.household)
        # after `Resumed`: configuring would first meet what fell due while we were off
        if configured != engine.household:
            fleet.events.append((home, Configured(at=now, household=configured)))
    await _begin(store, fleet, households, now, maker)
    if gone:
        await store.forget(gone)
    return fleet


async def _adopt(
    store: Store, engines: dict[str, Engine], now: datetime, maker: Maker, faults: list[str]
) -> None:
    """Let what was written down hold where a life lived again came to something else.

    So it is when another version was started that judges the same events otherwise. Damaged
    records are no word against a life that can be lived again.
    """
    if reading.unreadable(store.path):
        return
    counted = reading.incidents_counted(store.path)
    written: dict[str, list[Incident]] = {}
    for record in reading.incidents_not_over(store.path):
        written.setdefault(record.household, []).append(record)
    states: list[Snapshot] = []
    going_on: list[Incident] = []
    for home, engine in engines.items():
        try:
            adopted = maker.adopt(engine, written.get(home, []), counted(home))
        except Exception as error:  # one home must not keep the others from starting
            log.exception("what was written down of %s cannot be gone on with", home)
            faults.append(
                f"{home}：未结事件无法核对 / {home}: open incidents not checked: {error!r}"
            )
            continue
        if adopted is engine:
            continue
        engines[home] = adopted
        states.append(Snapshot(home, now, adopted.snapshot()))
        going_on += adopted.incidents
        faults.append(
            f"{home}：本版本对以往的判断不同，未结事件以已记下的为准，请核对 / "
            f"{home}: this version judges the past otherwise; the incidents that were written "
            "down go on: check what is open"
        )
    if states:
        await store.commit([], True, states, going_on)


def _without_devices(household: Household) -> Household:
    return msgspec.structs.replace(household, devices={})


async def _begin(
    store: Store, fleet: Fleet, households: Mapping[str, Household], now: datetime, maker: Maker
) -> None:
    new = [household for home, household in households.items() if home not in fleet.engines]
    if not new:
        return
    entries, states = [], []
    counted = reading.incidents_counted(store.path)
    for household in new:
        first = Configured(at=now, household=household)
        engine = maker.begin(first, counted(household.id))
        fleet.engines[household.id] = engine
        entries.append(Entry(household.id, first))
        states.append(Snapshot(household.id, now, engine.snapshot()))
    await store.commit(entries, True, states)


def rebuild(path: Path, failed: Failed, now: datetime, maker: Maker = CORE) -> Engine:
    """Return one household's engine, made again after it failed.

    It is made from the journal, in which what it failed on does not stand; of the failed
    one's own state only if the journal does not know all. From the second failure on only
    its incidents are kept, from the `FORGET_AFTER`th on nothing is.

    Args:
        path: the database.
        failed: the engine, and how often it failed before.
        now: the present.
        maker: makes engines.
    """
    household = failed.engine.household
    said: list[str] = []
    engine: Engine | None = None
    if failed.times < FORGET_AFTER and not failed.is_written:
        return maker.renew(failed.engine)
    if failed.times < FORGET_AFTER:
        kept = [state for state in reading.snapshots(path) if state.household == household.id]
        engine = _from_snapshots(path, household.id, kept, maker, said)
    for words in said:
        log.error("%s", words)
    if engine is not None:
        engine = _agreed(path, engine, maker)
        return maker.renew(engine) if failed.times else engine
    return maker.begin(Configured(at=now, household=household), _counted(path, failed, now))


def _agreed(path: Path, engine: Engine, maker: Maker) -> Engine:
    """Return the engine with the incidents as they were written down (see `_adopt`)."""
    if reading.unreadable(path):
        return engine
    home = engine.household.id
    written = [one for one in reading.incidents_not_over(path) if one.household == home]
    return maker.adopt(engine, written, reading.incidents_counted(path)(home))


def _counted(path: Path, failed: Failed, now: datetime) -> int:
    """Return a number from which incidents go on to be counted.

    A number used twice would be a message taken for one that was sent already.
    """
    latest = max((int(record.number) for record in failed.engine.incidents), default=0)
    try:
        return max(latest, reading.incidents_counted(path)(failed.engine.household.id))
    except StoreError:  # no database to ask: one that was not reached yet
        return max(latest, 100_000 + int(now.timestamp()) // 60 % 800_000)


def engines(path: Path) -> dict[str, Engine]:
    """Return the engines of all households as they are at the end of a journal."""
    return _replay(path, CORE, [])


def _replay(path: Path, maker: Maker, faults: list[str]) -> dict[str, Engine]:
    """Return the engines of all households that have a past."""
    kept: dict[str, list[Kept]] = {}
    for state in reading.snapshots(path):
        kept.setdefault(state.household, []).append(state)
    engines: dict[str, Engine] = {}
    seqs: dict[str, int] = {}
    failed: set[str] = set()
    for home, states in kept.items():
        try:
            engines[home] = maker.revive(states[0].body)
            seqs[home] = states[0].seq
        except Exception as error:
            log.error("the newest snapshot of %s cannot be read: %r", home, error)
            failed.add(home)
    for recorded in reading.journal(path, min(seqs.values())) if seqs else ():
        home = recorded.household
        if recorded.seq <= seqs.get(home, recorded.seq) or home in failed:
            continue
        if not _step(engines[home], recorded):
            failed.add(home)
    for home in sorted(failed):
        engine = _from_snapshots(path, home, kept[home], maker, faults)
        if engine is None:
            engines.pop(home, None)
            faults.append(
                f"{home}：以往记录无法读取，从头判断 / "
                f"{home}: nothing of its past can be read; judged anew"
            )
        else:
            engines[home] = engine
    return engines


def _from_snapshots(
    path: Path, home: str, kept: list[Kept], maker: Maker, said: list[str]
) -> Engine | None:
    """Return one engine, from the newest snapshot that serves, without events that fail."""
    for state in kept:
        engine = _without_failing(path, home, state, maker, said)
        if engine is not None:
            return engine
    return _from_journal(path, home, maker)


def _without_failing(
    path: Path, home: str, state: Kept, maker: Maker, said: list[str]
) -> Engine | None:
    skipped: set[int] = set()
    while len(skipped) <= SKIPPED_MAX:
        try:
            engine = maker.revive(state.body)
        except Exception as error:
            log.error("a snapshot of %s cannot be read: %r", home, error)
            return None
        for recorded in reading.journal(path, state.seq, home):
            if recorded.seq not in skipped and not _step(engine, recorded):
                skipped.add(recorded.seq)
                seq = recorded.seq
                said.append(
                    f"{home}：第 {seq} 条记录无法判断，已略过 / "
                    f"{home}: journal entry {seq} cannot be judged; left out"
                )
                break
        else:
            return engine
    return None


def _from_journal(path: Path, home: str, maker: Maker) -> Engine | None:
    """Return the engine that lived the whole journal again, if that is complete and short.

    From the middle it would count its incidents anew, and answers would not find theirs.
    """
    engine: Engine | None = None
    if reading.last_seq(path) > REPLAYED_ENTRIES_MAX:
        return None
    for recorded in reading.journal(path, 0, home):
        if engine is not None:
            if not _step(engine, recorded):
                return None
        elif isinstance(recorded.event, Configured):
            engine = maker.begin(recorded.event)
        else:
            return None
    return engine


def _step(engine: Engine, recorded: Recorded) -> bool:
    """Step `engine`; return False if it fails, and is not to be used any more."""
    if recorded.event is None:
        log.warning("journal entry %d is of a kind this version does not know", recorded.seq)
        return True
    try:
        engine.step(recorded.event)
    except Exception:
        log.exception("%s: journal entry %d", recorded.household, recorded.seq)
        return False
    return True


def _report_lost(path: Path, engines: Mapping[str, Engine], faults: list[str]) -> None:
    """Say which incidents were open and are known to no engine any more."""
    known = {record.id for engine in engines.values() for record in engine.incidents}
    faults += (
        f"{record.household}：事件 {record.id} 未结束，记录已丢失，请核实 / "
        f"{record.household}: incident {record.id} was open and is lost: "
        + record.reason.zh
        + " / "
        + record.reason.en
        for record in reading.incidents_not_over(path)
        if record.id not in known
    )
    unreadable = reading.unreadable(path)
    if unreadable:
        faults.append(
            f"{unreadable} 条记录已损坏，请核对值班台 / {unreadable} records of open incidents or "
            "unsent messages are damaged: check what is open on the desk"
        )
