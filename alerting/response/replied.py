"""Whose answer it is: a resident's is another matter than a responder's."""

from __future__ import annotations

from alerting.events import Reply
from alerting.household import RESIDENT
from alerting.response import answers, asking
from alerting.response.case import Turn
from alerting.words import Words


def answer(turn: Turn, reply: Reply) -> Words | None:
    """Carry the reply out; the words returned say why it could not be."""
    if reply.responder.startswith(RESIDENT):
        return asking.answered(turn, reply)
    return answers.answer(turn, reply)
