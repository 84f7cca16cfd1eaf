"""Carries what we owe to people: one coroutine per message, from owed to final.

A message is sent at once, tried again by the class of its error, looked up at the
provider when nobody can tell whether it went out, followed until it is final, and
given up when it has expired. Every change is written down in the background: a store
that is slow or broken delays and stops nothing. The states and times are explained in
docs/delivery.md.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from alerting.delivery.capabilities import SMS
from alerting.delivery.channels.channel import Progress
from alerting.delivery.registered import Extra
from alerting.delivery.weights import Scales
from alerting.events import DeliveryState, Purpose
from gateway.clock import Clock
from gateway.config.delivery import DeliverySettings
from gateway.delivery.book import Book, RowStore
from gateway.delivery.courier import Courier
from gateway.delivery.dispatch import Dispatch, nobody
from gateway.delivery.follow import RECALL_TRIES_MAX
from gateway.delivery.gate import Rank
from gateway.delivery.job import Job, Told
from gateway.delivery.missed import Missed
from gateway.delivery.register import Register, Report
from gateway.delivery.spread import Standing
from gateway.store.rows import FINAL, PROMPT_CHANNEL, OutboxRow, Sent, Taken
from gateway.transports.transport import FaultSink, SendError, Transport

LAST_WRITE_SECONDS = 3.0
"""How long stopping waits for the store."""
STARTS_AT_ONCE = 128
RESUME_SECONDS = 1.0
RESUME_SECONDS_MAX = 30.0
"""After how long, at first and at most, what was owed before the start is asked for again."""

_RESUME = "what was owed"
"""Whose fault it is, among those who find fault with the store."""

_WITHDRAWN = frozenset({Purpose.ALARM, Purpose.QUESTION, Purpose.TOLD, Purpose.DRILL})
"""What need not go out any more once a person has answered."""
_IF_SAYABLE = frozenset({Extra.RECORDED, Extra.QUESTION, ""})
"""Answers to what people wrote: where only registered texts go, and none is registered, they are
not owed at all."""
_TO_RESIDENTS = frozenset({Purpose.QUESTION, Purpose.TOLD})

_log = logging.getLogger(__name__)


class Outbox:
    """Sends what is owed; everything here runs on one event loop."""

    def __init__(
        self,
        clock: Clock,
        store: RowStore,
        transports: Sequence[Transport],
        report: Report,
        fault: FaultSink,
        luck: Callable[[], float] = random.random,
        settings: DeliverySettings | None = None,
    ) -> None:
        """Make the outbox; nothing is sent before `owe` or `run`.

        Args:
            clock: the time, and waiting for it.
            store: where rows are kept.
            transports: the ways out; of two that carry one channel the first is preferred.
            report: takes receipts to a household's engine.
            fault: takes note of what is broken (`gateway.faults.Faults.report`).
            luck: random numbers in [0, 1) that spread retries.
            settings: how messages are spread over the ways out; None: the first takes all.
        """
        self._clock = clock
        self._store = store
        self._fault = fault
        self._book = Book(store, clock)
        self._register = Register(clock, self._book, report, fault)
        self._couriers = [
            Courier(transport, self._register, clock, fault) for transport in transports
        ]
        self._dispatch = Dispatch(self._couriers, self._register, clock, luck, settings)
        self._missed = Missed(
            clock,
            self._owe_now,
            self._register.job,
            self._book.note,
            lambda phone: self._dispatch.can_carry(SMS, phone),
        )
        self._register.on_expired = self._missed.expired
        self._about: WeakValueDictionary[str, Told] = WeakValueDictionary()
        """By incident: what its messages share."""
        self._starting: list[tuple[Rank, str, Job]] = []
        """Messages that are owed and not begun, the most urgent first."""
        self._starts: asyncio.Handle | None = None
        self._latest: dict[tuple[str, str, str], Job] = {}
        self._withdrawn: dict[str, tuple[datetime, datetime | None]] | None = {}
        """When which incidents were answered before we resumed, and over; None: we have."""

    def owe(self, rows: Iterable[OutboxRow]) -> None:
        """Take over rows that were just committed (or could not be): they go out now."""
        jobs = [
            self._job(row)
            for row in rows
            if row.key not in self._register and row.state not in FINAL
        ]
        self._begin_all(job for job in jobs if self._is_wanted(job))

    def withdraw(self, incident: str, over_at: datetime | None = None) -> None:
        """Keep back whatever alarm of `incident` has not gone out, and end calls still ringing.

        Args:
            incident: what a person has answered, or what ended.
            over_at: when it ended: everything owed before that is kept back, but not the news
                of the end; None: it goes on.
        """
        self._missed.answered(incident)
        if self._withdrawn is not None:
            self._withdrawn[incident] = (self._clock.now(), over_at)
        for job in self._register:
            if job.row.incident == incident and _need_not_go(job.row, over_at):
                job.recalls = RECALL_TRIES_MAX
                _keep_back(job, _why(over_at))

    def remember(self, sent: Iterable[Sent], taken: Iterable[Taken] = ()) -> None:
        """Count what was sent before the start, and take none of it for what we look up."""
        for one in sent:  # providers count it, too
            self._dispatch.quotas.spend(*one)
        for its in taken:
            self._register.remember(*its)

    def push(self, provider: str, provider_id: str, news: Progress) -> bool:
        """Take in a status that came by itself; return False if the id is not (yet) ours."""
        known = self._register.knows(provider, provider_id)
        self._register.pushed(provider, provider_id, news)
        return known

    def key_of(self, provider: str, provider_id: str) -> str | None:
        """Return the key of the message a provider has, or had, under an id."""
        return self._register.key_of(provider, provider_id)

    def heard(self, key: str) -> None:
        """Take note that a human pressed a key while listening to the message `key`."""
        self._register.hear_of(
            key, Progress(DeliveryState.HEARD, final=True, detail="a key was pressed")
        )

    def answered(self, incident: str, responder: str) -> None:
        """Take note that a person rang us back because of what they were told of an incident."""
        self._register.hear_latest(
            incident, responder, Progress(DeliveryState.HEARD, final=True, detail="rang back")
        )

    def link(self, provider: str, error: SendError | None) -> None:
        """Take note of how somebody else's request to a provider went (None: well)."""
        for courier in self._couriers:
            if courier.transport.name == provider:
                courier.note("texts", error)

    def row(self, key: str) -> OutboxRow | None:
        """Return a message we carry or carried lately."""
        return self._register.row(key)

    @property
    def scales(self) -> dict[str, Scales]:
        """Return the shares of the paths, by channel."""
        return self._dispatch.scales

    def standing(self) -> list[Standing]:
        """Return how every path that reaches people is, the preferred first."""
        return self._dispatch.standing()

    def owing(self) -> list[OutboxRow]:
        """Return every message that is not final, as it is now."""
        return [job.row for job in self._register]

    async def resume(self) -> None:
        """Go on with what the store says is owed, after a start.

        What has no provider id may or may not have gone out: it is looked up first.

        Raises:
            StoreError: the store cannot be read.
        """
        rows = await self._store.owed()
        withdrawn, self._withdrawn = self._withdrawn or {}, None
        jobs = []
        for row in rows:
            # what we had meanwhile may be further than the store knows
            if self._register.row(row.key) is not None or row.final_at is not None:
                continue
            job = self._job(row)
            answered, over_at = withdrawn.get(row.incident, (None, None))
            if answered and row.created_at <= answered and _need_not_go(row, over_at):
                _keep_back(job, _why(over_at))
            if not row.provider_id:
                self._look_first(job)
            self._missed.resumed(row)
            jobs.append(job)
        self._begin_all(jobs)

    def _look_first(self, job: Job) -> None:
        """Whoever may carry a message of an earlier life is asked first whether it has it."""
        for courier in self._dispatch.candidates(job):
            if courier.transport.keeps_track:
                one = job.at(courier.name)
                one.first_sent = job.row.created_at
                one.looks = [self._clock.monotonic()]

    async def run(self) -> None:
        """Warm up, go on with what is owed, and write progress down, until cancelled."""
        beside = [asyncio.create_task(courier.keep_asking()) for courier in self._couriers]
        beside.append(asyncio.create_task(self._dispatch.weigh()))
        beside.append(asyncio.create_task(self._resume_at_last()))
        try:
            await self._book.run()
        finally:
            await self._stop(beside)

    async def _resume_at_last(self) -> None:
        """Resume, however often it takes; what is owed from now on goes out meanwhile."""
        pause, has_failed = RESUME_SECONDS, False
        while True:
            try:
                await self.resume()
            except Exception as error:  # whatever it is: people are owed these messages
                _log.error("what was owed before the start cannot be read: %r", error)
                detail = f"启动前未发完的通知无法读取 / what was owed cannot be read: {error!r}"
                self._fault("store", True, detail, _RESUME)
                has_failed = True
            else:
                if has_failed:
                    detail = "启动前未发完的通知已读取 / what was owed is read"
                    self._fault("store", False, detail, _RESUME)
                return
            await self._clock.sleep(pause)
            pause = min(pause * 2, RESUME_SECONDS_MAX)

    def _owe_now(self, row: OutboxRow) -> None:
        """Owe a message of our own making, and write it down."""
        self._book.note(row)
        self.owe([row])

    def _is_wanted(self, job: Job) -> bool:
        """Return False for an answer of ours that nobody can say; it is not told as lost."""
        if job.row.incident or job.row.template not in _IF_SAYABLE:
            return True
        able = self._dispatch.candidates(job)
        return not able or any(one.takes(job.row) for one in able)

    def _job(self, row: OutboxRow) -> Job:
        return Job(row, self._clock, self._about.setdefault(row.incident or row.key, Told()))

    def _begin_all(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._begin(job)
        if self._starts is None:
            self._start_some()

    def _begin(self, job: Job) -> None:
        if job.row.key in self._register:
            return
        self._register.add(job)
        if not job.row.provider_id and not self._dispatch.candidates(job):
            self._register.refuse(job, nobody(job))
            return
        if job.row.purpose is Purpose.ALARM and job.row.channel != PROMPT_CHANNEL:
            self._replace_alarm(job)
        if job.row.purpose in _TO_RESIDENTS and job.row.channel != PROMPT_CHANNEL:
            self._replace_older(job)
        purpose, _, age = job.rank()
        # of every incident one message before any second one
        heapq.heappush(self._starting, ((purpose, job.about.messages, age), job.row.key, job))
        job.about.messages += 1

    def _start_some(self) -> None:
        """Start the most urgent; a thousand at once must not keep these from going on."""
        self._starts = None
        for _ in range(min(STARTS_AT_ONCE, len(self._starting))):
            job = heapq.heappop(self._starting)[-1]
            job.task = asyncio.create_task(self._dispatch.carry(job))
            job.task.add_done_callback(partial(self._forget, job))
        if self._starting:
            self._starts = asyncio.get_running_loop().call_soon(self._start_some)

    def _replace_alarm(self, job: Job) -> None:
        """Let of an incident's alarms to one person the newest go, if an older one waits."""
        older, newer = self._latest.get(job.family), job
        # what was owed before the start may come after what is owed since
        if older is not None and older.row.created_at > job.row.created_at:
            older, newer = newer, older
        if older is not None and older.has_failed:
            _keep_back(older, f"replaced by {newer.row.key}")
        self._latest[job.family] = newer

    def _replace_older(self, job: Job) -> None:
        """Ring a resident once: the latest news end a call that nobody has taken yet."""
        for other in self._register:
            is_theirs = other.row.purpose in _TO_RESIDENTS and other.row.channel == job.row.channel
            if other is not job and is_theirs and other.row.address == job.row.address:
                is_older = other.row.created_at <= job.row.created_at
                older, newer = (other, job) if is_older else (job, other)
                older.recalls = RECALL_TRIES_MAX
                _keep_back(older, f"replaced by {newer.row.key}")

    def _forget(self, job: Job, _: object = None) -> None:
        if self._latest.get(job.family) is job:
            del self._latest[job.family]

    async def _stop(self, others: Sequence[asyncio.Task[None]]) -> None:
        self._starting.clear()
        tasks = [job.task for job in self._register if job.task is not None]
        for task in (*tasks, *others):
            task.cancel()
        await asyncio.gather(*tasks, *others, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                await self._book.flush()
        except Exception as error:  # we are stopping; it will be looked up after the next start
            _log.warning("the last progress of messages is not written: %r", error)
        for courier in self._couriers:
            await courier.transport.close()


def _need_not_go(row: OutboxRow, over_at: datetime | None) -> bool:
    """Return whether this need not go out once its incident is answered, or over."""
    return row.purpose in _WITHDRAWN or (over_at is not None and row.created_at < over_at)


def _why(over_at: datetime | None) -> str:
    return "withdrawn: it is over" if over_at else "withdrawn: a person has answered"


def _keep_back(job: Job, why: str) -> None:
    """Let it not go out (again); what the provider already has goes on, unless recalled."""
    job.withdrawn = why
    job.wake.set()
