"""The phones a modem reaches: who holds them, what they got, heard, and pressed.

People and their habits are those of the other simulated carrier
(`simulators.phones.people`), so that one file of people serves both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from simulators.phones.exchange import TEXTS_SHOWN_MAX, LineKind, Spoken, Text
from simulators.phones.people import MANUAL, Habit, Line, OnCall, Person


class Fate(StrEnum):
    """What becomes of texts to a phone."""

    DELIVERED = "delivered"
    FAILED = "failed"
    """The carrier reports that it cannot be delivered (`Phone.failure`)."""
    SILENT = "silent"
    """It arrives, and no report ever comes."""
    LATE = "late"
    """First "still trying", long after that "delivered"."""


STATUS_OF_OFF = 0x46
"""The validity period is over, and the phone was off."""
STATUS_OF_LANDLINE = 0x41


@dataclass
class Phone:
    """One phone of the simulated world."""

    person: Person
    fate: Fate = Fate.DELIVERED
    failure: int = STATUS_OF_OFF
    refusal: int = 0
    """The network refuses every text to it with this +CMS ERROR; 0: it does not."""
    hangs_up_after_s: float = 0.0
    """After answering; 0: it waits for the other side to end the call."""
    texts: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    replied: int = 0
    shown: list[Text] = field(default_factory=list)
    """The texts in sight, both ways, oldest first."""

    def show(self, body: str, other: str, *, mine: bool = False) -> None:
        """Put a text in sight."""
        sid = f"sim-{self.person.number}-{_now().timestamp():.6f}"
        self.shown.append(Text(at=_now(), sid=sid, body=body, other=other, mine=mine))
        del self.shown[:-TEXTS_SHOWN_MAX]

    @property
    def habit(self) -> Habit:
        """Return what its holder does."""
        return self.person.habit

    @property
    def heard(self) -> list[str]:
        """Everything that was said to it, in all calls."""
        return [said for call in self.calls for said in call.heard]

    def status(self) -> int | None:
        """Return what the carrier reports of a text to it; None: nothing ever."""
        if self.person.line is Line.LANDLINE:
            return STATUS_OF_LANDLINE
        if self.habit.on_call is OnCall.OFF:
            return STATUS_OF_OFF
        if self.fate is Fate.SILENT:
            return None
        return self.failure if self.fate is Fate.FAILED else 0

    def reply_to(self, text: str) -> str:
        """Return what its holder answers to a text; empty: nothing."""
        habit = self.habit
        asks = not habit.replies_to or any(one in text for one in habit.replies_to)
        if not habit.replies or not asks:
            return ""
        reply = habit.replies[min(self.replied, len(habit.replies) - 1)]
        self.replied += 1
        return reply


@dataclass
class Call:
    """One call between the modem and a phone."""

    phone: Phone
    inbound: bool = False
    state: int = 2
    """As +CLCC gives it: 0 active, 2 dialling, 3 ringing there, 4 ringing here."""
    heard: list[str] = field(default_factory=list)
    questions: int = 0
    answered: bool = False
    ended: bool = False
    cause: int = 16
    """Why it ended (3GPP TS 24.008, annex H)."""
    keys: tuple[str, ...] = ()
    """What the caller presses at each question; empty: as is the habit of the phone."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it began, or when it was picked up."""
    asked: bool = False
    """The voice waits for a key."""
    lines: list[Spoken] = field(default_factory=list)

    def note(self, kind: LineKind, text: str) -> None:
        """Write down a moment of it."""
        self.asked = False
        language = "zh" if any(ord(one) > 0x2E7F for one in text) else "en"
        self.lines.append(Spoken(at=_now(), kind=kind, text=text, language=language))


def of_people(people: tuple[Person, ...]) -> dict[str, Phone]:
    """Return a phone for everybody, by number."""
    return {person.number: Phone(person) for person in people}


def unknown(number: str) -> Phone:
    """Return the phone of somebody nobody described."""
    return Phone(Person(number=number, habit=MANUAL))


def _now() -> datetime:
    return datetime.now(UTC)
