"""What the carrier keeps of a message and of a call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from simulators.phones.exchange import Spoken, Text


class MessageStatus(StrEnum):
    """Where a text is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


S = MessageStatus
MESSAGE_NEXT: dict[MessageStatus, frozenset[MessageStatus]] = {
    S.QUEUED: frozenset({S.SENDING, S.FAILED}),
    S.SENDING: frozenset({S.SENT, S.FAILED}),
    S.SENT: frozenset({S.DELIVERED, S.UNDELIVERED}),
    S.DELIVERED: frozenset(),
    S.UNDELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.RECEIVED: frozenset(),
}
MESSAGE_FINAL = frozenset(status for status, after in MESSAGE_NEXT.items() if not after)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A text, outbound or inbound."""

    sid: str
    number: int
    """Counts resources; the newest has the highest."""
    sender: str
    to: str
    body: str
    direction: str
    status: MessageStatus
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    callback: str = ""
    validity_s: int = 36_000


class CallStatus(StrEnum):
    """Where a call is."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"


C = CallStatus
CALL_NEXT: dict[CallStatus, frozenset[CallStatus]] = {
    C.QUEUED: frozenset({C.RINGING, C.BUSY, C.FAILED, C.CANCELED}),
    C.RINGING: frozenset({C.IN_PROGRESS, C.BUSY, C.NO_ANSWER, C.FAILED, C.CANCELED}),
    C.IN_PROGRESS: frozenset({C.COMPLETED, C.FAILED}),
    C.COMPLETED: frozenset(),
    C.BUSY: frozenset(),
    C.NO_ANSWER: frozenset(),
    C.FAILED: frozenset(),
    C.CANCELED: frozenset(),
}
CALL_FINAL = frozenset(status for status, after in CALL_NEXT.items() if not after)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call's document comes from: the text itself, or an address."""

    twiml: str = ""
    url: str = ""
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """Whether and how the carrier finds out who took the call."""

    waits_for_end: bool = False
    """`DetectMessageEnd`: speak only after the machine's greeting."""
    in_background: bool = False
    callback: str = ""
    method: str = "POST"


INBOUND = "inbound"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call: ours to a phone, or a phone's to a number of the account."""

    sid: str
    number: int
    sender: str
    to: str
    status: CallStatus
    created_at: datetime
    updated_at: datetime
    source: Source
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    timeout_s: int = 60
    limit_s: int = 14_400
    callback: str = ""
    callback_method: str = "POST"
    events: tuple[str, ...] = ("completed",)
    detection: Detection | None = None
    answered_by: str = ""
    sip_code: int = 0
    sequence: int = 0
    """How many status callbacks were sent."""
    asked: bool = False
    lines: tuple[Spoken, ...] = ()
    direction: str = "outbound-api"

    @property
    def phone(self) -> str:
        """The number of the phone, at whichever end it is."""
        return self.sender if self.direction == INBOUND else self.to

    @property
    def other(self) -> str:
        """The number the phone sees."""
        return self.to if self.direction == INBOUND else self.sender


def broken_off(call: Call, now: datetime) -> Call:
    """Return a call after the carrier stopped and started: over, if it was not yet."""
    if call.status in CALL_FINAL:
        return call
    over = C.COMPLETED if call.status is C.IN_PROGRESS else C.NO_ANSWER
    return msgspec.structs.replace(call, status=over, ended_at=now, updated_at=now)


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong on the caller's side, as the provider's debugger would list it."""

    at: datetime
    sid: str
    code: int
    message: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier remembers over a restart, oldest first."""

    messages: tuple[Message, ...] = ()
    calls: tuple[Call, ...] = ()
    shown: dict[str, tuple[Text, ...]] = {}
    opted_out: tuple[tuple[str, str], ...] = ()
