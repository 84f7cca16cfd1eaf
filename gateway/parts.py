"""The parts that run side by side, and what it means when one of them ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from gateway.transports.transport import FaultSink

RESTART_SECONDS = 5.0
"""After how long a part that failed, and does not carry alarms, is tried again."""
RESTART_SECONDS_MAX = 60.0
CANCEL_AGAIN_SECONDS = 4.0
"""So long a part has to write its last; then it is cancelled once more."""
WELL_SECONDS = 60.0
"""A part that was tried again and runs for so long works again."""

log = logging.getLogger(__name__)


class Parts:
    """Runs them; those that carry alarms end the whole, so that it is started again."""

    def __init__(self, report: FaultSink) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        self._broken = asyncio.Event()
        self.stopping = False
        """True once parts end because they are asked to."""

    def vital(self, work: Awaitable[None]) -> None:
        """Run what carries alarms: if it ends we end, and systemd starts us again."""

        async def watched() -> None:
            ended: Exception = RuntimeError("a part that carries alarms ended")
            try:
                await work
            except asyncio.CancelledError:
                if self.stopping:
                    raise
            except Exception as error:
                ended = error
            if not self.stopping:
                log.critical("a part that carries alarms failed", exc_info=ended)
                self._failure = self._failure or ended
                self._broken.set()

        self._task(watched())

    def aside(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run for ever what no alarm depends on: if it ends it is a fault, and begun again."""

        async def watched() -> None:
            failed = 0
            while not self.stopping:
                if failed:
                    wait = RESTART_SECONDS * 2 ** min(failed - 1, 10)
                    await asyncio.sleep(min(wait, RESTART_SECONDS_MAX))
                began = asyncio.get_running_loop().time()
                ended: Exception = RuntimeError(f"{name} ended")
                try:
                    await self._tried(name, work, again=failed > 0)
                except asyncio.CancelledError:
                    if self.stopping or _is_being_cancelled():
                        raise
                except Exception as error:
                    ended = error
                if not self.stopping:
                    is_well = asyncio.get_running_loop().time() - began >= WELL_SECONDS
                    failed = 1 if is_well else failed + 1
                    self.failed(name, ended)

        self._task(watched())

    async def _tried(self, name: str, work: Callable[[], Awaitable[None]], again: bool) -> None:
        well = partial(self._report, "desk", False, f"{name} works again", name)
        later = asyncio.get_running_loop().call_later(WELL_SECONDS, well) if again else None
        try:
            await work()
        finally:
            if later is not None:
                later.cancel()

    def failed(self, name: str, error: Exception) -> None:
        """Take note that a part failed that no alarm depends on."""
        log.error("%s failed", name, exc_info=error)
        self._report("desk", True, f"{name}: {error!r}", name)

    async def until(self, stopped: asyncio.Event) -> None:
        """Return when `stopped` is set; raise what a part that carries alarms failed of."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (stopped, self._broken)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        if self._failure is not None:
            raise self._failure

    async def end(self) -> None:
        """Cancel what still runs, and wait for it; again if need be: a cancellation can be lost."""
        self.stopping = True
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            ended, _ = await asyncio.wait(self._tasks, timeout=CANCEL_AGAIN_SECONDS)
            for task in ended:
                if not task.cancelled() and (error := task.exception()):
                    log.error("while stopping", exc_info=error)

    def _task(self, work: Awaitable[None]) -> None:
        async def awaited() -> None:
            await work

        task = asyncio.create_task(awaited())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_being_cancelled() -> bool:
    """Return True if somebody wants the running task to end, not only what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
