"""The desk on a port, inside the gateway's own event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from gateway.board import Board

STOP_SECONDS_MAX = 3
CLOSE_SECONDS = 0.05
KEEP_ALIVE_SECONDS = 30


class DeskServer:
    """Serves an application until it is stopped. Touches no signal handlers."""

    def __init__(self, app: ASGIApp, board: Board, host: str, port: int) -> None:
        """Bind at once, so that a port that is taken is an error here.

        Args:
            app: what is served.
            board: its feeds are ended on `stop`, so that no open page holds us up.
            host: the address to listen on.
            port: the port; 0 for any free one.

        Raises:
            OSError: the address cannot be listened on.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self._board = board
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS_MAX,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Begin to serve; return when requests are answered."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait((self._task, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            self._task.result()

    async def serve(self, opened: asyncio.Event) -> None:
        """Serve until it is stopped; set `opened` when requests are answered.

        Raises:
            Exception: what it failed of; its port is free again.
            RuntimeError: it ended, and nobody had asked it to.
        """
        try:
            await self.start()
            opened.set()
            assert self._task is not None, "started"
            await asyncio.wait((self._task,))
            if not self._stopping:
                self._task.result()
                raise RuntimeError("the desk's server ended by itself")
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Stop serving and free the port; pages that are open see their stream end."""
        self._stopping = True
        self._server.should_exit = True
        self._board.close()
        if self._task is not None:
            while not self._task.done():
                await asyncio.wait((self._task,), timeout=CLOSE_SECONDS)
                self._board.close()  # of pages that came while we were closing
            if self._task.cancelled() or self._task.exception() is not None:
                await self._clear_away()
        self._socket.close()

    async def _clear_away(self) -> None:
        """Close what a server that failed has left open: its port, and its connections."""
        with suppress(Exception):
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self._server.shutdown(sockets=[self._socket])


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then be ready."""
        await super().startup(sockets)
        self.ready.set()
