"""What the store keeps: entries of the journal, messages we owe, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from alerting.events import Effect, ErrorClass, Event, Notify, Phrase, Prompt, Purpose
from alerting.incident import Urgency

PROMPT_CHANNEL = "prompt"
"""The channel of rows that are spoken by a device in the home."""

FIRST_LEASE = timedelta(seconds=30)
"""How long a fresh row belongs to the outbox before somebody must ask what became of it."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One event of one household, with everything it caused."""

    household: str
    event: Event
    effects: tuple[Effect, ...] = ()


class RowState(StrEnum):
    """How far a message has come."""

    QUEUED = "queued"
    LEASED = "leased"  # somebody is sending it, until `lease_until`
    SUBMITTED = "submitted"  # the provider has it; it may not have accepted it yet
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    HEARD = "heard"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may or may not have gone out
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


FINAL = frozenset(
    {
        RowState.DELIVERED,
        RowState.HEARD,
        RowState.UNDELIVERED,
        RowState.FAILED,
        RowState.WITHDRAWN,
        RowState.EXPIRED,
    }
)
"""States in which nothing is owed any more."""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message we owe a person, or one sentence we owe the resident."""

    key: str
    household: str
    incident: str
    responder: str
    """Who is to hear it; empty for a prompt."""
    channel: str
    """`sms`, `voice`, `prompt`, ..."""
    address: str
    """An E.164 number or the name of a target; for a prompt the device's id."""
    purpose: Purpose
    urgency: Urgency
    text: str
    language: str
    phrase: Phrase | None = None
    """What a prompt says, for devices that hold recorded sentences."""
    state: RowState = RowState.QUEUED
    attempt: int = 0
    """How often it was handed to a transport."""
    created_at: datetime
    due_at: datetime
    lease_until: datetime | None = None
    expires_at: datetime
    provider: str = ""
    provider_id: str = ""
    error: ErrorClass | None = None
    code: str = ""
    """The provider's own error code."""
    detail: str = ""
    submitted_at: datetime | None = None
    final_at: datetime | None = None
    paths: tuple[str, ...] = ()
    """Names of the paths that can carry it, best first; empty: whoever carries the channel."""
    template: str = ""
    variables: dict[str, str] = {}
    """For providers that take registered texts only: which one, and what fills it."""


class Sent(NamedTuple):
    """That a provider took a message."""

    provider: str
    channel: str
    address: str
    at: datetime


class Taken(NamedTuple):
    """Under which id of its own a provider has, or had, a message."""

    provider: str
    provider_id: str
    key: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One try to send a message: kept as long as its incident, for disputes."""

    key: str
    number: int
    at: datetime
    transport: str
    state: RowState
    provider_id: str = ""
    error: ErrorClass | None = None
    code: str = ""
    detail: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When something was last proven to work, and last tried."""

    kind: str
    """`path`, `contact`, `button`, `gateway`."""
    name: str
    path: str = ""
    proven_at: datetime | None = None
    asked_at: datetime | None = None
    how: str = ""
    """`alarm`, `drill`, `receipt`, `press`, `trial`, `canary`."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something we could not use, kept where a technician can read it."""

    at: datetime
    who: str
    """A device, a topic or a household."""
    reason: str
    expected: str
    payload: bytes


class Inbound(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message a person sent us; `provider` and `id` name it once and for all."""

    provider: str
    id: str
    at: datetime
    sender: str
    text: str
    outcome: str
    """What we made of it, in words."""


def rows_owed(entry: Entry) -> list[OutboxRow]:
    """Return the rows `entry` makes us owe, already leased to the outbox.

    They are leased from the start so that no second write has to come before the
    first request; a row found leased after a restart may or may not have gone out.
    """
    return [row for effect in entry.effects if (row := _row(effect, entry.household)) is not None]


def _row(effect: Effect, household: str) -> OutboxRow | None:
    match effect:
        case Notify():
            return OutboxRow(
                key=effect.key,
                household=household,
                incident=effect.incident,
                responder=effect.responder,
                channel=effect.channel,
                address=effect.address,
                purpose=effect.purpose,
                urgency=effect.urgency,
                text=effect.text,
                language=effect.language,
                state=RowState.LEASED,
                created_at=effect.at,
                due_at=effect.at,
                lease_until=effect.at + FIRST_LEASE,
                expires_at=effect.expires_at,
                paths=effect.paths,
                template=effect.template,
                variables=effect.variables,
            )
        case Prompt():
            return OutboxRow(
                key=effect.key,
                household=household,
                incident=effect.incident,
                responder="",
                channel=PROMPT_CHANNEL,
                address=effect.device,
                purpose=_PURPOSE_OF_PHRASE[effect.phrase],
                urgency=Urgency.HIGH,
                text=effect.text,
                language=effect.language,
                phrase=effect.phrase,
                state=RowState.LEASED,
                created_at=effect.at,
                due_at=effect.at,
                lease_until=effect.at + FIRST_LEASE,
                expires_at=effect.expires_at,
            )
        case _:
            return None


# "calling" must not be said any more once somebody has it; "somebody is coming" must
_PURPOSE_OF_PHRASE = {
    Phrase.RECEIVED: Purpose.ALARM,
    Phrase.ALL_RIGHT: Purpose.ALARM,
    Phrase.CALLING: Purpose.ALARM,
    Phrase.NOBODY_YET: Purpose.ALARM,
    Phrase.COMING: Purpose.NEWS,
    Phrase.ON_SCENE: Purpose.NEWS,
    Phrase.OVER: Purpose.NEWS,
    Phrase.MEASURE_AGAIN: Purpose.ALARM,
    Phrase.CALL_BACK: Purpose.QUESTION,
}
