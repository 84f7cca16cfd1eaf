"""The clouds behind a socket, on the real clock, with what they push."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import aiohttp
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.carrier.server import bound
from simulators.clouds.core import Clouds
from simulators.clouds.records import Fate, Fault, Push, Request, Wire

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 64 * 1_024
FIELDS_MAX = 200
TICK_SECONDS = 0.01
PUSH_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 3


class CloudServer:
    """Serves the clouds on one address; which one is meant, the Host header tells."""

    def __init__(self, clouds: Clouds, host: str = "127.0.0.1", port: int = 0) -> None:
        self.clouds = clouds
        self._socket = bound(host, port)
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"
        app = Starlette(
            routes=[
                Route("/", self._api, methods=["POST"]),
                Route("/_admin/state", self._state),
                Route("/_admin/faults", self._fault, methods=["POST", "DELETE"]),
                Route("/_admin/fates/{number}", self._fate, methods=["POST"]),
                Route("/_admin/texts/{number}", self._text, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=STOP_SECONDS_MAX,
        )
        self.server = _Server(config)

    async def run(self) -> None:
        """Serve, and let time pass, until cancelled."""
        async with aiohttp.ClientSession() as session:
            living = asyncio.create_task(self._live(session))
            try:
                await self.server.serve(sockets=[self._socket])
            finally:
                living.cancel()
                await asyncio.gather(living, return_exceptions=True)

    async def _live(self, session: aiohttp.ClientSession) -> None:
        while True:
            self.clouds.advance(now())
            for push in self.clouds.take_pushes():
                await self._push(session, push)
            await asyncio.sleep(TICK_SECONDS)

    async def _push(self, session: aiohttp.ClientSession, push: Push) -> None:
        url = f"{self.clouds.tenants[push.provider].push_to}/{push.path}"
        timeout = aiohttp.ClientTimeout(total=PUSH_SECONDS_MAX)
        try:
            async with session.post(url, json=push.body, timeout=timeout) as answer:
                log.info("%s -> %d", push.path, answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("%s was not pushed: %r", push.path, error)

    async def _api(self, http: HttpRequest) -> Response:
        body = await http.body()
        query = http.scope["query_string"].decode("latin-1")
        if len(body) > BODY_BYTES_MAX:
            return PlainTextResponse("too long", status_code=413)
        request = Request(
            host=http.headers.get("host", ""),
            pairs=tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_MAX)),
            headers=dict(http.headers.items()),
            body=body,
        )
        answer = self.clouds.handle(now(), request)
        if answer.wire is Wire.HANG:
            while (await http.receive())["type"] != "http.disconnect":
                pass
            return PlainTextResponse("", status_code=499)
        return Response(answer.body, status_code=answer.status, media_type=answer.media_type)

    # ---------------------------------------------------------------- the back room

    async def _state(self, http: HttpRequest) -> Response:
        found = {
            "texts": self.clouds.texts,
            "calls": self.clouds.calls,
            "replies": self.clouds.replies,
            "faults": self.clouds.faults,
            "balance": {name: one.balance for name, one in self.clouds.tenants.items()},
        }
        return Response(msgspec.json.encode(found), media_type="application/json")

    async def _fault(self, http: HttpRequest) -> Response:
        if http.method == "DELETE":
            self.clouds.faults.clear()
            return JSONResponse({"ok": True})
        try:
            self.clouds.faults.append(msgspec.json.decode(await http.body(), type=Fault))
        except msgspec.DecodeError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"ok": True})

    async def _fate(self, http: HttpRequest) -> Response:
        try:
            fate = msgspec.json.decode(await http.body(), type=Fate)
        except msgspec.DecodeError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        self.clouds.fates[http.path_params["number"]] = fate
        return JSONResponse({"ok": True})

    async def _text(self, http: HttpRequest) -> Response:
        body = (await http.body()).decode("utf-8", "replace")
        try:
            self.clouds.text(now(), http.path_params["number"], body)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"ok": True})


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


def now() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def serving(
    clouds: Clouds, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[CloudServer]:
    """Serve the clouds for as long as the block lasts (port 0: any free one)."""
    server = CloudServer(clouds, host, port)
    running = asyncio.create_task(server.run())
    while not server.server.started:
        if running.done():
            running.result()
            raise OSError(f"{server.url}: cannot serve")
        await asyncio.sleep(0.005)
    try:
        yield server
    finally:
        server.server.should_exit = True
        server.server.force_exit = True
        await running
