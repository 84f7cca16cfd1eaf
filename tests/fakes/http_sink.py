"""A web server on loopback that takes what it is sent, or fails in the ways servers do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

HTML = "<!doctype html><title>502</title><h1>Bad gateway</h1>"


class HttpSink:
    """Answers by its script, one word for each request; the last one stays.

    A number is a status; `html` a status 200 with a page; `hang` no answer; `cut` a connection
    that is closed after the request; `slow` an answer that never ends.
    """

    def __init__(self) -> None:
        self.script: list[str] = ["200"]
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.retry_after = ""
        self.url = ""
        self.port = 0
        self.arrived = asyncio.Event()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]

    @property
    def headers(self) -> list[dict[str, str]]:
        return [headers for _, headers, _ in self.requests]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((request.path, headers, body))
        self.arrived.set()
        word = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if word == "hang":
            await asyncio.sleep(3_600)
        if word == "cut":
            assert request.transport is not None
            request.transport.abort()
        if word == "slow":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.1)
        if word == "html":
            return web.Response(text=HTML, content_type="text/html")
        named = {"Retry-After": self.retry_after} if self.retry_after else {}
        if word.startswith("3"):
            named["Location"] = f"{self.url}/elsewhere"
        return web.Response(status=int(word), text="{}" if word == "200" else HTML, headers=named)


@asynccontextmanager
async def http_sink() -> AsyncIterator[HttpSink]:
    """Serve for as long as the block lasts."""
    sink = HttpSink()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", sink.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sink.port = runner.addresses[0][1]
    sink.url = f"http://127.0.0.1:{sink.port}"
    try:
        yield sink
    finally:
        await runner.cleanup()
