"""What happens within one step: who is told at once, who next, who instead, who again.

* Whoever is away, or whom no channel reaches, is replaced by their deputies at once; whoever
  says that they cannot, or whose messages have all failed, at that moment; whoever does not
  answer, after `deputy_after`.
* One by one, the step's people stand in a line, each before their own deputies.
* Where everybody must confirm, each of the step's people is told on, until they themselves
  have answered or the incident is over. The first who goes stops the ladder all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerting.duty import on_duty
from alerting.events import Change
from alerting.household import Confirm, Order, Responder, Step, Way
from alerting.incident import Response, Urgency
from alerting.orders import About
from alerting.response import lines
from alerting.response.case import ALARM_EXPIRES, NEWS_EXPIRES, Sent, Turn
from alerting.response.hours import is_away
from alerting.words import Words

NEXT_MIN = timedelta(seconds=1)
"""Nobody further is told at the very moment at which the last one was."""

_HELD_BY_SOMEBODY = (Response.CLAIMED, Response.ON_SCENE)


def called(turn: Turn, step: Step) -> tuple[Responder, ...]:
    """Return whom the step tells now: by name and on duty, with deputies for who cannot be told."""
    ids = [person.id for person in step.responders]
    for roster in step.rosters:
        ids += on_duty(roster, turn.at)
    found: dict[str, Responder] = {}
    for id in ids:
        for person in _or_deputies(turn, id):
            found.setdefault(person.id, person)
    return tuple(found.values())


def everybody(turn: Turn) -> tuple[Responder, ...]:
    """Return all whom any step tells now, and their deputies."""
    found: dict[str, Responder] = {}
    for step in turn.incident.policy.steps:
        for person in called(turn, step):
            for one in (person, *deputies(turn, person.id)):
                found.setdefault(one.id, one)
    return tuple(found.values())


def deputies(turn: Turn, id: str) -> tuple[Responder, ...]:
    """Return who stands in for `id` and can be told now; for whom of them cannot, their own."""
    named, found, seen = turn.incident.policy.deputies, list[Responder](), {id}
    left = list(named.get(id, ()))
    while left:
        one, *left = left
        if one in seen:
            continue
        seen.add(one)
        person = turn.responder(one)
        if person and not is_away(person, turn.home.tz, turn.at) and ways(turn, person):
            found.append(person)
        else:
            left = [*named.get(one, ()), *left]
    return tuple(found)


def ways(turn: Turn, person: Responder) -> tuple[Way, ...]:
    """Return the ways by which the person can be told of this incident."""
    return turn.ways(person, turn.incident.policy, turn.incident.urgency)


def _or_deputies(turn: Turn, id: str) -> tuple[Responder, ...]:
    person = turn.responder(id)
    if person is None:
        return ()
    if is_away(person, turn.home.tz, turn.at):
        instead = deputies(turn, id)
        return instead or ((person,) if ways(turn, person) else ())
    return (person,) if ways(turn, person) else deputies(turn, id)


def first_of(turn: Turn, step: Step, people: tuple[Responder, ...]) -> tuple[Responder, ...]:
    """Return who of `people` is told at once; the others stand in line."""
    line: dict[str, Responder] = {}
    for person in people:
        for one in (person, *deputies(turn, person.id)):
            line.setdefault(one.id, one)
    if step.order is Order.ALL or len(line) < 2:
        return people
    first, *rest = line.values()
    turn.note(line=tuple(one.id for one in rest))
    return (first,)


def arm(turn: Turn, step: Step, told: tuple[Responder, ...]) -> None:
    """Note when further people of the step are told, now that `told` were.

    It is called once for each step taken; the step's own wait begins with the last in line.
    """
    line = turn.ladder.line
    names = {person.id for person in told}
    after = max(min(turn.incident.policy.deputy_after, step.wait), NEXT_MIN)
    stand_ins = {
        id: turn.at + after
        for id in names
        if not line and any(one.id not in names for one in deputies(turn, id))
    }
    turn.note(
        stand_ins=stand_ins,
        line_at=_next_at(turn, step, told[-1].id) if line else None,
    )
    if step.confirm is Confirm.EVERYBODY:
        names |= set(line)  # whoever goes ends the line: those left in it are told so later
        _must_confirm(turn, names)
    _tell_again_later(turn, names)


def still_to_wait(turn: Turn, step: Step) -> timedelta:
    """Return how long the step takes from now: the line first, then its wait."""
    return step.wait + max(step.each, NEXT_MIN) * len(turn.ladder.line)


def act(turn: Turn) -> None:
    """Do what is due within the step."""
    ladder = turn.ladder
    if turn.is_held:
        if ladder.owed or ladder.line or ladder.stand_ins:
            turn.note(owed={}, line=(), line_at=None, stand_ins={})
        return
    for id, due in ladder.stand_ins.items():
        if due <= turn.at:
            call_deputies(turn, id)
    if ladder.line_at is not None and ladder.line_at <= turn.at:
        call_next(turn)
    owed = [id for id, due in turn.ladder.owed.items() if due <= turn.at]
    if owed:
        _tell_again(turn, owed)


def gone(turn: Turn, id: str) -> None:
    """Tell the deputies of who cannot, or whom nothing reaches; or the next in line."""
    if turn.ladder.line and all(_is_out(turn, one) for one in _told_now(turn)):
        call_next(turn)
    elif id in turn.ladder.stand_ins:
        call_deputies(turn, id)


def call_deputies(turn: Turn, id: str) -> None:
    """Tell who stands in for `id`, and note when their own deputies would be."""
    turn.note(stand_ins={one: at for one, at in turn.ladder.stand_ins.items() if one != id})
    opens = turn.allowed(turn.at)
    if opens > turn.at:
        turn.note(stand_ins={**turn.ladder.stand_ins, id: opens})
        return
    told = set(_told_now(turn))
    for person in deputies(turn, id):
        if person.id in told:
            continue
        _call_in(turn, person, lines.stands_in(person.name, turn.name(id)))
        if deputies(turn, person.id):
            after = turn.at + max(turn.incident.policy.deputy_after, NEXT_MIN)
            turn.note(stand_ins={**turn.ladder.stand_ins, person.id: after})


def call_next(turn: Turn) -> None:
    """Tell the next in line; the step's wait goes on from then."""
    opens = turn.allowed(turn.at)
    if opens > turn.at:
        turn.note(line_at=opens)
        return
    step = present(turn)
    while turn.ladder.line:
        id, *rest = turn.ladder.line
        turn.note(line=tuple(rest))
        person = turn.responder(id)
        if person is None or not ways(turn, person):
            continue
        turn.note(line_at=_next_at(turn, step, id) if rest else None)
        wait = max(still_to_wait(turn, step), NEXT_MIN)
        turn.replace(due_at=turn.allowed(turn.at + wait))
        _call_in(turn, person, lines.next_in_line(person.name))
        return
    turn.note(line_at=None)


def present(turn: Turn) -> Step:
    """Return the step taken last."""
    steps = turn.incident.policy.steps
    return steps[(turn.incident.step - 1 - turn.incident.base) % len(steps)]


def answered(turn: Turn, id: str) -> None:
    """Note that `id` has answered, where everybody must."""
    if id not in turn.incident.must_confirm or id in turn.incident.confirmed:
        return
    turn.note(owed={one: at for one, at in turn.ladder.owed.items() if one != id})
    confirmed = (*turn.incident.confirmed, id)
    left = len(turn.incident.must_confirm) - len(confirmed)
    words = lines.confirmed(turn.name(id), left)
    turn.change(Change.CONFIRMED, words, by=id, confirmed=confirmed)


def copy(turn: Turn, step: Step, asked: Iterable[Responder]) -> None:
    """Let those know who need not go; each once for an incident."""
    already = {*turn.incident.told, *(person.id for person in asked)}
    new = [person for person in step.copies if person.id not in already]
    if not new:
        return
    part = f"news-{turn.ladder.news}"
    turn.note(news=turn.ladder.news + 1)
    turn.replace(told=(*turn.incident.told, *(person.id for person in new)))
    for person in new:
        ways = turn.ways(person, turn.incident.policy, Urgency.MEDIUM)
        turn.send(part, person, ways, About.INFORMED, NEWS_EXPIRES)


def alarm(
    turn: Turn,
    number: int,
    person: Responder,
    by: tuple[Way, ...],
    about: About,
    wait: timedelta,
) -> None:
    """Tell one person under the key of step `number`, and note what was sent."""
    tells = turn.send(f"{number}", person, by, about, max(ALARM_EXPIRES, wait))
    sent = {tell.key: Sent(person.id, tell.way.name) for tell in tells}
    turn.note(sent={**turn.ladder.sent, **sent})


def about_now(turn: Turn) -> About:
    """Return what an alarm of the present step says."""
    if turn.incident.response in _HELD_BY_SOMEBODY:
        return About.REINFORCE
    is_first = turn.incident.step - 1 == turn.incident.base
    return About.ALARM if is_first else About.ESCALATED


def _call_in(turn: Turn, person: Responder, words: Words) -> None:
    told = turn.incident.told
    turn.change(
        Change.CALLED_IN,
        words,
        by=person.id,
        told=told if person.id in told else (*told, person.id),
    )
    step = present(turn)
    alarm(turn, turn.incident.step - 1, person, ways(turn, person), about_now(turn), step.wait)
    turn.note(told_at=turn.at)
    _tell_again_later(turn, {person.id})


def _next_at(turn: Turn, step: Step, id: str) -> datetime:
    """Return when the next in line is told, if `id` does not answer."""
    following = turn.ladder.line[:1]
    is_deputy = any(one.id in following for one in deputies(turn, id))
    wait = min(turn.incident.policy.deputy_after, step.wait) if is_deputy else step.each
    return turn.at + max(wait, NEXT_MIN)


def _told_now(turn: Turn) -> list[str]:
    return list(dict.fromkeys(sent.responder for sent in turn.ladder.sent.values()))


def _is_out(turn: Turn, id: str) -> bool:
    if id in turn.incident.declined:
        return True
    return all(sent.has_failed for sent in turn.ladder.sent.values() if sent.responder == id)


def _must_confirm(turn: Turn, names: set[str]) -> None:
    before = turn.incident.must_confirm
    new = tuple(id for id in sorted(names) if id not in before)
    if new:
        turn.replace(must_confirm=(*before, *new))


def _tell_again_later(turn: Turn, names: set[str]) -> None:
    incident = turn.incident
    waiting = (names & set(incident.must_confirm)) - set(incident.confirmed)
    again = turn.at + max(incident.policy.confirm_every, NEXT_MIN)
    turn.note(owed={**turn.ladder.owed, **dict.fromkeys(sorted(waiting), again)})


def _tell_again(turn: Turn, owed: list[str]) -> None:
    opens = turn.allowed(turn.at)
    later = turn.at + max(turn.incident.policy.confirm_every, NEXT_MIN)
    due = later if opens <= turn.at else opens
    turn.note(owed={**turn.ladder.owed, **dict.fromkeys(owed, due)})
    if opens > turn.at or turn.incident.response is Response.EXHAUSTED:
        return  # exhausted: everybody is told again anyway
    is_held = turn.incident.response in _HELD_BY_SOMEBODY
    about = About.KNOWN if is_held else About.ESCALATED
    urgency = Urgency.MEDIUM if is_held else turn.incident.urgency
    not_now = {turn.incident.responder, *turn.ladder.line}
    again = [id for id in owed if id not in not_now and turn.remind(id, about, urgency)]
    if again:
        told = turn.incident.told
        told += tuple(id for id in again if id not in told)
        words = lines.must_confirm([turn.name(id) for id in again])
        turn.change(Change.REMINDED, words, told=told)
