"""The duty desk as one ASGI application."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.web.arrival import Arrival
from gateway.web.context import DeskContext
from gateway.web.doors import Doors
from gateway.web.duty import Duty
from gateway.web.guard import (
    SESSION_SECONDS_MAX,
    BodyLimit,
    Gate,
    SafeHeaders,
    is_signed_in,
    own_forms_only,
)
from gateway.web.homes import Homes
from gateway.web.incidents import Incidents
from gateway.web.records import RecordsError
from gateway.web.render import Renderer
from gateway.web.stream import STREAMS_MAX, EventStream
from gateway.web.technical import Technical

STATIC = Path(__file__).parent / "static"
SESSION_COOKIE = "guanai-desk"

log = logging.getLogger(__name__)


def build_app(context: DeskContext) -> Starlette:
    """Return the duty desk, wired to `context`.

    `context.routes` come first and are outside the desk's log-in and form checks.
    """
    return Starlette(
        routes=[
            *context.routes,
            Route("/healthz", _alive, methods=["GET"]),
            Mount("/static", _Files(directory=STATIC)),
            Mount("/", _desk(context)),
        ],
        middleware=[Middleware(SafeHeaders), Middleware(BodyLimit)],
    )


def _desk(context: DeskContext) -> Starlette:
    renderer = Renderer(context)

    async def events(request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=204)  # a page asks whether it is still logged in
        if context.board.subscribers >= STREAMS_MAX:
            return PlainTextResponse("Too many pages are open; close some.\n", 503)
        return EventStream(
            context.board,
            context.now,
            renderer.health,
            lambda: is_signed_in(request, context.access),
        )

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return renderer.page(request, "error.html", status, code=status, detail="")

    async def unreadable(request: Request, error: Exception) -> Response:
        log.warning("the desk could not read the store: %s", error)
        return renderer.page(request, "error.html", 503, code=503, detail=str(error))

    return Starlette(
        routes=[
            Route("/events", events, methods=["GET"]),
            *Doors(context, renderer).routes(),
            *Incidents(context, renderer).routes(),
            *Homes(context, renderer).routes(),
            *Arrival(context, renderer).routes(),
            *Duty(context, renderer).routes(),
            *Technical(context, renderer).routes(),
        ],
        middleware=[
            Middleware(
                SessionMiddleware,
                secret_key=context.access.secret,
                session_cookie=SESSION_COOKIE,
                max_age=SESSION_SECONDS_MAX,
                same_site="strict",
                https_only=context.https_only,
            ),
            Middleware(own_forms_only, secret=context.access.secret, https_only=context.https_only),
            Middleware(Gate, access=context.access),
        ],
        exception_handlers={HTTPException: refused, RecordsError: unreadable},
    )


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


class _Files(StaticFiles):
    """Static files that a browser asks about each time, so that an update is seen at once."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return the file, to be asked about again before it is used again."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response
