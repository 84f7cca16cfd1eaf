"""What every request passes: size, headers, who is asking, and did our own page ask."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast

from asgi_csrf import asgi_csrf_decorator
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.access import Access

BODY_BYTES_MAX = 65_536
SESSION_SECONDS_MAX = 30 * 24 * 3600

DOOR_PATH = "/door/"
"""Where the pages behind the codes at the doors are: signed, and open to whoever stands there."""

PUBLIC = frozenset(("/login", "/language"))
"""What may be asked for without logging in, besides `/static/`."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SafeHeaders:
    """Adds the headers that keep browsers from doing what nobody meant."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers to its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class TooLarge(Exception):
    """A request's body is longer than any of our forms."""


class BodyLimit:
    """Refuses bodies longer than `BODY_BYTES_MAX`, before anybody reads them whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless its body is too long: then 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, over, begun = 0, False, False

        async def counted() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES_MAX:
                over = True
                raise TooLarge
            return message

        async def noticed(message: Message) -> None:
            nonlocal begun
            if over:
                return  # whoever met `TooLarge` on the way may have called it our own mistake
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noticed)
        except TooLarge:
            if begun:
                raise
            words = f"The request is longer than {BODY_BYTES_MAX} bytes.\n"
            await PlainTextResponse(words, 413)(scope, receive, send)


class Gate:
    """Lets in who has logged in with the present pass phrase; sends others to the login."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the way to the login page."""
        if scope["type"] != "http" or _is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if is_signed_in(request, self._access):
            await self._app(scope, receive, send)
            return
        language = request.session.get("language")
        request.session.clear()
        if language:
            request.session["language"] = language
        if scope["path"] == "/events":
            await PlainTextResponse("Log in first.\n", 401)(scope, receive, send)
            return
        await RedirectResponse("/login", 303)(scope, receive, send)


def _is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(DOOR_PATH)


def is_signed_in(request: Request, access: Access) -> bool:
    """Return whether the session was begun with the pass phrase that is valid now."""
    session = request.session
    return bool(session.get("name")) and session.get("stamp") == access.stamp


def own_forms_only(app: ASGIApp, *, secret: str, https_only: bool) -> ASGIApp:
    """Return `app`, answering no POST that does not come from one of our own pages."""
    guarded = asgi_csrf_decorator(
        signing_secret=secret,
        always_protect={"/login", "/language"},
        cookie_samesite="Strict",
        cookie_secure=https_only,
        send_csrf_failed=_refuse,
    )(app)
    return cast("ASGIApp", guarded)


def _refuse(scope: Scope, send: Send, reason: Any) -> Awaitable[None]:
    words = (
        "页面已过期，请返回、刷新后再试。\nThis page is too old: go back, reload it, try again.\n"
    )

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    return PlainTextResponse(words, 403)(scope, nothing, send)
