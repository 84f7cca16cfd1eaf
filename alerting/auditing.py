"""The promise that every open incident has something due, and how it is held to account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alerting.incident import Incident


class Engine(Protocol):
    """What is looked at."""

    @property
    def incidents(self) -> Sequence[Incident]:
        """The incidents that are not over."""

    @property
    def now(self) -> datetime:
        """The moment of the last event."""

    def deadline(self) -> datetime | None:
        """Return when it next needs a `Tick`."""


def audit(engine: Engine) -> list[str]:
    """Return what breaks the promise that every open incident has something due.

    Empty when all is well: each incident that is not over has a moment at which something
    is done next, and the engine asks to be woken no later than that.
    """
    problems = []
    wakes = engine.deadline()
    for incident in engine.incidents:
        due = incident.due_at
        if due is None:
            problems.append(f"{incident.id} is {incident.response} and has nothing due")
        elif wakes is None or wakes > due:
            problems.append(f"{incident.id} is due at {due}, but the engine wakes at {wakes}")
        elif due < engine.now:
            problems.append(f"{incident.id} was due at {due} and it is {engine.now}")
    return problems
