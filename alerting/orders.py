"""What the response wing decides and the delivery wing puts into words.

An order is not yet an effect: the engine turns every `Tell` into a `Notify` and every
`Say` into one `Prompt` for each device that speaks.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alerting.events import Changed, Drilled, Phrase, Purpose, Withdraw
from alerting.household import Responder, Way
from alerting.incident import Incident


class About(StrEnum):
    """What a message says."""

    ALARM = "alarm"  # please go there
    ESCALATED = "escalated"  # nobody answered so far: please go there
    MORE = "more"  # something else has failed there as well
    WORSE = "worse"  # the same, to whoever has it, because it must not wait
    AGAIN = "again"  # the resident called again, and you are the one who is going
    CLAIM_RUNS_OUT = "claim_runs_out"  # are you still going?
    STILL_THERE = "still_there"  # are you still there? Please close it
    CONFIRM = "confirm"  # the cause cleared: please make sure
    COMING = "coming"  # somebody else is going
    ARRIVED = "arrived"  # somebody else is there
    MOVING_AGAIN = "moving_again"  # the cause cleared by itself
    INFORMED = "informed"  # others are asked to go there; this is so that you know
    REINFORCE = "reinforce"  # somebody has it, and more are wanted: please go there
    KNOWN = "known"  # somebody has it; please answer all the same, so that we know you know
    AT_DOOR = "at_door"  # somebody was at the door under your name: was it you?
    OVER = "over"  # closed by a person
    RECOVERED = "recovered"  # closed by itself


PURPOSES: dict[About, Purpose] = {
    About.ALARM: Purpose.ALARM,
    About.ESCALATED: Purpose.ALARM,
    About.MORE: Purpose.NEWS,
    About.WORSE: Purpose.REMINDER,
    About.AGAIN: Purpose.REMINDER,
    About.CLAIM_RUNS_OUT: Purpose.REMINDER,
    About.STILL_THERE: Purpose.REMINDER,
    About.CONFIRM: Purpose.REMINDER,
    About.COMING: Purpose.NEWS,
    About.ARRIVED: Purpose.NEWS,
    About.MOVING_AGAIN: Purpose.NEWS,
    About.INFORMED: Purpose.NEWS,
    About.REINFORCE: Purpose.REMINDER,
    About.KNOWN: Purpose.REMINDER,
    About.AT_DOOR: Purpose.REMINDER,
    About.OVER: Purpose.NEWS,
    About.RECOVERED: Purpose.NEWS,
}

WHO_CAME = frozenset({About.COMING, About.ARRIVED})
"""News that hold only for as long as that person has it."""


class Tell(msgspec.Struct, frozen=True, gc=False):
    """Tell one responder, by one channel."""

    at: datetime
    key: str
    """`incident/step/responder/way`; the second part is `remind-N` or `news-N` otherwise."""
    incident: Incident
    responder: Responder
    way: Way
    about: About
    since: datetime
    """When the thing happened that the message is about."""
    expires_at: datetime
    nobody_since: datetime
    """Since when nobody has it; of use only while nobody does."""
    who: str = ""
    """Of whom the message speaks, as people call them."""

    @property
    def channel(self) -> str:
        """Return the channel it goes by."""
        return self.way.channel


class Say(msgspec.Struct, frozen=True, gc=False):
    """Say this in the home; `number` counts what was said about this incident."""

    at: datetime
    incident: Incident
    phrase: Phrase
    number: int
    who: str = ""
    people: tuple[Responder, ...] = ()
    """Who is being called, for "calling" and "nobody yet"."""
    minutes: int = 0
    """Within how many minutes somebody is expected; 0: nobody knows."""
    calls: tuple[tuple[Responder, Way], ...] = ()
    """Residents who hear it by telephone, and how."""
    by_device: bool = True
    """The devices that speak say it."""
    expires_at: datetime | None = None
    """When a question is over; None: a sentence's usual time."""


class TryOut(msgspec.Struct, frozen=True, gc=False):
    """Ask one person, as a drill, to answer by one way."""

    at: datetime
    id: str
    """The drill's; the key of its message is `id/0/responder/way`."""
    responder: Responder
    way: Way
    expires_at: datetime


Order = Changed | Withdraw | Tell | Say | TryOut | Drilled
