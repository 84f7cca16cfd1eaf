"""A home whose judgement failed gets a new engine; the other homes notice nothing.

An engine that raised is not to be trusted any more. It is made again from its snapshot
and the journal, in which the event it failed on does not stand; what comes meanwhile
waits. If that one fails too, only its open incidents are kept, for somebody is still
owed help; and if they are what fails, the home begins anew, without its past: a home
that can only hear the next press beats a home that hears nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec

from devices.observation import Called, CallState, FallState, Hazard, HelpCall, Impact, Observation
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.engines import FORGET_AFTER, Engine, Failed
from gateway.inbox import Item
from gateway.store.errors import StoreError
from gateway.store.rows import Quarantined
from gateway.store.store import Store

log = logging.getLogger(__name__)

Rebuild = Callable[[Path, Failed, datetime], Engine]
"""From the database and what failed, at the present."""

HELD_MAX = 1_000
"""Events of one home that wait for its engine."""
REPAIR_WINDOW = timedelta(minutes=10)
"""A failure so soon after the last one counts as the same trouble."""
PAUSE_SECONDS = (0.0, 0.0, 10.0, 60.0, 300.0)
"""Before each repair in a row: a home that keeps failing must not keep the others busy."""
AFTER_FAILED_REPAIR = 3
"""Where in `PAUSE_SECONDS` a home is of which not even a new engine could be made."""
PAUSE_WHILE_CALLING_SECONDS_MAX = 1.0
"""The same while somebody there calls for help."""
PAYLOAD_BYTES_MAX = 4_096


class Owner(Protocol):
    """What the repairs need of the loop."""

    @property
    def engines(self) -> dict[str, Engine]:
        """The engines, by household."""

    async def settle(self) -> bool:
        """Return whether everything stepped so far is written, once that is known."""

    def put_back(self, household: str, engine: Engine, held: Sequence[Item]) -> None:
        """Take an engine back, and step what was held meanwhile."""

    def broken(self, source: str, detail: str, insist: bool) -> None:
        """Tell people that a home's judgement failed."""

    def whole(self, source: str) -> None:
        """Tell people that it works again."""


class Repairs:
    """Makes engines again after they failed."""

    def __init__(
        self, store: Store, clock: Clock, owner: Owner, counters: Counters, rebuild: Rebuild
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._counters = counters
        self._rebuild = rebuild
        self._failures: dict[str, list[datetime]] = {}
        self._tried: dict[str, Item] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._called: dict[str, asyncio.Event] = {}
        self.under_repair: dict[str, list[Item]] = {}
        """What waits for each home whose engine is being made again."""

    def begin(self, item: Item, error: Exception) -> None:
        """Put the home of `item`, which its engine failed on, under repair."""
        home = item.household
        log.error("%s: the engine failed on %r", home, item.event, exc_info=error)
        now = self._clock.now()
        failures = [at for at in self._failures.get(home, []) if now - at < REPAIR_WINDOW]
        self._failures[home] = [*failures, now]
        again = self._tried.get(home) is item
        self._tried[home] = item
        self._tell(item, error)
        # a call for help is tried on the new engines too, and at last on one without a past
        first = [] if _can_be_left_out(item) or (again and len(failures) > 1) else [item]
        self.under_repair[home] = first
        self._called[home] = asyncio.Event()
        self._background(self._set_aside(item, error, is_left_out=not first))
        self._background(self._repair(home, len(failures)))

    def hold(self, item: Item) -> None:
        """Keep `item` until its home's engine is back; a call for help ends the pause before.

        Measurements are acknowledged at once: the broker keeps only so many messages in
        flight, and those of a home under repair must not keep the other homes' presses.
        """
        held = self.under_repair[item.household]
        can_be_left_out = _can_be_left_out(item)
        if not can_be_left_out:
            self._called[item.household].set()
        elif len(held) >= HELD_MAX:
            self._counters.count("held too long", item.household, repr(item.event))
        if not can_be_left_out or len(held) < HELD_MAX:
            held.append(item)
        if can_be_left_out and isinstance(item.event, Observation):
            acknowledge, item.acknowledge = item.acknowledge, None
            if acknowledge is not None:
                acknowledge()

    def review(self) -> None:
        """Say of homes that have not failed for a while that they work again."""
        now = self._clock.now()
        for home, failures in list(self._failures.items()):
            if home not in self.under_repair and now - failures[-1] >= REPAIR_WINDOW:
                del self._failures[home]
                self._tried.pop(home, None)
                self._owner.whole(home)

    async def close(self) -> None:
        """Give up what is under way; what waited stays with the broker."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _repair(self, home: str, before: int) -> None:
        """Make the home's engine again, however often it takes: until then it hears nothing."""
        while True:
            await self._pause(home, PAUSE_SECONDS[min(before, len(PAUSE_SECONDS) - 1)])
            try:
                await self._try(home, before)
                return
            except Exception as error:  # not even a new engine can be made: call them, and try on
                log.exception("%s: the repair failed", home)
                household = self._owner.engines[home].household
                name = f"{household.code} {household.name}"
                said = (
                    f"{name}：无法判断，请立即联系 / "
                    f"{name} cannot be judged at all, call them now: {error!r}"
                )
                self._owner.broken(home, said, insist=True)
                before = max(before + 1, AFTER_FAILED_REPAIR)
                self._called[home].clear()

    async def _try(self, home: str, before: int) -> None:
        is_written = await self._owner.settle()
        failed = Failed(self._owner.engines[home], before, is_written)
        engine = await self._make(failed)
        known = {record.id for record in engine.incidents}
        lost = [record.id for record in failed.engine.incidents if record.id not in known]
        if lost:
            code = failed.engine.household.code
            ids = ", ".join(lost)
            said = f"{code}：{ids} 已丢失，请立即核实 / {code}: {ids} is lost: please verify"
            self._owner.broken(home, said, insist=True)
        self._owner.put_back(home, engine, self.under_repair[home])
        del self.under_repair[home]

    async def _pause(self, home: str, seconds: float) -> None:
        """Wait, but no longer than a moment once somebody in `home` calls for help."""
        if not seconds:
            return
        called = self._called[home]
        begun = self._clock.monotonic()
        timer = self._clock.call_later(seconds, called.set)
        try:
            await called.wait()
        finally:
            timer.cancel()
        left = min(seconds, PAUSE_WHILE_CALLING_SECONDS_MAX) - (self._clock.monotonic() - begun)
        if left > 0:
            await self._clock.sleep(left)

    async def _make(self, failed: Failed) -> Engine:
        now = self._clock.now()
        try:
            return await asyncio.to_thread(self._rebuild, self._store.path, failed, now)
        except Exception:  # the database, or the past itself: go on without either
            log.exception("%s: the engine cannot be made again", failed.engine.household.id)
            forgotten = Failed(failed.engine, FORGET_AFTER)
            return self._rebuild(self._store.path, forgotten, now)

    async def _set_aside(self, item: Item, error: Exception, *, is_left_out: bool) -> None:
        """Keep what failed where a technician can read it; the repair does not wait for it."""
        assert item.event is not None
        payload = msgspec.json.encode(item.event)[:PAYLOAD_BYTES_MAX]
        poison = Quarantined(
            at=self._clock.now(),
            who=item.household,
            reason=repr(error),
            expected="an event the home's engine can judge",
            payload=payload,
        )
        try:
            await self._store.quarantine([poison])
        except StoreError as failed:
            log.error("could not be set aside: %r (%s)", payload, failed)
        if is_left_out and item.acknowledge is not None:
            item.acknowledge()

    def _tell(self, item: Item, error: Exception) -> None:
        home = item.household
        household = self._owner.engines[home].household
        name = f"{household.code} {household.name}"
        what = type(item.event).__name__
        self._counters.count("engine failed", home, f"{what}: {error!r}")
        if _can_be_left_out(item):
            said = f"{name}：{what} 未能处理 / {name}: {what} could not be judged"
        else:
            said = (
                f"{name}：{what} 未能处理，请立即联系 / "
                f"{name}: {what} could not be judged: call them now"
            )
        self._owner.broken(home, said, insist=not _can_be_left_out(item))


def _can_be_left_out(item: Item) -> bool:
    match item.event:
        case HelpCall() | Impact() | Called():
            return False
        case CallState(on=on) | Hazard(on=on) | FallState(on=on):
            return not on
        case _:
            return True
