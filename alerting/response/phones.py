"""Who of the home hears a sentence by telephone, and how often: nobody is rung without end.

A resident may be lying on the floor: every ring must be worth the pain of getting to the
phone. A question always rings. Of what happens, they are called to hear that help was
called, that nobody has answered yet (rarely), and that somebody is coming (always); that
somebody has arrived, they see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from alerting.events import Phrase
from alerting.household import Calls, Household, Policy, Responder, Way
from alerting.incident import Incident, Urgency
from alerting.orders import Order, Say

AGAIN_MIN = timedelta(minutes=3)
"""The resident's phone does not ring for the same news sooner than this."""
NOBODY_YET_MAX = 4
"""So often the phone rings to say that nobody has answered yet; a device goes on saying it."""

_RINGS = frozenset({Phrase.RECEIVED, Phrase.CALLING, Phrase.NOBODY_YET, Phrase.COMING})

QUESTION = "resident_question"
"""What a path must be able to say to ring a resident."""


class Turn(Protocol):
    """What is needed of `case.Turn`, which says things by way of this module."""

    at: datetime
    home: Household
    incident: Incident
    ladder: Any
    orders: list[Order]

    @property
    def ways(self) -> Callable[[Responder, Policy, Urgency], tuple[Way, ...]]:
        """The ways to a person."""

    def note(self, **fields: Any) -> None:
        """Change the ladder."""

    def goer(self, id: str) -> str:
        """Return the name of who goes there."""

    def responder(self, id: str) -> Responder | None:
        """Return the person of that id."""


def ways(turn: Turn) -> tuple[tuple[Responder, Way], ...]:
    """Return the residents a call reaches, each with the way to them."""
    policy = msgspec.structs.replace(turn.incident.policy, channels=("voice",))
    return tuple(
        (person, way) for person in turn.home.phones for way in _saying(turn, person, policy)[:1]
    )


def _saying(turn: Turn, person: Responder, policy: Policy) -> list[Way]:
    """Return the ways by which our own words go: a question is in no registered text."""
    ways = turn.ways(person, policy, Urgency.HIGH)
    return [able for way in ways if (able := turn.home.saying(way, QUESTION)) is not None]


def say(turn: Turn, phrase: Phrase, who: str, people: tuple[Responder, ...]) -> None:
    """Order a sentence on all that speaks, and by telephone where that is called for."""
    is_instead = turn.home.asking.calls is Calls.INSTEAD and turn.home.speaks
    calls = () if is_instead else _rung(turn, phrase)
    order(turn, phrase, who, people, calls)


def order(
    turn: Turn,
    phrase: Phrase,
    who: str = "",
    people: tuple[Responder, ...] = (),
    calls: tuple[tuple[Responder, Way], ...] = (),
    *,
    by_device: bool = True,
    expires_at: datetime | None = None,
) -> None:
    """Order a sentence; its number tells it from every other of the incident."""
    number = turn.ladder.said + 1
    turn.note(said=number, said_last=phrase)
    minutes = 0
    if phrase is Phrase.COMING and turn.incident.lease_until is not None:
        minutes = max(1, round((turn.incident.lease_until - turn.at) / timedelta(minutes=1)))
    turn.orders.append(
        Say(
            turn.at,
            turn.incident,
            phrase,
            number,
            who,
            people,
            minutes,
            calls,
            by_device,
            expires_at,
        )
    )


def not_said(turn: Turn) -> None:
    """A device did not get what was said last: the telephone says it instead."""
    phrase = turn.ladder.said_last
    if phrase is None or not turn.home.speaks or turn.home.asking.calls is not Calls.INSTEAD:
        return
    calls = _rung(turn, phrase)
    if calls:
        who = turn.goer(turn.incident.responder)
        order(turn, phrase, who, called(turn), calls, by_device=False)


def called(turn: Turn) -> tuple[Responder, ...]:
    """Return whom the present step calls."""
    ids = dict.fromkeys(sent.responder for sent in turn.ladder.sent.values())
    found = [turn.responder(id) for id in ids]
    return tuple(person for person in found if person is not None)


def _rung(turn: Turn, phrase: Phrase) -> tuple[tuple[Responder, Way], ...]:
    if phrase not in _RINGS or turn.incident.is_test:
        return ()
    calls = ways(turn)
    before = turn.ladder.phoned_at
    # what is ordered in one turn is told in one call
    is_soon = before is not None and turn.at != before and turn.at - before < AGAIN_MIN
    if not calls or (is_soon and phrase is not Phrase.COMING):
        return ()
    if phrase is Phrase.NOBODY_YET:
        if turn.ladder.phoned >= NOBODY_YET_MAX:
            return ()
        turn.note(phoned=turn.ladder.phoned + 1)
    turn.note(phoned_at=turn.at)
    return calls
