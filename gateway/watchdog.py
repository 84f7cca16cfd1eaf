"""Watches the gateway itself: is it alive, does it hear, can it write, is it in time.

systemd restarts us when we stop answering, and we answer only while a canary comes
through: a message of our own, by way of the broker and the ingest to the loop and back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from alerting.duty import Roster
from gateway import garbage
from gateway.clock import Clock
from gateway.config.rosters import ends_soon
from gateway.engines import CORE, Maker
from gateway.ingest import Ingest
from gateway.runtime import Runtime
from gateway.store.errors import StoreError
from gateway.store.store import Store

log = logging.getLogger(__name__)

CANARY_TOPIC = "care/v1/gateway/canary/state"
CANARY_SECONDS = 10.0
CANARY_WAIT_SECONDS = 30.0
"""Without a canary for so long (and a broker), the path from the homes is broken."""
BROKER_DOWN_SECONDS_MAX = 60.0
DISK_FREE_BYTES_MIN = 200_000_000
DISK_SECONDS_MAX = 5.0
LAG_SECONDS_MAX = 1.0
CHECK_SECONDS = 1.0
MINUTE = 60.0
IDLE_SECONDS_MAX = 600.0
"""Nothing written for so long: try whether it still can be."""
DAY = 86_400.0
AHEAD_MAX = timedelta(minutes=5)
OVERDUE_MAX = timedelta(seconds=60)
CANARY_KEPT = timedelta(days=2)


class Notifier(Protocol):
    """Tells whoever started us how we are."""

    def ready(self) -> None:
        """Say that we work."""

    def alive(self) -> None:
        """Say that we still do."""


class SystemdNotifier:
    """Speaks to systemd, if it started us with `Type=notify`; otherwise to nobody."""

    def __init__(self, address: str | None = None) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "") if address is None else address

    def ready(self) -> None:
        """Say that we work."""
        self._say("READY=1")

    def alive(self) -> None:
        """Say that we still do."""
        self._say("WATCHDOG=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):  # an abstract socket
            address = "\0" + address[1:]
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to,
        ):
            to.setblocking(False)  # a manager that does not read must not hold up the alarms
            to.sendto(words.encode(), address)


class Watchdog:
    """Finds out what is wrong with us, and has it repaired like any other fault."""

    def __init__(
        self,
        runtime: Runtime,
        ingest: Ingest,
        store: Store,
        clock: Clock,
        *,
        keep_days: int = 400,
        keep_records_days: int = 1_100,
        prunes: bool = True,
        rosters: Collection[Roster] = (),
        notifier: Notifier | None = None,
        maker: Maker = CORE,
        disk_free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
        press: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._runtime = runtime
        self._ingest = ingest
        self._store = store
        self._clock = clock
        self._keep = timedelta(days=keep_days)
        self._keep_records = timedelta(days=keep_records_days)
        self._prunes = prunes
        self._rosters = tuple(rosters)
        self._notifier = notifier or SystemdNotifier()
        self._maker = maker
        self._disk_free = disk_free
        self._press = press
        self._began = clock.monotonic()
        self._canary_seen: float | None = None
        self._canary_number = 0
        self._checks_failed: dict[str, str] = {}
        self._said_failed = False
        self._asking_disk: asyncio.Task[int] | None = None
        self.lag_seconds_max = 0.0
        """The longest the event loop was held up, since the start."""

    def canary(self, payload: bytes) -> None:
        """Take our own message back from the broker (`Ingest(specials={CANARY_TOPIC: ...})`)."""
        if payload == self._canary_payload():
            self._canary_seen = self._clock.monotonic()

    async def run(self) -> None:
        """Watch until cancelled.

        systemd hears at once that we are up: a broker that is away is a fault to be told,
        not a start that failed.
        """
        self._notifier.ready()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._repeat(CHECK_SECONDS, self._check, lag=True))
            tasks.create_task(self._repeat(CANARY_SECONDS, self._send_canary))
            tasks.create_task(self._repeat(MINUTE, self._check_slowly))
            if self._prunes:
                tasks.create_task(self._repeat(DAY, self._prune))

    async def _repeat(self, seconds: float, work: Callable[[], object], lag: bool = False) -> None:
        while True:
            began = self._clock.monotonic()
            name = getattr(work, "__name__", "check").strip("_")
            try:
                result = work()
                if asyncio.iscoroutine(result):
                    await result
            except Exception as error:  # a check that fails must not end the others
                log.exception("the watchdog's %s", name)
                self._checks_failed[name] = f"{name}: {error!r}"
            else:
                self._checks_failed.pop(name, None)
            self._tell_of_checks()
            asleep = self._clock.monotonic()
            await self._clock.sleep(max(0.0, seconds - (asleep - began)))
            if lag:
                late = self._clock.monotonic() - asleep - max(0.0, seconds - (asleep - began))
                self._note_lag(late)

    def _tell_of_checks(self) -> None:
        """Say when a check of ours fails: what it watches is not watched meanwhile."""
        failed = bool(self._checks_failed)
        if failed or self._said_failed:
            detail = "; ".join(self._checks_failed.values()) or "works again"
            self._runtime.faults.report("watchdog", failed, detail, source="checks")
        self._said_failed = failed

    def _note_lag(self, late: float) -> None:
        self.lag_seconds_max = max(self.lag_seconds_max, late)
        if late > LAG_SECONDS_MAX:
            self._runtime.counters.count("late", "event loop", f"held up for {late:.1f} s")

    # ------------------------------------------------------------------ each second

    async def _check(self) -> None:
        faults, session = self._runtime.faults, self._ingest.session
        down = session.seconds_down
        said = f"失去连接 {down:.0f} 秒 / not connected for {down:.0f} s; {session.address}"
        if down == 0.0:
            faults.report("broker", False, "已连接 / connected")
        elif down > BROKER_DOWN_SECONDS_MAX:
            faults.report("broker", True, said)
        path = self._canary_path()
        if path is not None:
            faults.report("ingest", not path, _CANARY_SAID[path], source="canary")
        # a broker that is away is a fault, but no reason for systemd to restart us
        if path is not False and self._press() is not False:
            await self._runtime.answer()
            self._notifier.alive()

    def _canary_path(self) -> bool | None:
        """Return whether the canary comes through; None while that cannot be known."""
        down = self._ingest.session.seconds_down
        if down > 0.0:
            self._canary_seen = None
            self._began = self._clock.monotonic()
            return None
        seen = self._began if self._canary_seen is None else self._canary_seen
        if self._clock.monotonic() - seen > CANARY_WAIT_SECONDS:
            return False
        return None if self._canary_seen is None else True

    @property
    def is_well(self) -> bool:
        """Return whether what carries alarms is known to work: the dead-man's switch is fed."""
        heard = self._canary_seen is not None and self._canary_path() is not False
        return heard and self._press() is True and not self._runtime.store_is_broken

    def _send_canary(self) -> object:
        if not self._ingest.session.is_connected:
            return None
        self._canary_number += 1
        return self._publish_canary()

    async def _publish_canary(self) -> None:
        try:
            await self._ingest.publish(CANARY_TOPIC, self._canary_payload())
        except Exception as error:  # whatever the MQTT library raises: the checks will see it
            log.warning("the canary was not published: %r", error)

    def _canary_payload(self) -> bytes:
        return f'{{"canary":{self._canary_number}}}'.encode()

    # ------------------------------------------------------------------ each minute

    async def _check_slowly(self) -> None:
        garbage.tidy()
        self._runtime.review()
        self._ingest.review()
        self._audit()
        faults = self._runtime.faults
        await self._check_disk()
        self._check_rosters()
        ahead = self._clock.ahead()
        said = f"系统时间落后 {ahead} / the wall clock is {ahead} behind"
        faults.report("clock", ahead > AHEAD_MAX, said)
        # what is written anyway proves it, and wears no memory card
        if not self._runtime.store_is_broken and self._runtime.idle_seconds > IDLE_SECONDS_MAX:
            await self._check_store()

    def _check_rosters(self) -> None:
        """Say two weeks beforehand that a roster ends; after its end everybody on it is told."""
        today = self._clock.now().date()
        ending = [one for one in self._rosters if ends_soon(one, today)]
        said = "; ".join(
            f"{one.name} 到 {one.last} 为止 / {one.name} ends on {one.last}" for one in ending
        )
        well = "值班表有效 / every roster holds"
        self._runtime.faults.report("roster", bool(ending), said or well)

    async def _check_disk(self) -> None:
        """Ask the disk for its free space; one that does not answer holds up one thread only."""
        if self._asking_disk is None:
            asking = asyncio.to_thread(self._disk_free, self._store.path.parent)
            self._asking_disk = asyncio.create_task(asking)
        done, _ = await asyncio.wait((self._asking_disk,), timeout=DISK_SECONDS_MAX)
        if not done:
            said = "磁盘没有响应 / the disk does not answer"
            self._runtime.faults.report("disk", True, said)
            return
        asked, self._asking_disk = self._asking_disk, None
        try:
            free = asked.result()
        except OSError as error:  # the checks after this one go on
            said = f"磁盘无法读取 / the disk cannot be read: {error}"
            self._runtime.faults.report("disk", True, said)
            return
        said = f"剩余空间 {free // 1_000_000} MB / {free // 1_000_000} MB of the disk are free"
        self._runtime.faults.report("disk", free < DISK_FREE_BYTES_MIN, said)

    async def _check_store(self) -> None:
        try:
            await self._store.check()
        except StoreError as error:
            self._runtime.faults.report("store", True, str(error), source="watchdog")
        else:
            self._runtime.faults.report("store", False, "可写 / writable", source="watchdog")

    def _audit(self) -> None:
        """Hold every engine to its promise: each open incident has something due."""
        now = self._clock.now()
        found: list[str] = []
        for engine in self._runtime.engines.values():
            found += self._maker.audit(engine)
            found += (
                f"{record.id} 应在 {record.due_at} 有动作 / {record.id} was due at {record.due_at}"
                for record in engine.incidents
                if record.due_at is not None and record.due_at < now - OVERDUE_MAX
            )
        detail = "; ".join(found) or "每个事件都有下一步 / every incident has something due"
        self._runtime.faults.report("audit", bool(found), detail, source="audit")

    async def _prune(self) -> None:
        await self._store.prune_canary(self._clock.now() - CANARY_KEPT)
        gone = await self._store.prune(self._clock.now() - self._keep)
        if gone:
            log.info("%d entries of the journal were older than %s", gone, self._keep)
        gone = await self._store.prune_records(self._clock.now() - self._keep_records)
        if gone:
            log.info("%d incidents and texts were older than %s", gone, self._keep_records)


_CANARY_SAID = {
    True: "自检消息正常 / our own message comes through",
    False: "自检消息未返回 / our own message does not come back from the broker",
}
