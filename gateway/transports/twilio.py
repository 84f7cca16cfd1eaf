"""SMS and calls through the twilio library.

The library itself is in `gateway.transports.twilio_library`, loaded beside the start of
the gateway: importing it takes longer than everything else together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from alerting.delivery.channels import CHANNELS, Account, Channel, Progress, twilio_errors
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.paths import KEY_PATH, VOICE_PATH, as_caller
from gateway.transports.settings import TwilioAccess
from gateway.transports.transport import (
    CLOCKS_APART,
    Door,
    Ring,
    SendError,
    Submitted,
    Text,
    as_message,
)
from gateway.transports.twilio_studio import EXECUTION, StudioCalls

if TYPE_CHECKING:
    from gateway.transports.twilio_library import Library

NAME = "twilio"
LIBRARY = "gateway.transports.twilio_library"
TWIML_CHARACTERS_MAX = 4_000
"""Twilio's limit for TwiML inside the request."""
LISTED_MAX = 50
TEXTS_MAX = 200
READABLE_AFTER = timedelta(seconds=60)
"""After this the provider knows every message it took."""
CALLBACKS_PAUSED = timedelta(minutes=10)
"""How long we send without callbacks after the provider refused our address."""
_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""A call that lasts may still be answered for us."""


class Twilio:
    """The provider, through its own library, on one session."""

    name = NAME
    keeps_track = True

    def __init__(self, settings: TwilioAccess, clock: Clock, door: Door | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._channels: dict[str, Channel] = {
            channel.name: channel for channel in CHANNELS if channel.provider == NAME
        }
        self._opened: Library | None = None
        self._callbacks_from: datetime | None = None
        self._studio = StudioCalls(settings, clock, door, self._library, self._call)

    @property
    def is_pushed(self) -> bool:
        """True where Twilio tells us by itself, so that we need to ask less."""
        return bool(self._settings.account.public_url)

    @property
    def channels(self) -> tuple[str, ...]:
        """Name the channels it carries."""
        return tuple(self._channels)

    @property
    def complaint(self) -> str:
        """Say which login is refused while another works, or that the flow is, while calls go."""
        login = "" if self._opened is None else str(self._opened.http.complaint)
        return "; ".join(said for said in (login, self._studio.complaint) if said)

    async def warm(self) -> None:
        """Load the library's resources, open a connection and check the credentials.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """
        await asyncio.to_thread(import_module, LIBRARY)
        await self._call(self._library().messages.list_async(limit=1, page_size=1))
        if self._settings.studio_flow:
            await self._studio.warm()

    async def send(self, row: OutboxRow) -> Submitted:
        """Create the message or the call.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        account = self._account()
        if self._by_studio(row, account) and (taken := await self._studio.send(row)):
            return taken
        try:
            return await self._create(row, account)
        except SendError as error:
            if error.code not in twilio_errors.BAD_CALLBACK or not account.public_url:
                raise
        # a person must hear of this although our address is wrong
        self._callbacks_from = self._clock.now() + CALLBACKS_PAUSED
        account = self._account()
        if self._by_studio(row, account) and (taken := await self._studio.send(row)):
            return taken
        return await self._create(row, account)

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look a message up by number, text and time.

        Raises:
            SendError: the provider did not answer.
        """
        ahead = self._clock.ahead()  # the provider's clock is the world's
        earliest = since - ahead - CLOCKS_APART
        latest = self._clock.now() - ahead + CLOCKS_APART
        if self._by_studio(row, self._account()):
            found = await self._studio.find(row, earliest, taken)
            if found is not None or not self._studio.complaint:
                return found
        sender = self._settings.account.sender
        if row.channel == "sms" and self._settings.account.messaging_service:
            listing = self._library().messages.list_async(to=row.address, limit=LISTED_MAX)
        else:
            resource = self._resource(row.channel)
            listing = resource.list_async(to=row.address, from_=sender, limit=LISTED_MAX)
        for made in await self._call(listing):
            if made.sid in taken or not str(made.direction).startswith("outbound"):
                continue
            # an account on trial gets a sentence put before its text
            if row.channel == "sms" and not str(made.body).endswith(row.text):
                continue
            created = made.date_created
            if isinstance(created, datetime) and earliest <= created <= latest:
                return Submitted(str(made.sid), self._progress(row.channel, made))
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Fetch what became of a message.

        Raises:
            SendError: the provider did not answer.
        """
        resource = self._resource(row.channel)
        try:
            if row.provider_id.startswith(EXECUTION):
                return await self._studio.progress(row)
            found = await self._call(resource(row.provider_id).fetch_async())
        except SendError as error:
            if error.code != twilio_errors.NOT_THERE:
                raise
            return self._unknown(row, error)
        return self._progress(row.channel, found)

    async def recall(self, row: OutboxRow) -> Progress | None:
        """End a call that is queued or rings.

        Raises:
            SendError: the call is past that, or the provider did not answer.
        """
        parameters = self._channels[row.channel].recall()
        if not parameters:
            return None
        if row.provider_id.startswith(EXECUTION):
            return await self._studio.recall(row)
        resource = self._resource(row.channel)(row.provider_id)
        changed = await self._call(resource.update_async(**_keywords({**parameters})))
        return self._progress(row.channel, changed)

    async def texts(self, since: datetime) -> list[Text]:
        """Return the text messages sent to our number since then, oldest first.

        Raises:
            SendError: the provider did not answer.
        """
        sender = self._settings.account.sender
        if not sender.startswith("+"):
            return []  # nobody can answer a sender that is a name
        listing = self._library().messages.list_async(
            to=sender, date_sent_after=since, limit=TEXTS_MAX, page_size=TEXTS_MAX
        )
        found = [item for item in await self._call(listing) if item.direction == "inbound"]
        return [_text(item) for item in reversed(found)]

    async def rings(self, since: datetime) -> list[Ring]:
        """Return the calls to our number since then that are over, oldest first.

        Raises:
            SendError: the provider did not answer.
        """
        sender = self._settings.account.sender
        if not sender.startswith("+"):
            return []
        listing = self._library().calls.list_async(
            to=sender, start_time_after=since, limit=TEXTS_MAX, page_size=TEXTS_MAX
        )
        found = [item for item in await self._call(listing) if item.direction == "inbound"]
        return [_ring(item) for item in reversed(found) if str(item.status) in _OVER]

    async def close(self) -> None:
        """Close the session."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    def _library(self) -> Library:
        """Return the library; it wants to be opened inside the running loop."""
        if self._opened is None:
            self._opened = import_module(LIBRARY).Library(self._settings)
        return self._opened

    def _resource(self, channel: str) -> Any:
        return self._library().calls if channel == "voice" else self._library().messages

    def _by_studio(self, row: OutboxRow, account: Account) -> bool:
        """A call whose keys could not reach us otherwise goes through the flow, if there is one."""
        flow = self._settings.studio_flow
        return row.channel == "voice" and bool(flow) and not account.public_url

    def _account(self) -> Account:
        """Return who we are, without a public address while the provider refuses it."""
        account = self._settings.account
        if self._callbacks_from is None or self._clock.now() >= self._callbacks_from:
            return account
        return msgspec.structs.replace(account, public_url="")

    async def _create(self, row: OutboxRow, account: Account) -> Submitted:
        message = as_message(row)
        parameters = self._channels[row.channel].request(message, account, self._clock.now())
        if row.channel == "voice":
            parameters |= self._said(row, account)
        made = await self._call(self._resource(row.channel).create_async(**_keywords(parameters)))
        if not isinstance(made.sid, str) or not made.sid:
            raise SendError(ErrorClass.AMBIGUOUS, "the answer names no message")
        return Submitted(made.sid, self._progress(row.channel, made))

    def _said(self, row: OutboxRow, account: Account) -> dict[str, str]:
        """Return what the call says: in the request itself, so that it needs no second trip."""
        path = quote(row.key, safe="")
        key_url = account.public_url + KEY_PATH + path if account.public_url else ""
        twiml = self._library().speaker.message(row.text, row.language, key_url, row.purpose)
        if len(twiml) > TWIML_CHARACTERS_MAX and account.public_url:
            return {"Url": account.public_url + VOICE_PATH + path}
        return {"Twiml": twiml}

    def _progress(self, channel: str, found: Any) -> Progress:
        code = getattr(found, "error_code", None)
        return self._channels[channel].progress(
            str(found.status),
            code if isinstance(code, int) else 0,
            str(getattr(found, "answered_by", None) or ""),
        )

    def _unknown(self, row: OutboxRow, error: SendError) -> Progress:
        """Return what to think of a message of ours that the provider does not know.

        A young one may not be readable everywhere yet. An older one is gone, whatever
        became of it: this is no fault of the provider's, but the message goes out again.
        """
        taken_at = row.submitted_at or row.created_at
        if self._clock.now() - taken_at < READABLE_AFTER:
            return Progress(DeliveryState.ACCEPTED)
        return Progress(
            DeliveryState.UNDELIVERED,
            final=True,
            error=ErrorClass.TRANSIENT,
            code=error.code,
            detail="the provider does not know this message any more",
        )

    async def _call(self, request: Any) -> Any:
        """Await one request of the library and keep its own errors inside."""
        try:
            return await request
        except self._library().errors as error:
            # a success we cannot read: the message may well be on its way
            raise SendError(ErrorClass.AMBIGUOUS, f"unreadable answer: {error!r}") from error


def _text(item: Any) -> Text:
    at = item.date_sent or item.date_created
    moment = at if isinstance(at, datetime) else None
    return Text(NAME, str(item.sid), str(item.from_), str(item.body), moment)


def _ring(item: Any) -> Ring:
    at = item.start_time or item.date_created
    moment = at if isinstance(at, datetime) else None
    # the library names the field of a call so, because `from` is a word of the language
    caller = str(getattr(item, "_from", ""))
    return Ring(NAME, str(item.sid), as_caller(caller), moment, can_press=False)


def _keywords(parameters: dict[str, str | tuple[str, ...]]) -> dict[str, object]:
    """Return the library's keyword arguments for the provider's own parameter names."""
    return {_keyword(name): _value(value) for name, value in parameters.items()}


def _keyword(name: str) -> str:
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    return "from_" if snake == "from" else snake


def _value(value: str | tuple[str, ...]) -> object:
    return list(value) if isinstance(value, tuple) else value
