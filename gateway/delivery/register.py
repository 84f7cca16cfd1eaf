"""Every message we carry, what is known of it, and who is told of a change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from alerting.delivery.capabilities import CANARY, VOICE
from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Receipt
from gateway.clock import Clock
from gateway.delivery.book import Book
from gateway.delivery.job import Job
from gateway.store.rows import FINAL, PROMPT_CHANNEL, OutboxRow, RowState
from gateway.transports.transport import FaultSink, SendError, Submitted

FINISHED_KEPT_MAX = 2_000
"""Messages we still know after they are final, for late key presses and statuses."""
EARLY_KEPT_MAX = 500
"""Statuses kept that arrived before the provider's answer to our request."""

STATE: dict[DeliveryState, RowState] = {
    DeliveryState.ACCEPTED: RowState.ACCEPTED,
    DeliveryState.DELIVERED: RowState.DELIVERED,
    DeliveryState.HEARD: RowState.HEARD,
    DeliveryState.UNDELIVERED: RowState.UNDELIVERED,
    DeliveryState.FAILED: RowState.FAILED,
    DeliveryState.AMBIGUOUS: RowState.UNKNOWN,
    DeliveryState.RECALLED: RowState.WITHDRAWN,
}

Report = Callable[[str, Receipt], None]
"""Puts a receipt into a household's inbox."""

_ARRIVED = (DeliveryState.DELIVERED, DeliveryState.HEARD)
_GONE = frozenset({RowState.UNDELIVERED, RowState.FAILED, RowState.EXPIRED, RowState.WITHDRAWN})
_LOST = (DeliveryState.UNDELIVERED, DeliveryState.FAILED)


class Register:
    """Holds the jobs; every change of a row goes through here."""

    def __init__(self, clock: Clock, book: Book, report: Report, fault: FaultSink) -> None:
        self._clock = clock
        self._book = book
        self._report = report
        self._fault = fault
        self._jobs: dict[str, Job] = {}
        self.on_expired: Callable[[OutboxRow, ErrorClass | None], None] = lambda row, error: None
        """Who takes note of a message that became too old, and of what its last try met."""
        self._finished: OrderedDict[str, OutboxRow] = OrderedDict()
        self._keys: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._early: OrderedDict[tuple[str, str], list[Progress]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._jobs

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    def add(self, job: Job) -> None:
        """Begin to carry a message."""
        self._jobs[job.row.key] = job
        if job.row.provider_id:
            self._index(job)

    def row(self, key: str) -> OutboxRow | None:
        """Return a message we carry or carried lately."""
        job = self._jobs.get(key)
        return job.row if job is not None else self._finished.get(key)

    def path_of(self, key: str) -> str:
        """Return the path that has a message, or is just being given it; empty: none has."""
        job = self._jobs.get(key)
        if job is not None and job.row.state is RowState.LEASED and job.sending:
            return job.sending
        row = self.row(key)
        is_there = row is not None and row.provider_id and row.state not in _GONE
        return row.provider if row is not None and is_there else ""

    def knows(self, provider: str, provider_id: str) -> bool:
        """Return True if the provider's id belongs to one of our messages."""
        return (provider, provider_id) in self._keys

    def key_of(self, provider: str, provider_id: str) -> str | None:
        """Return the key of the message a provider has, or had, under an id."""
        return self._keys.get((provider, provider_id))

    def remember(self, provider: str, provider_id: str, key: str) -> None:
        """Know whose an id is that a provider gave in a former life."""
        self._keys[(provider, provider_id)] = key
        self._forget_ids()

    def ids(self, provider: str, but: str) -> set[str]:
        """Return the ids that belong to messages other than `but`."""
        return {id for (name, id), key in self._keys.items() if name == provider and key != but}

    def pushed(self, provider: str, provider_id: str, news: Progress) -> None:
        """Take in a status the provider pushed to us."""
        identity = (provider, provider_id)
        key = self._keys.get(identity)
        if key is not None:
            self.hear_of(key, news)
            return
        # it may have overtaken the answer to our own request
        self._early.setdefault(identity, []).append(news)
        while len(self._early) > EARLY_KEPT_MAX:
            self._early.popitem(last=False)

    def job(self, key: str) -> Job | None:
        """Return a message that is still carried."""
        return self._jobs.get(key)

    def hear_of(self, key: str, news: Progress) -> None:
        """Take in news of a message, even after its end."""
        job = self._jobs.get(key)
        if job is not None:
            job.add_news(news)
        elif key in self._finished:
            self._learn_late(self._finished[key], news)

    def hear_latest(self, incident: str, responder: str, news: Progress) -> None:
        """Take in news of the newest message to a person about an incident, if we know one."""
        rows = (*self._finished.values(), *(job.row for job in self._jobs.values()))
        ours = [row for row in rows if row.incident == incident and row.responder == responder]
        if ours:
            self.hear_of(max(ours, key=lambda row: row.created_at).key, news)

    def took(self, job: Job, provider: str, submitted: Submitted) -> None:
        """The provider has the message under an id of its own."""
        now = self._clock.now()
        row = job.change(
            state=RowState.SUBMITTED,
            provider=provider,
            provider_id=submitted.provider_id,
            submitted_at=now,
            lease_until=None,
            error=None,
            code="",
            detail="",
        )
        self._index(job)
        self._book.note(row, job.attempted(now, provider))
        early = self._early.pop((provider, submitted.provider_id), [])
        job.known = None
        job.news = [submitted.progress, *early, *job.news]

    def learned(self, job: Job, news: Progress, has_another: bool = False) -> None:
        """The message came further: write it down and tell the household.

        A loss is not told while it `has_another` path that is tried at once.
        """
        job.known = news
        state = STATE[news.state]
        # a call that was picked up is not over yet; once it is, a machine may have taken it, and
        # whoever restarts before that is known must still ask
        is_open = not news.final or (state is RowState.DELIVERED and job.row.channel == VOICE)
        if state in FINAL and is_open:
            state = RowState.ACCEPTED
        row = job.change(
            state=state, error=news.error, code=str(news.code or ""), detail=news.detail
        )
        self._book.note(row)
        if not (has_another and news.state in _LOST):
            self._tell(job, news.state, news.error, news.detail)
        if news.state in _ARRIVED and row.responder and row.channel != CANARY:
            self._fault(f"reach/{row.responder}", False, "reached again", row.channel)

    def held_up(
        self,
        job: Job,
        state: RowState,
        error: SendError,
        attempted_by: str = "",
        has_another: bool = False,
        **fields: object,
    ) -> None:
        """A try failed; another will follow, at once if it `has_another` path."""
        row = job.change(
            state=state,
            lease_until=None,
            provider_id="",
            error=error.error,
            code=str(error.code or ""),
            detail=error.detail,
            **fields,
        )
        attempt = job.attempted(self._clock.now(), attempted_by) if attempted_by else None
        self._book.note(row, attempt)
        if state is RowState.UNKNOWN and not has_another:
            self._tell(job, DeliveryState.AMBIGUOUS, error.error, error.detail)

    def refuse(self, job: Job, error: SendError, attempted_by: str = "") -> None:
        """It will never go out this way: the household may try another."""
        job.change(error=error.error, code=str(error.code or ""))
        self._end(job, RowState.FAILED, error.detail, attempted_by)
        self._tell(job, DeliveryState.FAILED, error.error, error.detail)
        self._complain(job, error)

    def give_up(self, job: Job, error: SendError) -> None:
        """It did not arrive, and another try would not help."""
        self._end(job, job.row.state, error.detail)
        self._tell(job, DeliveryState.UNDELIVERED, error.error, error.detail)
        self._complain(job, error)

    def expire(self, job: Job) -> None:
        """It is too old to be worth sending."""
        last = job.row.error
        job.change(error=ErrorClass.EXPIRED)
        detail = f"expired; last: {job.row.detail}" if job.row.detail else "expired"
        self._end(job, RowState.EXPIRED, detail)
        self._tell(job, DeliveryState.FAILED, ErrorClass.EXPIRED, detail)
        self.on_expired(job.row, last)

    def finish(self, job: Job, state: RowState, detail: str) -> None:
        """Nothing more will happen to it."""
        self._end(job, state, detail)

    def _end(self, job: Job, state: RowState, detail: str, attempted_by: str = "") -> None:
        now = self._clock.now()
        row = job.change(state=state, detail=detail, lease_until=None, final_at=now)
        self._book.note(row, job.attempted(now, attempted_by) if attempted_by else None)
        self._jobs.pop(row.key, None)
        self._finished[row.key] = row
        while len(self._finished) > FINISHED_KEPT_MAX:
            self._finished.popitem(last=False)

    def _complain(self, job: Job, error: SendError) -> None:
        """A number that will never work is something a person has to put right."""
        row = job.row
        if error.error is ErrorClass.CONTACT and row.responder:
            detail = f"{row.channel} to {row.responder}: {error.detail}"
            self._fault(f"reach/{row.responder}", True, detail, row.channel)

    def _learn_late(self, row: OutboxRow, news: Progress) -> None:
        """Something came after the end: only a key press or a machine still matters."""
        heard = news.state is DeliveryState.HEARD and row.state is not RowState.HEARD
        machine = news.machine and row.state is RowState.DELIVERED
        if heard or machine:
            late = Job(row, self._clock)
            self.learned(late, news)
            self._finished[row.key] = late.row

    def _tell(self, job: Job, state: DeliveryState, error: ErrorClass | None, detail: str) -> None:
        """Report a change to the household; a prompt's fate decides nothing there."""
        row = job.row
        if state is job.told or (state in _LOST and job.told in _LOST):
            return
        job.told = state
        if row.incident and row.channel != PROMPT_CHANNEL:
            receipt = Receipt(self._clock.now(), row.key, row.incident, state, error, detail)
            self._report(row.household, receipt)

    def _index(self, job: Job) -> None:
        self._keys[(job.row.provider, job.row.provider_id)] = job.row.key
        self._forget_ids()

    def _forget_ids(self) -> None:
        while len(self._keys) > FINISHED_KEPT_MAX + len(self._jobs):
            self._keys.popitem(last=False)
