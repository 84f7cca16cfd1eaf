"""Live a recorded or imagined life again, as fast as the machine can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from alerting.engine import Engine
from alerting.events import Effect, Event, Tick


def replay(
    engine: Engine, events: Iterable[Event], until: datetime | None = None
) -> Iterator[Effect]:
    """Yield every effect of `events`, then of the silence after the last of them.

    Args:
        engine: continues from where it is.
        events: in order of time, none earlier than the engine's own last moment.
        until: how long to go on after the last event; None: not at all.
    """
    step = engine.step
    for event in events:
        effects = step(event)
        if effects:
            yield from effects
    if until is not None:
        yield from step(Tick(until))
