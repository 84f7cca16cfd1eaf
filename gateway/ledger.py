"""Between the engines and the store: groups what happened, and lets it go once it is kept.

The order is always: written down, then acted upon and acknowledged to the broker.
Only when the store does not do its part is it turned round (fail open): an alarm that
went out unwritten beats one that was never sent.

* Something is owed: commit at once, durably.
* Otherwise gather, until `GROUP_SECONDS_MAX` have passed or the unacknowledged
  messages fill a third of what the broker keeps in flight: a stock mosquitto sends
  only 20 and then waits for us. Two thirds keep flowing while the third is written.
* The engines go on while a group is being written; the next group gathers meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from alerting.incident import Incident
from gateway.acks import Acknowledge
from gateway.clock import Clock, Timer
from gateway.group import Group
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import Entry
from gateway.store.writing import Snapshot

log = logging.getLogger(__name__)

WINDOW_DEFAULT = 20
"""Messages a stock mosquitto keeps in flight."""
GROUP_SECONDS_MAX = 1.0
GROUP_ENTRIES_MAX = 2_000
APART_ENTRIES_MIN = 32
"""With so many waiting, those of the homes in which an alarm is are written before them."""
PATIENCE_SECONDS = 2.0
"""How long an alarm waits for a slow disk before it goes out unwritten."""
STUCK_SECONDS = 5.0
RETRY_SECONDS = 2.0
ENTRIES_KEPT_MAX = 20_000
"""Entries held in memory while the store is broken: about 20 MB."""


class Keeper(Protocol):
    """What the ledger needs of the store."""

    @property
    def path(self) -> Path:
        """Name the database."""

    def commit(
        self,
        entries: Sequence[Entry],
        durable: bool,
        snapshots: Iterable[Snapshot] = (),
        incidents: Iterable[Incident] = (),
    ) -> asyncio.Future[int]:
        """Write all of it, or nothing."""

    async def renew(self) -> object:
        """Begin a new database in place of a damaged one."""


class Owner(Protocol):
    """What the ledger asks of whoever made it."""

    def let_go(self, entries: Sequence[Entry]) -> None:
        """Act upon `entries`: they are written, or cannot be."""

    def snapshots_due(self) -> list[Snapshot]:
        """Return states to be kept, as they are after the last entry added."""

    def everything(self) -> tuple[list[Snapshot], list[Incident]]:
        """Return all states and all open incidents, for a new database."""

    def store_trouble(self, active: bool, detail: str) -> None:
        """Hear that the store broke, or works again."""

    def unwritable(self, entry: Entry, error: BaseException) -> None:
        """Hear that one entry cannot be written, whatever the disk does."""

    def room(self) -> None:
        """Hear that there is room again."""


class Ledger:
    """Decides when what happened is written, and when it may be acted upon."""

    def __init__(
        self, store: Keeper, clock: Clock, owner: Owner, window: int = WINDOW_DEFAULT
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._acks_max = max(1, window // 3)
        self._unacknowledged_max = max(1, window // 2)
        self._open = Group()
        self._sealed: deque[Group] = deque()
        self._writing: Group | None = None
        self._age: Timer | None = None
        self._patience: Timer | None = None
        self._stuck: Timer | None = None
        self._retry: Timer | None = None
        self._trouble: StoreError | None = None
        self._unacknowledged: deque[Acknowledge] = deque()
        self._renewing: asyncio.Task[None] | None = None
        self._idle: list[asyncio.Future[None]] = []
        self.written_at = clock.monotonic()
        """When something was written last (monotonic)."""
        self.dropped = 0
        """Entries given up because the store was broken for too long."""

    @property
    def trouble(self) -> StoreError | None:
        """Why the store cannot be written now; None while it can."""
        return self._trouble

    @property
    def is_writing(self) -> bool:
        """True while a group is with the store."""
        return self._writing is not None

    @property
    def is_full(self) -> bool:
        """True while so much waits to be written that nothing should be added."""
        # never while the store is broken: no deadline is met before a measurement that waits
        waits = self._writing is not None and self._trouble is None
        return waits and len(self._open.entries) >= GROUP_ENTRIES_MAX

    def add(self, entry: Entry, acknowledge: Acknowledge | None) -> None:
        """Take `entry`; call `acknowledge` once it is written.

        Nothing is ever refused here; whoever adds while `is_full` uses memory.
        """
        group = self._open
        group.add(entry, acknowledge)
        if self._trouble is not None:
            self._fail_open(group)
            return
        if self._is_due(group):
            self._flush()
        elif self._age is None:
            self._age = self._clock.call_later(GROUP_SECONDS_MAX, self._aged)
        if self._open.owes and self._patience is None:
            self._patience = self._clock.call_later(PATIENCE_SECONDS, self._lose_patience)

    async def settle(self) -> None:
        """Return when everything added so far is written, or known not to be."""
        while self._trouble is None and (self._open.entries or self._writing or self._sealed):
            self._flush()
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle.append(done)
            await done

    async def close(self, snapshots: Sequence[Snapshot] = ()) -> None:
        """Write what is left, with `snapshots`; give up at once if the store is broken."""
        await self.settle()
        for timer in (self._age, self._patience, self._stuck, self._retry):
            if timer is not None:
                timer.cancel()
        if self._renewing is not None:
            await self._renewing
        left = [*self._open.entries]
        if left or snapshots:
            try:
                async with asyncio.timeout(STUCK_SECONDS):
                    await self._store.commit(left, True, snapshots)
            except (StoreError, TimeoutError) as error:
                log.error("%d entries could not be written at the end: %s", len(left), error)

    # ------------------------------------------------------------------ the way it should be

    def _aged(self) -> None:
        self._age = None
        self._flush()

    def _flush(self) -> None:
        if self._writing is not None or self._trouble is not None:
            return
        if self._sealed:
            self._write(self._sealed.popleft())
        elif self._open.entries:
            self._write(self._next())

    def _next(self) -> Group:
        """Take out of what waits the group that is to be written now."""
        group = self._open
        if group.hurried and not group.gone and len(group.entries) >= APART_ENTRIES_MIN:
            urgent = group.part_urgent()
            if self._age is None:
                self._age = self._clock.call_later(GROUP_SECONDS_MAX, self._aged)
            return urgent
        self._open = Group()
        if self._age is not None:
            self._age.cancel()
            self._age = None
        group.snapshots = self._owner.snapshots_due()
        return group

    def _write(self, group: Group) -> None:
        self._writing = group
        self._stuck = self._clock.call_later(STUCK_SECONDS, self._is_stuck)
        if group.owes and self._patience is None:
            self._patience = self._clock.call_later(PATIENCE_SECONDS, self._lose_patience)
        future = self._store.commit(group.entries, group.durable, group.snapshots, group.incidents)
        future.add_done_callback(self._written)

    def _written(self, future: asyncio.Future[int]) -> None:
        group, self._writing = self._writing, None
        assert group is not None, "one group is written at a time"
        self._stop_waiting()
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._succeed(group)
        elif isinstance(error, StoreError):
            self._fail(group, error)
        else:
            self._take_apart(group, error)
        self._flush_more()
        self._settled()
        self._owner.room()

    def _settled(self) -> None:
        for done in self._idle:
            if not done.done():
                done.set_result(None)
        self._idle.clear()

    def _stop_waiting(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _succeed(self, group: Group) -> None:
        self.written_at = self._clock.monotonic()
        self._release(group)
        _call(acknowledge for acknowledge, *_ in group.acks)
        if self._trouble is not None:
            self._trouble = None
            self._open.durable = True  # it waited long enough
            kept, self._unacknowledged = self._unacknowledged, deque()
            if self._open.entries:  # some of these are in it, and it is not written yet
                self._open.acks += [(acknowledge, True, "") for acknowledge in kept]
            else:
                _call(kept)
            self._owner.store_trouble(False, "the store can be written again")

    def _flush_more(self) -> None:
        if self._sealed or self._is_due(self._open):
            self._flush()
        elif self._open.entries and self._age is None:  # it ran out while we were writing
            self._age = self._clock.call_later(GROUP_SECONDS_MAX, self._aged)

    def _is_due(self, group: Group) -> bool:
        full = len(group.entries) >= GROUP_ENTRIES_MAX or len(group.acks) >= self._acks_max
        return group.durable or full

    def _release(self, group: Group) -> None:
        """Act upon what was not acted upon yet."""
        if group.gone < len(group.entries):
            entries = group.entries[group.gone :] if group.gone else group.entries
            group.gone = len(group.entries)
            self._owner.let_go(entries)

    # ------------------------------------------------------------------ fail open

    def _lose_patience(self) -> None:
        """Send what is owed although the disk has not answered yet."""
        self._patience = None
        for group in (self._writing, *self._sealed, self._open):
            if group is not None:
                self._release(group)

    def _is_stuck(self) -> None:
        detail = f"no answer from the disk for {STUCK_SECONDS:.0f} s"
        self._owner.store_trouble(True, detail)
        # if it ever answers, `_succeed` must say that it works again
        self._trouble = StoreError(self._store.path, Trouble.BROKEN, detail)
        self._fail_open(self._open)
        self._settled()
        self._owner.room()

    def _fail(self, group: Group, error: StoreError) -> None:
        """Keep `group` in memory, in front of what came after it; act upon all of it."""
        self._trouble = error
        later = [*self._sealed, self._open]
        self._sealed.clear()
        self._release(group)
        for other in later:
            self._release(other)
            group.entries += other.entries
            group.acks += other.acks
        group.gone = len(group.entries)
        group.durable = True
        group.snapshots = []
        self._open = group
        self._fail_open(group)
        self._retry = self._clock.call_later(RETRY_SECONDS, self._try_again)
        self._owner.store_trouble(True, str(error))

    def _fail_open(self, group: Group) -> None:
        self._release(group)
        for acknowledge, owes, _ in group.acks:
            # the broker keeps what raised an alarm, as long as others still get through
            if owes and len(self._unacknowledged) < self._unacknowledged_max:
                self._unacknowledged.append(acknowledge)
            else:
                _call((acknowledge,))
        group.acks.clear()
        if len(group.entries) > ENTRIES_KEPT_MAX:
            self._give_up_oldest(group)

    def _give_up_oldest(self, group: Group) -> None:
        """Forget the older half of what caused nothing, or else of everything."""
        half = len(group.entries) // 2
        kept = [entry for entry in group.entries[:half] if entry.effects]
        if len(kept) > half // 2:
            kept = kept[half // 2 :]
        self.dropped += half - len(kept)
        group.entries = kept + group.entries[half:]
        group.gone = len(group.entries)

    def _try_again(self) -> None:
        self._retry = None
        if self._writing is not None or self._trouble is None:
            return
        group, self._open = self._open, Group()
        group.durable = True
        if self._trouble.trouble is Trouble.CORRUPT:
            self._writing = group
            self._renewing = asyncio.ensure_future(self._renew(group))
        else:
            self._write(group)

    async def _renew(self, group: Group) -> None:
        """Begin a new database and write what we know into it."""
        try:
            await self._store.renew()
        except Exception as error:  # whatever it is, it is tried again
            self._writing = None
            ours = StoreError(self._store.path, Trouble.CORRUPT, repr(error))
            self._fail(group, error if isinstance(error, StoreError) else ours)
            return
        # what came while we waited has changed the engines: it belongs before their states
        group.entries += self._open.entries
        group.acks += self._open.acks
        group.gone = len(group.entries)
        self._open = Group()
        group.snapshots, group.incidents = self._owner.everything()
        self._write(group)

    def _take_apart(self, group: Group, error: BaseException) -> None:
        """Find the entry that cannot be written, so that it does not keep the others."""
        log.error("a group of %d could not be written", len(group.entries), exc_info=error)
        if len(group.entries) <= 1:
            for entry in group.entries:
                self._owner.unwritable(entry, error)
            self._release(group)
            _call(acknowledge for acknowledge, *_ in group.acks)
            return
        # messages are acknowledged with the last half: none before its entry is written
        half = len(group.entries) // 2
        first, second = Group(), Group()
        first.entries, second.entries = group.entries[:half], group.entries[half:]
        first.gone = min(group.gone, half)
        second.gone = max(0, group.gone - half)
        second.acks = group.acks
        for part in (first, second):
            part.durable, part.owes = group.durable, group.owes
        self._sealed.extendleft((second, first))


def _call(acknowledges: Iterable[Acknowledge]) -> None:
    for acknowledge in acknowledges:
        try:
            acknowledge()
        except Exception:  # whoever it was must not keep the others waiting
            log.exception("an acknowledgement failed")
