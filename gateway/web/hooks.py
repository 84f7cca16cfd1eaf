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
from alerting.events import Answer
from alerting.words import Words
from gateway.counters import Counters
from gateway.store.rows import OutboxRow
from gateway.transports.paths import KEY_PATH, SMS_PATH, VOICE_PATH
from gateway.transports.settings import TwilioAccess
from gateway.transports.transport import Text

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

    def heard(self, key: str) -> None:
        """Take note that a human pressed a key during the call `key`."""


class Answers(Protocol):
    """What is needed of the inbound side."""

    async def text(self, text: Text) -> None:
        """Deal with a text message."""

    async def key(self, row: OutboxRow, answer: Answer) -> Words:
        """Take a key press; return what to say to it."""


class Forged(Exception):
    """A request that does not carry the provider's signature."""


class Hooks:
    """The provider's way in."""

    def __init__(
        self, access: TwilioAccess, messages: Messages, answers: Answers, counters: Counters
    ) -> None:
        """Make the hooks; the twilio library is loaded now.

        Args:
            access: our account; its tokens sign, its public address is what is signed.
            messages: the outbox.
            answers: the inbound side.
            counters: counts forgeries and nonsense.
        """
        from twilio.request_validator import RequestValidator

        from gateway.transports.twiml import Speaker

        self._access = access
        self._messages = messages
        self._answers = answers
        self._counters = counters
        self._validators = [RequestValidator(token) for token in access.auth_tokens if token]
        self._speaker = Speaker(access.voices)
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
            await self._answers.text(Text(PROVIDER, id, sender, _field(form, "Body")))
        else:
            self._counters.count("webhook not understood", PROVIDER, f"sms: {dict(form)}")
        return _twiml(EMPTY_TWIML)

    async def _voice(self, request: Request, form: Form) -> Response:
        """Say a message that was too long to travel with the call."""
        row = self._message(request)
        if row is None:
            return _twiml(self._speaker.last_words(spoken.NOT_FOUND, "zh"))
        return _twiml(self._speaker.message(row.text, row.language, self._key_url(row)))

    async def _key(self, request: Request, form: Form) -> Response:
        """Take in a key press and say what was made of it."""
        row = self._message(request)
        if row is None:
            return _twiml(self._speaker.last_words(spoken.NOT_FOUND, "zh"))
        digit = _field(form, "Digits")[:1]
        if not digit:
            return _twiml(self._speaker.last_words(spoken.goodbye(row.purpose), row.language))
        self._messages.heard(row.key)
        answer = spoken.keys(row.purpose).get(digit)
        if answer is not None:
            words = await self._answers.key(row, answer)
            return _twiml(self._speaker.last_words(words, row.language))
        first = None if digit == spoken.REPEAT_KEY else spoken.WRONG_KEY
        return _twiml(self._speaker.again(row.text, row.language, self._key_url(row), first))

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
