"""Brings messages through one transport, each to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from alerting.delivery import progress, retry
from alerting.delivery.budget import Budget
from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.delivery.gate import Gate
from gateway.delivery.health import FaultSink, Health
from gateway.delivery.job import Job
from gateway.delivery.lines import Lines
from gateway.delivery.register import STATE, Register
from gateway.store.rows import PROMPT_CHANNEL, RowState
from gateway.transports.transport import SendError, Submitted, Transport

SENDS_AT_ONCE_MAX = 64
"""One request that hangs holds one turn. Twilio refuses an account's 101st at once."""
ASKS_AT_ONCE_MAX = 16
LEASE = timedelta(seconds=30)
LOOK_AGAIN_SECONDS = 1.0
RECALL_TRIES_MAX = 3
RECALL_AGAIN_SECONDS = 2.0
"""A call rings for 45 s: what did not work within some seconds need not be tried any more."""
STUMBLE_SECONDS = 5.0

POLL_SECONDS: dict[str, tuple[float, ...]] = {
    "sms": (2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0),
    "voice": (2.0, 3.0, 5.0, 5.0, 5.0, 10.0),
}
"""Waits between questions after a message was taken; the last one again and again."""
POLL_SECONDS_WHEN_PUSHED: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0)
"""The same where the provider tells us by itself: only what got lost is asked for."""
FOLLOW_SECONDS_MAX = 3_600.0
"""Some carriers never say whether a text arrived; after this we stop asking."""
VERDICT_SECONDS = 5.0
"""After a call: when to ask once more whether a machine had answered it."""

_log = logging.getLogger(__name__)


class Courier:
    """One transport, and everything the messages on it share."""

    def __init__(
        self,
        transport: Transport,
        register: Register,
        clock: Clock,
        fault: FaultSink,
        luck: Callable[[], float],
        pushed: bool = False,
    ) -> None:
        self.transport = transport
        # of the broker's way its owner knows more than we do
        is_ours = PROMPT_CHANNEL not in transport.channels
        self.health = Health(transport.name, clock, fault if is_ours else _unsaid)
        self._register = register
        self._clock = clock
        self._luck = luck
        self._pushed = pushed
        self._sends = Gate(SENDS_AT_ONCE_MAX)
        self._asks = Gate(ASKS_AT_ONCE_MAX)
        self._lines = Lines()
        self._budget = Budget()

    async def warm(self) -> None:
        """Make the first message fast; what is wrong already shows."""
        try:
            await self.transport.warm()
        except SendError as error:
            _log.warning("%s: %s", self.transport.name, error)
            self.health.failed("warm", error)
        else:
            self.health.took("warm")

    async def carry(self, job: Job) -> None:
        """Bring one message to its end."""
        while job.row.key in self._register:
            try:
                await self._step(job)
            except Exception:  # a mistake of ours must not cost anybody an alarm
                _log.exception("message %s met an error of ours; going on", job.row.key)
                job.due = self._clock.monotonic() + STUMBLE_SECONDS
                await self._clock.sleep(STUMBLE_SECONDS)

    def note(self, channel: str, error: SendError | None) -> None:
        """Take note of how a request that was no message went."""
        if error is not None:
            self.health.failed(channel, error)
        elif self.health.answered():
            self._hurry(taken=False)

    async def _step(self, job: Job) -> None:
        if job.row.provider_id:
            await self._follow(job)
            return
        if job.withdrawn:
            self._register.finish(job, RowState.WITHDRAWN, job.withdrawn)
            return
        now = self._clock.monotonic()
        if now >= job.expires:
            self._register.expire(job)
            return
        due = job.looks[0] if job.looks else job.due
        wait = max(due - now, 0.0 if job.looks else self._lines.wait_seconds(job, now))
        if wait > 0:
            await job.pause(self._clock, min(wait, job.expires - now))
        elif job.looks:
            await self._look(job)
        else:
            await self._send(job)

    async def _send(self, job: Job) -> None:
        row = job.row
        kept = self._budget.refusal(row.channel, row.address, row.purpose, self._clock.now())
        if kept is not None:
            self._register.finish(job, RowState.WITHDRAWN, kept.en)
            return
        # a call taken here holds its phone from now on, not only when its turn has come
        self._lines.take(job)
        async with self._sends.turn(job.rank):
            if job.withdrawn or self._clock.monotonic() >= job.expires:
                self._lines.leave(job)
                return
            now = self._clock.now()
            job.change(state=RowState.LEASED, attempt=row.attempt + 1, lease_until=now + LEASE)
            job.first_sent = job.first_sent or now
            try:
                submitted = await self.transport.send(job.row)
            except SendError as error:
                self._lines.leave(job)
                self.health.failed(row.channel, error, sending=True)
                self._retry(job, error, self.transport.name)
                return
        self._budget.spend(row.channel, row.address, self._clock.now())
        self._took(job, submitted)

    def _took(self, job: Job, submitted: Submitted) -> None:
        job.looks = []
        self._register.took(job, self.transport.name, submitted)
        if self.health.took(job.row.channel):
            self._hurry(taken=True)

    async def _look(self, job: Job) -> None:
        """Ask whether the provider already has this message, before it is sent again."""
        since = job.first_sent or job.row.created_at
        taken = self._register.ids(self.transport.name, but=job.row.key)
        try:
            async with self._asks.turn(job.rank):
                found = await self.transport.find(job.row, since, taken)
        except SendError as error:
            self.health.failed(job.row.channel, error)
            last = len(job.looks) == 1
            job.looks.pop(0)
            if last and not job.looked_again:
                # once more; after that it is sent anyway, for twice is better than never
                job.looked_again = True
                job.looks.append(self._clock.monotonic() + LOOK_AGAIN_SECONDS)
            return
        self.note(job.row.channel, None)
        job.looks.pop(0)
        if found is not None:
            self._took(job, found)

    async def _follow(self, job: Job) -> None:
        """Learn what became of a message the provider has, until it is final."""
        if not self.transport.keeps_track:
            handed = self._take_in(job) or await self.transport.progress(job.row)
            self._register.finish(job, STATE[handed.state], handed.detail or "handed over")
            return
        end = await self._final(job)
        self._lines.leave(job)
        if end is not None and end.state is DeliveryState.DELIVERED and job.row.channel == "voice":
            end = await self._verdict(job, end)
        if end is not None and end.state is DeliveryState.RECALLED:
            self._register.finish(job, STATE[end.state], f"{job.withdrawn}; the call was ended")
        elif end is None:
            self._register.finish(job, job.row.state, "nobody ever said whether it arrived")
        elif end.error is None:
            self.health.delivered(job.row.channel)
            self._register.finish(job, STATE[end.state], end.detail)
        else:
            error = SendError(end.error, end.detail, code=end.code)
            self.health.blocked(job.row.channel, error)
            self._retry(job, error)

    async def _final(self, job: Job) -> Progress | None:
        """Ask until the answer is final; None if it never is."""
        often = POLL_SECONDS.get(job.row.channel, POLL_SECONDS["sms"])
        waits = POLL_SECONDS_WHEN_PUSHED if self._pushed else often
        give_up = self._clock.monotonic() + FOLLOW_SECONDS_MAX
        turn = 0
        while True:
            end = self._take_in(job)
            if end is not None or self._clock.monotonic() >= give_up:
                return end
            if job.recalls and await self._recall(job):
                continue
            wait = waits[min(turn, len(waits) - 1)]
            if job.recalls:
                wait = min(wait, RECALL_AGAIN_SECONDS)
            asks_at = self._clock.monotonic() + wait
            await job.pause(self._clock, wait)
            if self._clock.monotonic() >= asks_at:
                turn += 1
                await self._ask(job)

    async def _recall(self, job: Job) -> bool:
        """End what nobody has taken yet; return True if there is news of it.

        Failing harms nothing: the phone rings on as it did before, and is followed on.
        """
        job.recalls -= 1
        if job.known is not None and job.known.state is not DeliveryState.ACCEPTED:
            job.recalls = 0  # somebody is listening
            return False
        try:
            async with self._asks.turn(job.rank):
                news = await self.transport.recall(job.row)
        except SendError as error:
            _log.info("%s was not called back: %s", job.row.key, error)
            return False
        job.recalls = 0
        if news is None:
            return False
        job.news.append(news)
        return True

    async def _verdict(self, job: Job, end: Progress) -> Progress:
        """Wait for the last word on who picked up: it comes after the end of the call."""
        asks_at = self._clock.monotonic() + VERDICT_SECONDS
        while not job.news and (left := asks_at - self._clock.monotonic()) > 0:
            await job.pause(self._clock, left)
        if not job.news:
            await self._ask(job)
        return self._take_in(job) or end

    async def _ask(self, job: Job) -> None:
        try:
            async with self._asks.turn(job.rank):
                news = await self.transport.progress(job.row)
        except SendError as error:
            self.note(job.row.channel, error)
            return
        self.note(job.row.channel, None)
        job.news.append(news)

    def _take_in(self, job: Job) -> Progress | None:
        """Go through what we learned; return the final word, if it is among it."""
        while job.news:
            news = job.news.pop(0)
            if news.canceled and job.withdrawn:  # by us: nothing failed
                news = Progress(DeliveryState.RECALLED, final=True)
            if progress.advances(job.known, news):
                self._register.learned(job, news)
        return job.known if job.known is not None and job.known.final else None

    def _retry(self, job: Job, error: SendError, attempted_by: str = "") -> None:
        """Decide what follows from a failure: by the class of its error."""
        kind = error.error
        wait = retry.wait_seconds(kind, job.count_failure(kind), self._luck(), error.retry_after)
        if wait is None or job.row.attempt >= retry.SEND_ATTEMPTS_MAX:
            if attempted_by:
                self._register.refuse(job, error, attempted_by)
            else:
                self._register.give_up(job, error)
            return
        now = self._clock.monotonic()
        ambiguous = kind is ErrorClass.AMBIGUOUS
        if ambiguous:
            job.looks = [now + seconds for seconds in retry.RECONCILE_SECONDS]
            wait = retry.RECONCILE_SECONDS[-1]
        elif error.doubtful:
            job.looks = [now + wait]
        if not self.transport.keeps_track:
            job.looks = []
        job.due = now + wait
        job.hurries = kind is ErrorClass.TRANSIENT and not error.retry_after
        job.looked_again = False
        self._register.held_up(
            job,
            RowState.UNKNOWN if ambiguous else RowState.QUEUED,
            error,
            attempted_by,
            due_at=self._clock.now() + timedelta(seconds=wait),
        )

    def _hurry(self, taken: bool) -> None:
        """The provider is well again: those that waited only for that go now.

        Whom its servers failed (their fate is looked up) wait until it has `taken` a
        message: it may answer every question and yet take none, and to try at once
        whenever it answers would use up all tries within seconds.
        """
        now = self._clock.monotonic()
        for job in self._register:
            if not taken and job.looks:
                continue
            if job.hurries and job.row.channel in self.transport.channels:
                job.hurries = False
                job.due = now
                job.looks = [now] if job.looks else []
                job.wake.set()


def _unsaid(part: str, active: bool, detail: str, source: str = "") -> None:
    """Say nothing."""
