"""What the shell needs of a household's judgement, and how one is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from alerting import adopting, engine, promises, snapshot
from alerting.coverage import Coverage
from alerting.events import Configured, Effect, Event, PresenceState
from alerting.household import Household, IncidentKind
from alerting.incident import Incident

FORGET_AFTER = 3
"""Failures of an engine in a row after which even its open incidents are given up."""


class Engine(Protocol):
    """One household's judgement (`alerting.engine.Engine`)."""

    @property
    def household(self) -> Household:
        """Whom it judges for."""

    @property
    def incidents(self) -> Sequence[Incident]:
        """The incidents that are not over, oldest first."""

    @property
    def ended(self) -> dict[str, datetime]:
        """When which incidents ended, of those still remembered, by their ids."""

    @property
    def presence(self) -> PresenceState:
        """Where the resident is, as a person last said."""

    @property
    def silences(self) -> dict[IncidentKind, datetime]:
        """Until when which kinds of incident are muted."""

    @property
    def coverage(self) -> Coverage:
        """How much of each day the home was watched."""

    def known(self, detector: str) -> Any:
        """Return the state of the detector of that name."""

    def deadline(self) -> datetime | None:
        """Return when it next needs a `Tick`."""

    def step(self, event: Event) -> Sequence[Effect]:
        """Return everything up to and including `event` causes, in order."""

    def snapshot(self) -> bytes:
        """Return its state, for a restart."""


class Failed(msgspec.Struct, frozen=True):
    """An engine that raised."""

    engine: Engine
    times: int = 0
    """How often it had failed shortly before."""
    is_written: bool = True
    """The database knows everything that the engine knew."""


class Maker(Protocol):
    """Makes engines: anew, or as they were."""

    def begin(self, first: Configured, count: int = 0) -> Engine:
        """Return an engine that knows nothing but the household's data.

        `count` is how many incidents there were already: the next gets the next number.
        """

    def revive(self, body: bytes) -> Engine:
        """Return the engine whose `snapshot` this is.

        Raises:
            Exception: this version cannot read it.
        """

    def renew(self, engine: Engine) -> Engine:
        """Return an engine that knows of `engine`'s past only what people are owed.

        Its incidents, where the resident is and what is muted stay; what was concluded from
        observations is forgotten.
        """

    def adopt(self, engine: Engine, written: Sequence[Incident], count: int) -> Engine:
        """Return the engine, going on with the incidents that were written down.

        It is the same engine where its own are no others. `count` is the highest number an
        incident of its household has had.
        """

    def audit(self, engine: Engine) -> list[str]:
        """Return what is wrong with the engine's promise to act; empty if nothing is."""


class _Core:
    """Makes the engines of `alerting`, with every detector there is."""

    def begin(self, first: Configured, count: int = 0) -> Engine:
        """Return an engine that knows nothing but the household's data."""
        record = msgspec.structs.replace(snapshot.begin(first), count=count)
        return engine.Engine(first, record=record)

    def revive(self, body: bytes) -> Engine:
        """Return the engine whose `snapshot` this is."""
        return engine.Engine.restore(body)

    def renew(self, judge: Engine) -> Engine:
        """Return an engine that knows of the engine's past only what people are owed."""
        record = snapshot.decode(judge.snapshot())
        return self.revive(snapshot.encode(msgspec.structs.replace(record, detectors={})))

    def adopt(self, judge: Engine, written: Sequence[Incident], count: int) -> Engine:
        """Return the engine, going on with the incidents that were written down."""
        record = snapshot.decode(judge.snapshot())
        adopted = adopting.adopted(record, written, count)
        return judge if adopted is record else self.revive(snapshot.encode(adopted))

    def audit(self, judge: Engine) -> list[str]:
        """Return what is wrong with the engine's promise to act; empty if nothing is."""
        return promises.audit(judge) if isinstance(judge, engine.Engine) else []


CORE: Maker = _Core()
