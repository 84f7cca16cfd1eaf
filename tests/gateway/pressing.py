"""Everything a press goes through, small: broker, ingest, engine, store, outbox, sink."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alerting.events import Event
from gateway import canary, fleet
from gateway.board import Board
from gateway.canary import CanaryPress
from gateway.clock import SystemClock
from gateway.ingest import Ingest
from gateway.outbox import Outbox
from gateway.runtime import Runtime
from gateway.store.store import Store
from tests.fakes.broker import Mosquitto
from tests.gateway.lives import until


@dataclass
class Whole:
    store: Store
    runtime: Runtime
    outbox: Outbox
    press: CanaryPress
    faults: list[tuple[str, bool]]


@asynccontextmanager
async def pressing(folder: Path) -> AsyncIterator[Whole]:
    async with Mosquitto(folder) as broker:
        store, clock = Store.open(folder / "guanai.db"), SystemClock()
        homes = {"canary": canary.household("Asia/Shanghai")}
        restored = await fleet.restore(store, homes, clock.now())
        faults: list[tuple[str, bool]] = []
        ingest: Ingest
        runtime: Runtime

        def report(part: str, active: bool, detail: str, source: str = "") -> None:
            faults.append((part, active))

        def offer(home: str, event: Event, acknowledge: Callable[[], None] | None = None) -> None:
            runtime.offer(home, event, acknowledge)

        async def publish(topic: str, payload: bytes, qos: int) -> None:
            await ingest.publish(topic, payload, qos)

        press = CanaryPress(
            clock,
            publish,
            lambda: ingest.session.is_connected,
            offer,
            report,
        )
        outbox = Outbox(
            clock,
            store,
            [press.sink],
            report=offer,
            fault=report,
        )
        runtime = Runtime(restored.engines, clock, store, outbox, Board())
        ingest = Ingest(broker.address, "canary", homes, runtime, store, clock)
        for home, event in restored.events:
            runtime.offer(home, event)
        tasks = [asyncio.create_task(one.run()) for one in (runtime, outbox, ingest)]
        await until(lambda: ingest.session.is_connected)
        await asyncio.sleep(0.2)
        try:
            yield Whole(store, runtime, outbox, press, faults)
        finally:
            await runtime.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await store.close()
