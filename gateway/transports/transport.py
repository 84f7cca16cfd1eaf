"""What carries a message out of the house, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import msgspec

from alerting.delivery.channels.channel import Message, Progress
from alerting.events import ErrorClass
from alerting.words import Words
from gateway.store.rows import OutboxRow

CLOCKS_APART = timedelta(seconds=90)
"""How far our clock and a provider's may differ, where theirs says when something was."""


class Submitted(msgspec.Struct, frozen=True, gc=False):
    """The provider took a message under `provider_id`."""

    provider_id: str
    progress: Progress


class Text(msgspec.Struct, frozen=True, gc=False):
    """A text message somebody sent us."""

    provider: str
    id: str
    sender: str
    """E.164."""
    text: str
    at: datetime | None = None
    """When the provider got it, by its own clock."""


class Ring(msgspec.Struct, frozen=True, gc=False):
    """Somebody is calling us."""

    provider: str
    id: str
    caller: str
    """E.164; empty: withheld."""
    at: datetime | None = None
    """When it rang, by the provider's own clock; None: now."""
    can_press: bool = True
    """Keys of the caller are heard. Where they are not, that somebody rang is all they say:
    to ring and to hang up is an answer."""


class Spoken(msgspec.Struct, frozen=True, gc=False):
    """What a person in a call hears next."""

    text: str
    language: str
    wants_key: bool = False
    """After it a key is waited for; otherwise the call ends."""


class Door(Protocol):
    """Where everything people do comes in: texts, keys in our calls, and calls of their own.

    Whoever carries calls asks it what to say next, and says nothing of its own.
    """

    async def text(self, text: Text, late: bool = False) -> None:
        """Take in a text message; harmless when it was dealt with before.

        Args:
            text: the message.
            late: it may be from before an incident it seems to answer.
        """

    async def key(self, key: str, digit: str) -> Spoken:
        """Take in a key pressed in our call of the message `key`; empty: none was."""

    async def ring(self, ring: Ring) -> Spoken:
        """Take in that somebody is calling; return what they hear once they are answered."""

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        """Take in a key pressed in a call to us; empty: none was."""


class SendError(Exception):
    """A provider did not take a request, or did not say.

    Attributes:
        error: what this asks of us.
        code: the provider's own error code; 0 or empty: none.
        detail: for the technician.
        retry_after: how long the provider asked us to wait, in seconds.
        doubtful: the request may have been carried out all the same, so a look at
            the provider's list comes before the next try.
        spent_seconds: this phone has had what the provider lets it have, for so long at least;
            of other phones it says nothing. None: it is not that.
    """

    def __init__(
        self,
        error: ErrorClass,
        detail: str,
        code: int | str = 0,
        retry_after: float = 0.0,
        doubtful: bool = False,
        spent_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{error}: {detail}" + (f" (code {code})" if code else ""))
        self.error = error
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.spent_seconds = spent_seconds
        self.doubtful = doubtful or error is ErrorClass.AMBIGUOUS


def as_message(row: OutboxRow) -> Message:
    """Return what a channel needs to know of a row."""
    return Message(
        row.key,
        row.address,
        row.text,
        row.language,
        row.expires_at,
        row.template,
        row.variables,
        row.household,
        row.incident,
        row.purpose,
        row.urgency,
        row.created_at,
    )


class Transport(Protocol):
    """One way out. Every method ends within a known time, and raises only `SendError`."""

    @property
    def name(self) -> str:
        """Name it as rows and faults do."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Name the channels it carries."""

    @property
    def keeps_track(self) -> bool:
        """True if it can look up what became of a message (`find`, `progress`)."""

    async def warm(self) -> None:
        """Do what makes the first message slow: imports, connections, a first answer.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """

    async def send(self, row: OutboxRow) -> Submitted:
        """Hand the message over.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look whether the provider has this message from `since` or later.

        Args:
            row: the message.
            since: when we first tried to send it.
            taken: provider ids known to belong to other messages.

        Raises:
            SendError: the provider did not answer.
        """

    async def progress(self, row: OutboxRow) -> Progress:
        """Ask what became of a message the provider took.

        Raises:
            SendError: the provider did not answer.
        """

    async def recall(self, row: OutboxRow) -> Progress | None:
        """End a message that the provider has and nobody has taken yet.

        Returns:
            What became of it; None if messages of its channel cannot be called back.

        Raises:
            SendError: it was refused (somebody is listening already), or there was no answer.
        """

    async def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class Listener(Protocol):
    """A transport that hears, too: texts, keys and calls come in by it."""

    async def listen(self) -> None:
        """Take what comes in to the door it was opened with, until cancelled."""


@runtime_checkable
class Ailing(Protocol):
    """A transport that can say what is wrong with it although messages go out."""

    @property
    def complaint(self) -> str:
        """Say it for the maintainer, in both languages; empty: nothing is wrong."""


@runtime_checkable
class Bounded(Protocol):
    """A transport that takes more than it can carry at once: what comes then waits in it."""

    def is_taken(self, channel: str) -> bool:
        """Return whether a message of this channel would wait there for others to end."""


class FaultSink(Protocol):
    """Where faults of the gateway itself are reported (`gateway.faults.Faults.report`)."""

    def __call__(self, part: str, active: bool, detail: str, source: str = "") -> None:
        """Say whether `part` is broken, as `source` sees it."""


def unsaid(part: str, active: bool, detail: str, source: str = "") -> None:
    """Say nothing: nobody has asked to hear of faults yet."""


@runtime_checkable
class Selective(Protocol):
    """A transport that can say only what was registered before."""

    def takes(self, row: OutboxRow) -> bool:
        """Return whether there is a registered text for this message."""


class Gauge(msgspec.Struct, frozen=True, gc=False):
    """How a way out is, for the technical page."""

    name: Words
    good: bool | None
    """None: not known yet."""
    words: Words
    detail: str = ""


@runtime_checkable
class LookedAfter(Protocol):
    """A transport with troubles of its own, besides those of its messages."""

    def look_after(self, fault: FaultSink, count: Callable[[str, str, str], None]) -> None:
        """Report faults and count bad input (what, who, detail) there from now on."""


@runtime_checkable
class Gauged(Protocol):
    """A transport of which there is more to see than its messages."""

    def gauge(self) -> Gauge:
        """Return how it is."""


@runtime_checkable
class CallLog(Protocol):
    """Where calls to us can be looked up afterwards, if nothing answered them for us."""

    async def rings(self, since: datetime) -> list[Ring]:
        """Return the calls to us since then, oldest first; their keys cannot be heard.

        Raises:
            SendError: the provider did not answer.
        """


class Mailbox(Protocol):
    """Where answers by text arrive, if the provider does not push them."""

    async def texts(self, since: datetime) -> list[Text]:
        """Return the text messages sent to us since then, oldest first.

        Raises:
            SendError: the provider did not answer.
        """
