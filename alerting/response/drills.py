"""Who is drilled next, by which way: so that in the end every way to everybody is proven.

Each week everybody is asked once, by that of their ways which was proven or tried longest
ago; a way that was never tried comes first. So a person with N ways has been tried by all
of them after N weeks, and no week asks anybody twice. What real life proved (an alarm
answered) need not be asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alerting.household import Household

PERIOD = timedelta(days=7)
SLACK = timedelta(hours=12)
"""A week between two drills may be so much shorter: days differ in length."""


class Target(msgspec.Struct, frozen=True, gc=False):
    """One way to one person."""

    responder: str
    channel: str
    path: str
    """Empty: whoever carries the channel."""
    household: str
    """One of the homes they answer for: its engine asks."""

    @property
    def way(self) -> str:
        """Return the way as the table of what is proven names it: `sms twilio`."""
        return f"{self.channel} {self.path}".strip()


class Last(msgspec.Struct, frozen=True, gc=False):
    """When something was last proven, and last tried."""

    proven_at: datetime | None = None
    asked_at: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """Return the later of both."""
        return max((m for m in (self.proven_at, self.asked_at) if m is not None), default=None)


Proofs = Mapping[tuple[str, str], Last]
"""By responder and way."""


def targets(
    homes: Iterable[Household], can: Mapping[tuple[str, str], Sequence[str]]
) -> list[Target]:
    """Return every way to everybody, each once.

    Args:
        homes: all households.
        can: by responder and channel, the paths that can carry it; none: it cannot be used.
    """
    found: dict[tuple[str, str, str], Target] = {}
    for home in homes:
        for person in home.people:
            for channel in person.channels:
                for path in can.get((person.id, channel), ()):
                    key = (person.id, channel, path)
                    found.setdefault(key, Target(*key, home.id))
    return list(found.values())


def due(targets: Iterable[Target], proofs: Proofs, now: datetime) -> list[Target]:
    """Return whom to drill now: of everybody at most one way, and nobody twice a week."""
    people: dict[str, list[Target]] = {}
    for target in targets:
        people.setdefault(target.responder, []).append(target)
    chosen = []
    for own in people.values():
        asked = [one.asked_at for t in own if (one := _last(proofs, t)).asked_at is not None]
        if any(at is not None and now - at < PERIOD - SLACK for at in asked):
            continue
        stale = [t for t in own if _age(proofs, t, now) >= PERIOD - SLACK]
        if stale:
            chosen.append(min(stale, key=lambda t: (_never_first(proofs, t), t.way)))
    return chosen


def weeks_needed(targets: Iterable[Target]) -> int:
    """Return after how many weeks every way to everybody was tried."""
    ways: dict[str, int] = {}
    for target in targets:
        ways[target.responder] = ways.get(target.responder, 0) + 1
    return max(ways.values(), default=0)


def _last(proofs: Proofs, target: Target) -> Last:
    return proofs.get((target.responder, target.way), Last())


def _age(proofs: Proofs, target: Target, now: datetime) -> timedelta:
    at = _last(proofs, target).at
    return timedelta.max if at is None else now - at


def _never_first(proofs: Proofs, target: Target) -> float:
    at = _last(proofs, target).at
    return 0.0 if at is None else at.timestamp()
