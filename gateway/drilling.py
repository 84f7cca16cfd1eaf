"""Holds the weekly drills: at the configured hour everybody is tried, by another way each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.events import Drill, Drilled, DrillState, Event, Notify, Purpose
from alerting.household import IncidentKind
from alerting.incident import Urgency
from alerting.response import drills
from gateway import owed
from gateway.clock import Clock
from gateway.config.settings import OWN_HOUSEHOLDS, DrillSettings
from gateway.engines import Engine
from gateway.proven import Proven
from gateway.store.rows import Entry

LOOK_SECONDS = 60.0
HOUR_OPEN = timedelta(hours=2)
"""So long after the hour it is still held: a gateway that was restarted just then."""
GAP_SECONDS = 2.0
"""Between two drills: nobody waits for them, and no alarm must wait behind them."""


class Drilling:
    """Begins drills, and ends those that something real has overtaken."""

    def __init__(
        self,
        clock: Clock,
        engines: Mapping[str, Engine],
        proven: Proven,
        offer: Callable[[str, Event], None],
        settings: DrillSettings | None,
        zone: str,
    ) -> None:
        """Make it; `settings` None: nobody is drilled by itself."""
        self._clock = clock
        self._engines = engines
        self._proven = proven
        self._offer = offer
        self._settings = settings
        self._zone = ZoneInfo(zone)

    async def run(self) -> None:
        """Hold the drills, until cancelled."""
        while True:
            if self.is_time(self._clock.now()):
                await self.hold()
            await self._clock.sleep(LOOK_SECONDS)

    def is_time(self, now: datetime) -> bool:
        """Return whether drills are held at this moment, and no alarm is open."""
        if self._settings is None:
            return False
        local = now.astimezone(self._zone)
        begins = datetime.combine(local.date(), time.fromisoformat(self._settings.at), self._zone)
        is_hour = local.weekday() == self._settings.weekday and begins <= local < begins + HOUR_OPEN
        return is_hour and not self._is_busy()

    async def hold(self) -> list[drills.Target]:
        """Ask everybody who is due; return whom."""
        begun = []
        for target in self.due():
            if self._is_busy():
                break  # the rest comes within the hour, or next week
            if self._is_needed(target.responder):
                continue  # a "1" would be taken for an answer to what is real
            self._offer(
                target.household,
                Drill(self._clock.now(), target.responder, target.channel, target.path),
            )
            begun.append(target)
            await self._clock.sleep(GAP_SECONDS)
        return begun

    def targets(self) -> list[drills.Target]:
        """Return every way to everybody."""
        return owed.targets(engine.household for engine in self._engines.values())

    def due(self) -> list[drills.Target]:
        """Return whom to ask now, by which way."""
        return drills.due(self.targets(), self._proven.contacts(), self._clock.now())

    def applied(self, entry: Entry) -> None:
        """A real alarm ends the drills of whoever is told of it, in whatever home they run."""
        for effect in entry.effects:
            is_begun = isinstance(effect, Drilled) and effect.state is DrillState.ASKED
            if isinstance(effect, Drilled) and is_begun and self._is_needed(effect.responder):
                # something real came while the drill was under way
                over = Drill(entry.event.at, effect.responder, "", is_over=True)
                self._offer(entry.household, over)
        told = {
            effect.address
            for effect in entry.effects
            if isinstance(effect, Notify) and effect.purpose is Purpose.ALARM
        }
        if not told:
            return
        for home, engine in self._engines.items():
            for drill in engine.beside.drills:
                if home != entry.household and drill.responder.phone in told:
                    over = Drill(entry.event.at, drill.responder.id, "", is_over=True)
                    self._offer(home, over)

    def _is_needed(self, responder: str) -> bool:
        """Return whether this person was told of something open that is more than a repair."""
        return any(
            responder in record.told and record.kind is not IncidentKind.TECHNICAL
            for engine in self._engines.values()
            for record in engine.incidents
        )

    def _is_busy(self) -> bool:
        return any(
            record.urgency is Urgency.HIGH and not record.is_test
            for id, engine in self._engines.items()
            if id not in OWN_HOUSEHOLDS
            for record in engine.incidents
        )
