"""What one press of the gateway's own costs: time through everything, and bytes on the disk."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from benchmarks.disk import bytes_written
from gateway.canary import EVERY_SECONDS
from tests.gateway.lives import until
from tests.gateway.pressing import pressing

PRESSES = 40


async def _press(folder: Path) -> tuple[list[float], int]:
    seconds = []
    async with pressing(folder) as whole:
        await whole.press.press()  # the first one loads and connects
        await until(lambda: whole.press.seconds is not None)
        before = bytes_written()
        for _ in range(PRESSES):
            whole.press.seconds = None
            await whole.press.press()
            await until(lambda: whole.press.seconds is not None)
            await until(lambda: not whole.runtime.engines["canary"].incidents)
            await asyncio.sleep(0.3)
            seconds.append(whole.press.seconds or 0.0)
        return seconds, bytes_written() - before


def run() -> str:
    """Return the figures; needs mosquitto."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        seconds, size = asyncio.run(_press(Path(folder)))
    each = size / PRESSES
    day = each * 86_400 / EVERY_SECONDS
    return (
        f"a press of our own, {PRESSES} times, with a real broker and a durable store:\n"
        f"  through everything: median {statistics.median(seconds) * 1000:.0f} ms, "
        f"longest {max(seconds) * 1000:.0f} ms\n"
        f"  written: {each / 1000:.0f} kB a press, {day / 1e6:.1f} MB a day at one each "
        f"{EVERY_SECONDS / 60:.0f} min"
    )
