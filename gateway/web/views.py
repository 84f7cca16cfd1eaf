"""Incidents as the pages show them: names, words and times instead of ids and codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.detection import names
from alerting.duty import on_duty
from alerting.household import RESIDENT, SECOND, Household, Responder, Step
from alerting.incident import TRANSITIONS, Cause, Incident, Move, Response, Urgency
from gateway.board import Story, Told, progress
from gateway.timeline import Line, addressee, asks
from gateway.web import labels
from gateway.web.context import Home

DESK = "desk:"


@dataclass(frozen=True)
class Speaker:
    """Says things in one person's language, with the names they know."""

    language: str
    gettext: Callable[[str], str]
    homes: Mapping[str, Home]
    me: str = ""
    """`desk:NAME` of whoever looks at the page."""

    def household(self, id: str) -> Household | None:
        """Return a household's data; None if it is not configured any more."""
        home = self.homes.get(id)
        return home.household if home else None

    def name(self, who: str, record: Incident | None = None, household: str = "") -> str:
        """Return what people call `who`: a responder, somebody at the desk, or a device."""
        if who.startswith(DESK):
            return self.gettext("%(name)s (desk)") % {"name": who.removeprefix(DESK)}
        if record is not None:
            for person in record.policy.responders:
                if person.id == who:
                    return person.name
        home = self.household(record.household if record else household)
        if home is None:
            return who
        if who.startswith(RESIDENT):
            return next((one.name for one in home.phones if one.id == who), who)
        if who == home.id:
            return home.name
        return names.name(home, who).said(self.language) if who in home.devices else who

    def role(self, person: Responder) -> str:
        """Return a responder's role in words."""
        known = labels.PEOPLE_ROLES.get(person.role)
        return self.gettext(known) if known else person.role


@dataclass(frozen=True)
class Alarm:
    """One incident as a row of the list and as the head of its page."""

    record: Incident
    code: str
    name: str
    place: str
    kind: str
    urgency: str
    state: str
    reason: str
    holder: str
    is_mine: bool
    cleared: bool
    next_words: str
    is_asked: bool
    """The resident is being asked; people are called when that time is over."""
    due_at: datetime | None
    can_claim: bool
    can_arrive: bool
    can_close: bool
    sounds: bool
    reached: int
    """How many people have a message that arrived."""
    told: int


def alarm(story: Story, by: Speaker) -> Alarm:
    """Return `story` as the list shows it."""
    record, say = story.record, by.gettext
    home = by.household(record.household)
    people = {
        who: told for who, told in progress(story.lines).items() if not who.startswith(RESIDENT)
    }
    arrived = [told for told in people.values() if any(_arrived(one) for one in told)]
    moves = TRANSITIONS[record.response]
    asked = is_asked(story)
    mine = record.responder == by.me and record.response in (Response.CLAIMED, Response.ON_SCENE)
    return Alarm(
        record=record,
        code=home.code if home else record.household,
        name=home.name if home else record.household,
        place=home.place if home else "",
        kind=say(labels.KINDS[record.kind]),
        urgency=say(labels.URGENCIES[record.urgency]),
        state=say(labels.ASKED if asked else labels.RESPONSES[record.response]),
        reason=record.reason.said(by.language),
        holder=by.name(record.responder, record) if record.responder else "",
        is_mine=mine,
        cleared=record.cause is Cause.CLEARED,
        next_words=_next_words(record, by),
        is_asked=asked,
        due_at=record.due_at,
        can_claim=Move.CLAIM in moves and not mine,
        can_arrive=Move.ARRIVE in moves and record.response is not Response.ON_SCENE,
        can_close=Move.CLOSE in moves,
        sounds=sounds(record),
        reached=len(arrived),
        told=len(people),
    )


def is_asked(story: Story) -> bool:
    """Return whether the resident is asked before anybody is called, and has time to answer."""
    record = story.record
    waits = record.response is Response.OPEN and record.step == record.base and not record.told
    return waits and record.cause is Cause.ACTIVE and any(asks(line) for line in story.lines)


def sounds(record: Incident) -> bool:
    """Return whether the desk sounds for `record`: until somebody has it."""
    unclaimed = record.response in (Response.OPEN, Response.EXHAUSTED)
    return unclaimed and record.urgency is not Urgency.LOW


def _arrived(told: Told) -> bool:
    return told.what in labels.GOOD_DELIVERIES


def _next_words(record: Incident, by: Speaker) -> str:
    say = by.gettext
    match record.response:
        case Response.OPEN if record.rung is not None:
            step = record.policy.steps[record.rung]
            return say("next: %(tier)s") % {"tier": step.tier}
        case Response.OPEN | Response.EXHAUSTED:
            return say("everybody again")
        case Response.CLAIMED | Response.ON_SCENE:
            return say("is asked again")
        case Response.CLOSED:
            return ""


@dataclass(frozen=True)
class Message:
    """How far one message to one person has come."""

    channel: str
    state: str
    at: datetime
    sign: str
    """`good`, `bad` or `waiting`."""
    detail: str


@dataclass(frozen=True)
class Person:
    """One rung's person: how to reach them, and what they were told."""

    id: str
    name: str
    role: str
    phone: str
    messages: tuple[Message, ...]
    declined: bool
    has_it: bool
    note: str = ""
    """Why they are on the rung, if not by name: on duty, deputy, or only copied."""
    must_confirm: bool = False
    confirmed: bool = False


@dataclass(frozen=True)
class Rung:
    """One step of the policy."""

    tier: str
    wait: timedelta
    people: tuple[Person, ...]
    is_next: bool


def ladder(story: Story, by: Speaker, now: datetime) -> list[Rung]:
    """Return the contact ladder of an incident, with what became of each message.

    Who is on duty is shown as of `now`, or as they were told.
    """
    record, told = story.record, progress(story.lines)
    steps = record.policy.steps
    coming = record.rung if record.response is Response.OPEN else None
    declined = {line.who for line in story.lines if line.what == "declined"}

    known = {one.id: one for one in record.policy.responders}

    def person(who: Responder, note: str = "") -> Person:
        return Person(
            id=who.id,
            name=who.name,
            role=by.role(who),
            phone=who.phone,
            messages=tuple(_message(one, by) for one in told.get(who.id, ())),
            declined=who.id in declined,
            has_it=who.id == record.responder,
            note=note,
            must_confirm=who.id in record.must_confirm and not record.is_over,
            confirmed=who.id in record.confirmed,
        )

    def rung(number: int, step: Step) -> Rung:
        notes = {who.id: "" for who in step.responders}
        for roster in step.rosters:
            told_of_it = [id for id in roster.people if id in record.told]
            for id in (*on_duty(roster, now), *told_of_it):
                notes.setdefault(id, roster.name)
        for id in tuple(notes):
            for deputy in record.policy.deputies.get(id, ()):
                words = by.gettext("deputy of %(name)s") % {"name": known[id].name}
                notes.setdefault(deputy, words)
        for who in step.copies:
            notes.setdefault(who.id, by.gettext("for information"))
        people = tuple(person(known[id], note) for id, note in notes.items() if id in known)
        return Rung(step.tier, step.wait, people, number == coming)

    return [rung(number, step) for number, step in enumerate(steps)]


def _message(told: Told, by: Speaker) -> Message:
    plain = told.channel.removesuffix(SECOND)
    states = labels.CALL_DELIVERIES if plain == "voice" else labels.DELIVERIES
    sign = "waiting"
    if told.what in labels.GOOD_DELIVERIES:
        sign = "good"
    elif told.what in labels.BAD_DELIVERIES:
        sign = "bad"
    channel = by.gettext(labels.CHANNELS.get(plain, plain))
    if plain != told.channel:
        channel = by.gettext("%(channel)s (other line)") % {"channel": channel}
    known = labels.CALL_STATUSES.get(told.detail)
    detail = by.gettext(known) if known else told.detail
    return Message(channel, by.gettext(states[told.what]), told.at, sign, detail)


@dataclass(frozen=True)
class Row:
    """One line of the timeline as read."""

    at: datetime
    since: str
    """How long after the beginning."""
    who: str
    words: str
    detail: str
    mark: str
    """`press`, `good`, `bad`, `human` or `plain`: how the line stands out."""


_MARKS = {
    **dict.fromkeys(("press", "opened", "upgraded", "active_again"), "press"),
    **dict.fromkeys(("claimed", "also_coming", "on_scene", "closed", "reply", "note"), "human"),
    **dict.fromkeys(("delivered", "heard", "cleared"), "good"),
    **dict.fromkeys(
        ("failed", "undelivered", "ambiguous", "exhausted", "lapsed", "declined", "refused"), "bad"
    ),
}


_CHANGES = frozenset(("opened", "joined", "upgraded", "active_again", "cleared"))
_FINDINGS = frozenset(("finding", "cleared_finding"))


def rows(story: Story, by: Speaker) -> list[Row]:
    """Return the whole timeline, oldest first."""
    begin = beginning(story)
    said = {(line.at, line.words) for line in story.lines if line.what in _CHANGES}
    return [
        _row(line, line.at - begin, story.record, by)
        for line in story.lines
        # the finding that opened or cleared it says the same as that change
        if not (line.what in _FINDINGS and (line.at, line.words) in said)
    ]


def _row(line: Line, since: timedelta, record: Incident, by: Speaker) -> Row:
    words = line.words.said(by.language)
    name = by.name(line.who, record, line.household) if line.who else ""
    plain = line.who.removeprefix(DESK)
    return Row(
        at=line.at,
        since=span(since) if since else "",
        # what the sentence says already is not said twice
        who="" if name in words or plain in words else name,
        words=words,
        detail="" if line.detail in words else _detail(line, by),
        mark=_MARKS.get(line.what, "plain"),
    )


def _detail(line: Line, by: Speaker) -> str:
    """Return what was noted beside a line, in words; the number of a press is for programs."""
    if line.what == "press" or line.detail in labels.SAID_ALREADY:
        return ""
    known = labels.PROVIDER_WORDS.get(line.detail)
    return by.gettext(known) if known else line.detail


def beginning(story: Story) -> datetime:
    """Return when it began: the first press or finding, else the opening."""
    return min((line.at for line in story.lines), default=story.record.opened_at)


@dataclass(frozen=True)
class Mark:
    """One station between press and close, and how long after the press it was reached."""

    label: str
    at: datetime | None
    since: str


def marks(story: Story, by: Speaker, submitted_at: datetime | None) -> list[Mark]:
    """Return the stations from press to close with their latencies.

    A station not reached, or of which we know no time any more, has none.
    """
    begin, say = beginning(story), by.gettext
    stations = (
        (say("pressed or noticed"), begin),
        (say("written down"), story.stored_at),
        (say("first message sent"), submitted_at),
        (say("accepted"), _accepted(story.lines)),
        (say("a person answered"), _first(story.lines, "heard", "reply")),
        (say("somebody is going"), _first(story.lines, "claimed")),
        (say("on scene"), _first(story.lines, "on_scene")),
        (say("closed"), story.record.closed_at),
    )
    return [Mark(label, at, span(at - begin) if at else "") for label, at in stations]


def _accepted(story: Sequence[Line]) -> datetime | None:
    found = (line for line in story if line.what == "accepted")
    return next((line.at for line in found if addressee(line.key)[1] != "prompt"), None)


def _first(story: Sequence[Line], *what: str) -> datetime | None:
    return next((line.at for line in story if line.what in what), None)


def span(length: timedelta) -> str:
    """Return a length of time as people compare it: +0.004 s, +12.3 s, +4:05, +1:02:05."""
    seconds = max(0.0, length.total_seconds())
    if seconds < 1:
        return f"+{seconds:.3f} s"
    if seconds < 60:
        return f"+{seconds:.1f} s"
    return f"+{clock(seconds)}"


def clock(seconds: float) -> str:
    """Return seconds as mm:ss, or h:mm:ss from an hour on; never negative."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
