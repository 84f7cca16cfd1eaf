"""One path out of the house, and everything the messages on it share."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Collection
from datetime import datetime
from typing import TypeVar

from alerting.delivery.capabilities import CANARY
from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.delivery.gate import Gate
from gateway.delivery.health import Health
from gateway.delivery.job import Job
from gateway.delivery.register import Register
from gateway.store.rows import PROMPT_CHANNEL, OutboxRow
from gateway.transports.transport import (
    Ailing,
    Bounded,
    FaultSink,
    Selective,
    SendError,
    Submitted,
    Transport,
    unsaid,
)

SENDS_AT_ONCE_MAX = 64
"""One request that hangs holds one turn. Twilio refuses an account's 101st at once."""
ASKS_AT_ONCE_MAX = 16
PROBE_SECONDS = 15.0
"""How often a path where nobody answers is asked whether somebody does."""

T = TypeVar("T")

_WITHIN = frozenset({PROMPT_CHANNEL, CANARY})

_log = logging.getLogger(__name__)


class Courier:
    """One transport with its health and its turns."""

    def __init__(
        self,
        transport: Transport,
        register: Register,
        clock: Clock,
        fault: FaultSink,
    ) -> None:
        self.transport = transport
        # asked of every message, and slow to find out
        self._selective = transport if isinstance(transport, Selective) else None
        self._ailing = transport if isinstance(transport, Ailing) else None
        self._bounded = transport if isinstance(transport, Bounded) else None
        self.reaches_people = not _WITHIN.intersection(transport.channels)
        # of a way within the gateway and the homes its owner knows more than we do
        self.health = Health(transport.name, clock, fault if self.reaches_people else unsaid)
        # then its provider reaches our webhooks, and is asked less
        self.pushed = getattr(transport, "is_pushed", False)
        self.last_delivered: datetime | None = None
        self._register = register
        self._clock = clock
        self.sends = Gate(getattr(transport, "sends_at_once_max", SENDS_AT_ONCE_MAX))
        self._asks = Gate(ASKS_AT_ONCE_MAX)

    @property
    def name(self) -> str:
        """The path's name."""
        return self.transport.name

    def takes(self, row: OutboxRow) -> bool:
        """Return False where what the message says is not registered with the provider."""
        try:
            return self._selective is None or self._selective.takes(row)
        except Exception:  # it may yet take it, and others' messages wait behind this question
            _log.exception("%s cannot say whether it takes %s", self.name, row.key)
            return True

    def is_taken(self, channel: str) -> bool:
        """Return whether a message of this channel would wait in it for others to end."""
        try:
            return self._bounded is not None and self._bounded.is_taken(channel)
        except Exception:
            _log.exception("%s cannot say whether its line is free", self.name)
            return False

    async def send(self, row: OutboxRow) -> Submitted:
        """Hand the message over.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        return await self._only_send_errors(self.transport.send(row), ErrorClass.AMBIGUOUS)

    async def _only_send_errors(self, work: Awaitable[T], kind: ErrorClass) -> T:
        """Whatever goes wrong in a transport is one path's failure, and the next is tried.

        Raises:
            SendError: it went wrong; of `kind`, where it is a mistake of ours.
        """
        try:
            return await work
        except SendError:
            raise
        except Exception as error:
            _log.exception("%s met an error of ours", self.name)
            raise SendError(kind, f"an error of ours: {error!r}") from error

    async def _warmed(self) -> None:
        await self._only_send_errors(self.transport.warm(), ErrorClass.TRANSIENT)

    async def warm(self) -> None:
        """Make the first message fast; what is wrong already shows."""
        try:
            await self._warmed()
        except SendError as error:
            _log.warning("%s: %s", self.name, error)
            self.health.failed("warm", error)
        else:
            self.health.took("warm")
        self._hear_complaint()

    async def keep_asking(self) -> None:
        """While nobody answers, ask now and then; for ever."""
        await self.warm()
        while self.reaches_people:
            await self._clock.sleep(PROBE_SECONDS)
            if not self.health.is_silent:
                continue
            try:
                await self._warmed()
            except SendError as error:
                self.note("warm", error)
            else:
                self.note("warm", None)

    def note(self, channel: str, error: SendError | None) -> None:
        """Take note of how a request that was no message went."""
        if error is not None:
            self.health.failed(channel, error)
        elif self.health.answered():
            self._hurry(taken=False)
        self._hear_complaint()

    def _hear_complaint(self) -> None:
        """What goes wrong beside messages that go out is a fault, too, before it stops them."""
        try:
            if self._ailing is not None:
                self.health.ails(self._ailing.complaint)
        except Exception:
            _log.exception("%s cannot say how it is", self.name)

    def failed(self, channel: str, error: SendError) -> None:
        """Take note that a message was not taken; who waits here may go another way."""
        was_down = self.health.is_down(channel)
        self.health.failed(channel, error, sending=True)
        if not was_down and self.health.is_down(channel):
            self.sends.disperse()

    def took(self, channel: str) -> None:
        """Take note of a message taken."""
        if self.health.took(channel):
            self._hurry(taken=True)
        self._hear_complaint()

    def delivered(self, channel: str) -> None:
        """Take note of a message that arrived."""
        self.health.delivered(channel)
        self.last_delivered = self._clock.now()

    async def find(self, job: Job, since: datetime, taken: Collection[str]) -> Submitted | None:
        """Look whether the provider has this message.

        Raises:
            SendError: the provider did not answer.
        """
        try:
            async with self._asks.turn(job.rank):
                found = await self._only_send_errors(
                    self.transport.find(job.row, since, taken), ErrorClass.TRANSIENT
                )
        except SendError as error:
            self.health.failed(job.row.channel, error)
            raise
        self.note(job.row.channel, None)
        return found

    async def ask(self, job: Job) -> None:
        """Ask what became of a message, and add what is said to its news."""
        try:
            async with self._asks.turn(job.rank):
                news = await self.transport.progress(job.row)
        except SendError as error:
            self.note(job.row.channel, error)
            return
        except Exception:  # it is asked again, and given up like what never becomes final
            _log.exception("%s cannot say what became of %s", self.name, job.row.key)
            return
        self.note(job.row.channel, None)
        job.news.append(news)

    async def handed(self, job: Job) -> Progress:
        """Return what became of a message on a path that keeps no track of it."""
        try:
            return await self.transport.progress(job.row)
        except Exception:
            _log.exception("%s cannot say what became of %s", self.name, job.row.key)
            return Progress(DeliveryState.ACCEPTED, final=True)

    async def recall(self, job: Job) -> Progress | None:
        """End what nobody has taken yet.

        Raises:
            SendError: it was refused, or the provider did not answer.
        """
        async with self._asks.turn(job.rank):
            return await self._only_send_errors(
                self.transport.recall(job.row), ErrorClass.TRANSIENT
            )

    def _hurry(self, taken: bool) -> None:
        """The path is well again: those that waited only for that go now.

        Whom its servers failed (their fate is looked up) wait until it has `taken` a
        message: it may answer every question and yet take none, and to try at once
        whenever it answers would use up all tries within seconds.
        """
        now = self._clock.monotonic()
        for job in sorted(self._register, key=Job.rank):
            one = job.tries.get(self.name)
            if one is None or not one.hurries or (not taken and one.looks):
                continue
            one.hurry(now)
            job.wake.set()
