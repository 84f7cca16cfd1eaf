"""An outbox with its provider, its store and everybody it tells, on the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from alerting.events import DeliveryState, ErrorClass, Purpose, Receipt
from alerting.incident import Urgency
from gateway.outbox import Outbox
from gateway.store.rows import OutboxRow, RowState
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider, FakeRows

DAUGHTER = "+85251000001"
NEIGHBOUR = "+85251000002"
MAINLAND = "+8613800000006"


class World:
    """An outbox with its provider, its store and everybody it tells."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(self.clock)
        self.store = FakeRows()
        self.receipts: list[Receipt] = []
        self.faults: list[tuple[str, bool, str]] = []
        self.outbox = self.open()

    def open(self) -> Outbox:
        return Outbox(
            self.clock,
            self.store,
            (self.provider,),
            lambda household, receipt: self.receipts.append(receipt),
            self.fault,
            luck=lambda: 0.5,
        )

    def fault(self, part: str, active: bool, detail: str, source: str = "") -> None:
        self.faults.append((part, active, detail))

    def row(
        self,
        key: str = "h1-0001/0/wang-daughter/sms",
        address: str = DAUGHTER,
        purpose: Purpose = Purpose.ALARM,
        urgency: Urgency = Urgency.HIGH,
        minutes: float = 10,
        text: str = "",
    ) -> OutboxRow:
        incident, _, responder, channel = key.split("/")
        now = self.clock.now()
        return OutboxRow(
            key=key,
            household="h1",
            incident=incident,
            responder=responder,
            channel=channel,
            address=address,
            purpose=purpose,
            urgency=urgency,
            text=text or f"text of {key}",
            language="zh",
            state=RowState.LEASED,
            created_at=now,
            due_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )

    @property
    def told(self) -> list[tuple[DeliveryState, ErrorClass | None]]:
        return [(receipt.state, receipt.error) for receipt in self.receipts]

    def state(self, key: str = "h1-0001/0/wang-daughter/sms") -> RowState:
        row = self.outbox.row(key)
        assert row is not None
        return row.state

    def broken(self) -> list[str]:
        """Parts that are broken now."""
        latest = {part: active for part, active, _ in self.faults}
        return [part for part, active in latest.items() if active]


@asynccontextmanager
async def sending() -> AsyncIterator[World]:
    """Run an outbox for as long as the block lasts."""
    world = World()
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert world.provider.closed
