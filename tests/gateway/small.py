"""A small gateway to be killed: the real store, runtime and ingest, and a telephone line.

    python -m tests.gateway.small DATABASE BROKER_PORT PHONE_PORT HOMES [POINT COUNT]

Every message owed is said to the phone as one line; its answer makes it delivered. With
POINT it kills itself when that point of a commit is reached for the COUNTth time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from gateway import fleet
from gateway.board import Board
from gateway.brokers.address import BrokerAddress
from gateway.clock import SystemClock
from gateway.ingest import Ingest
from gateway.runtime import Runtime
from gateway.store import reading
from gateway.store.errors import StoreError
from gateway.store.rows import OutboxRow, RowState
from gateway.store.store import Store
from tests.fakes import engine
from tests.fakes.engine import TINY, household


class Line:
    """Says what is owed to the phone, in order."""

    def __init__(self, store: Store, port: int) -> None:
        self._store = store
        self._port = port
        self._unsaved: list[OutboxRow] = []
        self._rows: asyncio.Queue[OutboxRow] = asyncio.Queue()

    def owe(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            self._rows.put_nowait(row)

    def withdraw(self, incident: str, over_at: datetime | None = None) -> None:
        pass

    async def run(self) -> None:
        self.owe(await self._store.owed())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            row = await self._rows.get()
            writer.write(f"{row.household} {row.key}\n".encode())
            assert await reader.readline() == b"ok\n"
            self._unsaved.append(msgspec.structs.replace(row, state=RowState.DELIVERED))

    async def save(self) -> None:
        """Write down what was delivered; a store that is broken gets it later."""
        while True:
            await asyncio.sleep(0.01)
            rows = list(self._unsaved)
            with contextlib.suppress(StoreError):
                await self._store.save(rows)
                del self._unsaved[: len(rows)]


def dying(point: str, count: int) -> object:
    left = count

    def probe(reached: str) -> None:
        nonlocal left
        if reached == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return probe


async def main() -> None:
    path, broker, phone, homes, *death = sys.argv[1:]
    probe = dying(death[0], int(death[1])) if death else lambda point: None
    store = Store.open(Path(path), probe=probe)  # type: ignore[arg-type]
    clock = SystemClock(reading.last_at(store.path))
    households = {id: household(id) for id in (*(f"h{n}" for n in range(int(homes))), "gateway")}
    restored = await fleet.restore(store, households, clock.now(), TINY)
    line = Line(store, int(phone))
    runtime = Runtime(restored.engines, clock, store, line, Board(), window=20)
    for home, event in restored.events:
        runtime.offer(home, event)
    address = BrokerAddress(host="127.0.0.1", port=int(broker))
    ingest = Ingest(address, "small", households, runtime, store, clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(runtime.run())
        tasks.create_task(line.run())
        tasks.create_task(line.save())
        tasks.create_task(ingest.run())


if __name__ == "__main__":
    engine.SILENCE /= 5  # two seconds
    asyncio.run(main())
