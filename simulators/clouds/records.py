"""What the clouds remember, and what can be made to go wrong."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came."""

    host: str
    pairs: tuple[tuple[str, str], ...] = ()
    """Parameters of the query, decoded."""
    headers: dict[str, str] = {}
    """By lower-case name."""
    body: bytes = b""


class Wire(StrEnum):
    """What happens to the connection."""

    ANSWER = "answer"
    HANG = "hang"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json;charset=utf-8"
    wire: Wire = Wire.ANSWER


class FaultKind(StrEnum):
    """One way in which a cloud disappoints."""

    REFUSE = "refuse"
    """200 with the business error `code`; nothing is accepted."""
    HTML = "html"
    """A page of HTML with `status`; nothing is accepted."""
    HTML_AFTER = "html_after"
    """The same, and yet it is accepted."""
    ERROR = "error"
    """`status` with the cloud's own JSON; nothing is accepted."""
    HANG = "hang"
    HANG_AFTER = "hang_after"
    """Accepted, and never answered."""


AFTER = frozenset({FaultKind.HTML_AFTER, FaultKind.HANG_AFTER})


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Something that goes wrong with sends until it is used up."""

    kind: FaultKind
    provider: str = ""
    channel: str = ""
    number: str = ""
    code: str = ""
    status: int = 200
    times: int = 0
    """How often it strikes; 0: until taken back."""
    reads: bool = False
    """It meets questions instead of sends."""


class Fate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of the texts to one number."""

    code: str = ""
    """A receipt of failure with this code; empty: they arrive."""
    is_silent: bool = False
    """No receipt ever comes."""
    late_s: float = 0.0
    """The receipt comes so much later."""
    pushes: int = 1
    """How often each receipt is pushed."""


DELIVERED = Fate()


class Sms(msgspec.Struct, kw_only=True):
    """A text that was accepted."""

    provider: str
    id: str
    reference: str
    number: str
    content: str
    template: str
    at: datetime
    status: str = "waiting"
    """waiting, delivered, failed."""
    code: str = ""
    received_at: datetime | None = None


class Call(msgspec.Struct, kw_only=True):
    """A call that was accepted."""

    provider: str
    id: str
    reference: str
    number: str
    content: str
    takes_keys: bool
    at: datetime
    status: str = "dialling"
    """dialling, ringing, talking, or how it ended: heard, no-answer, busy, off, void."""
    keys: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def seconds(self) -> int:
        """How long anybody listened, in whole seconds."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A text a person sent back."""

    provider: str
    id: str
    number: str
    content: str
    at: datetime


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One request a cloud makes to us."""

    provider: str
    path: str
    body: Any
