"""One run of the gateway, from its start to the signal that ends it."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import signal
from pathlib import Path

from gateway import garbage
from gateway.brokers import BrokerError
from gateway.config import Settings
from gateway.only import AlreadyRunning, claim
from gateway.wiring import Gateway

EXIT_BROKER = 3
EXIT_RUNNING = 4
STOP_SECONDS_MAX = 15.0
"""A stop that hangs for so long is given up, before systemd does it without saying where."""

log = logging.getLogger(__name__)


def run(settings: Settings, data: Path, *, fed: bool = False) -> int:
    """Run the gateway until it is told to stop; return the exit code.

    Args:
        settings: the checked configuration.
        data: where database, broker and logs are kept.
        fed: take the time from whoever feeds a recording (`gateway.fedclock`).
    """
    try:
        garbage.begin()
        data.mkdir(parents=True, exist_ok=True)
        claim(data)
        asyncio.run(_run(settings, data, fed))
    except (BrokerError, AlreadyRunning) as error:
        log.error("%s", error)
        return EXIT_RUNNING if isinstance(error, AlreadyRunning) else EXIT_BROKER
    finally:
        faulthandler.cancel_dump_traceback_later()
    return 0


async def _run(settings: Settings, data: Path, fed: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    gateway = Gateway(settings, data, fed)
    try:
        await gateway.start()
        await gateway.until(stopped)
    finally:
        # also of threads that nobody can end: a name that is looked up holds the loop's end up
        faulthandler.dump_traceback_later(STOP_SECONDS_MAX, exit=True)
        loop.call_later(STOP_SECONDS_MAX / 2, _tell_what_runs)
        await gateway.stop()


def _tell_what_runs() -> None:
    """Say what a stop that takes long waits for."""
    for task in asyncio.all_tasks():
        at = "; ".join(f"{one.f_code.co_qualname}:{one.f_lineno}" for one in task.get_stack())
        log.error("stopping: %r still runs (%s)", task.get_coro(), at)
