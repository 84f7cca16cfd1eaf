"""What the desk needs from the rest of the gateway, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from starlette.routing import BaseRoute

from alerting.coverage import Coverage
from alerting.detection.contacts import Contact
from alerting.duty import Roster
from alerting.events import PresenceSet, PresenceState, Reply, Silenced, TrialSet
from alerting.household import Household, IncidentKind, Responder
from alerting.words import Words
from gateway.board import Board
from gateway.store.rows import Proof
from gateway.web.access import Access
from gateway.web.records import Records

DeskEvent = Reply | PresenceSet | Silenced | TrialSet
"""What a person at the desk can cause."""


@dataclass(frozen=True)
class Home:
    """One household as it is now."""

    household: Household
    presence: PresenceState = PresenceState.HOME
    presence_until: datetime | None = None
    muted: Mapping[IncidentKind, datetime] = field(default_factory=dict)
    """Until when findings of a kind are muted."""
    muted_by: Mapping[IncidentKind, Silenced] = field(default_factory=dict)
    """Who muted them, and why."""
    coverage: Coverage | None = None
    """How much of each day it was watched."""
    contacts: Sequence[Contact] = ()
    """Who may be called on, and how they can be reached; who comes in an emergency first."""
    trial_until: datetime | None = None
    """Until when its buttons are tried out."""


@dataclass(frozen=True)
class Part:
    """One part of the gateway, and whether it can be relied on."""

    name: Words
    good: bool | None
    """None: not known, which is never shown as good."""
    words: Words
    detail: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class BadInput:
    """Something we could not use: who sent it, what was wrong, what was expected."""

    at: datetime
    what: str
    who: str
    detail: str


@dataclass(frozen=True)
class PathShown:
    """One way out to people."""

    name: str
    line: Words
    channels: Sequence[str]
    good: bool
    trouble: str = ""
    shares: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Health:
    """How the gateway itself is."""

    parts: Sequence[Part]
    started_at: datetime
    versions: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """How often each kind of bad input, or anything else worth counting, was met."""
    bad_inputs: Sequence[BadInput] = ()
    """The newest first."""
    disk_free_bytes: int | None = None
    disk_total_bytes: int | None = None
    journal_bytes: int | None = None
    journal_entries: int | None = None
    memory_bytes: int | None = None
    paths: Sequence[PathShown] = ()
    """The ways out to people, the preferred first."""

    @property
    def good(self) -> bool:
        """True only when every part is known to be well."""
        return all(part.good is True for part in self.parts)

    @property
    def bad(self) -> bool:
        """True when a part is known to be broken."""
        return any(part.good is False for part in self.parts)


class Offer(Protocol):
    """Puts what a person did into the runtime."""

    def __call__(self, household: str, event: DeskEvent, /) -> None:
        """Take `event`; its outcome is seen on the board."""


@dataclass(frozen=True)
class DeskContext:
    """Everything the desk is wired to."""

    board: Board
    offer: Offer
    homes: Callable[[], Mapping[str, Home]]
    """By household id, in the order of the configuration, with the gateway's own."""
    health: Callable[[], Health]
    now: Callable[[], datetime]
    records: Records
    access: Access
    language: str = "zh"
    """For those who have not chosen."""
    zone: str = "Asia/Shanghai"
    """The desk's own time zone."""
    title: str = ""
    """Whose desk it is, e.g. the signature of the messages."""
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    """Who is on duty when, by id."""
    responders: Mapping[str, Responder] = field(default_factory=dict)
    """Everybody who can be called, by id."""
    public_url: str = ""
    """How phones reach the desk from outside; empty: they cannot."""
    count: Callable[[str, str, str], None] = lambda _what, _who, _detail: None
    """Counts what came by the codes at the doors: what, who, detail."""
    deaf_since: Callable[[], datetime | None] = lambda: None
    """Since when the homes cannot be heard; None while they can."""
    proofs: Callable[[], Sequence[Proof]] = lambda: ()
    """When each path, person and button was last proven; those never proven, too."""
    https_only: bool = False
    """Browsers reach us by https: cookies never travel otherwise."""
    routes: tuple[BaseRoute, ...] = ()
    """Further routes with their own protection, e.g. the providers' webhooks."""
