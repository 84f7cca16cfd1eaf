"""The one loop: take what happened, ask the engine, write it down, act upon it.

Everything that can happen comes in by `offer`: observations, replies, receipts, the
desk's buttons. Deadlines come from the engines themselves.

What is journaled: every event, and a `Tick` only when it caused something. A tick that
caused nothing need not be written, for an engine meets every deadline that fell due
before an event at its own moment, so that a replay meets it too. A tick that caused
something must be: after a restart the next event is `Resumed`, which drops what fell due
while nobody listened, and a step that was taken before the restart would be taken again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from alerting.events import Event, Purpose, Resumed, Tick, Withdraw
from alerting.incident import Incident
from gateway import fleet
from gateway.acks import Acknowledge
from gateway.clock import Clock, Timer
from gateway.counters import Counters
from gateway.deadlines import Deadlines
from gateway.engines import Engine
from gateway.faults import Faults
from gateway.inbox import Inbox, Item
from gateway.ledger import WINDOW_DEFAULT, Ledger
from gateway.repair import Rebuild, Repairs
from gateway.snapshots import SnapshotPlan
from gateway.store.rows import Entry, OutboxRow, rows_owed
from gateway.store.store import Store
from gateway.store.writing import Snapshot
from gateway.telling import Telling

log = logging.getLogger(__name__)

GATEWAY_HOUSEHOLD = "gateway"
"""The pseudo-household whose devices are the gateway's own parts."""

PASS_EVENTS_MAX = 256
"""Events taken before the event loop gets a turn."""


class Outbox(Protocol):
    """Whoever sends what is owed."""

    def owe(self, rows: Sequence[OutboxRow]) -> None:
        """Take rows that are written, already leased; send them now."""

    def withdraw(self, incident: str, over_at: datetime | None = None) -> None:
        """Do not send what alarm of `incident` has not gone out yet; over: nor older news."""


class Board(Protocol):
    """Whoever shows how things stand."""

    def apply(self, entry: Entry) -> None:
        """Take one entry that is written."""


class Runtime:
    """Drives all engines from one inbox and their deadlines."""

    def __init__(
        self,
        engines: dict[str, Engine],
        clock: Clock,
        store: Store,
        outbox: Outbox,
        board: Board,
        *,
        window: int = WINDOW_DEFAULT,
        counters: Counters | None = None,
        listeners: Sequence[Callable[[Entry], None]] = (),
        rebuild: Rebuild = fleet.rebuild,
        deaf_since: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Take over `engines`, by household.

        Args:
            engines: as restored; the runtime alone steps them from now on.
            clock: stamps and waits.
            store: where everything is written.
            outbox: gets rows once they are written.
            board: gets entries once they are written.
            window: how many messages the broker keeps in flight without our word.
            counters: where trouble is counted.
            listeners: called with every written entry, after outbox and board.
            rebuild: makes an engine anew after it failed.
            deaf_since: since when the homes cannot be heard; None while they can.
        """
        self._engines = engines
        self._clock = clock
        self._store = store
        self._outbox = outbox
        self._counters = counters or Counters(clock.now)
        self._telling = Telling(self._owe, (board.apply, *listeners), self._counters)
        self._faults = Faults(clock, lambda fault: self.offer(GATEWAY_HOUSEHOLD, fault))
        self._ledger = Ledger(store, clock, self, window)
        self._deaf_since = deaf_since
        self._inbox = Inbox()
        self._repairs = Repairs(store, clock, self, self._counters, rebuild)
        self._snapshots = SnapshotPlan(clock.now, engines)
        self._last = clock.now()
        self._deadlines = Deadlines()
        self._wake = asyncio.Event()
        self._timer: Timer | None = None
        self._stopping = False
        self._room: list[Callable[[], None]] = []
        for home, engine in engines.items():
            self._deadlines.arm(home, engine.deadline())

    # ------------------------------------------------------------------ for everybody

    def offer(self, household: str, event: Event, acknowledge: Acknowledge | None = None) -> None:
        """Put `event` in the inbox; call `acknowledge` once it is written.

        Never refuses: whoever can wait asks `is_full` first. `event.at` is kept unless
        time has already gone beyond it.
        """
        self._inbox.put(Item(household, event, acknowledge))
        self._wake.set()

    def resume(self, deaf_since: datetime, why: str) -> None:
        """Tell every engine that from `deaf_since` until now nobody listened."""
        resumed = Resumed(at=self._clock.now(), deaf_since=deaf_since, why=why)
        for home in self._engines:
            self.offer(home, resumed)

    async def answer(self) -> None:
        """Return after the loop has come round: it is alive."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put(Item("", None, lambda: None if done.done() else done.set_result(None)))
        self._wake.set()
        await done

    def nudge(self) -> None:
        """Look at the clock again: somebody told it the time."""
        self._wake.set()

    def review(self) -> None:
        """Look after what only time can tell; called each minute."""
        self._repairs.review()

    @property
    def is_full(self) -> bool:
        """True while messages that can wait should stay with the broker."""
        return self._inbox.is_full

    def when_room(self, call: Callable[[], None]) -> None:
        """Call `call` once the inbox is half empty again."""
        self._room.append(call)
        self._wake.set()

    @property
    def faults(self) -> Faults:
        """Where parts of the gateway say that they are broken, or work again."""
        return self._faults

    @property
    def counters(self) -> Counters:
        """What went wrong at the door."""
        return self._counters

    @property
    def engines(self) -> dict[str, Engine]:
        """The engines, by household; to be looked at, not stepped."""
        return self._engines

    @property
    def deaf_since(self) -> datetime | None:
        """Since when the homes cannot be heard; None while they can."""
        return self._deaf_since()

    @property
    def is_writing(self) -> bool:
        """True while the store is at work for us."""
        return self._ledger.is_writing

    @property
    def idle_seconds(self) -> float:
        """How long ago something was written last."""
        return self._clock.monotonic() - self._ledger.written_at

    @property
    def store_is_broken(self) -> bool:
        """True while entries are kept in memory."""
        return self._ledger.trouble is not None

    # ------------------------------------------------------------------ the loop

    async def run(self) -> None:
        """Run until `stop`, or cancelled."""
        while not self._stopping:
            self._wake.clear()
            self._meet_jumps()
            taken = self._take()
            self._tick()
            self._make_room()
            if taken < PASS_EVENTS_MAX:
                self._set_timer()
                await self._wake.wait()
            else:
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Step what has arrived, write it with a snapshot of every engine, and end `run`."""
        self._stopping = True
        self._wake.set()
        for _ in iter(self._take, 0):
            await asyncio.sleep(0)
        await self._repairs.close()
        if self._timer is not None:
            self._timer.cancel()
        states, _ = self.everything()
        await self._ledger.close(states)

    def _meet_jumps(self) -> None:
        """Before anything is judged by the new time, say that nobody listened until it."""
        now = self._clock.now()
        for jump in self._clock.take_jumps():
            log.warning("the clock was set from %s to %s", jump.before, jump.after)
            self._counters.count("clock jump", "clock", f"from {jump.before} to {jump.after}")
            resumed = Resumed(at=now, deaf_since=jump.before, why="the clock was set forward")
            for home in list(self._engines):
                self._step(Item(home, resumed, None))

    def _take(self) -> int:
        """Step up to `PASS_EVENTS_MAX` events of the inbox; return how many."""
        taken = 0
        while taken < PASS_EVENTS_MAX:
            item = self._inbox.take(urgent_only=self._ledger.is_full)
            if item is None:
                break
            taken += 1
            if item.event is None:
                if item.acknowledge is not None:
                    item.acknowledge()
            else:
                self._step(item)
        return taken

    def _step(self, item: Item) -> None:
        household, event = item.household, item.event
        assert event is not None
        engine = self._engines.get(household)
        if engine is None:
            self._counters.count("unknown household", household, type(event).__name__)
            if item.acknowledge is not None:
                item.acknowledge()
            return
        if household in self._repairs.under_repair:
            self._repairs.hold(item)
            return
        if event.at < self._last:
            event = msgspec.structs.replace(event, at=self._last)
        else:
            self._last = event.at
        try:
            effects = engine.step(event)
            due = engine.deadline()
        except Exception as error:  # whatever it is, the other homes must go on
            self._repairs.begin(item, error)
            return
        if effects or type(event) is not Tick:
            self._snapshots.count(1)
            self._ledger.add(Entry(household, event, tuple(effects)), item.acknowledge)
        self._deadlines.arm(household, due)

    # ------------------------------------------------------------------ deadlines

    def _tick(self) -> None:
        """Meet what fell due, but nothing that an event still in the inbox might put off.

        While `Resumed` may be waiting, nothing is due: it drops what fell due unheard.
        """
        if self._inbox.is_urgent:
            return
        now = self._clock.now()
        waiting = self._inbox.oldest_at
        until = now if waiting is None else min(now, waiting)
        while (household := self._deadlines.take(until)) is not None:
            engine = self._engines.get(household)
            if engine is None or household in self._repairs.under_repair:
                continue
            due = engine.deadline()
            if due is not None and due <= until:
                self._step(Item(household, self._passing(household, until), None))
            else:
                self._deadlines.arm(household, due)

    def _passing(self, household: str, until: datetime) -> Event:
        """Return that time has passed; a silence that nobody listened to proves nothing."""
        since = None if household == GATEWAY_HOUSEHOLD else self._deaf_since()
        if since is None:
            return Tick(at=until)
        why = "the broker is not there"
        return Resumed(at=until, deaf_since=since, why=why, is_still_deaf=True)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._deadlines.next
        if due is not None and not len(self._inbox):
            wait = (due - self._clock.now()) / timedelta(seconds=1)
            self._timer = self._clock.call_later(max(0.0, wait), self._wake.set)

    def _make_room(self) -> None:
        if self._room and self._inbox.has_room:
            calls, self._room = self._room, []
            for call in calls:
                call()

    # ------------------------------------------------------------------ for the ledger

    def let_go(self, entries: Sequence[Entry]) -> None:
        """Act upon entries that are written (or cannot be, and must not wait)."""
        self._telling.let_go(entries)

    def _owe(self, entry: Entry) -> None:
        rows = rows_owed(entry)
        for effect in entry.effects:
            if isinstance(effect, Withdraw):
                self._outbox.withdraw(effect.incident, effect.at if effect.is_over else None)
                rows = [row for row in rows if not _is_withdrawn(row, effect)]
        if rows:
            self._outbox.owe(rows)

    def snapshots_due(self) -> list[Snapshot]:
        """Return states to be kept, as they are after the last event stepped."""
        return self._snapshots.due(self._engines, self._repairs.under_repair)

    def everything(self) -> tuple[list[Snapshot], list[Incident]]:
        """Return all states and all open incidents."""
        homes = [home for home in self._engines if home not in self._repairs.under_repair]
        states = self._snapshots.take(self._engines, homes)
        return states, [record for home in homes for record in self._engines[home].incidents]

    def store_trouble(self, active: bool, detail: str) -> None:
        """Hear that the store broke, or works again."""
        log.log(logging.ERROR if active else logging.WARNING, "store: %s", detail)
        self._faults.report("store", active, detail, source="ledger")

    def unwritable(self, entry: Entry, error: BaseException) -> None:
        """Hear that one entry cannot be written, whatever the disk does."""
        self._counters.count("unwritable entry", entry.household, f"{error}: {entry.event!r}")

    def room(self) -> None:
        """Hear that there is room again."""
        self._wake.set()

    # ------------------------------------------------------------------ for the repairs

    async def settle(self) -> bool:
        """Return whether everything stepped so far is written, once that is known."""
        await self._ledger.settle()
        return self._ledger.trouble is None

    def put_back(self, household: str, engine: Engine, held: Sequence[Item]) -> None:
        """Take a household's engine back from repair, and step what was held meanwhile."""
        self._engines[household] = engine
        self._snapshots.hurry(household)
        self._deadlines.forget(household)
        self._deadlines.arm(household, engine.deadline())
        for item in held:
            self._inbox.put(item)
        self._wake.set()

    def broken(self, source: str, detail: str, insist: bool) -> None:
        """Tell people that a home's judgement failed."""
        self._faults.report("audit", True, detail, source=source, insist=insist)

    def whole(self, source: str) -> None:
        """Tell people that it works again."""
        self._faults.report("audit", False, "works again", source=source)


def _is_withdrawn(row: OutboxRow, effect: Withdraw) -> bool:
    """Tell whether an alarm is taken back by the very event that was late to raise it."""
    is_alarm = row.incident == effect.incident and row.purpose in (
        Purpose.ALARM,
        Purpose.QUESTION,
    )
    return is_alarm and row.created_at <= effect.at
