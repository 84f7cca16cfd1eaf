"""What proves, again and again, that all of it works: built and begun in one place.

Our own press through the whole path, the weekly drills, the table of what was last proven,
the dead-man's switch elsewhere, and the ear for other gateways.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from alerting.delivery.router import CANARY
from alerting.events import Event
from alerting.household import Household
from gateway import canary, owed
from gateway.canary import CanaryPress
from gateway.clock import Clock
from gateway.config import Settings
from gateway.deadman import Deadman, Insistent, Peers
from gateway.drilling import Drilling
from gateway.engines import Engine
from gateway.parts import Parts
from gateway.proven import Proven
from gateway.store import reading
from gateway.store.errors import StoreError
from gateway.store.rows import Entry, OutboxRow, Proof
from gateway.store.store import Store

log = logging.getLogger(__name__)


def households(settings: Settings, *, fed: bool) -> dict[str, Household]:
    """Return all homes, with the one in which nobody lives; a recording is only listened to."""
    known = dict(settings.households)
    if not fed:
        known[CANARY] = canary.household(settings.zone)
    return known


class Proofs:
    """All of it, for one gateway."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        publish: Callable[[str, bytes, int], Awaitable[None]],
        is_connected: Callable[[], bool],
        offer: Callable[[str, Event], None],
        report: Insistent,
        store: Callable[[], Store],
    ) -> None:
        """Make them; `store` is asked for late, for it may be another than at first."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._offer = offer
        self._report = report
        self.press = CanaryPress(clock, publish, is_connected, offer, report)
        self.proven: Proven | None = None
        self.drilling: Drilling | None = None
        self.peers: Peers | None = None

    def listen(
        self,
        engines: Mapping[str, Engine],
        row: Callable[[str], OutboxRow | None],
    ) -> tuple[Callable[[Entry], None], ...]:
        """Return those who must see every written entry."""

        def is_tried_out(household: str) -> bool:
            engine = engines.get(household)
            return engine is not None and engine.beside.test_until is not None

        store = self._store()
        proven = Proven(store, row, _known(store), is_tried_out)
        drilling = Drilling(
            self._clock,
            engines,
            proven,
            self._offer,
            self._settings.drills,
            self._settings.zone,
        )
        self.press.proven = self.proven = proven
        self.press.left = lambda: [one.id for one in engines[CANARY].incidents]
        self.drilling = drilling
        return (proven.applied, drilling.applied)

    def table(self) -> list[Proof]:
        """Return what must prove itself, with when it last did."""
        if self.proven is None:
            return []
        return owed.table(self._settings.households.values(), self.proven.all())

    def begin(self, parts: Parts, is_well: Callable[[], bool]) -> None:
        """Begin all that goes on by itself; `is_well`: what carries alarms is known to work."""
        assert self.drilling is not None, "listens first"
        parts.aside("canary", self.press.run)
        parts.aside("drills", self.drilling.run)
        if self._settings.deadman.urls:
            switch = Deadman(self._clock, self._settings.deadman, is_well, self._report)
            parts.aside("deadman", switch.run)
        if self._settings.watches:
            self.peers = Peers(self._clock, self._settings.watches, self._report)
            parts.aside("peers", self.peers.run)


def _known(store: Store) -> list[Proof]:
    try:
        return reading.proofs(store.path)
    except StoreError as error:
        log.error("what was proven is not known: %s", error)
        return []
