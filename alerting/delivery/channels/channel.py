"""What every channel offers: a message in, request parameters out, and back."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Protocol

import msgspec

from alerting.delivery import capabilities
from alerting.delivery.registered import Registered, Unsayable
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency

STATUS_PATH = "/twilio/status"
"""Where the provider pushes statuses, under the public address."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """What is to be told to one person, by one channel."""

    key: str
    address: str
    """E.164; for what is no telephone, the target's name."""
    text: str
    language: str
    expires_at: datetime
    template: str = ""
    """What it says, for providers that take registered texts only."""
    variables: dict[str, str] = {}
    """What fills such a text (`alerting.delivery.variables`)."""
    household: str = ""
    incident: str = ""
    purpose: Purpose = Purpose.ALARM
    urgency: Urgency = Urgency.HIGH
    at: datetime | None = None
    """When it became owed; None: not known."""


class Account(msgspec.Struct, frozen=True, gc=False):
    """Who we are at the provider, and where it can reach us."""

    sender: str
    """Our number in E.164, or a registered sender name."""
    messaging_service: str = ""
    """A provider-side pool of senders (MG...); used for SMS instead of the number."""
    public_url: str = ""
    """Where the provider reaches our webhooks, without a trailing slash; empty: nowhere."""
    detect_machines: bool = True
    """Ask the provider to tell voicemail from people (it charges for this)."""
    app: str = ""
    """Our application at the provider, where it has those, for texts."""
    voice_app: str = ""
    """The same for calls."""
    shown_number: str = ""
    """The number a called phone shows, where one was bought for that."""
    key_text: str = ""
    """The provider's id of the text that is read out after a key."""
    texts: tuple[Registered, ...] = ()
    """What is registered, for providers that take no free text."""

    @property
    def can_press(self) -> bool:
        """True if keys pressed in a call with a registered text come back to us."""
        return bool(self.public_url and (self.voice_app or (self.shown_number and self.key_text)))


class Progress(msgspec.Struct, frozen=True, gc=False):
    """What became of a message, in our words."""

    state: DeliveryState
    final: bool = False
    """The provider will not say anything further."""
    error: ErrorClass | None = None
    code: int | str = 0
    """The provider's own error code; 0 or empty: none."""
    detail: str = ""
    machine: bool = False
    """A machine picked up, not a person: this corrects an earlier "picked up"."""
    canceled: bool = False
    """It was ended from this side before anybody took it."""


class Channel(Protocol):
    """Translates between messages and one provider's requests for one medium. Stateless."""

    @property
    def name(self) -> str:
        """Name the medium as households do: `sms`, `voice`."""

    @property
    def provider(self) -> str:
        """Name the provider whose requests these are."""

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the provider's own parameters for sending `message` at `at`.

        A voice channel leaves out what is said: the shell writes that as TwiML.
        """

    def recall(self) -> dict[str, str]:
        """Return the parameters that end a message nobody has taken yet; empty: it cannot be.

        They must leave alone a person who is already listening.
        """

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a status of the provider means; an unknown one proves nothing."""


REFERENCE_CHARACTERS = 15
"""Aliyun's calls carry no more of ours than this."""

_MAINLAND_LANDLINE = re.compile(r"\+86([2-9][0-9]{8,10})", re.ASCII)


def reference(key: str) -> str:
    """Return what stands for our key at a provider, so that a message can be looked up."""
    return hashlib.sha256(key.encode()).hexdigest()[:REFERENCE_CHARACTERS]


def national(address: str, landlines: bool = False) -> str:
    """Return a mainland number as it is dialled there: `138...`, or `0571...` of a landline.

    Raises:
        Unsayable: it is another number: domestic services carry none.
    """
    if capabilities.place(address) is capabilities.Place.MAINLAND_MOBILE:
        return address.removeprefix(capabilities.MAINLAND)
    if landlines and (match := _MAINLAND_LANDLINE.fullmatch(address)):
        return f"0{match[1]}"
    raise Unsayable(f"{address} is not a number of the mainland that this can reach")
