"""Households: their devices, where the resident is, and what is muted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.coverage import Report, reports
from alerting.detection import names
from alerting.detection.contacts import WHY
from alerting.events import PresenceSet, Silenced, TrialSet
from alerting.household import Device, IncidentKind
from devices.topic import PREFIX
from gateway import watched
from gateway.board import Seen
from gateway.config.settings import GATEWAY_HOUSEHOLD
from gateway.web import forms, labels, proofs
from gateway.web.context import DeskContext, DeskEvent, Home
from gateway.web.forms import FormError
from gateway.web.lately import Said, lately
from gateway.web.records import RecordsError
from gateway.web.render import Renderer, say, who

HAPPENED_DAYS = 14
MUTE_PROPOSED = timedelta(hours=4)
BATTERY_LOW_PERCENT = 15
TRIAL = timedelta(minutes=10)
TAKEN_SECONDS_MAX = 1.0
"""How long a form waits to show what it changed; the page shows it later anyway."""

COVERAGE_DAYS = 7
WATCHED_ENOUGH = 0.95
"""Less of today than this is shown among all households."""

MUTABLE = (
    IncidentKind.INACTIVITY,
    IncidentKind.FALL,
    IncidentKind.HEALTH,
    IncidentKind.SAFETY,
    IncidentKind.TECHNICAL,
)


@dataclass(frozen=True)
class Thing:
    """A device, and what was last heard of it."""

    device: Device
    name: str
    seen: Seen
    is_weak: bool
    topic: str
    """Where it speaks."""
    lately: list[Said]
    """What it said last, newest first."""


@dataclass(frozen=True)
class Watched:
    """One day of the account of blind time."""

    date: str
    percent: str
    share: float
    missed: str
    is_poor: bool


class Homes:
    """Pages and forms of households."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self._zone = ZoneInfo(context.zone)

    def routes(self) -> list[Route]:
        """Return the paths served here."""
        return [
            Route("/households", self.index, methods=["GET"]),
            Route("/households/{household}", self.show, methods=["GET"]),
            Route("/households/{household}/presence", self.set_presence, methods=["POST"]),
            Route("/households/{household}/mute", self.mute, methods=["POST"]),
            Route("/households/{household}/unmute", self.unmute, methods=["POST"]),
            Route("/households/{household}/trial", self.trial, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """Show all households in brief."""
        homes = [home for id, home in self._context.homes().items() if id != GATEWAY_HOUSEHOLD]
        busy = {story.record.household for story in self._context.board.open()}
        now = self._context.now()
        rows = []
        for home in homes:
            things = self._things(request, home)
            heard = [thing.seen.at for thing in things if thing.seen.at]
            rows.append(
                {
                    "home": home,
                    "heard": max(heard, default=None),
                    "weak": [thing for thing in things if thing.is_weak],
                    "offline": [thing for thing in things if thing.seen.online is False],
                    "busy": home.household.id in busy,
                    "muted": _still(home, now),
                    "poor": self._poor(home, now),
                }
            )
        return self._renderer.page(
            request, "households.html", rows=rows, presences=labels.PRESENCES, kinds=labels.KINDS
        )

    async def show(self, request: Request) -> Response:
        """Show one household, with the forms for presence and muting."""
        return await self._page(request, self._home(request))

    async def set_presence(self, request: Request) -> Response:
        """Write down where the resident is."""

        def event(form: FormData) -> DeskEvent:
            by, now = self._renderer.speaker(request), self._context.now()
            state, until = forms.presence(form, by.gettext, now, self._zone)
            return PresenceSet(now, state, who(request), until)

        return await self._take(request, event)

    async def mute(self, request: Request) -> Response:
        """Mute one kind of finding until a time, with a reason."""

        def event(form: FormData) -> DeskEvent:
            by, now = self._renderer.speaker(request), self._context.now()
            kind, until, reason = forms.muting(form, by.gettext, now, self._zone)
            return Silenced(now, kind, until, who(request), reason)

        return await self._take(request, event)

    async def unmute(self, request: Request) -> Response:
        """End a muting now."""

        def event(form: FormData) -> DeskEvent:
            say_it, now = self._renderer.speaker(request).gettext, self._context.now()
            if form.get("what") not in [str(kind) for kind in IncidentKind]:
                raise FormError([say_it("Please choose what to mute.")])
            kind = IncidentKind(str(form.get("what")))
            return Silenced(now, kind, now, who(request), say_it("muting ended"))

        return await self._take(request, event)

    async def trial(self, request: Request) -> Response:
        """Declare that the buttons are tried out for a while, or no more."""

        def event(form: FormData) -> DeskEvent:
            now = self._context.now()
            return TrialSet(now, now if form.get("end") else now + TRIAL, who(request))

        return await self._take(request, event)

    async def _take(self, request: Request, event: Callable[[FormData], DeskEvent]) -> Response:
        home = self._home(request)
        form = await request.form()
        try:
            made = event(form)
        except FormError as error:
            typed = {name: str(value) for name, value in form.items()}
            return await self._page(request, home, error.problems, typed)
        board = self._context.board
        feed = board.subscribe()
        try:
            self._context.offer(home.household.id, made)
            await feed.next(TAKEN_SECONDS_MAX)
        finally:
            board.unsubscribe(feed)
        say(request, self._renderer.speaker(request).gettext("Written down."))
        return RedirectResponse(f"/households/{home.household.id}", 303)

    def _watched(self, home: Home, now: datetime, days: int) -> tuple[Report, ...]:
        if home.coverage is None:
            return ()
        return reports(home.coverage, home.household, now, days, self._context.deaf_since())

    def _poor(self, home: Home, now: datetime) -> str:
        """Return how much of today was watched, if it is too little."""
        for today in self._watched(home, now, 1):
            if today.is_seen and today.share < WATCHED_ENOUGH:
                return watched.percent(today)
        return ""

    def _home(self, request: Request) -> Home:
        home = self._context.homes().get(request.path_params["household"])
        if home is None or home.household.id == GATEWAY_HOUSEHOLD:
            raise HTTPException(404)
        return home

    def _things(self, request: Request, home: Home) -> list[Thing]:
        by, id = self._renderer.speaker(request), home.household.id
        things = []
        for device in home.household.devices.values():
            seen = self._context.board.seen(id, device.id)
            percent = seen.battery_percent
            weak = bool(seen.battery_low) or (percent is not None and percent < BATTERY_LOW_PERCENT)
            things.append(
                Thing(
                    device,
                    names.name(home.household, device.id).said(by.language),
                    seen,
                    weak,
                    device.topic or f"{PREFIX}/{id}/{device.id}/…",
                    lately(self._context.board.last(id, device.id)),
                )
            )
        return things

    async def _page(
        self,
        request: Request,
        home: Home,
        problems: Sequence[str] = (),
        typed: dict[str, str] | None = None,
    ) -> Response:
        now, by = self._context.now(), self._renderer.speaker(request)
        id = home.household.id
        try:
            happened = await self._context.records.of_household(
                id, now - timedelta(days=HAPPENED_DAYS)
            )
        except RecordsError:
            happened = []
        proved = proofs.shown(proofs.of_home(self._context.proofs(), home.household), by, now)
        contacts, proved = proofs.by_contact(home.contacts, proved)
        return self._renderer.page(
            request,
            "household.html",
            422 if problems else 200,
            home=home,
            things=self._things(request, home),
            open=[s.record for s in self._context.board.open() if s.record.household == id],
            happened=happened,
            by=by,
            muted=_still(home, now),
            mutable=MUTABLE,
            presences=labels.PRESENCES,
            kinds=labels.KINDS,
            responses=labels.RESPONSES,
            reachable=sum(one.is_first and one.is_reachable for one in home.contacts),
            first=sum(one.is_first for one in home.contacts),
            why=WHY,
            channels=labels.CHANNELS,
            mute_until=now + MUTE_PROPOSED,
            trial_until=home.trial_until,
            contacts=contacts,
            proved=proofs.grouped(proved),
            coverage=[
                Watched(
                    f"{one.date:%m-%d}",
                    watched.percent(one),
                    one.share,
                    watched.missed(one).said(by.language),
                    one.share < WATCHED_ENOUGH,
                )
                for one in self._watched(home, now, COVERAGE_DAYS)
            ],
            problems=problems,
            typed=typed or {},
        )


def _still(home: Home, now: datetime) -> dict[IncidentKind, datetime]:
    return {kind: until for kind, until in home.muted.items() if until > now}
