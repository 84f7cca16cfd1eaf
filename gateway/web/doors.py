"""Coming in, going out, the pass phrase, the language."""

from __future__ import annotations

import math
import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway import i18n
from gateway.store.errors import StoreError
from gateway.web.access import (
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    PASSWORD_FILE,
    Throttle,
    clean_name,
)
from gateway.web.context import DeskContext
from gateway.web.guard import is_signed_in
from gateway.web.render import Renderer, say


class Doors:
    """Log in, log out, change the pass phrase, choose the language."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._access = context.access
        self._renderer = renderer
        self._throttle = Throttle(time.monotonic)

    def routes(self) -> list[Route]:
        """Return the paths served here."""
        return [
            Route("/login", self.ask, methods=["GET"]),
            Route("/login", self.log_in, methods=["POST"]),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/language", self.choose_language, methods=["POST"]),
            Route("/password", self.ask_new_password, methods=["GET"]),
            Route("/password", self.change_password, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the login form; whoever is in goes to the list."""
        if is_signed_in(request, self._access):
            return RedirectResponse("/", 303)
        return self._login_page(request)

    async def log_in(self, request: Request) -> Response:
        """Begin a session, if the pass phrase is right and nobody is guessing."""
        form = await request.form()
        raw, password = str(form.get("name", "")), str(form.get("password", ""))
        name = clean_name(raw)
        _ = i18n.gettext_for(self._renderer.language(request))
        sources = (f"name {name}", f"address {request.client.host if request.client else ''}")
        wait = self._throttle.wait_seconds(*sources)
        if wait > 0:
            seconds = math.ceil(wait)
            words = _("Too many wrong tries. Please wait %(seconds)s s.") % {"seconds": seconds}
            page = self._login_page(request, words, raw, 429)
            page.headers["Retry-After"] = str(seconds)
            return page
        # counted before it is checked: tries in parallel gain nothing
        self._throttle.failed(*sources)
        right = await self._access.verify(password)
        if not right:
            return self._login_page(request, _("That is not the pass phrase."), raw, 403)
        self._throttle.succeeded(*sources)
        if name is None:
            words = _("Please give your name: letters and digits, at most 20.")
            return self._login_page(request, words, raw, 422)
        request.session.update({"name": name, "stamp": self._access.stamp})
        return RedirectResponse("/", 303)

    async def log_out(self, request: Request) -> Response:
        """End the session; the language stays."""
        language = self._renderer.language(request)
        request.session.clear()
        request.session["language"] = language
        return RedirectResponse("/login", 303)

    async def choose_language(self, request: Request) -> Response:
        """Show the pages in another language, and the same page again."""
        form = await request.form()
        language, back = form.get("language"), form.get("back")
        if language in i18n.LANGUAGES:
            request.session["language"] = language
        return RedirectResponse(_own_path(back), 303)

    async def ask_new_password(self, request: Request) -> Response:
        """Show the form for a new pass phrase."""
        return self._password_page(request)

    async def change_password(self, request: Request) -> Response:
        """Set a new pass phrase. Everybody else has to log in again with it."""
        form = await request.form()
        old, new, again = (str(form.get(field, "")) for field in ("old", "new", "again"))
        _ = i18n.gettext_for(self._renderer.language(request))
        sources = (f"change {request.client.host if request.client else ''}",)
        problems: list[str] = []
        if self._throttle.wait_seconds(*sources) > 0:
            problems.append(_("Too many wrong tries. Please wait a minute."))
        elif not await self._access.verify(old):
            self._throttle.failed(*sources)
            problems.append(_("The present pass phrase is not right."))
        if not PASSWORD_CHARS_MIN <= len(new) <= PASSWORD_CHARS_MAX:
            words = _("The new pass phrase needs %(least)s to %(most)s characters.")
            problems.append(words % {"least": PASSWORD_CHARS_MIN, "most": PASSWORD_CHARS_MAX})
        if new != again:
            problems.append(_("The new pass phrase was not typed the same twice."))
        if problems:
            return self._password_page(request, problems)
        try:
            await self._access.change(new)
        except StoreError as error:
            words = _("The pass phrase could not be kept: %(error)s") % {"error": error}
            return self._password_page(request, [words], 503)
        request.session["stamp"] = self._access.stamp
        say(request, _("The pass phrase is changed. Everybody else has to log in again."))
        return RedirectResponse("/", 303)

    def _login_page(
        self, request: Request, problem: str = "", name: str = "", status: int = 200
    ) -> Response:
        first = self._access.first_password_file
        return self._renderer.page(
            request,
            "login.html",
            status,
            problem=problem,
            name=name[:100],
            first_file=PASSWORD_FILE if first else "",
        )

    def _password_page(
        self, request: Request, problems: list[str] | None = None, status: int = 422
    ) -> Response:
        return self._renderer.page(
            request,
            "password.html",
            status if problems else 200,
            problems=problems or [],
            least=PASSWORD_CHARS_MIN,
        )


def _own_path(back: object) -> str:
    """Return `back` if it is a path on this desk: we send nobody elsewhere."""
    path = back if isinstance(back, str) else ""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if plain and path.isprintable() else "/"
