"""Providers for the kill runs: they fail, hang, lie, answer late, and know where we may die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from random import Random

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.transport import SendError, Submitted

ACCEPTED = Progress(DeliveryState.ACCEPTED)
DELIVERED = Progress(DeliveryState.DELIVERED, final=True)
BUSY = Progress(DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE, detail="busy")

KEEPS_TRACK = frozenset({"twilio", "modem", "aliyun", "tencent", "scaip"})
"""Paths that can look up what became of a message; the others only hand it over."""

Probe = Callable[[str, str, str], None]
"""Called with path, channel and point wherever the process may die."""


class Taken(msgspec.Struct):
    """A message the provider has."""

    id: str
    row: OutboxRow
    at: datetime
    words: list[Progress]
    """What questions are answered with, in order; the last one stays."""


class Provider:
    """One path out of the house."""

    def __init__(
        self, name: str, channels: tuple[str, ...], clock: Clock, dice: Random, probe: Probe
    ) -> None:
        self.name = name
        self.channels = channels
        self.keeps_track = name in KEEPS_TRACK
        self.taken: list[Taken] = []
        self.arrived: list[tuple[str, datetime]] = []
        """Keys of what reached a phone, with the moment."""
        self.doubts: dict[str, int] = {}
        """How often we gave the sender reason to send a message again, by key."""
        self.lied: set[str] = set()
        """Keys of what we called delivered and nobody got."""
        self.is_down = False
        self.is_calm = False
        self._clock, self._dice, self._probe = clock, dice, probe

    async def warm(self) -> None:
        self._reachable()

    async def send(self, row: OutboxRow) -> Submitted:
        self._probe(self.name, row.channel, "before the request")
        self._reachable()
        luck = 1.0 if self.is_calm else self._dice.random()
        if luck < 0.06:
            raise SendError(ErrorClass.TRANSIENT, "HTTP 503")
        if luck < 0.09:
            raise SendError(ErrorClass.CONTACT, "no such number here")
        if luck < 0.18:  # it has the message, and does not say so
            await self._clock.sleep(self._dice.choice((0.5, 10.0)))
            self._take(row)
            self._doubt(row)
            raise SendError(ErrorClass.AMBIGUOUS, "no answer")
        if luck < 0.22:  # it hangs, and has not got the message
            await self._clock.sleep(10.0)
            raise SendError(ErrorClass.AMBIGUOUS, "no answer")
        taken = self._take(row)
        self._probe(self.name, row.channel, "taken, not answered")
        await asyncio.sleep(0)
        return Submitted(taken.id, ACCEPTED)

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        self._reachable()
        for item in self.taken:
            same = item.row.address == row.address and item.row.text == row.text
            if same and item.id not in taken and item.at >= since:
                return Submitted(item.id, item.words[0])
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        self._reachable()
        item = next(item for item in self.taken if item.id == row.provider_id)
        return item.words.pop(0) if len(item.words) > 1 else item.words[0]

    async def recall(self, row: OutboxRow) -> Progress | None:
        self._reachable()
        return None

    async def close(self) -> None:
        pass

    def _take(self, row: OutboxRow) -> Taken:
        luck = 1.0 if self.is_calm else self._dice.random()
        words = [ACCEPTED, DELIVERED]
        reaches = True
        if luck < 0.08 and row.channel == "voice":
            words, reaches = [ACCEPTED, BUSY], False
            self._doubt(row)
        elif luck < 0.05:  # it says so, and it is not true
            reaches = False
            self.lied.add(row.key)
        elif luck < 0.10:  # it came, and it says it did not
            words = [ACCEPTED, BUSY]
            self._doubt(row)
        elif luck < 0.25:  # it says so late
            words = [ACCEPTED] * self._dice.randrange(3, 12) + [DELIVERED]
        elif luck < 0.30:  # it never says
            words = [ACCEPTED]
        item = Taken(f"{self.name}-{len(self.taken)}", row, self._clock.now(), words)
        self.taken.append(item)
        if reaches:
            self.arrived.append((row.key, self._clock.now()))
        return item

    def _doubt(self, row: OutboxRow) -> None:
        self.doubts[row.key] = self.doubts.get(row.key, 0) + 1

    def _reachable(self) -> None:
        if self.is_down:
            raise SendError(ErrorClass.TRANSIENT, "no connection")
