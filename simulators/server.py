"""One web server for the village and the phones; the carrier's interface has its own.

The carrier keeps its own address because its outages refuse connections: the page on
which one watches them must stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from uvicorn.protocols.http.h11_impl import H11Protocol

STATIC = Path(__file__).parent / "static"
START_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 1


class ServeError(OSError):
    """The address cannot be served; the message says why."""


async def _health(request: Request) -> Response:
    return JSONResponse({"ok": True})


def build_app(routes: Iterable[BaseRoute]) -> Starlette:
    """Return the pages as one application, with what all of them share."""
    return Starlette(
        routes=[
            Route("/health", _health),
            Mount("/static", StaticFiles(directory=STATIC)),
            *routes,
        ],
    )


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` for as long as the block lasts; yields its address (port 0: any free one).

    Open event streams are cut at the end: a page notices and comes back later.

    Raises:
        ServeError: the address is taken, or not ours.
    """
    sock = _bound(host, port)
    open_ones: set[asyncio.Transport] = set()
    config = uvicorn.Config(
        app,
        http=_tracked(open_ones),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    server = _Server(config)
    serving_ = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            await _started(server, serving_)
        yield f"http://{host}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        for transport in tuple(open_ones):  # an event stream would never end by itself
            transport.abort()
        await serving_
        sock.close()


def _tracked(open_ones: set[asyncio.Transport]) -> type[H11Protocol]:
    """Return a protocol that keeps its connections in `open_ones`."""

    class Tracked(H11Protocol):
        """One connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            open_ones.add(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            open_ones.discard(self.transport)
            super().connection_lost(exc)

    return Tracked


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    for _ in range(round(START_SECONDS_MAX / 0.01)):
        if server.started:
            return
        if task.done():
            break
        await asyncio.sleep(0.01)
    raise ServeError("the pages could not be started")


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ServeError(f"{host}:{port}: {error.strerror}; expected a free port") from error
    return sock
