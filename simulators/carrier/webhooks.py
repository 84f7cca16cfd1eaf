"""The requests the carrier makes: signed, retried by the rules in the URL's fragment.

`https://x/hook#rc=3&rp=5xx,ct&ct=2000&rt=4000` asks for three retries on connection
failures and server errors, with two and four seconds of patience; the fragment is
neither sent nor signed. The core only writes requests down; whoever drives it
carries them out and reports what came back.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from twilio.request_validator import RequestValidator

RETRIES_DEFAULT = 1
RETRIES_MAX = 5
CONNECT_MS_DEFAULT = 5_000
CONNECT_MS_MAX = 10_000
READ_MS_DEFAULT = 15_000
READ_MS_MAX = 15_000
ANSWER_BYTES_MAX = 64 * 1024
URL_CHARS_MAX = 4_000


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """One request to make: `form` is the body of a POST, empty for a GET."""

    id: int
    purpose: str
    sid: str
    method: str
    url: str
    form: Mapping[str, str]
    headers: Mapping[str, str]
    connect_timeout_s: float
    read_timeout_s: float
    retries_left: int
    retry_on: frozenset[str]


class CameBack(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: a status and body, or `failure` (`ct` connection, `rt` answer)."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    failure: str = ""

    @property
    def fine(self) -> bool:
        """Whether the other side answered with success."""
        return not self.failure and 200 <= self.status < 300


Then = Callable[[datetime, CameBack], None]


def usable(url: str) -> bool:
    """Return whether the carrier could call this address at all."""
    if len(url) > URL_CHARS_MAX or any(ord(character) <= 32 for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Webhooks:
    """Requests written down and not yet carried out."""

    def __init__(self, token: str, dice: Random) -> None:
        self._validator = RequestValidator(token)
        self._dice = dice
        self._ids = itertools.count(1)
        self._waiting: list[Webhook] = []
        self._then: dict[int, Then] = {}

    def token(self) -> str:
        """Return a new idempotency token; retries and duplicates of a request share one."""
        return f"{self._dice.getrandbits(128):032x}"

    def ask(
        self,
        purpose: str,
        sid: str,
        method: str,
        url: str,
        form: dict[str, str],
        then: Then,
        token: str,
    ) -> None:
        """Write a request down; `then` is called when it came back for good."""
        target, _, fragment = url.partition("#")
        overrides = {key: values[0] for key, values in parse_qs(fragment).items()}
        body = form
        if method == "GET":
            target += ("&" if "?" in target else "?") + urlencode(form)
            body = {}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(target, body),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1 (simulated)",
            "Accept": "*/*",
        }
        webhook = Webhook(
            id=next(self._ids),
            purpose=purpose,
            sid=sid,
            method=method,
            url=target,
            form=body,
            headers=headers,
            connect_timeout_s=_bounded(overrides, "ct", CONNECT_MS_DEFAULT, CONNECT_MS_MAX) / 1000,
            read_timeout_s=_bounded(overrides, "rt", READ_MS_DEFAULT, READ_MS_MAX) / 1000,
            retries_left=_bounded(overrides, "rc", RETRIES_DEFAULT, RETRIES_MAX),
            retry_on=frozenset(overrides.get("rp", "ct").split(",")),
        )
        self._then[webhook.id] = then
        self._waiting.append(webhook)

    def take(self) -> list[Webhook]:
        """Return what is to be requested now; each is handed out once."""
        taken, self._waiting = self._waiting, []
        return taken

    def came_back(self, now: datetime, webhook: Webhook, result: CameBack) -> None:
        """Report the outcome; a failure that may be retried is written down again."""
        if webhook.id not in self._then:
            return
        if webhook.retries_left > 0 and _reason(result) & webhook.retry_on:
            left = webhook.retries_left - 1
            self._waiting.append(msgspec.structs.replace(webhook, retries_left=left))
            return
        self._then.pop(webhook.id)(now, result)


def _reason(result: CameBack) -> frozenset[str]:
    if result.failure:
        return frozenset({result.failure, "all"})
    if 400 <= result.status < 600:
        return frozenset({f"{result.status // 100}xx", "all"})
    return frozenset()


def _bounded(overrides: Mapping[str, str], name: str, otherwise: int, high: int) -> int:
    value = overrides.get(name, "")
    return min(int(value), high) if value.isascii() and value.isdigit() else otherwise
