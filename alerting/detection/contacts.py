"""Can those who answer for this home be reached at all?

What providers and people say of every contact and channel is remembered: opted out, a number
that does not work, no answer for days, drills never confirmed, a way out of the house that is of
no use. Somebody of whom no channel is left cannot be reached. A home where that leaves
one contact, or none, is a fault of its own, before anybody needs them.

Who is called depends on what has happened, so each ladder is counted by itself: a doctor who
is called for vital signs only is no help after a fall, and is missed when nobody else is. Who
gets copies is not asked to come, and is no contact left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection.names import CONTACTS
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind, Policy, Responder
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, How, Reached

NO_ANSWER_FOR = timedelta(days=2)
"""A telephone that was off for so long, at every try, is no way to reach anybody."""
NO_ANSWERS_MIN = 3
DRILLS_MISSED_MAX = 3
"""So many drills in a row without a word, and nobody knows whether this person would answer."""
FEW = 1
"""So few contacts left are a fault."""
NAMED_MAX = 3

_WHEN = {
    IncidentKind.FALL: Words("跌倒", "after a fall"),
    IncidentKind.INACTIVITY: Words("长时间没有动静", "after a long silence"),
    IncidentKind.SAFETY: Words("家中有危险", "in a hazard at home"),
    IncidentKind.HEALTH: Words("健康异常", "in matters of health"),
}
"""The kinds beside an emergency for which somebody must be reached; what can wait, and what a
technician mends, is said once of the person (`reach/`), not of every home."""
_ELDER = Words("这位老人现在", "this elder now has ")
"""How the fault of a home begins."""


class Trouble(StrEnum):
    """Why a channel does not reach somebody."""

    OPTED_OUT = "opted_out"
    DEAD = "dead"
    NO_ANSWER = "no_answer"
    UNPROVEN = "unproven"
    CUT = "cut"


WHY: dict[Trouble, Words] = {
    Trouble.OPTED_OUT: Words("已退订短信", "opted out of texts"),
    Trouble.DEAD: Words("号码不可用", "the number does not work"),
    Trouble.NO_ANSWER: Words("多日联系不上", "no answer for days"),
    Trouble.UNPROVEN: Words("演练从未确认", "never confirmed a drill"),
    Trouble.CUT: Words("通道不可用", "no way out carries it"),
}


class Line(msgspec.Struct, frozen=True, gc=False):
    """What is known of one channel to one person."""

    is_dead: bool = False
    is_out: bool = False
    """They opted out."""
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0
    """Tries without an answer, in a row."""
    missed: int = 0
    """Drills not confirmed, in a row."""
    arrived_at: datetime | None = None
    heard_at: datetime | None = None
    """When a person last answered by it."""

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with it; None: nothing that is known."""
        if self.is_out:
            return Trouble.OPTED_OUT
        if self.is_dead:
            return Trouble.DEAD
        since, last = self.failing_since, self.failed_at
        if since and last and last - since >= NO_ANSWER_FOR and self.failures >= NO_ANSWERS_MIN:
            return Trouble.NO_ANSWER
        return Trouble.UNPROVEN if self.missed >= DRILLS_MISSED_MAX else None


class State(msgspec.Struct, frozen=True):
    """What is known of all contacts."""

    lines: dict[str, Line] = {}
    """By `responder/channel`."""
    cut: dict[str, str] = {}
    """Ways out of the house that are of no use, and why."""
    told: int | None = None
    """How many were left when people were last told that they are few; None: they are not."""
    told_for: dict[str, int] = {}
    """The same of the ladders that fare worse than the one for emergencies, by name."""
    review: datetime | None = None
    """The home's plan changed: when to look at it."""


class Contact(msgspec.Struct, frozen=True, gc=False):
    """How one person can be reached."""

    responder: Responder
    channels: dict[str, Trouble | None]
    """Every channel they have, and what is wrong with it."""
    arrived_at: datetime | None
    heard_at: datetime | None
    """When they last answered, by any channel; None: never since we count."""
    is_first: bool = True
    """They are asked to come in an emergency; others are called for other things only."""

    @property
    def is_reachable(self) -> bool:
        """True while one channel is left."""
        return any(trouble is None for trouble in self.channels.values())


class Shortage(msgspec.Struct, frozen=True, gc=False):
    """A ladder with hardly anybody left to call."""

    ladder: str
    """What it is for, as `kind` or `kind/group`; empty: emergencies."""
    left: tuple[Contact, ...]
    lost: tuple[Contact, ...]


def standing(home: Household, state: State) -> tuple[Contact, ...]:
    """Return everybody who may be called on and how they can be reached.

    Those who are asked to come in an emergency are first, in order.
    """
    policy = home.policy(IncidentKind.EMERGENCY)
    asked = policy.asked
    first = [person for person in policy.responders if person.id in asked]
    others = [person for person in home.people if person.id not in asked]
    return (
        *(_contact(home, state, person, is_first=True) for person in first),
        *(_contact(home, state, person, is_first=False) for person in others),
    )


def shortages(home: Household, people: Sequence[Contact]) -> tuple[Shortage, ...]:
    """Return where hardly anybody is left, emergencies first.

    Of the other ladders only those that fare worse than the one for emergencies: what is
    wrong with both is said once.
    """
    contacts = {one.responder.id: one for one in people}
    ladders = iter(_ladders(home))
    first = _shortage(contacts, *next(ladders))
    found = [] if first is None else [first]
    for name, policy in ladders:
        one = _shortage(contacts, name, policy)
        if one is not None and (first is None or len(one.left) < len(first.left)):
            found.append(one)
    return tuple(found)


def _ladders(home: Household) -> Iterator[tuple[str, Policy]]:
    """Yield the ladders on which an elder depends, by name; each order of people once."""
    emergency = home.policy(IncidentKind.EMERGENCY)
    yield "", emergency
    seen = {emergency.asked}
    named = [(str(kind), policy) for kind, policy in home.policies.items()]
    for name, policy in (*named, *home.routes.items()):
        if _kind(name) in _WHEN and policy.asked not in seen:
            seen.add(policy.asked)
            yield name, policy


def _kind(ladder: str) -> str:
    return ladder.partition("/")[0]


def _shortage(contacts: dict[str, Contact], ladder: str, policy: Policy) -> Shortage | None:
    asked = policy.asked
    own = [contacts[person.id] for person in policy.responders if person.id in asked]
    left = tuple(one for one in own if one.is_reachable)
    lost = tuple(one for one in own if not one.is_reachable)
    return Shortage(ladder, left, lost) if lost and len(left) <= FEW else None


def _contact(home: Household, state: State, person: Responder, *, is_first: bool) -> Contact:
    known = {channel: state.lines.get(f"{person.id}/{channel}") for channel in person.channels}
    lines = {channel: line or Line() for channel, line in known.items()}
    arrived = [line.arrived_at for line in lines.values() if line.arrived_at]
    heard = [line.heard_at for line in lines.values() if line.heard_at]
    return Contact(
        person,
        {
            channel: Trouble.CUT if _is_cut(home, state, channel) else line.trouble
            for channel, line in lines.items()
        },
        max(arrived, default=None),
        max(heard, default=None),
        is_first,
    )


def _is_cut(home: Household, state: State, channel: str) -> bool:
    """Return whether every way out that carries the channel is of no use."""
    carriers = [path.name for path in home.paths if channel in path.channels]
    return bool(carriers) and all(name in state.cut for name in carriers)


class ContactsDetector:
    """A home that few can be called for, or nobody, is a finding."""

    name = CONTACTS
    consumes = (Reached,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Take everybody to be reachable."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Take in what was learned, and count who is left."""
        if isinstance(event, Reached):
            return self._look(home, _learned(state, event), event.at)
        if isinstance(event, Tick) and state.review is not None and state.review <= event.at:
            return self._look(home, msgspec.structs.replace(state, review=None), event.at)
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """What is known of people holds whether we heard the home or not."""
        return state

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget who does not belong here any more; look who is left."""
        ids = {person.id for person in home.people}
        lines = {key: line for key, line in state.lines.items() if key.partition("/")[0] in ids}
        return State(lines, state.cut, state.told, state.told_for, at)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the changed plan is to be looked at."""
        return state.review

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        contacts = standing(home, state)
        short = shortages(home, contacts)
        left = {one.ladder: len(one.left) for one in short}
        first = left.pop("", None)
        if (first, left) == (state.told, state.told_for):
            return state, ()
        after = msgspec.structs.replace(state, told=first, told_for=left)
        return after, (_finding(at, short, contacts),)


def _learned(state: State, event: Reached) -> State:
    """Return what is known with the event taken in."""
    match event.how:
        case How.CUT:
            return msgspec.structs.replace(state, cut={**state.cut, event.device: event.detail})
        case How.MENDED:
            cut = {name: why for name, why in state.cut.items() if name != event.device}
            return msgspec.structs.replace(state, cut=cut)
    key = f"{event.device}/{event.channel}"
    line = _line(state.lines.get(key, Line()), event)
    return msgspec.structs.replace(state, lines={**state.lines, key: line})


def _line(line: Line, event: Reached) -> Line:
    at, change = event.at, msgspec.structs.replace
    match event.how:
        case How.ARRIVED:
            well = change(line, is_dead=False, failures=0, failing_since=None, failed_at=None)
            return change(well, arrived_at=at)
        case How.HEARD:
            return Line(is_out=line.is_out, arrived_at=at, heard_at=at)
        case How.NO_ANSWER:
            since = line.failing_since or at
            return change(line, failing_since=since, failed_at=at, failures=line.failures + 1)
        case How.DEAD:
            return change(line, is_dead=True)
        case How.OPTED_OUT:
            return change(line, is_out=True)
        case How.OPTED_IN:  # the provider's refusal went with it
            return change(line, is_out=False, is_dead=False)
        case How.DRILL_MISSED:
            return change(line, missed=line.missed + 1)
    return line


_WELL = Words("又有足够的联系人可以联系上", "enough contacts can be reached again")


def why(contact: Contact) -> Words:
    """Say why somebody cannot be reached: everything that is wrong, each once."""
    troubles = dict.fromkeys(trouble for trouble in contact.channels.values() if trouble)
    return Words(
        "、".join(WHY[one].zh for one in troubles), ", ".join(WHY[one].en for one in troubles)
    )


def _reason(one: Shortage, subject: Words) -> Words:
    """Say of one ladder who is left and who is lost; `subject` begins it."""
    named = [(lost.responder.name, why(lost)) for lost in one.lost[:NAMED_MAX]]
    more = len(one.lost) - len(named)
    zh = "、".join(f"{name}（{words.zh}）" for name, words in named)
    en = ", ".join(f"{name} ({words.en})" for name, words in named)
    if more:
        zh, en = f"{zh}等{len(one.lost)}位", f"{en} and {more} more"
    if not one.left:
        return Words(
            f"{subject.zh}没有一位能联系上的联系人：{zh}",
            f"{subject.en}no reachable contact: {en}",
        )
    name = one.left[0].responder.name
    return Words(
        f"{subject.zh}只剩一位能联系上的联系人：{name}；联系不上：{zh}",
        f"{subject.en}one reachable contact, {name}; not reachable: {en}",
    )


def _reasons(short: Sequence[Shortage]) -> Words:
    said = []
    for index, one in enumerate(short):
        when = _when(one.ladder)
        subject = _ELDER if not index else Words("", "")
        said.append(_reason(one, Words(f"{when.zh}{subject.zh}", f"{when.en}{subject.en}")))
    return Words("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _when(ladder: str) -> Words:
    """Say when the ladder is taken, as what goes before the sentence; nothing: always."""
    if not ladder:
        return Words("", "")
    kind, _, group = ladder.partition("/")
    words = _WHEN[IncidentKind(kind)]
    zh, en = (f"（{group}）", f" ({group})") if group else ("", "")
    return Words(f"{words.zh}{zh}时，", f"{words.en}{en} ")


def _short(one: Shortage) -> Words:
    number = len(one.left)
    words = Words("只剩1位联系人", "one reachable contact left")
    if not number:
        words = Words("无人可联系", "no reachable contact")
    if not one.ladder:
        return words
    when = _WHEN[IncidentKind(_kind(one.ladder))]
    return Words(f"{when.zh}时{words.zh}", f"{words.en} {when.en}")


def _finding(at: datetime, short: Sequence[Shortage], contacts: Sequence[Contact]) -> Finding:
    """Return what is to be said: the first of what is short, or that nothing is any more.

    The numbers are those of the first; where nothing is short, of an emergency's `contacts`.
    """
    worst = short[0] if short else None
    own = [*worst.left, *worst.lost] if worst else [one for one in contacts if one.is_first]
    left, all_of_them = sum(one.is_reachable for one in own), len(own)
    is_urgent = worst is not None and not worst.ladder and not worst.left
    return Finding(
        at=at,
        detector=CONTACTS,
        what=IncidentKind.TECHNICAL,
        subject=CONTACTS,
        reason=_reasons(short) if short else _WELL,
        active=bool(short),
        urgency=Urgency.HIGH if is_urgent else Urgency.MEDIUM,
        evidence={"reachable": left, "contacts": all_of_them},
        short=_short(worst) if worst else Words("恢复", "well again"),
    )
