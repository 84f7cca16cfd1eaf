"""A piece of the Internet that can be cut: TCP passed on, or refused."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

READ_BYTES_MAX = 65_536


class Relay:
    """Passes connections on to a port of this machine, until it is cut."""

    def __init__(self) -> None:
        self.port = 0
        self.to = 0
        """The port that is reached through it."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Take connections, on the same port as before."""
        self._server = await asyncio.start_server(
            self._pass, "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in self._open:
            one.transport.abort()

    async def _pass(self, near_in: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        far_in, far = await asyncio.open_connection("127.0.0.1", self.to)
        self._open |= {near, far}
        try:
            await asyncio.gather(_copy(near_in, far), _copy(far_in, near))
        finally:
            self._open -= {near, far}


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(READ_BYTES_MAX):
            sink.write(data)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def relaying() -> AsyncIterator[Relay]:
    """Relay for as long as the block lasts."""
    relay = Relay()
    await relay.mend()
    try:
        yield relay
    finally:
        relay.cut()
