"""The village's page and what it asks for over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from simulators.village import view
from simulators.village.mishaps import MISHAPS, MishapError, happen
from simulators.village.said import Said
from simulators.village.village import Village

ONLY_JSON = Said("只接受 application/json", "expected a body of type application/json")
FILES = Path(__file__).parent / "web"
GATHER_SECONDS = 0.05
"""Changes within this time are sent together."""
REFRESH_SECONDS = 10.0
"""All homes are sent again this often: the time of day and what was just now."""
SETTLE_SECONDS = view.JUST_SECONDS + 0.5


def routes(village: Village, links: dict[str, str]) -> list[BaseRoute]:
    """Return the routes of the page; `links` are addresses it offers (desk, phones)."""

    async def page(request: Request) -> Response:
        return FileResponse(FILES / "village.html", headers={"Cache-Control": "no-cache"})

    async def state(request: Request) -> Response:
        return JSONResponse({**view.whole(village), "links": links})

    async def events(request: Request) -> Response:
        return StreamingResponse(
            _stream(village, request, links),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def mishap(request: Request) -> Response:
        # JSON only, so that no other site's form can press a button here
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return JSONResponse({"error": view.pair(ONLY_JSON)}, status_code=415)
        try:
            happen(
                village,
                request.path_params["mishap"],
                request.query_params.get("home", ""),
                request.query_params.get("device", ""),
            )
        except MishapError as error:
            return JSONResponse({"error": view.pair(error.words)}, status_code=409)
        return JSONResponse({"ok": True})

    async def mishaps(request: Request) -> Response:
        return JSONResponse(
            [
                {"id": mishap.id, "scope": mishap.scope, "words": view.pair(mishap.words)}
                for mishap in MISHAPS
            ]
        )

    return [
        Route("/", page),
        Route("/village/state", state),
        Route("/village/events", events),
        Route("/village/mishaps", mishaps),
        Route("/village/mishaps/{mishap}", mishap, methods=["POST"]),
        Mount("/village/web", StaticFiles(directory=FILES)),
    ]


async def _stream(village: Village, request: Request, links: dict[str, str]) -> AsyncIterator[str]:
    """Yield the whole village first, then each home that changed."""
    dirty: set[str] = set()
    woken = asyncio.Event()

    def told(home: str) -> None:
        dirty.add(home)
        woken.set()

    stop = village.watch(told)
    try:
        yield _event("village", {**view.whole(village), "links": links})
        settle = False
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS if settle else REFRESH_SECONDS):
                    await woken.wait()
            woken.clear()
            await asyncio.sleep(GATHER_SECONDS)
            changed = dirty & village.houses.keys() or set(village.houses)
            settle = bool(dirty)  # what was just now, is not any more a little later
            dirty.clear()
            yield _event("clock", view.clock(village))
            for home in village.houses:
                if home in changed:
                    yield _event("home", view.home(village, village.houses[home]))
    finally:
        stop()


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {msgspec.json.encode(data).decode()}\n\n"
