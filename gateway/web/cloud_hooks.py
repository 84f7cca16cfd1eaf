"""Where the mainland clouds push to us: what both have in common.

They sign nothing. A secret in the address stands for a signature: it travels inside TLS only,
and whoever knows it could at most do what the cloud can do. Everything may come twice, late and
out of order, and is harmless then. What cannot be understood is counted and shown; one bad
entry of a batch costs none of the others.
"""

from __future__ import annotations

import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerting.delivery.channels import Progress
from gateway.counters import Counters
from gateway.store.rows import OutboxRow
from gateway.transports.cloud import Cloud

BODY_BYTES_MAX = 256 * 1_024
ITEMS_MAX = 1_000
SEEN_MAX = 5_000
KEYS_AT_ONCE_MAX = 5
SHOWN_CHARACTERS_MAX = 120

_log = logging.getLogger(__name__)


class Statuses(Protocol):
    """What is needed of the outbox."""

    def push(self, provider: str, provider_id: str, news: Progress) -> bool:
        """Take in a status; False: the id is not known (yet)."""

    def row(self, key: str) -> OutboxRow | None:
        """Return a message we carry or carried lately."""

    def key_of(self, provider: str, provider_id: str) -> str | None:
        """Return the key of the message a provider has, or had, under an id."""


class CloudHooks:
    """One cloud's way in."""

    done: ClassVar[dict[str, object]]
    """What the cloud wants to hear when a push was taken."""

    def __init__(self, cloud: Cloud, statuses: Statuses, counters: Counters) -> None:
        """Make the hooks.

        Args:
            cloud: the way out whose messages these are; it knows the door, too.
            statuses: the outbox.
            counters: counts forgeries and nonsense.
        """
        self.cloud = cloud
        self.statuses = statuses
        self._counters = counters
        self._pressed: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def route(self, path: str, take: Callable[[dict[str, Any]], Awaitable[None]]) -> Route:
        """Return the route `/<cloud>/<secret>/<path>`; `take` raises `ValueError` at nonsense."""
        name = self.cloud.name

        async def endpoint(request: Request) -> Response:
            who = request.client.host if request.client else "unknown"
            given = str(request.path_params["secret"]).encode()
            if not hmac.compare_digest(given, self.cloud.access.hook_secret.encode()):
                # not the address as it was asked for: it may be a secret of another time
                self._counters.count("forged webhook", who, f"/{name}/…/{path}: wrong secret")
                return Response("forbidden\n", status_code=403, media_type="text/plain")
            try:
                found = await _items(request)
            except ValueError as error:
                self.nonsense(f"{path}: {error}")
                return Response("not understood\n", status_code=400, media_type="text/plain")
            is_done = True
            for item in found:
                try:
                    await take(item)
                except ValueError as error:
                    self.nonsense(f"{path}: {error}")
                except Exception:  # the others are taken, and this one is pushed again
                    _log.exception("%s: a push met an error of ours", name)
                    is_done = False
            return JSONResponse(self.done) if is_done else _ours()

        return Route(f"/{name}/{{secret}}/{path}", endpoint, methods=["POST"])

    def nonsense(self, detail: str) -> None:
        """Count what could not be understood."""
        self._counters.count("webhook not understood", self.cloud.name, detail[:300])

    def told(self, news: Progress, provider_id: str, out_id: str = "") -> bool:
        """Take in news of a message, with what it really said; False: nobody knows it."""
        key = self.cloud.key_of(provider_id, out_id)
        row = self.statuses.row(key) if key is not None else None
        if row is not None and news.error is None and not news.detail:
            news = msgspec.structs.replace(news, detail=self.cloud.text_of(row))
        return self.statuses.push(self.cloud.name, provider_id, news)

    async def press(self, keys: str, at: str, *identities: str) -> None:
        """Take keys pressed in a call; a push that comes again changes nothing.

        Args:
            keys: as pressed.
            at: the call: the same key in it means the same, however often it is told.
            identities: our reference and the cloud's id of the call, as far as they are known.

        Raises:
            ValueError: nobody knows which message the call is about.
        """
        key = self.cloud.key_of(*identities) or self._of_former_life(identities)
        if key is None:
            raise ValueError(f"a key in a call we do not know: {identities}"[:SHOWN_CHARACTERS_MAX])
        for digit in keys[:KEYS_AT_ONCE_MAX]:
            pressed = (key, digit, at)
            if pressed in self._pressed:
                continue
            # what it answers cannot be said: the cloud reads out a text of its own
            await self.cloud.door.key(key, digit)
            self._pressed[pressed] = None  # it is taken: what comes again changes nothing
            while len(self._pressed) > SEEN_MAX:
                self._pressed.popitem(last=False)

    def _of_former_life(self, identities: tuple[str, ...]) -> str | None:
        """Return the key of a call that was placed before the start, and not asked about since."""
        found = (self.statuses.key_of(self.cloud.name, one) for one in identities if one)
        return next((key for key in found if key is not None), None)


def text(item: dict[str, Any], name: str) -> str:
    """Return a field as text; empty: it is missing or no plain value."""
    value = item.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""


def _ours() -> Response:
    return Response("try again\n", status_code=500, media_type="text/plain")


async def _items(request: Request) -> list[dict[str, Any]]:
    """Return the objects that were pushed: a list of them, or one.

    Raises:
        ValueError: it is something else, or far too much.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise ValueError(f"more than {BODY_BYTES_MAX} bytes")
    try:
        found = msgspec.json.decode(bytes(body))
    except msgspec.DecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    listed = found if isinstance(found, list) else [found]
    if len(listed) > ITEMS_MAX or not all(isinstance(one, dict) for one in listed):
        raise ValueError(f"expected up to {ITEMS_MAX} JSON objects")
    return listed
