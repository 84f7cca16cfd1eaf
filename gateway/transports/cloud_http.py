"""One session to a cloud, an end to every call, and a class for every way it can fail."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import aiohttp
import msgspec
from yarl import URL

from alerting.events import ErrorClass
from gateway.transports import http_answer
from gateway.transports.settings import CONNECT_SECONDS, TOTAL_SECONDS
from gateway.transports.transport import SendError

KEEP_ALIVE_SECONDS = 45.0
SHOWN_BYTES_MAX = 80

_TRY_LATER = frozenset({408, 425, 429, 503})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a cloud said: a JSON object, whatever the HTTP status."""

    status: int
    fields: dict[str, Any]
    at: datetime | None
    """When, by its own clock."""


class Wire(Protocol):
    """What carries requests to a cloud."""

    async def post(
        self, host: str, query: str, headers: dict[str, str], body: bytes, changes: bool
    ) -> Answer:
        """Make one request; see `CloudHttp.post`."""

    async def close(self) -> None:
        """Let go of connections."""


class CloudHttp:
    """Posts to a cloud over one long-lived session."""

    def __init__(
        self,
        api_url: str = "",
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """Prepare it; nothing is opened before the first request.

        Args:
            api_url: another server with the same interface (the simulated clouds); empty: the
                cloud itself.
            connect_seconds: for name, connection and TLS together.
            total_seconds: for a whole request.
        """
        self._api_url = api_url.rstrip("/")
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, host: str, query: str, headers: dict[str, str], body: bytes, changes: bool
    ) -> Answer:
        """Make one request.

        Args:
            host: the service.
            query: encoded; empty: none.
            headers: signed.
            body: may be empty.
            changes: it sends something, so that without an answer nobody knows whether it did.

        Raises:
            SendError: there is no answer that can be read.
        """
        base = self._api_url or f"https://{host}"
        url = URL(f"{base}/?{query}" if query else f"{base}/", encoded=True)
        with http_answer.answered(changes):
            async with asyncio.timeout(self._total_seconds):
                async with self._opened().post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    content = await http_answer.read(response)
        return read(response.status, content, response.headers.get("Date", ""), changes)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session; it must be made inside the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_seconds),
                skip_auto_headers=("Content-Type",),  # what is not signed is not sent
            )
        return self._session


def read(status: int, content: bytes, date: str, changes: bool) -> Answer:
    """Return the answer in a response.

    Raises:
        SendError: it is no JSON object.
    """
    fields = _object(content)
    if fields is None:
        raise _unreadable(status, content, changes)
    return Answer(status, fields, _date(date))


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _unreadable(status: int, content: bytes, changes: bool) -> SendError:
    """Return what an answer means that is not the cloud's own (a page of HTML, say).

    It may come from something in between, and after the cloud took the message.
    """
    shown = content[:SHOWN_BYTES_MAX].decode(errors="replace")
    detail = f"HTTP {status}: not JSON: {shown!r}"
    if status in _TRY_LATER:
        return SendError(ErrorClass.TRANSIENT, detail, doubtful=changes)
    if _CLIENT_ERROR <= status < _SERVER_ERROR:
        return SendError(ErrorClass.CONFIGURATION, detail)
    return SendError(ErrorClass.AMBIGUOUS if changes else ErrorClass.TRANSIENT, detail)


def _date(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
