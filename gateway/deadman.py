"""The dead-man's switch: for as long as all is well we say so elsewhere, and silence alarms there.

Out: `Deadman` asks for configured addresses (a healthchecks kind of service, or another
gateway). In: `Peers` hears other gateways at `/alive/TOKEN`; one that falls silent is an
urgent fault here.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import aiohttp

from gateway.clock import Clock
from gateway.config.settings import DeadmanSettings, WatchSettings
from gateway.transports.transport import FaultSink

log = logging.getLogger(__name__)

PING_SECONDS_MAX = 10.0
FAILED_TOLD = 5
"""So many pings in a row that do not arrive are a fault here as well."""
LOOK_SECONDS = 15.0


class Deadman:
    """Pings while `is_well`, and never otherwise."""

    def __init__(
        self,
        clock: Clock,
        settings: DeadmanSettings,
        is_well: Callable[[], bool],
        report: FaultSink,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._is_well = is_well
        self._report = report
        self._failed = [0] * len(settings.urls)
        self.sent = 0
        """How many pings arrived."""

    async def run(self) -> None:
        """Ping for ever."""
        timeout = aiohttp.ClientTimeout(total=PING_SECONDS_MAX)
        while True:
            if self._is_well():
                # a connection of its own each time: nothing stale, and nothing held for a minute
                async with aiohttp.ClientSession(timeout=timeout) as session:
                    for number, url in enumerate(self._settings.urls):
                        await self._ping(session, number, url)
            else:
                log.warning("the dead-man's switch is not fed: not all is well here")
            await self._clock.sleep(self._settings.every.total_seconds())

    async def _ping(self, session: aiohttp.ClientSession, number: int, url: str) -> None:
        """Ask for one address; a redirect to a log-in page is no success."""
        try:
            async with session.get(url, allow_redirects=False) as answer:
                if not 200 <= answer.status < 300:
                    raise aiohttp.ClientError(f"HTTP {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._failed[number] += 1
            # the address is a secret, and an error may hold it
            why = type(error).__name__ if url in str(error) else str(error) or type(error).__name__
            log.warning("dead-man's switch %d: %s", number + 1, why)
            if self._failed[number] == FAILED_TOLD:
                which = number + 1
                said = f"第{which}个死人开关收不到：{why} / switch {which} is not reached: {why}"
                self._report("watchdog", True, said, f"deadman-{number}")
            return
        self.sent += 1
        if self._failed[number] >= FAILED_TOLD:
            said = "死人开关恢复 / the dead-man's switch hears us again"
            self._report("watchdog", False, said, f"deadman-{number}")
        self._failed[number] = 0


class Insistent(Protocol):
    """Where faults are reported that must be heard each time (`gateway.faults.Faults.report`)."""

    def __call__(
        self, part: str, active: bool, detail: str, source: str = "", insist: bool = False
    ) -> None:
        """Say whether `part` is broken, as `source` sees it."""


class Peers:
    """Hears other gateways, and tells when one falls silent: of each, for each has its homes."""

    def __init__(self, clock: Clock, watches: Sequence[WatchSettings], report: Insistent) -> None:
        self._clock = clock
        self._watches = tuple(watches)
        self._report = report
        self._heard = dict.fromkeys((w.id for w in watches), clock.monotonic())
        self._silent: set[str] = set()
        self._unheard = set(self._heard)
        """Who was not heard since our start: of a fault from before it we know nothing yet."""

    def heard(self, token: str) -> bool:
        """Take a ping; False: nobody we watch has this token."""
        found = None
        for watch in self._watches:  # all are compared: the time taken tells nothing
            if hmac.compare_digest(watch.token.encode(), token.encode()):
                found = watch
        if found is None:
            return False
        self._heard[found.id] = self._clock.monotonic()
        is_first = found.id in self._unheard
        self._unheard.discard(found.id)
        if found.id in self._silent or (is_first and not self._unheard):
            self._silent.discard(found.id)
            said = f"{found.name}又有消息 / {found.name} is heard again"
            self._report("peers", False, said, found.id)
        return True

    async def run(self) -> None:
        """Look for silence, until cancelled."""
        while True:
            self.look()
            await self._clock.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Tell who has been silent for too long; counted from our own start at the earliest."""
        now = self._clock.monotonic()
        for watch in self._watches:
            silent = now - self._heard[watch.id]
            if watch.id in self._silent or silent <= watch.silent_after.total_seconds():
                continue
            self._silent.add(watch.id)
            minutes = round(silent / 60)
            said = f"{watch.name}已{minutes}分钟没有消息 / {watch.name} silent for {minutes} min"
            self._report("peers", True, said, watch.id, insist=True)
