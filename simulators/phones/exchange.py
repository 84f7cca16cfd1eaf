"""What a phone shows, and what a hand can do with it: the door between page and carrier.

The page and the test helper know only this; the carrier fulfils it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from simulators.phones.people import Person

TEXTS_SHOWN_MAX = 40
"""How many texts a phone keeps in sight."""
KEYS = frozenset("0123456789*#")


class LineKind(StrEnum):
    """What kind of moment a line of a call's transcript is."""

    SAID = "said"
    PRESSED = "pressed"
    NOTE = "note"


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of a call: something said, a key pressed, or a remark of the network."""

    at: datetime
    kind: LineKind
    text: str
    language: str = ""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One text message as the phone shows it."""

    at: datetime
    sid: str
    body: str
    other: str
    """The number at the other end."""
    mine: bool = False
    lost: bool = False
    """Written here, and never carried: replies from the mainland."""
    via: str = ""
    """The line it came by (`Way.id`); empty where there is only one."""


class CallState(StrEnum):
    """A call, seen from the phone."""

    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class PhoneCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the phone shows it."""

    sid: str
    other: str
    state: CallState
    since: datetime
    outgoing: bool = False
    """This phone dialled."""
    asked: bool = False
    """The voice waits for a key."""
    lines: tuple[Spoken, ...] = ()
    outcome: str = ""
    """How it ended, in the carrier's word; empty while it lasts."""
    via: str = ""
    """The line it goes by (`Way.id`); empty where there is only one."""


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """A phone at one moment: whose it is, its texts (oldest first), its latest call."""

    person: Person
    texts: tuple[Text, ...] = ()
    call: PhoneCall | None = None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A line between the gateway and the phones."""

    id: str
    """`internet` or `sim`."""
    number: str
    """The gateway's own number on it."""
    up: bool = True


class PhoneError(ValueError):
    """A hand asked for something this phone cannot do now."""

    def __init__(self, number: str, reason: str, expected: str) -> None:
        super().__init__(f"{number}: {reason}; expected {expected}")
        self.number = number
        self.reason = reason
        self.expected = expected


class Exchange(Protocol):
    """Everything a phone in the village can see and do, now.

    Every action raises `PhoneError` when the phone cannot do it.
    """

    def people(self) -> tuple[Person, ...]:
        """Return everybody with a phone."""
        ...

    def ways(self) -> tuple[Way, ...]:
        """Return the lines to the gateway; a change of one is told as that of the number ''."""
        ...

    async def set_way(self, id: str, up: bool) -> None:
        """Cut a line, or mend it."""
        ...

    def handset(self, number: str) -> Handset:
        """Return what the phone with this number shows."""
        ...

    def listen(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(number)` whenever that phone shows something new; returns how to stop."""
        ...

    def answer(self, number: str) -> None:
        """Take the ringing call."""
        ...

    def reject(self, number: str) -> None:
        """Refuse the ringing call."""
        ...

    def hang_up(self, number: str) -> None:
        """End the call in progress, or the one that was dialled here and still rings."""
        ...

    def dial(self, number: str, to: str = "") -> None:
        """Call the gateway at one of its numbers; a number nobody has becomes a stranger's phone.

        Without `to` it is the number that wrote or called last.
        """
        ...

    def press(self, number: str, key: str) -> None:
        """Press one key during a call."""
        ...

    def text(self, number: str, body: str, to: str = "") -> None:
        """Send a text, by default to whoever wrote or called last."""
        ...

    def set_habit(self, number: str, name: str) -> None:
        """Give the person another habit from now on."""
        ...
