"""Raw acceleration: the gate, a decision, the memory, and how many wearables one core carries."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec.structs import replace

from alerting.detection.fall import FallDetector
from alerting.detection.signals import grid, model
from alerting.detection.signals.stage import Stage
from alerting.engine import Engine
from alerting.events import Configured
from devices.accel import AccelBatch, encode_batch
from devices.profile import Wire
from gateway.counters import Counters
from gateway.evaluation.falls import home
from gateway.wearables import Wearables
from tests import waves
from tests.fakes.clock import FakeClock

AT = datetime(2026, 1, 1, tzinfo=UTC)
RATE_HZ = 50.0
SITE = model.WAIST


def run() -> str:
    """Return the figures."""
    lines = ["wearables, in CPU time of one core"]
    lines += _gate()
    lines += _decision()
    lines += _memory()
    lines += _carried()
    return "\n".join(lines)


def best(work: Callable[[], object], times: int = 5) -> float:
    """Return the CPU seconds of the fastest of some runs: the machine is shared."""
    fastest = float("inf")
    for _ in range(times):
        begins = time.process_time()
        work()
        fastest = min(fastest, time.process_time() - begins)
    return fastest


def _gate() -> list[str]:
    """The gate on one array of many devices, and inside the stage on batches of one second."""
    many = np.random.default_rng(1).integers(-770, 770, (1_000_000, 3)).astype(np.int16)
    many[0] = 800, 0, 0  # not hard, but not so calm that the largest number alone says so
    plain = best(lambda: np.flatnonzero((many.astype(np.float32) ** 2).sum(1) > 1e12))
    ours = best(lambda: grid.is_hard(many, grid.GATE_G * 1000.0))
    batches = waves.sent(waves.standing(2000), RATE_HZ)
    samples = [batch.samples for batch in batches]
    count = sum(len(one) for one in samples)

    def bare() -> None:
        for one in samples:
            np.flatnonzero((one.astype(np.float32) ** 2).sum(1) > 1e12)

    alone = best(bare)
    gate = best(lambda: [grid.is_hard(one, 2765.0) for one in samples])
    stage = best(lambda: _through(batches))
    return [
        f"  gate, many devices in one array: {1.0 / ours:8.1f} million samples/s, "
        f"{plain / ours:.2f} x plain numpy (asked: 20 million)",
        f"  gate, batches of one second:     {count / gate / 1e6:8.1f} million samples/s, "
        f"{alone / gate:.2f} x plain numpy (asked: 2 million)",
        f"  whole stage, the same batches:   {count / stage / 1e6:8.1f} million samples/s, "
        f"{alone / stage:.2f} x plain numpy's gate",
    ]


def _through(batches: list[AccelBatch]) -> Stage:
    floor = model.threshold(SITE) - model.MARGIN
    stage = Stage("w", model.model(SITE).score, floor, model.clear(SITE))
    for batch in batches:
        stage.take(batch, AT)
    return stage


def _decision() -> list[str]:
    """A window that looks like a fall, through the engine; at the wrist five looks."""
    lines = []
    for site in model.SITES:
        knock = waves.knock(AT, device="w")
        engine = Engine(Configured(AT, home(site)), (FallDetector(),))
        engine.step(knock)
        spent = []
        for number in range(1, 60):
            later = replace(knock, at=AT + timedelta(minutes=number), id=f"b:{number}")
            begins = time.process_time()
            engine.step(later)
            spent.append(1000 * (time.process_time() - begins))
        spent.sort()
        middle, late = spent[len(spent) // 2], spent[int(0.95 * len(spent))]
        lines.append(
            f"  decision on a knock, {site}:      {middle:8.1f} ms (p50), {late:.1f} ms (p95; "
            "asked: 10 ms)"
        )
    return lines


def _memory() -> list[str]:
    worst = 0
    for rate, cut in ((50.0, 1.0), (200.0, 1.0), (200.0, 10.0), (200.0, 0.005)):
        stage = Stage("w", lambda window: 0.0, 1.0, 1.0)
        for batch in waves.sent(np.concatenate([waves.falling(rate)] * 30), rate, cut):
            stage.take(batch, AT)
            worst = max(worst, stage.bytes)
    return [f"  memory of one wearable: at most {worst / 1024:.0f} kB (asked: 64)"]


def _carried() -> list[str]:
    """Decode, stage, decision: somebody walks, sits and falls once in ten minutes."""
    clock = FakeClock()
    every = Wearables({"h1": home(SITE)}, Counters(clock.now), clock)
    engine = Engine(Configured(clock.now(), home(SITE)), (FallDetector(),))
    day = np.concatenate([waves.walking(120), waves.standing(450), waves.a_fall()])
    batches = waves.sent(day, RATE_HZ)
    passes = iter(
        [  # numbered on: what comes twice is dropped unseen
            [encode_batch(replace(one, seq=one.seq + lap * len(batches))) for one in batches]
            for lap in range(3)
        ]
    )

    def live() -> None:
        for payload in next(passes):
            for one in every.take("h1", "w", Wire("accel", payload, clock.now(), False)):
                engine.step(one)

    spent = best(live, 3)
    carried = len(batches) / spent
    return [
        f"  carried by one core at 50 Hz, from decode to decision: {carried:,.0f} (asked: 2,000)"
    ]
