"""What the shell needs of a household's judgement, and how one is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alerting.events import Configured, Effect, Event
from alerting.household import Household
from alerting.incident import Incident


class Engine(Protocol):
    """One household's judgement (`alerting.engine.Engine`)."""

    @property
    def household(self) -> Household:
        """Whom it judges for."""

    @property
    def incidents(self) -> Sequence[Incident]:
        """The incidents that are not over, oldest first."""

    def deadline(self) -> datetime | None:
        """Return when it next needs a `Tick`."""

    def step(self, event: Event) -> Sequence[Effect]:
        """Return everything up to and including `event` causes, in order."""

    def snapshot(self) -> bytes:
        """Return its state, for a restart."""


class Maker(Protocol):
    """Makes engines: anew, or as they were."""

    def begin(self, first: Configured) -> Engine:
        """Return an engine that knows nothing but the household's data."""

    def revive(self, body: bytes) -> Engine:
        """Return the engine whose `snapshot` this is.

        Raises:
            Exception: this version cannot read it.
        """


class _Core:
    """Makes the engines of `alerting`, with every detector there is."""

    def begin(self, first: Configured) -> Engine:
        """Return an engine that knows nothing but the household's data."""
        from alerting import engine

        return engine.Engine(first)

    def revive(self, body: bytes) -> Engine:
        """Return the engine whose `snapshot` this is."""
        from alerting import engine

        return engine.Engine.restore(body)


CORE: Maker = _Core()
