"""Where an unanswered incident stands, and what is done next.

The ladder: a step tells its responders and waits; the steps are taken in order,
`rounds` times; then everybody is told again each `repeat_every`, until a person
answers. The step counter never goes back, so that no key ever has two meanings.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alerting.events import Change, DeliveryState, Phrase, Receipt
from alerting.household import Responder, Step
from alerting.incident import Move, Response, Urgency
from alerting.orders import About
from alerting.response import lines, phones, within
from alerting.response.case import Sent, Turn

WAIT_MIN = timedelta(seconds=1)
"""However a policy is written: nothing is done twice at the same moment."""

ASK_AGAIN = timedelta(minutes=30)
"""How often somebody is asked to confirm that a silence ended well."""

NOTHING_UNDER_WAY: dict[str, Any] = {"sent": {}, "line": (), "line_at": None, "stand_ins": {}}
"""The ladder's fields that are about one step, before anybody of the next was told."""

_FAILED = (DeliveryState.FAILED, DeliveryState.UNDELIVERED)


def act(turn: Turn) -> None:
    """Do what is due: take a step, remind, take a claim back, repeat or ask."""
    due = turn.incident.due_at
    if due is None or due > turn.at:
        return
    match turn.incident.response:
        case Response.OPEN if turn.is_held:
            ask(turn)
        case Response.OPEN:
            take_step(turn)
        case Response.CLAIMED:
            _watch_claim(turn)
        case Response.ON_SCENE:
            _remind_scene(turn)
        case Response.EXHAUSTED if turn.is_held:
            ask(turn)
        case Response.EXHAUSTED:
            repeat(turn)
        case Response.CLOSED:
            raise AssertionError(f"{turn.incident.id} is closed and still has something due")


def take_step(turn: Turn, *, is_ordered: bool = False) -> None:
    """Tell the next step's responders, or note that the ladder ran out.

    A step nobody can be reached in is passed over at once; quiet hours put it off, unless a
    person has said that it be taken now (`is_ordered`).
    """
    opens = turn.allowed(turn.at)
    if opens > turn.at and not is_ordered:
        turn.replace(due_at=opens)
        return None
    policy = turn.incident.policy
    while True:
        rung = turn.incident.rung
        if rung is None:
            return _exhaust(turn)
        if _tell_step(turn, policy.steps[rung]):
            return None


def _later(turn: Turn, wait: timedelta) -> datetime:
    return turn.allowed(turn.at + max(wait, WAIT_MIN))


def _tell_step(turn: Turn, step: Step) -> bool:
    number = turn.incident.step
    position = number - turn.incident.base
    round, place = divmod(position, len(turn.incident.policy.steps))
    turn.replace(step=number + 1)
    turn.note(**NOTHING_UNDER_WAY)
    people = within.called(turn, step)
    if not people:
        turn.change(
            Change.STEPPED,
            lines.not_reachable(step.tier),
            declined=(),
            due_at=_later(turn, step.wait),
        )
        return False
    told = within.first_of(turn, step, people)
    wait = within.still_to_wait(turn, step)
    turn.change(
        Change.STEPPED,
        lines.stepped(step.tier, told, place + 1, round + 1),
        told=_with(turn.incident.told, told),
        declined=(),
        due_at=_later(turn, wait),
    )
    about = About.ALARM if position == 0 else About.ESCALATED
    turn.note(told_at=turn.at, untold=(), tell_at=None)
    for person in told:
        within.alarm(turn, number, person, within.ways(turn, person), about, step.wait)
    within.arm(turn, step, told)
    within.copy(turn, step, people)
    turn.say(Phrase.CALLING if position == 0 else Phrase.NOBODY_YET, people=told)
    return True


def _with(told: tuple[str, ...], people: tuple[Responder, ...]) -> tuple[str, ...]:
    return told + tuple(person.id for person in people if person.id not in told)


def _exhaust(turn: Turn) -> None:
    policy = turn.incident.policy
    turn.note(**NOTHING_UNDER_WAY)
    turn.change(
        Change.EXHAUSTED,
        lines.NOBODY_ANSWERED,
        response=turn.incident.moved(Move.EXHAUST),
        declined=(),
        due_at=_later(turn, policy.repeat_every),
    )
    turn.say(Phrase.NOBODY_YET)


def repeat(turn: Turn, *, is_ordered: bool = False) -> None:
    """Tell everybody again, under a step number of their own; `is_ordered`: see `take_step`."""
    opens = turn.allowed(turn.at)
    if opens > turn.at and not is_ordered:
        turn.replace(due_at=opens)
        return
    policy = turn.incident.policy
    number = turn.incident.step
    people = within.everybody(turn)
    turn.note(**NOTHING_UNDER_WAY)
    turn.note(told_at=turn.at, untold=(), tell_at=None)
    turn.change(
        Change.REPEATED,
        lines.repeated(len(people)),
        step=number + 1,
        told=_with(turn.incident.told, people),
        declined=(),
        due_at=_later(turn, policy.repeat_every),
    )
    for person in people:
        ways = within.ways(turn, person)
        within.alarm(turn, number, person, ways, About.ESCALATED, timedelta())
    turn.say(Phrase.NOBODY_YET, people=people)


def restart(turn: Turn) -> None:
    """Begin the ladder anew, at once."""
    turn.note(**NOTHING_UNDER_WAY)
    turn.note(also={}, given_up_at=None)
    turn.replace(
        base=turn.incident.step,
        response=turn.incident.moved(Move.RESTART),
        responder="",
        lease_until=None,
        declined=(),
        due_at=turn.at,
    )


def ask(turn: Turn) -> None:
    """Ask one person to make sure that a silence ended well, and again until a human closes it.

    The last one told is asked; whoever said they cannot is passed over while others remain.
    """
    opens = turn.allowed(turn.at)
    if opens > turn.at:
        turn.replace(due_at=opens)
        return
    person = whom_to_ask(turn)
    turn.remind(person, About.CONFIRM)
    turn.change(
        Change.REMINDED,
        lines.asked_to_confirm(turn.name(person)),
        by=person,
        told=turn.incident.told if person in turn.incident.told else (*turn.incident.told, person),
        due_at=_later(turn, ASK_AGAIN),
    )


def whom_to_ask(turn: Turn) -> str:
    """Return who is asked to confirm: somebody told, else the policy's first."""
    asked = turn.incident.policy.asked
    told = tuple(id for id in turn.incident.told if id in asked)
    told = told or tuple(p.id for p in turn.incident.policy.responders if p.id in asked)[:1]
    willing = [id for id in told if id not in turn.incident.declined]
    return (willing or list(told))[-1]


def _watch_claim(turn: Turn) -> None:
    lease = turn.incident.lease_until
    assert lease is not None, f"{turn.incident.id} is claimed without a lease"
    if lease <= turn.at:
        lapse(turn)
        return
    turn.remind(turn.incident.responder, About.CLAIM_RUNS_OUT)
    turn.change(
        Change.REMINDED,
        lines.reminded(turn.name(turn.incident.responder)),
        by=turn.incident.responder,
        due_at=lease,
    )


def _remind_scene(turn: Turn) -> None:
    turn.remind(turn.incident.responder, About.STILL_THERE)
    turn.change(
        Change.REMINDED,
        lines.reminded(turn.name(turn.incident.responder)),
        by=turn.incident.responder,
        due_at=_later(turn, turn.incident.policy.on_scene_lease),
    )


def lapse(turn: Turn, because_of: str = "") -> None:
    """Take the claim back: to another who is coming, else on with the ladder at once.

    `because_of` is the claimant who gave it back; without it, the lease ran out.
    """
    gone = turn.incident.responder
    declined = turn.incident.declined
    coming = {id: until for id, until in turn.ladder.also.items() if until > turn.at and id != gone}
    words = lines.gave_back(turn.name(gone)) if because_of else lines.NO_LONGER_COMING
    turn.change(
        Change.LAPSED,
        words,
        by=gone,
        response=turn.incident.moved(Move.LAPSE),
        responder="",
        lease_until=None,
        declined=(*declined, gone) if because_of and gone not in declined else declined,
        due_at=turn.allowed(turn.at),
    )
    if coming:
        heir = max(coming, key=lambda id: (coming[id], id))
        turn.note(also={id: until for id, until in coming.items() if id != heir})
        hold(turn, heir, coming[heir])
        turn.change(Change.CLAIMED, lines.handed_over(turn.name(heir)), by=heir)
        turn.say(Phrase.COMING, turn.goer(heir))
        return
    turn.note(also={}, given_up_at=turn.at)
    go_on(turn)


def go_on(turn: Turn) -> None:
    """Do what is due; where nothing is left of the ladder, tell everybody again."""
    was_open = turn.incident.response is Response.OPEN
    act(turn)
    if was_open and turn.incident.response is Response.EXHAUSTED:
        repeat(turn)


def hold(turn: Turn, who: str, end: datetime) -> None:
    """Move the incident to claimed by `who` until `end`, with a reminder half-way."""
    turn.replace(
        response=turn.incident.moved(Move.CLAIM),
        responder=who,
        lease_until=end,
        due_at=min(turn.allowed(turn.at + (end - turn.at) / 2), end),
    )


def receipt(turn: Turn, receipt: Receipt) -> None:
    """Note what became of a message of the present step.

    Where one channel failed, or may have, the responder's next one is tried at once;
    when every message of the step has failed, the next step is.
    """
    message = turn.ladder.sent.get(receipt.key)
    if receipt.state in _FAILED and _is_last_prompt(turn, receipt.key):
        phones.not_said(turn)
    if message is None:
        return
    has_failed = receipt.state in _FAILED
    if not has_failed and receipt.state is not DeliveryState.AMBIGUOUS:
        return
    if has_failed:
        sent = Sent(message.responder, message.channel, has_failed=True)
        turn.note(sent={**turn.ladder.sent, receipt.key: sent})
    has_another = _try_another_way(turn, message.responder)
    if has_failed and turn.incident.response is Response.OPEN:
        if not has_another and _has_failed(turn, message.responder):
            within.gone(turn, message.responder)
        hurry(turn, is_human=False)


def _has_failed(turn: Turn, id: str) -> bool:
    return all(sent.has_failed for sent in turn.ladder.sent.values() if sent.responder == id)


def _is_last_prompt(turn: Turn, key: str) -> bool:
    """Return whether the key is that of the last sentence, to a device."""
    begins = f"{turn.incident.id}/prompt-{turn.ladder.said}/"
    return key.startswith(begins) and key.removeprefix(begins) in turn.home.devices


def _try_another_way(turn: Turn, id: str) -> bool:
    person = turn.responder(id)
    assert person is not None, f"{turn.incident.id} told {id}, who is not in its policy"
    used = {sent.channel for sent in turn.ladder.sent.values() if sent.responder == id}
    policy = turn.incident.policy
    others = [way for way in turn.ways(person, policy, Urgency.HIGH) if way.name not in used]
    if others and id not in turn.incident.declined and turn.allowed(turn.at) == turn.at:
        number = turn.incident.step - 1
        within.alarm(turn, number, person, (others[0],), within.about_now(turn), timedelta())
        return True
    return False


def hurry(turn: Turn, *, is_human: bool) -> None:
    """Take the next step at once if nobody of this one is left to answer.

    When it was messages that failed (not `is_human`), the round's last step keeps its
    wait: a provider that refuses everything would burn the whole ladder in a second.
    """
    if turn.incident.response is not Response.OPEN or turn.is_held or not turn.ladder.sent:
        return
    if turn.ladder.line:
        return  # somebody of this step has not been told yet
    is_out: dict[str, bool] = {}
    for sent in turn.ladder.sent.values():
        gone = sent.has_failed or sent.responder in turn.incident.declined
        is_out[sent.responder] = is_out.get(sent.responder, True) and gone
    if not all(is_out.values()):
        return
    position = turn.incident.step - turn.incident.base
    begins_a_round = position % len(turn.incident.policy.steps) == 0
    if begins_a_round and not is_human:
        return
    if turn.allowed(turn.at) == turn.at:
        take_step(turn)


def escalate(turn: Turn, who: str) -> None:
    """Take the next step at once, because a person says so: also in quiet hours.

    Where somebody has it, they keep it: the next ones are asked to come as well.
    """
    turn.change(Change.UPGRADED, lines.escalated(turn.name(who)), by=who)
    before = turn.incident.response
    if before in (Response.CLAIMED, Response.ON_SCENE):
        _reinforce(turn)
    if before is Response.OPEN:
        take_step(turn, is_ordered=True)
    if turn.incident.response is Response.EXHAUSTED:
        repeat(turn, is_ordered=True)


def _reinforce(turn: Turn) -> None:
    """Ask the next step's people to come as well; after the last, everybody."""
    number, rung = turn.incident.step, turn.incident.rung
    steps = turn.incident.policy.steps
    people = within.called(turn, steps[rung]) if rung is not None else ()
    tier = steps[rung].tier if rung is not None and people else ""
    people = tuple(p for p in people or within.everybody(turn) if p.id != turn.incident.responder)
    words = lines.stepped(tier, people, (rung or 0) + 1, 1) if tier else lines.repeated(len(people))
    turn.note(**NOTHING_UNDER_WAY)
    turn.change(Change.STEPPED, words, step=number + 1, told=_with(turn.incident.told, people))
    for person in people:
        ways = within.ways(turn, person)
        within.alarm(turn, number, person, ways, About.REINFORCE, timedelta())
