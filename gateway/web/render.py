"""Pages from templates, in the reader's language and the desk's local time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway import i18n
from gateway.web import labels, views
from gateway.web.context import DeskContext, Health

TEMPLATES = Path(__file__).parent / "templates"
LIVE_HEADER = "x-desk-live"
"""Sent by a page that only brings itself up to date."""

HEALTH_SECONDS = 1.0


class Renderer:
    """Renders the desk's pages."""

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._zone = ZoneInfo(context.zone)
        self._pages = {language: self._environment(language) for language in i18n.LANGUAGES}
        self._health: tuple[datetime, Health] | None = None

    def language(self, request: Request) -> str:
        """Return what `request`'s session has chosen, else the desk's own language."""
        chosen = request.session.get("language")
        return chosen if chosen in i18n.LANGUAGES else self._context.language

    def speaker(self, request: Request) -> views.Speaker:
        """Return who says things to whoever made `request`."""
        language = self.language(request)
        return views.Speaker(
            language, i18n.gettext_for(language), self._context.homes(), who(request)
        )

    def page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """Return the page `template` filled with `values`."""
        said = None
        if LIVE_HEADER not in request.headers:
            said = request.session.pop("said", None)
        language = self.language(request)
        context = self._context
        body = (
            self._pages[language]
            .get_template(template)
            .render(
                request=request,
                language=language,
                title=context.title,
                zone=context.zone,
                me=request.session.get("name", ""),
                path=_page_path(request),
                csrf=request.scope["csrftoken"](),
                now=context.now(),
                said=said,
                health=self.health(),
                open_count=len(context.board.open()),
                sound_tested=_moment(request.session.get("sound")),
                **values,
            )
        )
        return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})

    def health(self) -> Health:
        """Return the gateway's health, at most `HEALTH_SECONDS` old."""
        now = self._context.now()
        if self._health is None or now - self._health[0] > timedelta(seconds=HEALTH_SECONDS):
            self._health = (now, self._context.health())
        return self._health[1]

    def _environment(self, language: str) -> Environment:
        pages = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        catalogue = i18n.translations(language)
        pages.install_gettext_callables(  # type: ignore[attr-defined]
            catalogue.gettext, catalogue.ngettext, newstyle=True
        )
        pages.filters.update(
            moment=self._moment,
            time=lambda at: self._local(at).strftime("%H:%M:%S"),
            day=lambda at: self._local(at).strftime("%Y-%m-%d"),
            input=lambda at: self._local(at).strftime("%Y-%m-%dT%H:%M"),
            ms=lambda at: int(at.timestamp() * 1000),
            clock=lambda length: views.clock(length.total_seconds()),
            size=size,
            channel=lambda name: catalogue.gettext(str(labels.CHANNELS.get(name, name))),
        )
        return pages

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._zone)

    def _moment(self, at: datetime) -> str:
        """Return `at` to the second; with its day unless that is today."""
        local, today = self._local(at), self._local(self._context.now()).date()
        if local.date() == today:
            return local.strftime("%H:%M:%S")
        return local.strftime("%m-%d %H:%M:%S" if local.year == today.year else "%Y-%m-%d %H:%M:%S")


def _page_path(request: Request) -> str:
    """Return where this page is asked for; a form that was refused has an address of its own."""
    path = request.url.path
    return path.rpartition("/")[0] if request.method == "POST" and request.path_params else path


def who(request: Request) -> str:
    """Return `desk:NAME` of whoever is logged in."""
    return f"{views.DESK}{request.session.get('name', '')}"


def say(request: Request, text: str, good: bool = True) -> None:
    """Show `text` on the next page this person sees."""
    request.session["said"] = ["good" if good else "bad", text[:300]]


def size(amount: int | None) -> str:
    """Return bytes as people read them."""
    if amount is None:
        return "–"
    value = float(amount)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
