"""Can those who answer for this home be reached at all?

What providers and people say of every contact and channel is remembered: opted out, a number
that does not work, no answer for days, drills never confirmed, a way out of the house that is of
no use. Somebody of whom no channel is left cannot be reached. A home where that leaves
one contact, or none, is a fault of its own, before anybody needs them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.detection.names import CONTACTS
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind, Responder
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

    @property
    def is_reachable(self) -> bool:
        """True while one channel is left."""
        return any(trouble is None for trouble in self.channels.values())


def standing(home: Household, state: State) -> tuple[Contact, ...]:
    """Return everybody who is called in an emergency, in order, and how they can be reached."""
    policy = home.policy(IncidentKind.EMERGENCY)
    return tuple(_contact(home, state, person) for person in policy.responders)


def _contact(home: Household, state: State, person: Responder) -> Contact:
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
        return State(lines, state.cut, state.told, at)

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Return when the changed plan is to be looked at."""
        return state.review

    def _look(
        self, home: Household, state: State, at: datetime
    ) -> tuple[State, tuple[Finding, ...]]:
        asked = home.policy(IncidentKind.EMERGENCY).asked  # who gets a copy only need not come
        contacts = [one for one in standing(home, state) if one.responder.id in asked]
        left = [one for one in contacts if one.is_reachable]
        lost = [one for one in contacts if not one.is_reachable]
        now = len(left) if lost and len(left) <= FEW else None
        if now == state.told:
            return state, ()
        after = msgspec.structs.replace(state, told=now)
        if now is None:
            return after, (_finding(at, _WELL, Words("恢复", "well again"), left, lost),)
        return after, (_finding(at, _reason(left, lost), _short(now), left, lost),)


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


def _reason(left: list[Contact], lost: list[Contact]) -> Words:
    named = [(one.responder.name, why(one)) for one in lost[:NAMED_MAX]]
    more = len(lost) - len(named)
    zh = "、".join(f"{name}（{words.zh}）" for name, words in named)
    en = ", ".join(f"{name} ({words.en})" for name, words in named)
    if more:
        zh, en = f"{zh}等{len(lost)}位", f"{en} and {more} more"
    if not left:
        return Words(
            f"这位老人现在没有一位能联系上的联系人：{zh}",
            f"this elder now has no reachable contact: {en}",
        )
    name = left[0].responder.name
    return Words(
        f"这位老人现在只剩一位能联系上的联系人：{name}；联系不上：{zh}",
        f"this elder now has one reachable contact, {name}; not reachable: {en}",
    )


def _short(left: int) -> Words:
    if left:
        return Words("只剩1位联系人", "one reachable contact left")
    return Words("无人可联系", "no reachable contact")


def _finding(
    at: datetime, reason: Words, short: Words, left: list[Contact], lost: list[Contact]
) -> Finding:
    is_few = reason is not _WELL
    return Finding(
        at=at,
        detector=CONTACTS,
        what=IncidentKind.TECHNICAL,
        subject=CONTACTS,
        reason=reason,
        active=is_few,
        urgency=Urgency.MEDIUM if left else Urgency.HIGH,
        evidence={"reachable": len(left), "contacts": len(left) + len(lost)},
        short=short,
    )
