"""A thousand homes fall silent at one moment: how late is each told?"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks import peers, world
from benchmarks.load import Publisher

SILENCE_SECONDS = 15.0


def run() -> str:
    """Let a thousand homes fall silent and return the line about it."""
    with tempfile.TemporaryDirectory(prefix="guanai-bench-") as name:
        folder = Path(name)
        with (
            world.broker(folder) as port,
            world.sink(folder) as provider,
            peers.guanai(folder, port, provider, limit=f"{SILENCE_SECONDS:.0f}s") as peer,
        ):
            late = _lateness(peer, provider)
    told = sorted(late.values())
    return (
        f"{world.HOMES:,} silences at once: {len(told):,} told, late by "
        f"p50 {world.percentile(told, 0.5):.2f} s, p99 {world.percentile(told, 0.99):.2f} s"
    )


def _lateness(peer: peers.Peer, provider: str) -> dict[str, float]:
    """Return by how many seconds each home was told too late."""
    world.wait_for_port(peer.port)
    time.sleep(3)
    publisher = Publisher(peer.port, f"last-words-{time.monotonic_ns()}")
    spoke: dict[str, int] = {}
    for home, topic in enumerate(peer.topics(world.HOMES)):
        stamp = time.time_ns() // 1_000_000
        payload = b'{"v":1,"boot":"b1","seq":1,"t":%d,"event":"motion"}' % stamp
        spoke[world.phone(home)] = time.monotonic_ns()
        publisher.publish(topic, payload)
    publisher.drain()
    publisher.close()
    end = time.monotonic() + SILENCE_SECONDS + 30
    late: dict[str, float] = {}
    while time.monotonic() < end and len(late) < len(spoke):
        time.sleep(1)
        for at, phone in world.asked(f"{provider}/__log"):
            if phone in spoke and phone not in late:
                late[phone] = (at - spoke[phone]) / 1e9 - SILENCE_SECONDS
    return late
