"""How incidents ended, for those whose answer comes too late."""

from __future__ import annotations

from datetime import datetime, tzinfo

import msgspec

from alerting.events import Refused, Reply
from alerting.incident import Outcome
from alerting.response import lines
from alerting.response.case import Turn
from alerting.words import Words

ENDED_KEPT_MAX = 50
"""So many incidents that are over are remembered, to tell late repliers who closed them."""


class Ended(msgspec.Struct, frozen=True, gc=False):
    """How an incident ended, for those whose answer comes too late."""

    at: datetime
    closer: Words
    outcome: Outcome


def remember(ended: dict[str, Ended], turn: Turn) -> None:
    """Keep how the turn's incident ended; the oldest give way."""
    outcome = turn.incident.outcome or Outcome.OTHER
    ended[turn.incident.id] = Ended(turn.at, turn.closer, outcome)
    while len(ended) > ENDED_KEPT_MAX:
        del ended[next(iter(ended))]


def too_late(ended: Ended | None, zone: tzinfo) -> Words:
    """Tell a person whose answer comes too late who closed it; None: nobody remembers."""
    if ended is None:
        return lines.UNKNOWN
    clock = f"{ended.at.astimezone(zone):%H:%M}"
    return lines.over(ended.closer, clock, ended.outcome)


def refused(reply: Reply, words: Words) -> Refused:
    """Return that the reply changes nothing, and why."""
    return Refused(reply.at, reply.incident, reply.responder, reply.answer, reply.via, words)
