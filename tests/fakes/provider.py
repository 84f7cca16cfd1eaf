"""A provider on the virtual clock: it takes messages, loses them, lies dead, comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import FINAL, Attempt, OutboxRow
from gateway.transports.transport import SendError, Submitted, Text

ACCEPTED = Progress(DeliveryState.ACCEPTED)
DELIVERED = Progress(DeliveryState.DELIVERED, final=True)
PICKED_UP = Progress(DeliveryState.DELIVERED)
BUSY = Progress(DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, detail="busy")
CANCELED = Progress(
    DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, detail="canceled", canceled=True
)
VOICEMAIL = Progress(
    DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, detail="voicemail", machine=True
)

TRANSIENT = SendError(ErrorClass.TRANSIENT, "no connection")
REFUSED_500 = SendError(ErrorClass.TRANSIENT, "HTTP 500", doubtful=True)
AMBIGUOUS = SendError(ErrorClass.AMBIGUOUS, "no answer")
BAD_NUMBER = SendError(ErrorClass.CONTACT, "HTTP 400: not a mobile", code=21614)
BAD_ACCOUNT = SendError(ErrorClass.CONFIGURATION, "HTTP 401: authenticate", code=20003)
SPAM = SendError(ErrorClass.BLOCKED, "HTTP 400: filtered", code=30007)


class Taken(msgspec.Struct):
    """A message the provider has."""

    id: str
    row: OutboxRow
    at: datetime
    seconds: float
    states: list[Progress]


class FakeProvider:
    """Answers as it is told to; by default every message arrives at the second question."""

    name = "fake"
    keeps_track = True

    def __init__(self, clock: Clock, *channels: str) -> None:
        self.channels = channels or ("sms", "voice")
        self.taken: list[Taken] = []
        self.tried: list[tuple[float, str]] = []
        """Every request to send, with its moment: (monotonic seconds, key)."""
        self.looked: list[tuple[float, str]] = []
        self.troubles: list[SendError] = []
        """What the next requests to send meet, in order."""
        self.down: SendError | None = None
        """What every request meets."""
        self.refuses: SendError | None = None
        """What every request to send meets; questions are answered."""
        self.swallows = False
        """It takes messages but does not say so."""
        self.hangs: set[str] = set()
        """Addresses whose requests never end by themselves."""
        self.fates: dict[str, list[Progress]] = {}
        """By address: what questions are answered with, in order; the last one stays."""
        self.recalled: list[str] = []
        """Keys of the calls it ended while they rang."""
        self.holds_on: SendError | None = None
        """What every request to end a call meets."""
        self.inbox: list[Text] = []
        self.at_once = 0
        self.at_once_most = 0
        self.sends_at_once_max = 64
        self.seconds = 0.0
        """How long a request takes."""
        self.closed = False
        self.talks = False
        """Its one line is taken: whatever else it is given to call waits."""
        self._clock = clock

    @property
    def sent(self) -> list[str]:
        """Keys of the messages it has, in the order they came."""
        return [item.row.key for item in self.taken]

    async def warm(self) -> None:
        self._answer()

    def is_taken(self, channel: str) -> bool:
        return channel == "voice" and self.talks

    async def send(self, row: OutboxRow) -> Submitted:
        self.tried.append((self._clock.monotonic(), row.key))
        self.at_once += 1
        self.at_once_most = max(self.at_once_most, self.at_once)
        try:
            if self.seconds:
                await self._clock.sleep(self.seconds)
            if row.address in self.hangs:
                await asyncio.Event().wait()
            if self.troubles:
                trouble = self.troubles.pop(0)
                if self.swallows:
                    self._take(row)
                raise trouble
            if self.refuses is not None:
                raise self.refuses
            self._answer()
            taken = self._take(row)
            return Submitted(taken.id, ACCEPTED)
        finally:
            self.at_once -= 1

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        self.looked.append((self._clock.monotonic(), row.key))
        self._answer()
        for item in self.taken:
            same = item.row.address == row.address and item.row.text == row.text
            if same and item.id not in taken and item.at >= since:
                return Submitted(item.id, item.states[0])
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        self._answer()
        item = next(item for item in self.taken if item.id == row.provider_id)
        return item.states.pop(0) if len(item.states) > 1 else item.states[0]

    async def recall(self, row: OutboxRow) -> Progress | None:
        self._answer()
        if self.holds_on is not None:
            raise self.holds_on
        item = next(item for item in self.taken if item.id == row.provider_id)
        if row.channel != "voice":
            return None
        if item.states[0] != ACCEPTED:
            raise SendError(ErrorClass.CONFIGURATION, "HTTP 400: in progress", code=21220)
        item.states = [CANCELED]
        self.recalled.append(row.key)
        return CANCELED

    async def texts(self, since: datetime) -> list[Text]:
        self._answer()
        return list(self.inbox)

    async def close(self) -> None:
        self.closed = True

    def _take(self, row: OutboxRow) -> Taken:
        fate = list(self.fates.get(row.address, [ACCEPTED, DELIVERED]))
        item = Taken(f"id-{len(self.taken)}", row, self._clock.now(), self._clock.monotonic(), fate)
        self.taken.append(item)
        return item

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down


class FakeRows:
    """A store of rows in memory, which can be broken."""

    def __init__(self, *owed: OutboxRow) -> None:
        self.rows: dict[str, OutboxRow] = {row.key: row for row in owed}
        self.attempts: list[Attempt] = []
        self.broken: Callable[[], Exception] | None = None
        self.writes = 0

    async def save(self, rows: Collection[OutboxRow], attempts: Collection[Attempt] = ()) -> None:
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken()
        self.writes += 1
        self.rows.update((row.key, row) for row in rows)
        self.attempts += attempts

    async def owed(self) -> list[OutboxRow]:
        if self.broken is not None:
            raise self.broken()
        rows = self.rows.values()
        return [row for row in rows if row.state not in FINAL and row.final_at is None]
