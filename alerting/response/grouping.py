"""Which incident a finding belongs to, and what it changes there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from alerting.events import Change, Finding, Phrase
from alerting.household import Household, IncidentKind, frozen
from alerting.incident import Cause, Incident, Outcome, Response, Urgency
from alerting.orders import About
from alerting.response import asking, lines
from alerting.response.answers import close
from alerting.response.case import HEARD_IN_THE_HOME, Case, Ladder, Turn
from alerting.response.escalation import act, ask, go_on, restart, whom_to_ask
from alerting.response.further import RANK, in_short, note
from alerting.response.sources import agreeing, remembered, together
from alerting.words import Words

TELL_AGAIN_MIN = timedelta(minutes=2)
"""However often the resident presses: those who know are not told again sooner than this."""

SUBJECTS_LISTED_MAX = 8
"""More than these are counted, not listed, in the reason of an incident."""


def belongs(case: Case, finding: Finding) -> bool:
    """Return True if the finding is about the same thing as the case."""
    incident = case.incident
    if finding.what is IncidentKind.FALL:  # whoever tells of it, and however they group it
        return incident.kind is IncidentKind.FALL
    return incident.kind is finding.what and incident.group == finding.group


def opened(home: Household, id: str, finding: Finding) -> Case:
    """Return the new case of an active finding; its first step is due at once."""
    incident = Incident(
        id=id,
        household=home.id,
        kind=finding.what,
        urgency=finding.urgency,
        opened_at=finding.at,
        reason=finding.reason,
        policy=frozen(home.policy(finding.what, finding.group), finding.at),
        subjects=(finding.subject,),
        due_at=finding.at,
        code=home.code,
        group=finding.group,
        short=finding.short,
        is_test=finding.asks_desk and finding.what is IncidentKind.EMERGENCY,
    )
    is_heard = finding.what in HEARD_IN_THE_HOME and finding.urgency is Urgency.HIGH
    ladder = Ladder(since=finding.at, is_heard=is_heard, falls=remembered((), finding))
    return Case(incident, ladder, {finding.subject: finding})


def begin(turn: Turn, more: Iterable[Finding]) -> None:
    """Open the incident with what else was found at the same moment, and take the first step.

    Whoever pressed hears that it was received.
    """
    for found in more:
        finding = _agreed(turn, found)
        _count(turn, finding)
        if RANK[finding.urgency] > RANK[turn.incident.urgency]:
            turn.replace(urgency=finding.urgency)
    asks = asking.window(turn)
    turn.replace(due_at=turn.allowed(turn.at + asks))
    turn.change(Change.OPENED, turn.incident.reason)
    if asks:
        asking.ask(turn, asks)
    if turn.incident.kind is IncidentKind.EMERGENCY:
        turn.say(Phrase.RECEIVED)
    act(turn)


def join(turn: Turn, finding: Finding) -> None:
    """Take in a further active finding."""
    was_cleared = turn.incident.cause is Cause.CLEARED
    finding = _agreed(turn, finding)
    is_more_urgent = RANK[finding.urgency] > RANK[turn.incident.urgency]
    before = turn.causes.get(finding.subject)
    _count(turn, finding)
    if finding.what is IncidentKind.TECHNICAL:
        note(turn, finding, before)
    if is_more_urgent:
        _upgrade(turn, finding)
        return
    if turn.incident.is_test and finding.detector not in asking.BUTTONS:
        _is_no_test(turn, finding)
        return
    change = Change.ACTIVE_AGAIN if was_cleared else Change.JOINED
    turn.change(change, finding.reason, by=finding.subject)
    if finding.what is IncidentKind.EMERGENCY and finding.urgency is Urgency.HIGH:
        turn.say(Phrase.RECEIVED)
    is_unanswered = turn.incident.response in (Response.OPEN, Response.EXHAUSTED)
    if finding.what is IncidentKind.INACTIVITY and is_unanswered:
        if was_cleared:
            turn.replace(due_at=turn.at)
            go_on(turn)
    elif finding.what is not IncidentKind.TECHNICAL:
        _call_again(turn, finding)


def _is_no_test(turn: Turn, finding: Finding) -> None:
    """A press taken for a test, and then somebody calls for help in another way: it is real."""
    text = {"reason": finding.reason, "short": finding.short}
    turn.change(Change.UPGRADED, finding.reason, by=finding.subject, is_test=False, **text)
    if asking.is_waiting(turn):
        turn.note(since=finding.at)
        turn.replace(due_at=turn.at)
        go_on(turn)


def clear(turn: Turn, finding: Finding) -> None:
    """Take note that a cause has gone. Only a human ends what a person may still need."""
    if finding.subject not in turn.causes:
        return
    causes = {id: cause for id, cause in turn.causes.items() if id != finding.subject}
    turn.causes = causes
    if finding.is_answer:  # the resident's own word: it was none
        turn.note(falls=tuple(f for f in turn.ladder.falls if f.subject != finding.subject))
    incident = turn.incident
    if causes:
        fields = _summary(causes) if incident.kind is IncidentKind.TECHNICAL else {}
        turn.change(
            Change.CLEARED, finding.reason, by=finding.subject, subjects=tuple(causes), **fields
        )
        return
    turn.change(
        Change.CLEARED, finding.reason, by=finding.subject, subjects=(), cause=Cause.CLEARED
    )
    if incident.kind is IncidentKind.TECHNICAL:
        close(turn, "", Outcome.RECOVERED)
    elif incident.kind is IncidentKind.INACTIVITY and not turn.ladder.needs_help:
        _hold(turn)
    elif incident.kind is IncidentKind.FALL and not incident.told:
        _answered(turn, finding)


def _answered(turn: Turn, finding: Finding) -> None:
    """Nobody was called yet: their own word ends it, being up makes it less urgent."""
    if finding.is_answer:
        turn.closer = lines.RESIDENT
        close(turn, "", Outcome.SAFE)
    else:
        turn.replace(urgency=Urgency.MEDIUM, due_at=turn.allowed(turn.incident.due_at or turn.at))


def _agreed(turn: Turn, finding: Finding) -> Finding:
    """Return the finding; of high urgency, if another source tells of the same fall."""
    is_alone = len(agreeing(turn.ladder.falls, finding)) == 1
    return finding if is_alone else msgspec.structs.replace(finding, urgency=Urgency.HIGH)


def _count(turn: Turn, finding: Finding) -> None:
    sources = agreeing(turn.ladder.falls, finding)
    turn.note(falls=remembered(turn.ladder.falls, finding))
    turn.causes = {**turn.causes, finding.subject: finding}
    fields = _summary(turn.causes) if finding.what is IncidentKind.TECHNICAL else {}
    if len(sources) > 1:
        fields = together(sources)
    turn.replace(
        subjects=tuple(turn.causes),
        findings=turn.incident.findings + 1,
        cause=Cause.ACTIVE,
        **fields,
    )


def _summary(causes: dict[str, Finding]) -> dict[str, Words]:
    """Return the reason of all causes together."""
    findings = list(causes.values())
    if len(findings) == 1:
        return {"reason": findings[0].reason, "short": findings[0].short}
    listed = findings[:SUBJECTS_LISTED_MAX]
    zh = "；".join(finding.reason.zh for finding in listed)
    en = "; ".join(finding.reason.en for finding in listed)
    more = len(findings) - len(listed)
    return {
        "reason": Words(
            f"{len(findings)}处故障：{zh}" + (f"；另有{more}处" if more else ""),
            f"{len(findings)} faults: {en}" + (f"; and {more} more" if more else ""),
        ),
        "short": in_short(findings),
    }


def _upgrade(turn: Turn, finding: Finding) -> None:
    """It became more urgent. Where a person may be in danger, the ladder begins again at once."""
    is_technical = finding.what is IncidentKind.TECHNICAL
    is_told = is_technical or len(agreeing(turn.ladder.falls, finding)) > 1
    text = {} if is_told else {"reason": finding.reason, "short": finding.short}
    turn.replace(urgency=finding.urgency, **text)
    restarts = finding.urgency is Urgency.HIGH and (
        turn.incident.response in (Response.OPEN, Response.EXHAUSTED) or _is_left_alone(turn)
    )
    if restarts:
        restart(turn)
    if finding.urgency is Urgency.HIGH:
        turn.note(
            since=finding.at, is_heard=turn.ladder.is_heard or finding.what in HEARD_IN_THE_HOME
        )
    turn.change(Change.UPGRADED, finding.reason, by=finding.subject)
    if finding.what is IncidentKind.EMERGENCY:
        turn.say(Phrase.RECEIVED)
    if restarts:
        go_on(turn)
    elif turn.incident.responder and not is_technical:
        _tell_holder(turn)


def _call_again(turn: Turn, finding: Finding) -> None:
    """It happens again: whoever has it hears so; nobody is told twice in a breath."""
    told_at = turn.ladder.told_at
    is_fresh = told_at is not None and turn.at - told_at < TELL_AGAIN_MIN
    match turn.incident.response:
        case Response.CLAIMED if not is_fresh:
            _tell_holder(turn)
        case Response.ON_SCENE if _is_left_alone(turn):
            _begin_anew(turn, finding)
        case Response.ON_SCENE if not is_fresh:
            _tell_holder(turn)
        case Response.EXHAUSTED if not is_fresh:
            turn.replace(due_at=turn.at)
            go_on(turn)


def _is_left_alone(turn: Turn) -> bool:
    """Return True when somebody was there, but has not been heard of for a whole lease."""
    lease = turn.incident.lease_until
    return turn.incident.response is Response.ON_SCENE and lease is not None and lease < turn.at


def _begin_anew(turn: Turn, finding: Finding) -> None:
    """Whoever was there may have left without closing it: the ladder begins again."""
    restart(turn)
    turn.note(since=finding.at)
    turn.change(Change.LAPSED, lines.called_again(finding.reason), by=finding.subject)
    go_on(turn)


def _tell_holder(turn: Turn) -> None:
    turn.note(told_at=turn.at)
    turn.remind(turn.incident.responder, About.AGAIN, turn.incident.urgency)


def _hold(turn: Turn) -> None:
    """A silence ended by itself: nobody further is told, and one person is asked to make sure."""
    turn.withdraw()
    if not turn.is_held:
        turn.news(About.MOVING_AGAIN)
        return
    if turn.incident.told:
        turn.news(About.MOVING_AGAIN, without=(whom_to_ask(turn),))
    ask(turn)
