"""The requests of webhooks, on one session; with aiohttp, which takes its time to load."""

from __future__ import annotations

import asyncio

import aiohttp

from alerting.events import ErrorClass
from gateway.transports.settings import CONNECT_SECONDS
from gateway.transports.transport import SendError

ANSWER_BYTES_MAX = 65_536
"""Of an answer no more is read: it decides nothing."""


class Http:
    """Posts bodies; must be made inside the running loop."""

    def __init__(self, total_seconds: float) -> None:
        self._total_seconds = total_seconds
        self._session = aiohttp.ClientSession(
            # the outbox bounds how many run at once
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Return status and Retry-After of the answer.

        Raises:
            SendError: there was none.
        """
        try:
            async with asyncio.timeout(self._total_seconds):
                # a redirect would carry the signed alarm to an address nobody configured
                async with self._session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    await _read(response)
                    return response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SendError(ErrorClass.TRANSIENT, f"no connection: {_short(error)}") from error
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise SendError(ErrorClass.AMBIGUOUS, f"no answer: {_short(error)}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


async def _read(response: aiohttp.ClientResponse) -> None:
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > ANSWER_BYTES_MAX:
            response.close()
            return


def _short(error: BaseException) -> str:
    """Return what went wrong, without the address: it may hold a key."""
    return type(error).__name__
