"""The carrier behind a socket: HTTP in, and the ways in which a connection can fail.

Hanging, dropping a connection and refusing it altogether happen below HTTP, so this
module keeps hold of every connection. During an outage the port stays bound and does
not listen: nobody else can take it, and whoever connects is refused.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulators.carrier.admin import admin_routes
from simulators.carrier.live import LiveCarrier
from simulators.carrier.parameters import Pairs
from simulators.carrier.refusal import Refused
from simulators.carrier.rest import Answer, Request, Wire

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 64 * 1024
FIELDS_MAX = 200
BACKLOG = 1024
STOP_SECONDS_MAX = 3
REBINDS_MAX = 100
REBIND_SECONDS = 0.02


class CarrierServer:
    """Serves a carrier on one address: the provider's interface, the back room, and more.

    `extra` routes (the phones' page) share the address and so its outages.
    """

    def __init__(
        self,
        carrier: LiveCarrier,
        host: str = "127.0.0.1",
        port: int = 0,
        extra: tuple[BaseRoute, ...] = (),
    ) -> None:
        self._carrier = carrier
        self._host = host
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._app = Starlette(
            routes=[
                Route("/2010-04-01/{rest:path}", self._rest, methods=METHODS),
                Route("/v2/{rest:path}", self._rest, methods=METHODS),
                Mount("/_admin", routes=admin_routes(carrier, self)),
                *extra,
            ]
        )
        self._socket = bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._restoring: asyncio.Task[None] | None = None
        if not extra:  # who cuts the line must still be able to mend it
            carrier.switch = self._switch

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{self._host}:{self.port}"

    async def start(self) -> None:
        """Begin to take connections; returns when they are taken."""
        self._serving = asyncio.create_task(self._serve())
        while self._server is None or not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise OSError(f"{self.url}: cannot serve")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Take no more connections and cut those that are left."""
        await self._forget_outage()
        await self._close()
        self._socket.close()

    async def outage(self, seconds: float) -> None:
        """Refuse connections for so long (0: end the outage now)."""
        await self._forget_outage()
        self._restoring = asyncio.create_task(self._out_for(seconds))

    async def go_down(self) -> None:
        """Refuse connections until `come_up`; harmless when we do."""
        if self._serving is None:
            return
        await self._close()
        self._socket = await self._bound_again()

    async def come_up(self) -> None:
        """End an outage; harmless when there is none."""
        if self._serving is None:
            await self.start()

    async def _switch(self, up: bool) -> None:
        await self._forget_outage()
        await (self.come_up() if up else self.go_down())

    async def _out_for(self, seconds: float) -> None:
        if seconds > 0:
            await asyncio.sleep(0.05)  # let the answer to the switch go out first
            await self.go_down()
            await asyncio.sleep(seconds)
        await self.come_up()

    async def _forget_outage(self) -> None:
        """Drop an outage that is planned or going on, whatever it was doing."""
        restoring, self._restoring = self._restoring, None
        if restoring is not None:
            restoring.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await restoring

    async def _bound_again(self) -> socket.socket:
        """Hold the port without listening; somebody may have borrowed it for a moment."""
        for _ in range(REBINDS_MAX):
            with contextlib.suppress(OSError):
                return bound(self._host, self.port)
            await asyncio.sleep(REBIND_SECONDS)
        return bound(self._host, self.port)

    async def _serve(self) -> None:
        transports = self._transports

        class Tracked(H11Protocol):
            """Keeps the connection where a fault can cut it."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        config = uvicorn.Config(
            self._app,
            http=Tracked,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=STOP_SECONDS_MAX,
        )
        self._server = _Server(config)
        await self._server.serve(sockets=[self._socket])

    async def _close(self) -> None:
        serving, server = self._serving, self._server
        if serving is None or server is None:
            return
        server.should_exit = True
        server.force_exit = True
        for listener in server.servers:
            listener.close()
        for transport in tuple(self._transports.values()):
            transport.abort()
        await asyncio.shield(serving)
        self._serving = self._server = None

    # ---------------------------------------------------------------- requests

    async def _rest(self, http: HttpRequest) -> Response:
        try:
            request = await _request(http)
        except Refused as refused:
            return _response(Answer(status=refused.status, body=refused.body()))
        answer = self._carrier.handle(request)
        if answer.wire is Wire.ANSWER:
            if answer.delay_s:
                await asyncio.sleep(answer.delay_s)
            return _response(answer)
        if answer.wire is Wire.DROP and http.client is not None:
            transport = self._transports.get((http.client.host, http.client.port))
            if transport is not None:
                transport.abort()
        while (await http.receive())["type"] != "http.disconnect":
            pass
        return PlainTextResponse("", status_code=499)


METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"]


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


def bound(host: str, port: int) -> socket.socket:
    """Return a socket on an address, not yet listening.

    Raises:
        OSError: it is taken.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OSError(f"{host}:{port}: {error}; expected a free port") from error
    return sock


async def _request(http: HttpRequest) -> Request:
    username, password = _credentials(http.headers.get("authorization", ""))
    form: Pairs = ()
    if http.method == "POST":
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        body = await http.body()
        if len(body) > BODY_BYTES_MAX:
            raise Refused(413, 20001, f"Body of {len(body)} bytes")
        if body and kind != "application/x-www-form-urlencoded":
            raise Refused(415, 20001, f"Content-Type {kind!r} is not supported")
        form = _pairs(body)
    query = _pairs(http.scope["query_string"])
    return Request(
        method=http.method,
        path=http.url.path,
        query=query,
        form=form,
        username=username,
        password=password,
    )


def _pairs(text: bytes) -> Pairs:
    try:
        decoded = text.decode("ascii")
        pairs = parse_qsl(
            decoded, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise Refused(400, 20001, f"Parameters cannot be read: {error}") from None
    return tuple(pairs)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    username, _, password = decoded.partition(":")
    return username, password


def _response(answer: Answer) -> Response:
    headers = {"Twilio-Concurrent-Requests": "1", **answer.headers}
    if answer.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    body = json.dumps(answer.body, ensure_ascii=False).encode()
    return Response(body, status_code=answer.status, headers=headers, media_type="application/json")


@contextlib.asynccontextmanager
async def serving(
    carrier: LiveCarrier, host: str = "127.0.0.1", port: int = 0, extra: tuple[BaseRoute, ...] = ()
) -> AsyncIterator[CarrierServer]:
    """Serve a carrier for as long as the block lasts (port 0: any free one)."""
    server = CarrierServer(carrier, host, port, extra)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
