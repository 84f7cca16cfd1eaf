"""One message on its way: what the outbox keeps in its head about it."""

from __future__ import annotations

import asyncio
from datetime import datetime

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from gateway.clock import Clock
from gateway.delivery.gate import Rank
from gateway.store.rows import Attempt, OutboxRow
from gateway.transports.transport import SendError

SECOND = "-2"
"""How the key of a message ends that says the same once more by another line."""
HURRY_SECONDS = 5.0
"""So long after a try it is hurried again: a path may take others and not this one."""
_PURPOSE_RANK = {
    Purpose.ALARM: 0,
    Purpose.QUESTION: 0,
    Purpose.TOLD: 1,
    Purpose.REMINDER: 2,
    Purpose.NEWS: 3,
    Purpose.DRILL: 4,
}


class Try:
    """How one path has fared with a message. Times are monotonic seconds."""

    __slots__ = (
        "due",
        "failures",
        "first_sent",
        "hurries",
        "is_extra",
        "is_out",
        "looked_again",
        "looks",
        "sends",
        "tried_at",
        "why",
    )

    def __init__(self) -> None:
        self.due = 0.0
        self.tried_at = 0.0
        self.sends = 0
        """How often it was sent, but for the times it was hurried: those have no end."""
        self.failures = 0
        self.why: ErrorClass | None = None
        """Why the last tries failed; another reason starts the count again."""
        self.looks: list[float] = []
        """When to look the message up there before it is sent there again."""
        self.looked_again = False
        self.hurries = False
        """It waits only for this path to be well again."""
        self.is_extra = False
        """Its next send was hurried."""
        self.first_sent: datetime | None = None
        self.is_out = False
        """It will never go out this way."""

    @property
    def has_failed(self) -> bool:
        """True once a try failed, or may have: it waits for another."""
        return self.failures > 0 or bool(self.looks)

    def count_send(self, now: float) -> None:
        """Count that it is sent this way."""
        self.tried_at = now
        self.sends += not self.is_extra
        self.is_extra = False

    def hurry(self, now: float) -> None:
        """Let it go at once, or soon if it was just tried; sends that were lost are looked up."""
        self.hurries, self.is_extra = False, True
        self.due = min(self.due, max(now, self.tried_at + HURRY_SECONDS))
        self.looks = [self.due] if self.looks else []

    def count_failure(self, error: ErrorClass) -> int:
        """Count a failure; return how many there were in a row for this reason."""
        self.failures = self.failures + 1 if error is self.why else 1
        self.why = error
        return self.failures

    def is_ready(self, now: float) -> bool:
        """Return whether it may be sent this way now."""
        return not self.is_out and not self.looks and self.due <= now


class Told:
    """What the messages about one incident share."""

    __slots__ = ("__weakref__", "has_begun", "messages")

    def __init__(self) -> None:
        self.has_begun = False
        """One of them is with a provider: the first messages of others go before the rest."""
        self.messages = 0
        """How many there have been."""


class Job:
    """A row, and the notes on it of whoever carries it. Times are monotonic seconds."""

    __slots__ = (
        "_rank",
        "about",
        "expires",
        "is_second",
        "known",
        "last_error",
        "line_until",
        "news",
        "recalls",
        "row",
        "sending",
        "sibling",
        "task",
        "told",
        "tries",
        "wake",
        "withdrawn",
    )

    def __init__(self, row: OutboxRow, clock: Clock, about: Told | None = None) -> None:
        left = (row.expires_at - clock.now()).total_seconds()
        self.row = row
        self.task: asyncio.Task[None] | None = None
        self.wake = asyncio.Event()
        self.expires = clock.monotonic() + left
        """Counted from now on: the wall clock may be set while we wait."""
        self.withdrawn = ""
        """Why it need not go out any more; empty: it must."""
        self.recalls = 0
        """How often we still ask the provider to end it, if nobody has taken it."""
        self.about = about or Told()
        self._rank = _rank(row)
        self.is_second = row.key.endswith(f"/{row.channel}{SECOND}")
        """It says what another message says, beside it by another line."""
        self.sibling = row.key.removesuffix(SECOND) if self.is_second else row.key + SECOND
        """The key of the same message by another line, whether there is one or not."""
        self.sending = ""
        """The path that was given it last."""
        self.tries: dict[str, Try] = {}
        """By the name of the path."""
        self.last_error: SendError | None = None
        self.line_until: float | None = None
        """How long it waits at most for another call to the same phone to end."""
        self.known: Progress | None = None
        self.told: DeliveryState | None = None
        """The last state the household was told."""
        self.news: list[Progress] = []
        """What we learned and have not yet taken in."""

    def rank(self) -> Rank:
        """Return how urgent it is now: alarms, emergencies, whom nobody was told of, the newest."""
        purpose, age = self._rank
        return (purpose, self.about.has_begun, age)

    def at(self, path: str) -> Try:
        """Return how `path` has fared with it."""
        if path not in self.tries:
            self.tries[path] = Try()
        return self.tries[path]

    @property
    def family(self) -> tuple[str, str, str]:
        """What a newer alarm of the same incident to the same person replaces."""
        way = self.row.channel + (SECOND if self.is_second else "")
        return (self.row.incident, self.row.responder or self.row.address, way)

    @property
    def has_failed(self) -> bool:
        """True once a try failed, or may have: it waits for another."""
        return any(one.has_failed for one in self.tries.values())

    def add_news(self, news: Progress) -> None:
        """Take in something new about the message as soon as its courier looks."""
        self.news.append(news)
        self.wake.set()

    def change(self, **fields: object) -> OutboxRow:
        """Change the row and return it."""
        self.row = msgspec.structs.replace(self.row, **fields)
        return self.row

    def attempted(self, at: datetime, transport: str) -> Attempt:
        """Return the record of the try that made the row what it is now."""
        row = self.row
        return Attempt(
            key=row.key,
            number=row.attempt,
            at=at,
            transport=transport,
            state=row.state,
            provider_id=row.provider_id,
            error=row.error,
            code=row.code,
            detail=row.detail,
        )

    async def pause(self, clock: Clock, seconds: float) -> None:
        """Wait, or less if something happened to this message (`wake`)."""
        timer = clock.call_later(seconds, self.wake.set)
        try:
            await self.wake.wait()
        finally:
            timer.cancel()
            self.wake.clear()


def _rank(row: OutboxRow) -> tuple[float, float]:
    """Return alarms before news, emergencies first, and the newest of the same kind first."""
    purpose = _PURPOSE_RANK[row.purpose]
    if purpose == 0 and row.urgency is not Urgency.HIGH:
        purpose = 1
    return (purpose, -row.created_at.timestamp())
