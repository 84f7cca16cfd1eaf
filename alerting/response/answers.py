"""What a person's answer does to an incident."""

from __future__ import annotations

from datetime import timedelta

from alerting.events import Answer, Change, Phrase, Reply
from alerting.household import IncidentKind
from alerting.incident import Move, Outcome, Response
from alerting.orders import About
from alerting.response import lines, within
from alerting.response.case import DESK, Turn
from alerting.response.escalation import ask, escalate, hold, hurry, lapse, whom_to_ask
from alerting.words import Words

VIA_DOOR = "qr"
"""How an answer comes that was given on the page behind the code at the door."""


def answer(turn: Turn, reply: Reply) -> Words | None:
    """Carry the reply out; the words returned say why it could not be."""
    who = reply.responder
    if not who.startswith(DESK) and turn.responder(who) is None:
        return lines.NOT_ASKED
    refused = _answer(turn, reply, who)
    if reply.answer in _PERSONAL and not turn.incident.is_over:
        within.answered(turn, who)
    return refused


_PERSONAL = (Answer.GOING, Answer.ON_SCENE, Answer.CANNOT)
"""By these a person shows that they know of it."""


def _answer(turn: Turn, reply: Reply, who: str) -> Words | None:
    match reply.answer:
        case Answer.GOING:
            return _going(turn, who)
        case Answer.ON_SCENE if reply.via == VIA_DOOR and turn.incident.responder != who:
            return _at_door(turn, who)
        case Answer.ON_SCENE:
            _on_scene(turn, who)
        case Answer.CANNOT:
            return _cannot(turn, who)
        case Answer.ESCALATE:
            escalate(turn, who)
        case Answer.CLOSE:
            if reply.outcome is None:
                return lines.OUTCOME_NEEDED
            close(turn, who, reply.outcome, reply.note)
        case Answer.MISTAKE:
            return _mistake(turn, who)
        case Answer.NOTE | Answer.REPEAT:
            pass  # the reply itself is the story's line; the incident stays as it is
    return None


def _going(turn: Turn, who: str) -> Words | None:
    name, lease = turn.name(who), turn.incident.policy.claim_lease
    minutes = _minutes(lease)
    match turn.incident.response:
        case Response.CLAIMED if turn.incident.responder == who:
            hold(turn, who, turn.at + lease)
            turn.change(Change.CLAIMED, lines.renewed(name, minutes), by=who)
        case Response.ON_SCENE if turn.incident.responder == who:
            return lines.ALREADY_THERE
        case Response.CLAIMED | Response.ON_SCENE:
            turn.note(also={**turn.ladder.also, who: turn.at + lease})
            turn.change(Change.ALSO_COMING, lines.also_coming(name), by=who)
        case _:
            hold(turn, who, turn.at + lease)
            turn.note(is_heard=turn.ladder.is_heard or _is_worth_hearing(turn), also={})
            turn.change(Change.CLAIMED, lines.claimed(name, minutes), by=who, declined=())
            turn.withdraw()
            turn.news(About.COMING, without=(who,))
            turn.say(Phrase.COMING, turn.goer(who))
    return None


def _on_scene(turn: Turn, who: str) -> None:
    before = turn.incident.response
    lease = turn.incident.policy.on_scene_lease
    turn.note(is_heard=turn.ladder.is_heard or _is_worth_hearing(turn))
    turn.change(
        Change.ON_SCENE,
        lines.on_scene(turn.name(who)),
        by=who,
        response=turn.incident.moved(Move.ARRIVE),
        responder=who,
        lease_until=turn.at + lease,
        due_at=turn.allowed(turn.at + lease),
    )
    if before in (Response.OPEN, Response.EXHAUSTED):
        turn.withdraw()
        turn.news(About.ARRIVED, without=(who,))
    if before is not Response.ON_SCENE:
        turn.say(Phrase.ON_SCENE, turn.goer(who))


def _cannot(turn: Turn, who: str) -> Words | None:
    match turn.incident.response:
        case Response.ON_SCENE if turn.incident.responder == who:
            return lines.ALREADY_THERE
        case Response.CLAIMED if turn.incident.responder == who:
            lapse(turn, because_of=who)
            return None
    declined = turn.incident.declined
    was_asked = turn.is_held and whom_to_ask(turn) == who
    turn.note(also={id: until for id, until in turn.ladder.also.items() if id != who})
    turn.change(
        Change.DECLINED,
        lines.declined(turn.name(who)),
        by=who,
        declined=declined if who in declined else (*declined, who),
    )
    if was_asked and whom_to_ask(turn) != who:
        ask(turn)
    else:
        if turn.incident.response is Response.OPEN and not turn.is_held:
            within.gone(turn, who)
        hurry(turn, is_human=True)
    return None


def _at_door(turn: Turn, who: str) -> Words | None:
    """Somebody read the code at the door and gave the number of `who`.

    Anybody may have photographed the code, and numbers are no secret: nothing stops until the
    person says so from their own telephone. Only who has it already is believed.
    """
    if turn.incident.response is Response.ON_SCENE:
        return lines.SOMEBODY_THERE
    turn.change(Change.REMINDED, lines.at_door(turn.name(who)), by=who)
    turn.remind(who, About.AT_DOOR)
    return None


def _mistake(turn: Turn, who: str) -> Words | None:
    """End it as a false alarm, by whoever was told of it: everybody told hears who said so.

    Whoever stands before the resident knows better than whoever is far away.
    """
    incident, is_desk = turn.incident, who.startswith(DESK)
    if not is_desk and who not in (*incident.told, incident.responder):
        return lines.NOT_ASKED
    is_at_it = incident.responder in ("", who) or is_desk
    if incident.response is Response.ON_SCENE and not is_at_it:
        return lines.is_there(turn.name(incident.responder))
    close(turn, who, Outcome.MISTAKE)
    return None


def close(turn: Turn, who: str, outcome: Outcome, note: str = "") -> None:
    """End it; everybody who was told hears so, and so does the resident.

    Without a `who` it ended by itself.
    """
    is_by_itself = not who
    told, had_it = turn.incident.told, turn.incident.responder
    if turn.responder(had_it) is not None and had_it not in told:
        told = (*told, had_it)
    if not is_by_itself:
        turn.closer = Words(turn.name(who), turn.name(who))
    turn.change(
        Change.CLOSED,
        _closed_by_itself(outcome) if is_by_itself else lines.closed(turn.name(who), outcome, note),
        by=who,
        response=turn.incident.moved(Move.CLOSE),
        outcome=outcome,
        note=note,
        told=told,
        closed_at=turn.at,
        due_at=None,
        lease_until=None,
    )
    turn.withdraw()
    turn.news(About.RECOVERED if is_by_itself else About.OVER, without=(who,))
    turn.say(Phrase.OVER)


def _closed_by_itself(outcome: Outcome) -> Words:
    return lines.ALL_RIGHT if outcome is Outcome.SAFE else lines.RECOVERED


def _minutes(lease: timedelta) -> int:
    return round(lease.total_seconds() / 60)


def _is_worth_hearing(turn: Turn) -> bool:
    """A resident hears who comes for them, but not who comes for a battery."""
    return turn.incident.kind is not IncidentKind.TECHNICAL
