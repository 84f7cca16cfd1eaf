"""What people hear of a technical fault that joins one they were told of already.

What fails within minutes of the first is one failure (a coordinator that died) and one
message. What fails later is news to whoever was told, gathered for a while; a call button
that died, or a home that is not seen any more, does not wait and begins the ladder again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerting.events import Finding
from alerting.incident import Response, Urgency
from alerting.orders import About
from alerting.response import asking, escalation, within
from alerting.response.case import NEWS_EXPIRES, REMINDER_EXPIRES, Turn
from alerting.response.escalation import go_on, restart
from alerting.words import Words

TOGETHER = timedelta(minutes=10)
"""What fails so soon after the first belongs to the same failure, and to its message."""
GATHER = timedelta(minutes=10)
"""How long further faults are gathered into one message."""
GRAVE_AGAIN_MIN = timedelta(minutes=2)
"""However much fails: the ladder does not begin again sooner than this."""

RANK = {Urgency.LOW: 0, Urgency.MEDIUM: 1, Urgency.HIGH: 2}


def note(turn: Turn, finding: Finding, before: Finding | None) -> None:
    """Remember that people must hear of `finding`, and when; `before`: how it was known.

    Before anybody was told there is nothing to do: the first message says it all.
    """
    is_news = before is None or finding.insists or RANK[finding.urgency] > RANK[before.urgency]
    told_at = turn.ladder.told_at
    if not is_news or told_at is None or _is_same_failure(turn, finding):
        return
    if _is_grave(finding):
        at = max(turn.at, told_at + GRAVE_AGAIN_MIN)
    else:
        at = turn.allowed(turn.at + GATHER)
    if turn.ladder.tell_at is not None:
        at = min(at, turn.ladder.tell_at)
    others = tuple(subject for subject in turn.ladder.untold if subject != finding.subject)
    turn.note(tell_at=at, untold=(*others, finding.subject))


def act(turn: Turn) -> None:
    """Do what is due: tell what has joined, and go on within the step and with the ladder."""
    asking.act(turn)
    tell(turn)
    within.act(turn)
    escalation.act(turn)


def tell(turn: Turn) -> None:
    """Tell people what has joined, if it is time."""
    at = turn.ladder.tell_at
    if at is None or at > turn.at:
        return
    opens = turn.allowed(turn.at)
    if opens > turn.at:
        turn.note(tell_at=opens)
        return
    untold = [turn.causes[id] for id in turn.ladder.untold if id in turn.causes]
    is_grave = any(map(_is_grave, untold))
    turn.note(tell_at=None, untold=())
    if is_grave:
        turn.note(since=turn.at)
    if is_grave and turn.incident.response in (Response.OPEN, Response.EXHAUSTED):
        restart(turn)
        go_on(turn)
    elif untold:
        _tell_those_who_know(turn, in_short(untold), is_grave)


def in_short(findings: Sequence[Finding]) -> Words:
    """Return several faults in a few words; the gravest is named."""
    top = max(findings, key=lambda finding: RANK[finding.urgency])
    if len(findings) == 1:
        return top.short
    if not _is_grave(top):
        return Words(f"{len(findings)}处设备故障", f"{len(findings)} device faults")
    return Words(
        f"{top.short.zh}等{len(findings)}处", f"{top.short.en} and {len(findings) - 1} more"
    )


def _is_grave(finding: Finding) -> bool:
    return finding.urgency is not Urgency.LOW


def _is_same_failure(turn: Turn, finding: Finding) -> bool:
    if finding.insists or turn.at - turn.incident.opened_at > TOGETHER:
        return False
    if finding.parts:
        return next(iter(turn.causes)) in finding.parts
    return not _is_grave(finding)


def _tell_those_who_know(turn: Turn, short: Words, is_grave: bool) -> None:
    """Tell whoever has it, and whoever was told; the desk sees it by itself."""
    incident = turn.incident
    news, remind = f"news-{turn.ladder.news}", f"remind-{turn.ladder.reminders}"
    turn.note(news=turn.ladder.news + 1)
    if is_grave:
        turn.note(told_at=turn.at, reminders=turn.ladder.reminders + 1)
    for person in incident.policy.responders:
        ways = turn.ways(person, incident.policy, Urgency.MEDIUM)
        if is_grave and person.id == incident.responder:
            turn.send(remind, person, ways, About.WORSE, REMINDER_EXPIRES, short)
        elif person.id in (*incident.told, incident.responder):
            turn.send(news, person, ways, About.MORE, NEWS_EXPIRES, short)
