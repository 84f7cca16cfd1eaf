"""The life of an incident: its record, and what may become of it, as a table.

Two things happen side by side: the cause may clear, and a human may answer.
Keeping them apart (as ISA-18.2 and OPC UA Part 9 do) means a cause that clears
by itself never silences an alarm nobody has answered.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alerting.errors import IllegalTransition
from alerting.household import IncidentKind, Policy
from alerting.words import Words


class Cause(StrEnum):
    """Is the cause still there?"""

    ACTIVE = "active"
    CLEARED = "cleared"


class Response(StrEnum):
    """How far has the human side come?"""

    OPEN = "open"
    CLAIMED = "claimed"
    ON_SCENE = "on_scene"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"


class Move(StrEnum):
    """What can move the response along."""

    CLAIM = "claim"
    ARRIVE = "arrive"
    LAPSE = "lapse"
    RESTART = "restart"
    EXHAUST = "exhaust"
    CLOSE = "close"


class Urgency(StrEnum):
    """How loudly people are told."""

    HIGH = "high"  # somebody may be in danger now: text and voice together
    MEDIUM = "medium"  # please look: text only
    LOW = "low"  # to be repaired: text only, outside quiet hours


class Outcome(StrEnum):
    """How it ended, as the desk records it."""

    SAFE = "safe"
    MISTAKE = "mistake"
    NEEDS_SERVICE = "needs_service"
    HOSPITAL = "hospital"
    POLICE = "police"
    FIRE = "fire"
    DEVICE_FAULT = "device_fault"
    TEST = "test"
    RECOVERED = "recovered"
    OTHER = "other"


TRANSITIONS: dict[Response, dict[Move, Response]] = {
    Response.OPEN: {
        Move.CLAIM: Response.CLAIMED,
        Move.ARRIVE: Response.ON_SCENE,
        Move.RESTART: Response.OPEN,
        Move.EXHAUST: Response.EXHAUSTED,
        Move.CLOSE: Response.CLOSED,
    },
    Response.CLAIMED: {
        Move.CLAIM: Response.CLAIMED,
        Move.ARRIVE: Response.ON_SCENE,
        Move.LAPSE: Response.OPEN,
        Move.CLOSE: Response.CLOSED,
    },
    Response.ON_SCENE: {
        Move.ARRIVE: Response.ON_SCENE,
        Move.RESTART: Response.OPEN,  # called again, long after anybody was known to be there
        Move.CLOSE: Response.CLOSED,
    },
    Response.EXHAUSTED: {
        Move.CLAIM: Response.CLAIMED,
        Move.ARRIVE: Response.ON_SCENE,
        Move.RESTART: Response.OPEN,
        Move.CLOSE: Response.CLOSED,
    },
    Response.CLOSED: {},
}


class Incident(msgspec.Struct, frozen=True, gc=False):
    """Anything somebody must answer for, from its first finding to its outcome."""

    id: str
    household: str
    kind: IncidentKind
    urgency: Urgency
    opened_at: datetime
    reason: Words
    policy: Policy
    """As it was when the incident opened."""
    subjects: tuple[str, ...]
    """Whose cause is active: the household's id, or devices."""
    due_at: datetime | None
    """When something is done next; None only when closed."""
    cause: Cause = Cause.ACTIVE
    response: Response = Response.OPEN
    step: int = 0
    """The next step to take, counted over all rounds; also numbers the messages."""
    base: int = 0
    """The step at which the ladder last began."""
    told: tuple[str, ...] = ()
    """Ids of the responders told so far, in order."""
    declined: tuple[str, ...] = ()
    """Ids of those who said they cannot, since the last step."""
    responder: str = ""
    """Who has it: a responder's id, or `desk:NAME`."""
    lease_until: datetime | None = None
    findings: int = 1
    """How many findings it gathered."""
    outcome: Outcome | None = None
    note: str = ""
    closed_at: datetime | None = None
    code: str = ""
    """What messages call the home, as its household's `code` when the incident opened."""
    group: str = ""
    """What tells apart incidents of one kind that run side by side, e.g. `smoke`."""
    short: Words = Words("", "")
    """The reason in a few words, for messages."""
    must_confirm: tuple[str, ...] = ()
    """Ids of those who were told in a step that waits for everybody's own answer."""
    confirmed: tuple[str, ...] = ()
    """Those among them who have answered."""
    is_test: bool = False
    """It came while the home's buttons were tried out, and nobody has yet said that it is real."""

    @property
    def number(self) -> str:
        """The short number people write in a reply: `7` of `h1-0007`."""
        return self.id.rpartition("-")[2].lstrip("0")

    @property
    def rung(self) -> int | None:
        """Which of the policy's steps comes next while nobody answers; None after all rounds."""
        steps = len(self.policy.steps)
        position = self.step - self.base
        return position % steps if position < steps * self.policy.rounds else None

    @property
    def is_over(self) -> bool:
        """True once nobody has anything left to do."""
        return self.response is Response.CLOSED

    def moved(self, move: Move) -> Response:
        """Return the response after `move`.

        Raises:
            IllegalTransition: the table does not allow it.
        """
        allowed = TRANSITIONS[self.response]
        if move not in allowed:
            raise IllegalTransition(self.id, self.response, move)
        return allowed[move]
