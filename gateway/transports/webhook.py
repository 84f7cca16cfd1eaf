"""Messages to other systems, as signed requests.

A 2xx says that a machine took it, and nothing of a human. The message's key is the request's
id at every try, so that the other side can tell a repetition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from alerting.delivery.channels.channel import Account, Progress
from alerting.delivery.channels.webhook import Webhook
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.settings import TOTAL_SECONDS
from gateway.transports.signing import signed
from gateway.transports.targets import WebhookAccess
from gateway.transports.transport import SendError, Submitted, as_message

if TYPE_CHECKING:
    from gateway.transports.webhook_http import Http

LIBRARY = "gateway.transports.webhook_http"
"""Loaded beside the start of the gateway, or when first needed."""
USER_AGENT = "guanai-gateway"
_NOBODY = Account("")


class Webhooks:
    """Other systems, each with an address and secrets of its own."""

    name = "webhook"
    channels = ("webhook",)
    keeps_track = False

    def __init__(
        self, access: WebhookAccess, clock: Clock, total_seconds: float = TOTAL_SECONDS
    ) -> None:
        self._access = access
        self._clock = clock
        self._total_seconds = total_seconds
        self._channel = Webhook()
        self._opened: Http | None = None
        self._silent: dict[str, SendError] = {}
        """Systems that did not answer the last message."""

    async def warm(self) -> None:
        """Load the library; a system that is told of alarms is not asked whether it is there.

        Raises:
            SendError: one did not answer the last message, and nothing is known since.
        """
        await self._http()
        for error in self._silent.values():
            raise error

    async def send(self, row: OutboxRow) -> Submitted:
        """Post one message.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        target = self._access.targets.get(row.address)
        if target is None:
            raise SendError(ErrorClass.CONFIGURATION, f"there is no webhook target {row.address!r}")
        now = self._clock.now()
        body = msgspec.json.encode(self._channel.request(as_message(row), _NOBODY, now))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            # the other side goes by the world's clock, of which ours may be ahead for a while
            **signed(target.secrets, row.key, now - self._clock.ahead(), body),
        }
        try:
            status, retry_after = await (await self._http()).post(target.url, body, headers)
        except SendError as error:
            self._silent[row.address] = error
            raise
        self._silent.pop(row.address, None)
        news = self._channel.progress(str(status))
        if news.error is not None:
            raise SendError(
                news.error,
                f"{row.address}: {news.detail}",
                code=news.code,
                retry_after=_seconds(retry_after),
                doubtful=status >= 500,
            )
        return Submitted(row.key, news)

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Return None: the other system cannot be asked; it drops an id it has had."""
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Return that it was taken; nothing more will ever be known."""
        return Progress(DeliveryState.ACCEPTED, final=True, detail="taken by the other system")

    async def recall(self, row: OutboxRow) -> Progress | None:
        """Return None: what was taken is taken."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def _http(self) -> Http:
        """Return what carries requests, loaded now if it was not yet."""
        if self._opened is None:
            library = await asyncio.to_thread(import_module, LIBRARY)
            # another message may have opened it meanwhile
            self._opened = self._opened or library.Http(self._total_seconds)
        return self._opened


def _seconds(retry_after: str) -> float:
    text = retry_after.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
