"""After an automatic detection the resident is asked first; no answer counts as need.

The question goes to every device that speaks and, in parallel, by telephone: 1 is well, 2
is help. The ladder begins by itself at the end of the window, whatever became of the
call: no provider is waited for. Only a key that was pressed says that all is well.

Windows: docs/elder.md; fall 20 to 30 s, silence 60 s and once more.
"""

from __future__ import annotations

from datetime import timedelta

from alerting.events import Answer, Change, Phrase, Reply
from alerting.household import IncidentKind
from alerting.incident import Outcome, Response, Urgency
from alerting.orders import About
from alerting.response import lines, phones
from alerting.response.answers import close
from alerting.response.case import Turn
from alerting.response.escalation import go_on, restart
from alerting.words import Words

ASKED_TWICE = frozenset({IncidentKind.INACTIVITY})
"""The kinds for which the telephone rings a second time before people are called."""

BUTTONS = frozenset({"help_call"})
"""Whose findings are presses of buttons: nothing else is taken for a test of them."""


def window(turn: Turn) -> timedelta:
    """Return how long people are not called yet; zero: nobody is asked, or can be.

    A finding asks for it; of several, the shortest holds. Nobody is asked at an hour at
    which nobody may be called anyway: that would only wake them.
    """
    if all(finding.asks_desk for finding in turn.causes.values()):
        return timedelta(seconds=max(finding.asks_seconds for finding in turn.causes.values()))
    seconds = min((finding.asks_seconds for finding in turn.causes.values()), default=0)
    if not seconds or turn.allowed(turn.at) > turn.at:
        return timedelta()
    if turn.incident.kind in ASKED_TWICE:
        return timedelta(seconds=2 * seconds) if phones.ways(turn) else timedelta()
    can_ask = turn.home.speaks or phones.ways(turn)
    return timedelta(seconds=seconds) if can_ask else timedelta()


def ask(turn: Turn, asks: timedelta) -> None:
    """Ask the resident, by all that speaks and by telephone."""
    if all(finding.asks_desk for finding in turn.causes.values()):
        return  # the desk sees it by itself
    twice = turn.incident.kind in ASKED_TWICE
    turn.note(ask_at=turn.at + asks / 2 if twice else None)
    _question(turn, asks / 2 if twice else asks)


def act(turn: Turn) -> None:
    """Ask once more if it is time, and nobody has been called yet."""
    at, due = turn.ladder.ask_at, turn.incident.due_at
    is_open = turn.incident.response is Response.OPEN
    if turn.incident.is_test and is_open and due is not None and due <= turn.at:
        turn.change(Change.UPGRADED, lines.TEST_NOT_CONFIRMED, is_test=False)
    if at is None or at > turn.at:
        return
    turn.note(ask_at=None)
    if due is not None and due > turn.at and is_waiting(turn):
        _question(turn, due - turn.at)


def is_waiting(turn: Turn) -> bool:
    """Return whether nobody was called yet, so that the resident's word ends it."""
    incident = turn.incident
    return incident.response is Response.OPEN and not incident.told and not incident.responder


def answered(turn: Turn, reply: Reply) -> Words | None:
    """Carry out what a resident answered; the words returned say why it could not be."""
    if reply.answer is Answer.WELL:
        _well(turn, reply)
    elif reply.answer is Answer.HELP:
        _help(turn, reply)
    elif reply.answer is not Answer.NOTE:
        return lines.NOT_ASKED
    return None


def _question(turn: Turn, wait: timedelta) -> None:
    calls = phones.ways(turn)
    end = turn.at + wait
    phones.order(turn, Phrase.ALL_RIGHT, calls=calls, expires_at=end)
    if calls:
        names = tuple(person.name for person, _ in calls)
        turn.change(Change.ASKED, lines.asked_resident(names, round(wait.total_seconds())))


def _well(turn: Turn, reply: Reply) -> None:
    if is_waiting(turn) and turn.incident.kind is not IncidentKind.SAFETY:
        turn.note(ask_at=None)
        turn.change(Change.ANSWERED, lines.RESIDENT_WELL, by=reply.responder)
        turn.closer = lines.RESIDENT
        close(turn, "", Outcome.SAFE)
        return
    turn.change(Change.ANSWERED, lines.RESIDENT_WELL_LATE, by=reply.responder)


def _help(turn: Turn, reply: Reply) -> None:
    """They are in need, whatever moves at home; who was told less urgently is told again."""
    is_first, was_held = is_waiting(turn), turn.is_held
    was_urgent = turn.incident.urgency is Urgency.HIGH
    turn.note(ask_at=None, is_heard=True, needs_help=True)
    words, by = lines.RESIDENT_NEEDS_HELP, reply.responder
    if turn.incident.response not in (Response.OPEN, Response.EXHAUSTED):
        turn.change(Change.ANSWERED, words, by=by, urgency=Urgency.HIGH)
        turn.remind(turn.incident.responder, About.AGAIN, Urgency.HIGH)
        return
    turn.change(Change.UPGRADED, words, by=by, urgency=Urgency.HIGH)
    if not (is_first or was_urgent):
        restart(turn)
    if is_first or was_held or not was_urgent or turn.incident.response is Response.EXHAUSTED:
        turn.replace(due_at=turn.at)
        go_on(turn)
