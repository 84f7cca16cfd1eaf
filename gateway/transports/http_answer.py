"""An answer over HTTP, read within bounds; what goes wrong on the way is a `SendError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from alerting.events import ErrorClass
from gateway.transports.transport import SendError

RESPONSE_BYTES_MAX = 1_000_000


@contextmanager
def answered(changes: bool) -> Iterator[None]:
    """Make one request inside.

    Args:
        changes: the request asks for something to be done: without an answer nobody knows
            whether it was.

    Raises:
        SendError: there was no connection, or no answer.
    """
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise SendError(ErrorClass.TRANSIENT, f"no connection: {error}") from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        kind = ErrorClass.AMBIGUOUS if changes else ErrorClass.TRANSIENT
        raise SendError(kind, f"no answer: {error!r}") from error


async def read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body.

    Raises:
        aiohttp.ClientPayloadError: it is longer than `RESPONSE_BYTES_MAX`.
    """
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > RESPONSE_BYTES_MAX:
            raise aiohttp.ClientPayloadError(f"answer longer than {RESPONSE_BYTES_MAX} bytes")
    return bytes(body)
