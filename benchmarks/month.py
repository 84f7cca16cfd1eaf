"""A month of one home, judged again: engine alone, no waiting."""

from __future__ import annotations

import time

from alerting.engine import Engine
from alerting.events import Configured
from gateway.replay import replay
from tests.builders import at
from tests.replay.month import HOME, life


def run() -> str:
    """Replay a month of 500,000 observations and return the line about it."""
    events = list(life(days=30, seed=7))
    engine = Engine(Configured(at("day 1 08:00"), HOME))
    wall, cpu = time.perf_counter(), time.process_time()
    effects = sum(1 for _ in replay(engine, events))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (
        f"a month of a home: {len(events):,} observations judged in {wall:.2f} s "
        f"({cpu / len(events) * 1e6:.1f} us CPU each), {effects} effects"
    )
