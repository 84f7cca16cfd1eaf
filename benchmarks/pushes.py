"""What the push tier costs the gateway: memory, its start, and waits of the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil

from alerting.events import Purpose
from alerting.incident import Urgency
from gateway.clock import SystemClock
from gateway.store.rows import OutboxRow
from gateway.transports.push import Pushes
from gateway.transports.targets import PushAccess
from gateway.transports.transport import SendError

HANGING = 50
"""Pushes under way at once, to a service that never answers."""
LISTENED_SECONDS = 5.0
TICK_SECONDS = 0.005


def run() -> str:
    """Measure, and return the table."""
    return asyncio.run(_run())


async def _run() -> str:
    taken = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        taken += 1
        while await reader.read(65_536):
            pass  # never an answer
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    own = psutil.Process()
    before = own.memory_info().rss
    tier = Pushes(
        PushAccess(targets={"a": f"json://127.0.0.1:{port}/"}), SystemClock(), answer_seconds=30
    )
    begun = time.perf_counter()
    await tier.warm()
    start = time.perf_counter() - begun
    assert tier.pid is not None
    idle = await _lag()
    sends = [asyncio.create_task(_send(tier, number)) for number in range(HANGING)]
    busy = await _lag()
    child = psutil.Process(tier.pid)
    lines = [
        "what the push tier costs",
        f"  Apprise in the gateway's own process: {'apprise' in sys.modules}",
        f"  gateway's memory, before and with it: {before / 1e6:.1f} / "
        f"{own.memory_info().rss / 1e6:.1f} MB",
        f"  child's memory: {child.memory_info().rss / 1e6:.1f} MB",
        f"  child's start: {start:.2f} s",
        f"  worst wait of the event loop, idle: {idle * 1e3:.1f} ms",
        f"  with {HANGING} pushes to a service that hangs ({taken} of them at it): "
        f"{busy * 1e3:.1f} ms",
    ]
    for send in sends:
        send.cancel()
    await asyncio.gather(*sends, return_exceptions=True)
    await tier.close()
    server.close()
    await asyncio.sleep(TICK_SECONDS * 10)  # the child's connections end
    return "\n".join(lines)


async def _lag() -> float:
    """Return the longest time by which a short sleep was late."""
    worst, end = 0.0, time.perf_counter() + LISTENED_SECONDS
    while time.perf_counter() < end:
        asked = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        worst = max(worst, time.perf_counter() - asked - TICK_SECONDS)
    return worst


async def _send(tier: Pushes, number: int) -> None:
    now = datetime.now(UTC)
    row = OutboxRow(
        key=f"h1-{number:04}/0/daughter/push",
        household="h1",
        incident=f"h1-{number:04}",
        responder="daughter",
        channel="push",
        address="a",
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text="王奶奶按下呼救，请马上去看。",
        language="zh",
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    with contextlib.suppress(SendError):
        await tier.send(row)
