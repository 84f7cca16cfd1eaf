"""What carries a message out of the house, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

import msgspec

from alerting.delivery.channels.channel import Progress
from alerting.events import ErrorClass
from gateway.store.rows import OutboxRow


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


class SendError(Exception):
    """A provider did not take a request, or did not say.

    Attributes:
        error: what this asks of us.
        code: the provider's own error code; 0: none.
        detail: for the technician.
        retry_after: how long the provider asked us to wait, in seconds.
        doubtful: the request may have been carried out all the same, so a look at
            the provider's list comes before the next try.
    """

    def __init__(
        self,
        error: ErrorClass,
        detail: str,
        code: int = 0,
        retry_after: float = 0.0,
        doubtful: bool = False,
    ) -> None:
        super().__init__(f"{error}: {detail}" + (f" (code {code})" if code else ""))
        self.error = error
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.doubtful = doubtful or error is ErrorClass.AMBIGUOUS


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


class Mailbox(Protocol):
    """Where answers by text arrive, if the provider does not push them."""

    async def texts(self, since: datetime) -> list[Text]:
        """Return the text messages sent to us since then, oldest first.

        Raises:
            SendError: the provider did not answer.
        """
