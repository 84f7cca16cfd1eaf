"""Press to provider request, throughput, CPU, memory and start, side by side."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers, world
from benchmarks.load import Publisher, flood, torrent
from benchmarks.peers import Peer

PRESSES = 300
FLOOD_MESSAGES = 100_000
BACKGROUND_RATE = 2_000
LOAD_SECONDS = 20.0


@dataclass
class Row:
    """What one candidate showed; None where it was not measured."""

    name: str
    idle_ms: list[float] = field(default_factory=list)
    loaded_ms: list[float] = field(default_factory=list)
    lost: int = 0
    ingest_rate: float | None = None
    journaled: int | None = None
    """Movements in the journal at the end, of those sent."""
    cpu_per_100k: float | None = None
    idle_mb: float | None = None
    loaded_mb: float | None = None
    first_handled_s: float | None = None


Candidate = Callable[[Path, int, str], AbstractContextManager[Peer]]


def measure(candidate: Candidate) -> Row:
    """Run one candidate through all of it, on its own broker and sink."""
    with tempfile.TemporaryDirectory(prefix="guanai-bench-") as name:
        folder = Path(name)
        with (
            world.broker(folder) as port,
            world.sink(folder) as provider,
            candidate(folder, port, provider) as peer,
        ):
            row = Row(peer.name)
            row.first_handled_s = _first_handled(peer, provider)
            time.sleep(2)
            row.idle_mb = peer.rss_mb()
            row.idle_ms = _presses(peer, provider, row, range(1, PRESSES + 1))
            row.loaded_ms = _under_load(peer, provider, row)
            _ingest(peer, row)
            row.loaded_mb = peer.rss_mb()
            return row


def _first_handled(peer: Peer, provider: str) -> float:
    """Press until one is answered: seconds from exec to the first request."""
    world.wait_for_port(peer.port)
    publisher = Publisher(peer.port, f"first-{time.monotonic_ns()}")
    end = time.monotonic() + 60
    number = world.HOMES - 1
    while time.monotonic() < end:
        topic, payload, _ = peer.press(number)
        publisher.publish(topic, payload)
        number -= 1
        time.sleep(0.05)
        if log := world.asked(f"{provider}/__log"):
            publisher.close()
            return float(log[0][0] - peer.started_ns) / 1e9
    raise TimeoutError(f"{peer.name} handled nothing within a minute")


def _presses(peer: Peer, provider: str, row: Row, numbers: range) -> list[float]:
    publisher = Publisher(peer.port, f"press-{time.monotonic_ns()}")
    sent: dict[str, int] = {}
    for number in numbers:
        topic, payload, name = peer.press(number)
        sent[name] = time.monotonic_ns()
        publisher.publish(topic, payload)
        time.sleep(0.03 + 0.02 * (number % 3) / 3)
    publisher.drain()
    end = time.monotonic() + 10
    while True:
        seen: dict[str, int] = {}
        for at, name in world.asked(f"{provider}/__log"):
            seen.setdefault(name, at)
        missing = [name for name in sent if name not in seen]
        if not missing or time.monotonic() > end:
            break
        time.sleep(0.2)
    publisher.close()
    row.lost += len(missing)
    return [(seen[name] - at) / 1e6 for name, at in sent.items() if name in seen]


def _under_load(peer: Peer, provider: str, row: Row) -> list[float]:
    topics = peer.topics(world.HOMES)
    load = threading.Thread(target=flood, args=(peer.port, topics, BACKGROUND_RATE, LOAD_SECONDS))
    load.start()
    time.sleep(1.5)
    measured = _presses(peer, provider, row, range(PRESSES + 1, 2 * PRESSES + 1))
    load.join()
    return measured


def _ingest(peer: Peer, row: Row) -> None:
    """As fast as it goes; the clock stops when the last message is in the journal."""
    topics = peer.topics(world.HOMES)
    before_cpu, began = peer.cpu_seconds(), time.monotonic()
    torrent(peer.port, topics, FLOOD_MESSAGES)
    topic, payload, _ = peer.press(2 * PRESSES + 50)
    publisher = Publisher(peer.port, f"last-{time.monotonic_ns()}")
    publisher.publish(topic, payload)  # in order behind the flood: its request marks the end
    idle_since, cpu = time.monotonic(), peer.cpu_seconds()
    while time.monotonic() - idle_since < 1.0:
        time.sleep(0.1)
        if (now := peer.cpu_seconds()) - cpu > 0.02:
            idle_since, cpu = time.monotonic(), now
    publisher.close()
    row.ingest_rate = FLOOD_MESSAGES / (idle_since - began)
    row.cpu_per_100k = (peer.cpu_seconds() - before_cpu) * 100_000 / FLOOD_MESSAGES
    if peer.data is not None:
        with closing(sqlite3.connect(f"file:{peer.data}/guanai.db?mode=ro", uri=True)) as db:
            journaled = "select count(*) from journal where kind = 'Motion'"
            row.journaled = db.execute(journaled).fetchone()[0]


def table(rows: list[Row]) -> str:
    """Return the rows side by side, and the ratio to the tuned script."""
    head = (
        f"{'candidate':<20}{'idle p50/p99 ms':>18}{'at 2,000/s p50/p99':>20}{'lost':>6}"
        f"{'ingest msg/s':>14}{'CPU s/100k':>12}{'MB idle/loaded':>17}{'first, s':>10}"
    )
    lines = [head, "-" * len(head)]
    for row in rows:
        idle, loaded = _pair(row.idle_ms), _pair(row.loaded_ms)
        lines.append(
            f"{row.name:<20}{idle:>18}{loaded:>20}{row.lost:>6}"
            f"{row.ingest_rate or 0:>14,.0f}{row.cpu_per_100k or 0:>12.1f}"
            f"{f'{row.idle_mb:.0f} / {row.loaded_mb:.0f}':>17}{row.first_handled_s or 0:>10.2f}"
        )
    sent = FLOOD_MESSAGES + int(BACKGROUND_RATE * LOAD_SECONDS)
    lines += (
        f"{row.name}: {row.journaled:,} of {sent:,} movements are in the journal"
        for row in rows
        if row.journaled is not None
    )
    by_name = {row.name: row for row in rows}
    if {"guanai", "tuned script"} <= by_name.keys():
        ours, theirs = by_name["guanai"], by_name["tuned script"]
        for label, mine, other in (
            ("idle", ours.idle_ms, theirs.idle_ms),
            ("at 2,000 msg/s", ours.loaded_ms, theirs.loaded_ms),
        ):
            ratio = world.percentile(mine, 0.5) / world.percentile(other, 0.5)
            lines.append(f"press p50, ours to the tuned script's, {label}: {ratio:.2f} x")
    return "\n".join(lines)


def _pair(values: list[float]) -> str:
    if not values:
        return "none arrived"
    return f"{world.percentile(values, 0.5):.2f} / {world.percentile(values, 0.99):.2f}"


def run() -> str:
    """Measure whoever can run here and return the table."""
    names, why = peers.available()
    rows = [measure(getattr(peers, name)) for name in names]
    return table(rows) + (f"\n{why}" if why else "")
