"""What was last proven, as the technician's and the households' pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.detection.contacts import Contact
from alerting.household import Household
from gateway.i18n import noted as _
from gateway.proven import is_unconfirmed
from gateway.store.rows import Proof
from gateway.web import labels
from gateway.web.views import Speaker

FRESH = timedelta(days=14)
"""Proven within two weekly drills: as good as it gets."""
STALE = timedelta(days=42)
"""Longer ago it is not known to work any more."""

KINDS = ("gateway", "path", "contact", "button")
"""In the order in which they are shown."""
STATES = ("bad", "warn", "good")
"""In the order in which they need a look."""
HEADS = {
    "never": _("Never proven"),
    "bad": _("Proven too long ago, or not confirmed in a drill"),
    "warn": _("Not proven for two weeks"),
    "good": _("Proven within two weeks"),
}
"""What stands over the lines, in the same order."""
OPEN_MAX = 40
"""So many rows are unfolded by themselves, what needs a look first; the others are counted."""


@dataclass(frozen=True)
class Proved:
    """One line: what, by which way, when and how it last proved to work."""

    proof: Proof
    kind: str
    name: str
    way: str
    how: str
    state: str
    """`good`, `warn` or `bad`, as the age says."""
    is_unanswered: bool
    """It was asked in a drill more than a day ago, and nobody answered since."""
    household: str
    """The home it belongs to, of several the first; empty: it is the gateway's own."""

    @property
    def at(self) -> datetime | None:
        """When it last proved to work; None: never."""
        return self.proof.proven_at

    @property
    def of(self) -> str:
        """The id of what it is."""
        return self.proof.name

    @property
    def is_person(self) -> bool:
        """Whether it is a way to a person."""
        return self.proof.kind == "contact"

    @property
    def head(self) -> str:
        """Under which of the `HEADS` it stands."""
        return "never" if self.at is None else self.state


@dataclass(frozen=True)
class Group:
    """One person with all their ways, or one path with its channels, or one button."""

    kind: str
    name: str
    ways: list[Proved]
    """What needs a look first."""


@dataclass(frozen=True)
class Chapter:
    """Those that need a look as much as each other, by what is worst of theirs."""

    head: str
    state: str
    groups: list[Group]
    is_open: bool
    """They are shown without being asked for."""


@dataclass(frozen=True)
class Reached:
    """One contact of a home: what its detector knows, and what proves them."""

    contact: Contact
    heard_at: datetime | None
    """When they last answered, by whatever knows it: an alarm, a drill, a call of their own."""
    ways: Sequence[Proved]


def shown(proofs: Iterable[Proof], by: Speaker, now: datetime) -> list[Proved]:
    """Return the lines, what needs a look first: what was never proven, then what is old."""
    homes = _homes_of_people(by)
    return sorted((_line(proof, by, now, homes) for proof in proofs), key=_needs_a_look)


def grouped(lines: Iterable[Proved]) -> list[Group]:
    """Return the lines with those of one person, path or button together, in the same order."""
    found: dict[tuple[str, str], Group] = {}
    for one in lines:
        group = found.setdefault((one.proof.kind, one.of), Group(one.kind, one.name, []))
        group.ways.append(one)
    return list(found.values())


def chapters(lines: Iterable[Proved]) -> list[Chapter]:
    """Return what is to be read first, so that a desk of many homes finds it."""
    found: dict[str, list[Group]] = {}
    for group in grouped(lines):
        found.setdefault(group.ways[0].head, []).append(group)
    shown, made = 0, []
    for head in HEADS:
        if groups := found.get(head):
            shown += len(groups)
            state = "bad" if head == "never" else head
            made.append(Chapter(HEADS[head], state, groups, shown <= OPEN_MAX))
    return made


def _needs_a_look(one: Proved) -> tuple[int, bool, int, str, str]:
    place = KINDS.index(one.proof.kind) if one.proof.kind in KINDS else len(KINDS)
    return STATES.index(one.state), one.at is not None, place, one.of, one.proof.path


def _homes_of_people(by: Speaker) -> dict[str, tuple[str, str]]:
    """Return by id what everybody is called, and the first home they answer for."""
    found: dict[str, tuple[str, str]] = {}
    for home in by.homes.values():
        for person in home.household.people:
            found.setdefault(person.id, (person.name, home.household.id))
    return found


def of_home(proofs: Iterable[Proof], home: Household) -> list[Proof]:
    """Return what concerns one home: its buttons, and those who answer for it."""
    people = {person.id for person in home.people}
    return [
        proof
        for proof in proofs
        if (proof.kind == "contact" and proof.name in people)
        or (proof.kind == "button" and proof.name.partition("/")[0] == home.id)
    ]


def by_contact(
    contacts: Iterable[Contact], lines: Sequence[Proved]
) -> tuple[list[Reached], list[Proved]]:
    """Return the contacts with the proofs of their ways, and the lines that are of nobody here."""
    found: list[Reached] = []
    for contact in contacts:
        ways = [one for one in lines if one.is_person and one.of == contact.responder.id]
        heard = [contact.heard_at, *(one.at for one in ways)]
        at = max((moment for moment in heard if moment is not None), default=None)
        found.append(Reached(contact, at, ways))
    theirs = {id(way) for one in found for way in one.ways}
    return found, [one for one in lines if id(one) not in theirs]


def _line(proof: Proof, by: Speaker, now: datetime, homes: Mapping[str, tuple[str, str]]) -> Proved:
    at, is_unanswered = proof.proven_at, is_unconfirmed(proof, now)
    age = None if at is None else now - at
    state = "good" if age is not None and age <= FRESH else "warn"
    if age is None or age > STALE or is_unanswered:
        state = "bad"
    say = by.gettext
    kinds = {
        "gateway": say("The whole path"),
        "path": say("Path"),
        "contact": say("Person"),
        "button": say("Button"),
    }
    ways = {
        "alarm": say("answered an alarm"),
        "drill": say("answered a drill"),
        "receipt": say("a handset acknowledged it"),
        "press": say("was pressed"),
        "trial": say("was tried out"),
        "canary": say("our own press came through"),
    }
    name, household = _whose(proof, by, homes)
    return Proved(
        proof=proof,
        kind=kinds.get(proof.kind, proof.kind),
        name=name,
        way=_way(proof.path, by),
        how=ways.get(proof.how, "") if at is not None else "",
        state=state,
        is_unanswered=is_unanswered,
        household=household,
    )


def _way(path: str, by: Speaker) -> str:
    """Return a way in words: the channel, and who carries it."""
    channel, _, carrier = path.partition(" ")
    words = by.gettext(labels.CHANNELS[channel]) if channel in labels.CHANNELS else channel
    return f"{words} {carrier}".strip()


def _whose(proof: Proof, by: Speaker, homes: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Return what people call what is proven, and its home."""
    match proof.kind:
        case "gateway":
            return by.gettext("from press to message"), ""
        case "button":
            id, _, device = proof.name.partition("/")
            home = by.household(id)
            code = home.code if home is not None else id
            return f"{code} {by.name(device, None, id)}", id
        case "contact":
            return homes.get(proof.name, (proof.name, ""))
    return proof.name, ""
