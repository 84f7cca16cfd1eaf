"""The list of open incidents, one incident's page, and what can be done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.events import Answer, Changed, Refused, Reply
from alerting.household import Household, IncidentKind
from alerting.incident import Incident, Outcome
from gateway.board import Story
from gateway.config.settings import GATEWAY_HOUSEHOLD
from gateway.timeline import Entry
from gateway.web import evidence, forms, labels, views
from gateway.web.context import DeskContext
from gateway.web.forms import FormError
from gateway.web.records import RecordsError
from gateway.web.render import Renderer, say, who

ANSWER_SECONDS_MAX = 3.0
"""How long a button waits to learn what came of it; the page shows it later anyway."""

RECENT_SHOWN = 8

_ANSWERS = {
    "claim": Answer.GOING,
    "on-scene": Answer.ON_SCENE,
    "cannot": Answer.CANNOT,
    "escalate": Answer.ESCALATE,
    "note": Answer.NOTE,
    "close": Answer.CLOSE,
}


class Incidents:
    """Pages and buttons of incidents."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """Return the paths served here."""
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/incidents/{incident}", self.show, methods=["GET"]),
            Route("/incidents/{incident}/{action}", self.act, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """Show what is open, persons first, and what was closed last."""
        board, by = self._context.board, self._renderer.speaker(request)
        found = [views.alarm(story, by) for story in board.open()]
        technical = [one for one in found if one.record.kind is IncidentKind.TECHNICAL]
        return self._renderer.page(
            request,
            "list.html",
            persons=[one for one in found if one.record.kind is not IncidentKind.TECHNICAL],
            technical=technical,
            recent=[views.alarm(story, by) for story in await self._recent()],
            outcomes=labels.OUTCOMES,
        )

    async def _recent(self) -> list[Story]:
        recent = self._context.board.recent()[:RECENT_SHOWN]
        if len(recent) == RECENT_SHOWN:
            return recent
        # memory begins empty at each start; the past did not
        known = {story.record.id for story in recent}
        try:
            closed = await self._context.records.closed(limit=RECENT_SHOWN)
        except RecordsError:
            return recent
        older = [Story(record) for record in closed if record.id not in known]
        return (recent + older)[:RECENT_SHOWN]

    async def show(self, request: Request) -> Response:
        """Show one incident: why, who was told, the whole story, and its buttons."""
        return await self._page(request, await self._story(request))

    async def act(self, request: Request) -> Response:
        """Do what a button says, then show the page it was on, with what came of it."""
        answer = _ANSWERS.get(request.path_params["action"])
        if answer is None:
            raise HTTPException(404)
        story = await self._story(request)
        form = await request.form()
        by = self._renderer.speaker(request)
        try:
            reply = self._reply(request, story.record, answer, form)
        except FormError as error:
            typed = {name: str(value) for name, value in form.items()}
            return await self._page(request, story, error.problems, typed, str(answer))
        entry = await self._offer(story.record.household, reply)
        words, good = _outcome(entry, reply, by)
        say(request, words, good)
        return RedirectResponse(
            "/" if form.get("back") == "list" else f"/incidents/{story.record.id}", 303
        )

    def _reply(self, request: Request, record: Incident, answer: Answer, form: FormData) -> Reply:
        gettext = self._renderer.speaker(request).gettext
        outcome: Outcome | None = None
        note = ""
        if answer is Answer.CLOSE:
            closing = forms.closing(form, gettext)
            outcome, note = closing.outcome, closing.remark(gettext)
        elif answer is Answer.NOTE:
            note = forms.note(form, gettext)
        return Reply(
            at=self._context.now(),
            incident=record.id,
            responder=who(request),
            answer=answer,
            via="desk",
            outcome=outcome,
            note=note,
        )

    async def _offer(self, household: str, reply: Reply) -> Entry | None:
        board = self._context.board
        waiting = board.watch(reply)
        try:
            self._context.offer(household, reply)
            return await asyncio.wait_for(waiting, ANSWER_SECONDS_MAX)
        except TimeoutError:
            return None
        finally:
            board.unwatch(reply, waiting)

    async def _story(self, request: Request) -> Story:
        id: str = request.path_params["incident"]
        story = self._context.board.story(id)
        if story is not None and not story.left_out:
            return story
        try:
            record = story.record if story else await self._context.records.incident(id)
            if record is None:
                raise HTTPException(404)
            lines = await self._context.records.timeline(id)
            stored_at = story.stored_at if story else await self._context.records.stored_at(id)
        except RecordsError:
            if story is None:
                raise
            return story  # shortened, but everything that counts now
        return Story(record, tuple(lines), stored_at)

    def _unwatched(self, record: Incident) -> list[Household]:
        """Return the homes of which nothing is concluded while the gateway's own fault lasts."""
        is_deaf = self._context.deaf_since() is not None
        if record.household != GATEWAY_HOUSEHOLD or record.is_over or not is_deaf:
            return []
        homes = (home.household for home in self._context.homes().values())
        return [home for home in homes if home.id != GATEWAY_HOUSEHOLD]

    async def _page(
        self,
        request: Request,
        story: Story,
        problems: Sequence[str] = (),
        typed: dict[str, str] | None = None,
        wanted: str = "",
    ) -> Response:
        by = self._renderer.speaker(request)
        try:
            submitted = await self._context.records.first_submitted(story.record.id)
        except RecordsError:
            submitted = None
        return self._renderer.page(
            request,
            "incident.html",
            422 if problems else 200,
            alarm=views.alarm(story, by),
            record=story.record,
            ladder=views.ladder(story, by, self._context.now()),
            rows=views.rows(story, by),
            marks=views.marks(story, by, submitted),
            left_out=story.left_out,
            home=by.household(story.record.household),
            unwatched=self._unwatched(story.record),
            proofs=evidence.proofs(story, by),
            outcomes=labels.OUTCOMES,
            causes=labels.CAUSES,
            problems=problems,
            typed=typed or {},
            wanted=wanted,
        )


def _outcome(entry: Entry | None, reply: Reply, by: views.Speaker) -> tuple[str, bool]:
    """Return what to tell the person who pressed the button, and whether it worked."""
    if entry is None:
        words = by.gettext("Taken, but not confirmed yet. Please watch the timeline.")
        return words, False
    for effect in entry.effects:
        if isinstance(effect, Refused) and effect.responder == reply.responder:
            return effect.words.said(by.language), False
    if reply.answer is Answer.NOTE:
        return by.gettext("The note is written down."), True
    for effect in entry.effects:
        if isinstance(effect, Changed) and effect.by == reply.responder:
            return effect.words.said(by.language), True
    return by.gettext("Written down."), True
