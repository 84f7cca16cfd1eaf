"""The technician's page, the history, and the sound test at the start of a shift."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerting.household import IncidentKind
from gateway import i18n
from gateway.store.rows import Quarantined
from gateway.web import evidence, labels, proofs, views
from gateway.web.context import DeskContext
from gateway.web.records import RecordsError
from gateway.web.render import Renderer

PAYLOAD_CHARS_SHOWN = 400
REVIEW_DAYS = 7


class Technical:
    """What concerns the gateway and the past rather than what is open now."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self._zone = ZoneInfo(context.zone)

    def routes(self) -> list[Route]:
        """Return the paths served here."""
        return [
            Route("/technical", self.show, methods=["GET"]),
            Route("/history", self.history, methods=["GET"]),
            Route("/review", self.review, methods=["GET"]),
            Route("/sound-tested", self.sound_tested, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show how the gateway is, and what it could not use."""
        by = self._renderer.speaker(request)
        quarantined, unreadable = list[Quarantined](), ""
        try:
            quarantined = await self._context.records.quarantined()
        except RecordsError as error:
            unreadable = str(error)
        technical = [
            views.alarm(story, by)
            for story in self._context.board.open()
            if story.record.kind is IncidentKind.TECHNICAL
        ]
        return self._renderer.page(
            request,
            "technical.html",
            technical=technical,
            quarantined=[(item, legible(item.payload)) for item in quarantined],
            unreadable=unreadable,
            pages=self._context.board.subscribers,
            proved=proofs.chapters(proofs.shown(self._context.proofs(), by, self._context.now())),
        )

    async def review(self, request: Request) -> Response:
        """Show what a person should look at once a day; nothing here sounds."""
        by, problem = self._renderer.speaker(request), ""
        found = []
        try:
            since = self._context.now() - timedelta(days=REVIEW_DAYS)
            found = await self._context.records.review(since)
        except RecordsError as error:
            problem = by.gettext("The history cannot be read: %(error)s") % {"error": error}
        return self._renderer.page(
            request,
            "review.html",
            503 if problem else 200,
            found=found,
            proofs=[tuple(evidence.facts(line, by)) for line in found],
            by=by,
            problem=problem,
            days=REVIEW_DAYS,
        )

    async def history(self, request: Request) -> Response:
        """Show closed incidents, of one household or one day if asked."""
        by, query = self._renderer.speaker(request), request.query_params
        household = query.get("household", "")[:100]
        problem = ""
        try:
            begin, end = self._day(query.get("day", ""))
        except ValueError:
            begin, end = None, None
            problem = by.gettext("That is no day; write it as 2026-12-31.")
        records = []
        try:
            records = await self._context.records.closed(household, begin, end)
        except RecordsError as error:
            problem = by.gettext("The history cannot be read: %(error)s") % {"error": error}
        return self._renderer.page(
            request,
            "history.html",
            200 if not problem else 503 if not begin and not query.get("day") else 422,
            records=records,
            by=by,
            homes=self._context.homes(),
            household=household,
            day=begin.astimezone(self._zone).date().isoformat() if begin else "",
            problem=problem,
            kinds=labels.KINDS,
            outcomes=labels.OUTCOMES,
        )

    async def sound_tested(self, request: Request) -> Response:
        """Remember in the session that somebody heard the alarm sound."""
        now = self._context.now()
        request.session["sound"] = now.isoformat(timespec="seconds")
        gettext = i18n.gettext_for(self._renderer.language(request))
        local = now.astimezone(self._zone).strftime("%H:%M")
        return JSONResponse({"words": gettext("Sound tested %(time)s") % {"time": local}})

    def _day(self, raw: str) -> tuple[datetime | None, datetime | None]:
        if not raw:
            return None, None
        day = date.fromisoformat(raw)
        begin = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return begin, begin + timedelta(days=1)


def legible(payload: bytes) -> str:
    """Return what a technician can read of a payload: text if it is text, else hex."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = payload.hex(" ")
    else:
        if not all(char.isprintable() or char in "\r\n\t" for char in text):
            text = payload.hex(" ")
    return text if len(text) <= PAYLOAD_CHARS_SHOWN else f"{text[:PAYLOAD_CHARS_SHOWN]} …"
