"""Where the provider calls us: statuses, text messages, and key presses in calls.

Nothing is believed without the provider's signature over our configured public address
(never the `Host` header). Everything may come twice, late and out of order. None
of this is needed: without a public address the same things are asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import parse_qsl, quote

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.delivery.channels import CHANNELS, Channel, Progress, spoken
from alerting.delivery.channels.channel import STATUS_PATH
from gateway.counters import Counters
from gateway.store.rows import OutboxRow
from gateway.transports.paths import (
    CALL_KEY_PATH,
    CALL_PATH,
    KEY_PATH,
    SMS_PATH,
    VOICE_PATH,
    as_caller,
)
from gateway.transports.settings import TwilioAccess
from gateway.transports.transport import Door, Ring, Text

PROVIDER = "twilio"
SIGNATURE_HEADER = "X-Twilio-Signature"
BODY_BYTES_MAX = 64 * 1_024
FIELDS_MAX = 200
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

Form = ImmutableMultiDict[str, str]


class Messages(Protocol):
    """What is needed of the outbox."""

    def row(self, key: str) -> OutboxRow | None:
        """Return a message we carry or carried lately."""

    def push(self, provider: str, provider_id: str, news: Progress) -> bool:
        """Take in a status."""


class Forged(Exception):
    """A request that does not carry the provider's signature."""


class Hooks:
    """The provider's way in."""

    def __init__(
        self, access: TwilioAccess, messages: Messages, door: Door, counters: Counters
    ) -> None:
        """Make the hooks; the twilio library is loaded now.

        Args:
            access: our account; its tokens sign, its public address is what is signed.
            messages: the outbox.
            door: where what people do comes in; it says what they hear next.
            counters: counts forgeries and nonsense.
        """
        from twilio.request_validator import RequestValidator

        from gateway.transports.twiml import Speaker

        self._access = access
        self._messages = messages
        self._door = door
        self._counters = counters
        self._validators = [RequestValidator(token) for token in access.auth_tokens if token]
        self._speaker = Speaker(access.voices, access.wording)
        self._channels: dict[str, Channel] = {
            channel.name: channel for channel in CHANNELS if channel.provider == PROVIDER
        }

    def routes(self) -> list[Route]:
        """Return the routes; they need no log-in and no CSRF token, they have signatures."""
        return [
            self._route(STATUS_PATH, self._status),
            self._route(SMS_PATH, self._sms),
            self._route(VOICE_PATH + "{key:path}", self._voice),
            self._route(KEY_PATH + "{key:path}", self._key),
            self._route(CALL_PATH, self._call),
            self._route(CALL_KEY_PATH, self._call_key),
        ]

    def _route(self, path: str, handle: Callable[[Request, Form], Awaitable[Response]]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                form = await self._genuine(request)
            except Forged as error:
                who = request.client.host if request.client else "unknown"
                self._counters.count("forged webhook", who, f"{request.url.path}: {error}")
                return Response("forbidden\n", status_code=403, media_type="text/plain")
            return await handle(request, form)

        return Route(path, endpoint, methods=["POST"])

    async def _genuine(self, request: Request) -> Form:
        """Return the fields of a request the provider has signed.

        Raises:
            Forged: it has not.
        """
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                raise Forged(f"more than {BODY_BYTES_MAX} bytes")
        try:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
            )
        except ValueError as error:
            raise Forged(f"not a form: {error}") from error
        form = Form(pairs)
        signature = request.headers.get(SIGNATURE_HEADER, "")
        address = self._access.account.public_url + _path(request)
        if not any(check.validate(address, form, signature) for check in self._validators):
            raise Forged(f"the signature does not fit {address}")
        if _field(form, "AccountSid") not in ("", self._access.account_sid):
            raise Forged("another account's")
        return form

    async def _status(self, request: Request, form: Form) -> Response:
        """Take in what became of a message or a call, or who answered a call."""
        code = _field(form, "ErrorCode")
        error = int(code) if code.isascii() and code.isdigit() and len(code) < 7 else 0
        if call := _field(form, "CallSid"):
            status, answered_by = _field(form, "CallStatus"), _field(form, "AnsweredBy")
            news = self._channels["voice"].progress(status, error, answered_by)
            # the verdict on who answered comes without a status
            if status or news.machine:
                self._messages.push(PROVIDER, call, news)
        elif message := _field(form, "MessageSid") or _field(form, "SmsSid"):
            status = _field(form, "MessageStatus") or _field(form, "SmsStatus")
            self._messages.push(PROVIDER, message, self._channels["sms"].progress(status, error))
        else:
            self._counters.count("webhook not understood", PROVIDER, f"status: {dict(form)}")
        return Response(status_code=204)

    async def _sms(self, request: Request, form: Form) -> Response:
        """Take in a text message; our answer, if any, goes out as a message of its own."""
        id, sender = _field(form, "MessageSid") or _field(form, "SmsSid"), _field(form, "From")
        if id and sender:
            await self._door.text(Text(PROVIDER, id, sender, _field(form, "Body")))
        else:
            self._counters.count("webhook not understood", PROVIDER, f"sms: {dict(form)}")
        return _twiml(EMPTY_TWIML)

    async def _voice(self, request: Request, form: Form) -> Response:
        """Say a message that was too long to travel with the call."""
        row = self._message(request)
        if row is None:
            sorry = spoken.NOT_FOUND.words(self._access.wording, "zh")
            return _twiml(self._speaker.last_words(sorry, "zh"))
        return _twiml(
            self._speaker.message(row.text, row.language, self._key_url(row), row.purpose)
        )

    async def _key(self, request: Request, form: Form) -> Response:
        """Take in a key press and say what was made of it."""
        row = self._message(request)
        said = await self._door.key(str(request.path_params["key"]), _field(form, "Digits")[:1])
        return _twiml(self._speaker.said(said, self._key_url(row) if row is not None else ""))

    async def _call(self, request: Request, form: Form) -> Response:
        """Somebody calls our number: say what they hear."""
        ring = self._ring(form)
        if ring is None:
            return _twiml(EMPTY_TWIML)
        url = self._access.account.public_url + CALL_KEY_PATH
        return _twiml(self._speaker.said(await self._door.ring(ring), url))

    async def _call_key(self, request: Request, form: Form) -> Response:
        """Take in a key of somebody who calls us, or that they pressed none."""
        ring = self._ring(form)
        if ring is None:
            return _twiml(EMPTY_TWIML)
        url = self._access.account.public_url + CALL_KEY_PATH
        said = await self._door.ring_key(ring, _field(form, "Digits")[:1])
        return _twiml(self._speaker.said(said, url))

    def _ring(self, form: Form) -> Ring | None:
        id, caller = _field(form, "CallSid"), _field(form, "From")
        if not id:
            self._counters.count("webhook not understood", PROVIDER, f"call: {dict(form)}")
            return None
        return Ring(PROVIDER, id, as_caller(caller))

    def _message(self, request: Request) -> OutboxRow | None:
        key = str(request.path_params["key"])
        row = self._messages.row(key)
        if row is None:
            self._counters.count("webhook not understood", PROVIDER, f"no message {key[:100]}")
        return row

    def _key_url(self, row: OutboxRow) -> str:
        return self._access.account.public_url + KEY_PATH + quote(row.key, safe="")


def _path(request: Request) -> str:
    """Return the path and query exactly as they were asked for: that is what is signed."""
    raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query: bytes = request.scope["query_string"]
    return f"{path}?{query.decode('latin-1')}" if query else path


def _field(form: Form, name: str) -> str:
    return form.get(name, "")


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")
