"""Calling back whoever cancelled an alarm: asked twice, and what follows when nobody answers.

A call that never rang was not left unanswered: the desk and the helpers are told which it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

from alerting.events import (
    Change,
    DeliveryState,
    ErrorClass,
    Finding,
    Phrase,
    Receipt,
    Withdraw,
)
from alerting.household import RESIDENT, IncidentKind
from alerting.incident import Incident, Urgency
from alerting.orders import Order
from alerting.response import lines, phones
from alerting.response.case import Case, Ladder, Turn, Turns
from alerting.words import Words

AFTER = timedelta(seconds=30)
"""So soon after a cancelled alarm the resident is asked: within the minute."""
WAIT = timedelta(seconds=60)
"""How long each of the two calls waits for an answer."""
TIMES = 2
DESK_CALLS_WITHIN = timedelta(minutes=15)
"""So long the desk has to call somebody who did not answer, before people are told."""

DETECTOR = GROUP = "call_back"


class Went(IntEnum):
    """How far a call to the resident came, as far as anybody said."""

    NOWHERE = 0  # no way out took it in its minute
    TAKEN = 1  # a provider or the modem has it; it may have waited there, or rung
    RANG = 2


_NOT_ANSWERED = {
    Went.RANG: (lines.CALLED_BACK_SILENT, lines.CALL_BACK_SHORT),
    Went.TAKEN: (lines.CALLED_BACK_UNHEARD, lines.CALL_BACK_SHORT),
    Went.NOWHERE: (lines.CALLED_BACK_NOT_PLACED, lines.CALL_BACK_SHORT_NOT_PLACED),
}
"""What the story says, and the short of it for messages, by how far the calls came."""


class CallBack(msgspec.Struct, frozen=True, gc=False):
    """A cancelled alarm whose resident is still to be heard of."""

    incident: Incident
    """As it was closed."""
    at: datetime
    """When something is done next."""
    number: int
    """How many sentences there were: they number the keys."""
    asked: int = 0
    went: dict[str, Went] = {}
    """How far each of the calls came, by key; what is missing went nowhere."""


def turn_of(one: CallBack, turns: Turns) -> Turn:
    """Return the turn in which something is done about it."""
    return turns(Case(one.incident, Ladder(since=one.incident.opened_at, said=one.number), {}))


def go_on(
    one: CallBack, turns: Turns, *, is_busy: bool
) -> tuple[CallBack | None, list[Order], tuple[Finding, ...]]:
    """Ask, ask again, or give up; return what is left to do, the orders, and what follows."""
    turn = turn_of(one, turns)
    if is_busy:
        turn.change(Change.CALLED_BACK, lines.CALL_BACK_MOOT)
        return None, turn.orders, ()
    calls = phones.ways(turn)
    if not calls:
        turn.change(Change.CALLED_BACK, lines.CALL_BACK_BY_DESK)
        return None, turn.orders, ()
    if one.asked < TIMES:
        ends = turn.at + WAIT
        if not one.asked:
            turn.change(Change.CALLED_BACK, lines.CALLED_BACK)
        phones.order(turn, Phrase.CALL_BACK, calls=calls, expires_at=ends)
        after = CallBack(one.incident, ends, turn.ladder.said, one.asked + 1, one.went)
        return after, turn.orders, ()
    turn.orders.append(Withdraw(turn.at, one.incident.id))
    return None, turn.orders, (_unanswered(one, turn),)


def _unanswered(one: CallBack, turn: Turn) -> Finding:
    """Say what became of the calls; return who must look after the resident now."""
    went = max(one.went.values(), default=Went.NOWHERE)
    reason, short = _NOT_ANSWERED[went]
    turn.change(Change.CALLED_BACK, reason)
    if one.incident.kind is IncidentKind.FALL:
        fell = lines.fell_and_silent(one.incident.reason, went < Went.RANG, went > Went.NOWHERE)
        return finding(turn, IncidentKind.FALL, fell, short)
    visit = finding(turn, IncidentKind.VISIT, reason, short)
    return msgspec.structs.replace(
        visit,
        urgency=Urgency.MEDIUM,
        group=GROUP,
        asks_seconds=DESK_CALLS_WITHIN.seconds,
        asks_desk=True,
    )


def noted(one: CallBack, receipt: Receipt) -> CallBack:
    """Return the call-back with what the receipt says of one of its calls."""
    went = _went(receipt)
    if went is None or not _is_call(one, receipt.key) or one.went.get(receipt.key) is Went.RANG:
        return one
    return msgspec.structs.replace(one, went={**one.went, receipt.key: went})


def _is_call(one: CallBack, key: str) -> bool:
    """Return whether the key is that of a call by which this call-back asked."""
    begins = f"{one.incident.id}/prompt-"
    number, _, who = key.removeprefix(begins).partition("/")
    if not key.startswith(begins) or not who.startswith(RESIDENT) or not number.isdigit():
        return False
    return one.number - one.asked < int(number) <= one.number


def _went(receipt: Receipt) -> Went | None:
    """Return how far a call came; None: that it was ended by us says nothing of it."""
    match receipt.state:
        case DeliveryState.DELIVERED | DeliveryState.HEARD:
            return Went.RANG
        case DeliveryState.ACCEPTED | DeliveryState.AMBIGUOUS:
            return Went.TAKEN
        case DeliveryState.RECALLED:
            return None
    return Went.RANG if receipt.error is ErrorClass.UNREACHABLE else Went.NOWHERE


def finding(
    turn: Turn, kind: IncidentKind, reason: Words, short: Words = lines.CALL_BACK_SHORT
) -> Finding:
    """Return what must be concluded of the resident who cancelled the alarm."""
    evidence: dict[str, int | float | str | list[float]] = {"incident": turn.incident.id}
    return Finding(
        at=turn.at,
        detector=DETECTOR,
        what=kind,
        subject=turn.home.id,
        reason=reason,
        evidence=evidence,
        short=short,
    )
