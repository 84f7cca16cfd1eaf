"""Who is on duty now and next, who is away, and what is muted in every home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.duty import Roster, on_duty, spans
from alerting.events import Silenced
from alerting.household import IncidentKind, Responder
from alerting.response.hours import is_away
from gateway.web import labels
from gateway.web.context import DeskContext, Home
from gateway.web.render import Renderer

DAYS_AHEAD = 7
ENDS_SOON = timedelta(days=14)


@dataclass(frozen=True)
class Shown:
    """One shift as the page shows it."""

    shift: str
    begin: str
    end: str
    """Local to the roster, e.g. `10-01 20:00`."""
    people: list[Responder]
    is_now: bool


@dataclass(frozen=True)
class Table:
    """One roster."""

    name: str
    now: list[Responder]
    """Who is told if something happens now."""
    is_empty: bool
    """Nobody is on it now: everybody in it is told."""
    ends: str
    """Its last day, if that is near."""
    shifts: list[Shown]


@dataclass(frozen=True)
class Muted:
    """One kind of finding that is muted in one home."""

    home: Home
    kind: IncidentKind
    until: datetime
    said: Silenced | None


class Duty:
    """The page of duty."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self._zone = ZoneInfo(context.zone)

    def routes(self) -> list[Route]:
        """Return the paths served here."""
        return [Route("/duty", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show the rosters, the absences and what is muted."""
        now = self._context.now()
        people = self._context.responders.values()
        return self._renderer.page(
            request,
            "duty.html",
            tables=[self._table(roster, now) for roster in self._context.rosters.values()],
            away=[person for person in people if is_away(person, self._zone, now)],
            muted=list(self._muted(now)),
            kinds=labels.KINDS,
            by=self._renderer.speaker(request),
        )

    def _table(self, roster: Roster, now: datetime) -> Table:
        zone = ZoneInfo(roster.zone)
        today = now.astimezone(zone).date()
        coming = [
            span
            for span in spans(roster, today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD))
            if span.end > now
        ]
        near = bool(roster.last) and date.fromisoformat(roster.last) - today < ENDS_SOON
        return Table(
            name=roster.name,
            now=self._people(on_duty(roster, now)),
            is_empty=not any(span.begin <= now and span.people for span in coming),
            ends=roster.last if near else "",
            shifts=[
                Shown(
                    shift=span.shift,
                    begin=f"{span.begin.astimezone(zone):%m-%d %H:%M}",
                    end=f"{span.end.astimezone(zone):%m-%d %H:%M}",
                    people=self._people(span.people),
                    is_now=span.begin <= now,
                )
                for span in sorted(coming, key=lambda span: span.begin)
            ],
        )

    def _people(self, ids: tuple[str, ...]) -> list[Responder]:
        known = self._context.responders
        return [known[id] for id in ids if id in known]

    def _muted(self, now: datetime) -> Iterator[Muted]:
        for home in self._context.homes().values():
            for kind, until in home.muted.items():
                if until > now:
                    yield Muted(home, kind, until, home.muted_by.get(kind))
