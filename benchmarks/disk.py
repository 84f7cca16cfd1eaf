"""What a home writes to the disk in a day: the journal, and the broker's queue.

A day of the simulated home goes through the real runtime into a real database,
grouped as it is live (one commit a second at most), on a clock that is pushed.
The bytes are the process's own, as the kernel counts them (`/proc/self/io`).
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from alerting.engine import Engine
from alerting.events import Configured
from devices.observation import AnyObservation
from gateway.board import Board
from gateway.runtime import Runtime
from gateway.store.store import Store
from tests.builders import at
from tests.fakes.clock import FakeClock
from tests.fakes.outbox import FakeOutbox
from tests.replay.month import HOME, life

THINNED = 10
"""The test's home reports every five seconds; a real one about once a minute."""


def bytes_written() -> int:
    """Return how many bytes this process has written to disks so far."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    raise OSError("/proc/self/io does not say what was written")


async def _live(folder: Path, events: list[AnyObservation]) -> int:
    clock = FakeClock(at("day 1 08:00"))
    store = Store.open(folder / "guanai.db")
    engine = Engine(Configured(clock.now(), HOME))
    runtime = Runtime({HOME.id: engine}, clock, store, FakeOutbox(), Board())
    clock.busy.append(lambda: runtime.is_writing)
    loop = asyncio.create_task(runtime.run())
    before = bytes_written()
    for event in events:
        await clock.advance(max(0.0, (event.at - clock.now()).total_seconds()))
        runtime.offer(HOME.id, event)
    await clock.advance(5)
    await runtime.stop()
    loop.cancel()
    written = bytes_written() - before
    await store.close()
    return written


def run() -> str:
    """Live one day and return the line about it."""
    day = [event for event in life(days=2, seed=7) if event.at < at("day 2 08:00")][::THINNED]
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        written = asyncio.run(_live(Path(name), day))
        size = sum(file.stat().st_size for file in Path(name).iterdir())
    return (
        f"a home's day: {len(day):,} observations, {written / 1e6:.1f} MB written to the disk "
        f"({written / len(day):,.0f} bytes each), {size / 1e6:.1f} MB kept"
    )
