"""Everything that can happen to a household, and everything we may do about it.

Two closed unions: `Event` goes into an engine, `Effect` comes out of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from alerting.household import Household, IncidentKind
from alerting.incident import Incident, Outcome, Urgency
from alerting.words import Words
from devices.observation import AnyObservation

BLINK_MAX = timedelta(minutes=2)
"""Deaf for no longer: the broker kept what was sent, and long silences are counted on."""


class _Event(msgspec.Struct, frozen=True, tag_field="kind", tag=True, gc=False, omit_defaults=True):
    at: datetime


class Tick(_Event, frozen=True):
    """Time has reached `at`; nothing else happened."""


class Resumed(_Event, frozen=True):
    """We hear again since `at`; of the time before it, from `deaf_since`, we know nothing."""

    deaf_since: datetime | None = None
    why: str = ""
    is_still_deaf: bool = False
    """Something fell due while nobody listens: of the time until `at` we know nothing either."""

    @property
    def is_blink(self) -> bool:
        """True if we were deaf for a moment only: what was sent meanwhile still comes."""
        since = self.deaf_since
        return since is not None and self.at - since <= BLINK_MAX and not self.is_still_deaf


class Configured(_Event, frozen=True):
    """The household's data from now on: configuration is an input, so replay stays exact."""

    household: Household


class PresenceState(StrEnum):
    """Where the resident is, as a person said or the entrance door suggests."""

    HOME = "home"
    AWAY = "away"
    HOSPITAL = "hospital"
    PAUSED = "paused"


class PresenceSet(_Event, frozen=True):
    """A person said where the resident is; `until` ends it by itself."""

    state: PresenceState
    by: str
    until: datetime | None = None


class Silenced(_Event, frozen=True):
    """A person muted findings of one kind until a time, with a reason (`until` past: unmuted)."""

    what: IncidentKind
    until: datetime
    by: str
    reason: str


class Answer(StrEnum):
    """What a person can say about an incident."""

    GOING = "going"
    ON_SCENE = "on_scene"
    CANNOT = "cannot"
    CLOSE = "close"
    NOTE = "note"  # a remark for the story: the incident stays as it is
    ESCALATE = "escalate"  # take the next step now, whoever has it
    MISTAKE = "mistake"  # a false alarm: it is over
    REPEAT = "repeat"  # say it again: the incident stays as it is
    WELL = "well"  # the resident's: nothing is the matter
    HELP = "help"  # the resident's: help is needed
    HEARD = "heard"  # a drill's: the message came through


class Reply(_Event, frozen=True):
    """A person answered, by whatever channel."""

    incident: str
    responder: str
    """A responder's id, `desk:NAME`, or `resident:1` (`Household.phones`)."""
    answer: Answer
    via: str
    """sms, voice, ring (they rang us back), desk."""
    outcome: Outcome | None = None
    note: str = ""


class DeliveryState(StrEnum):
    """What became of a message, as the provider says."""

    ACCEPTED = "accepted"  # the provider took it
    DELIVERED = "delivered"  # the handset has it, or the call was picked up
    HEARD = "heard"  # a key press proves a human listened
    UNDELIVERED = "undelivered"  # final: it did not reach the handset
    FAILED = "failed"  # final: it was refused, or given up
    AMBIGUOUS = "ambiguous"  # it may or may not have gone out
    RECALLED = "recalled"  # final: we ended it ourselves, because somebody has answered


class ErrorClass(StrEnum):
    """What an error asks of us (reference: the error policy in docs/delivery.md)."""

    CONTACT = "contact"  # this number will never work on this channel
    CONFIGURATION = "configuration"  # our account or sender is wrong: wake the maintainer
    BLOCKED = "blocked"  # the content was refused: never the same text again
    UNREACHABLE = "unreachable"  # phone off or busy: another now, this one again in minutes
    TRANSIENT = "transient"  # try again in seconds
    AMBIGUOUS = "ambiguous"  # it may have gone out: another channel now, then reconcile
    EXPIRED = "expired"  # too old to be worth sending


class Receipt(_Event, frozen=True):
    """What became of the message `key`."""

    key: str
    incident: str
    state: DeliveryState
    error: ErrorClass | None = None
    detail: str = ""


class Drill(_Event, frozen=True):
    """Try the way to one person: asked to answer, within a day; never an alarm."""

    responder: str
    channel: str
    path: str = ""
    """Which path is to carry it; empty: whoever carries the channel."""
    is_over: bool = False
    """It ends: something real has come for this person elsewhere."""


class TrialSet(_Event, frozen=True):
    """A person declared that the home's buttons are tried out until a time (past: no more)."""

    until: datetime
    by: str


class Lost(_Event, frozen=True):
    """What a wearable sent and we never got: for so long we do not know how it moved."""

    device: str
    seconds: float


Event = (
    AnyObservation
    | Tick
    | Resumed
    | Configured
    | PresenceSet
    | Silenced
    | Reply
    | Receipt
    | Lost
    | Drill
    | TrialSet
)


Evidence = dict[str, int | float | str | list[float]]
"""Numbers and short lists to draw a reason from, by name."""


class LeadsTo(StrEnum):
    """What becomes of an active finding."""

    INCIDENT = "incident"  # people are told
    REVIEW = "review"  # it stands in the daily review list, and rings no bell
    NOTE = "note"  # it stands in the home's story


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A detector's conclusion, active or cleared, with the reason and the evidence."""

    at: datetime
    detector: str
    what: IncidentKind
    subject: str
    """The household's id, or a device."""
    reason: Words
    active: bool = True
    urgency: Urgency = Urgency.HIGH
    evidence: Evidence = {}
    group: str = ""
    """Findings of one kind and group belong to one incident, e.g. `smoke`."""
    short: Words = Words("", "")
    """The reason in a few words, for messages: at most 12 characters in Chinese."""
    parts: tuple[str, ...] = ()
    """The subjects this one sums up, e.g. every device that sees the home."""
    insists: bool = False
    """It is said again because people must hear it again."""
    wave_mg: tuple[int, ...] = ()
    """A short waveform to draw: size of the acceleration in milli-g; the evidence says at
    which `rate_hz`, and which points are the `knock` and the beginning of lying still."""
    asks_seconds: int = 0
    """So long the resident is asked before people are called; 0: nobody is asked."""
    asks_desk: bool = False
    """It is the duty desk, not the resident, that is asked meanwhile."""
    is_answer: bool = False
    """The resident said so: not a cause that went away by itself."""
    leads_to: LeadsTo = LeadsTo.INCIDENT
    ask: Words | None = None
    """What the resident is asked to do, aloud, e.g. to measure again."""


class Change(StrEnum):
    """What happened to an incident: one line of its timeline."""

    OPENED = "opened"
    JOINED = "joined"  # a further finding of the same thing
    UPGRADED = "upgraded"  # it became more urgent; the ladder began again
    CLEARED = "cleared"
    ACTIVE_AGAIN = "active_again"
    STEPPED = "stepped"  # the next step of the policy was taken
    CALLED_IN = "called_in"  # one more of the present step: the next in line, or a deputy
    CONFIRMED = "confirmed"  # one more of those who must answer themselves has
    CLAIMED = "claimed"
    ALSO_COMING = "also_coming"
    DECLINED = "declined"
    REMINDED = "reminded"
    LAPSED = "lapsed"  # the claim ran out; open again
    ON_SCENE = "on_scene"
    EXHAUSTED = "exhausted"
    REPEATED = "repeated"
    CLOSED = "closed"
    ASKED = "asked"  # the resident was asked by telephone
    ANSWERED = "answered"  # the resident answered
    CALLED_BACK = "called_back"  # what became of the call-back after a cancelled alarm


class Changed(msgspec.Struct, frozen=True, gc=False):
    """An incident changed; `record` is how it is now."""

    at: datetime
    change: Change
    record: Incident
    words: Words
    by: str = ""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A reply that could not be carried out: nothing changed, and the person is told why."""

    at: datetime
    incident: str
    responder: str
    answer: Answer
    via: str
    words: Words


class Purpose(StrEnum):
    """Why a message goes out."""

    ALARM = "alarm"
    REMINDER = "reminder"
    NEWS = "news"  # somebody is coming; it is over
    QUESTION = "question"  # the resident is asked: are you well?
    TOLD = "told"  # the resident is told what happens
    DRILL = "drill"  # a test of the way to a person: never an alarm


class Notify(msgspec.Struct, frozen=True, gc=False):
    """Owe this message. `key` has one meaning for ever, so sending it twice is harmless."""

    at: datetime
    key: str
    """`incident/step/responder/way`; a way is a channel, or its second (`sms-2`)."""
    household: str
    incident: str
    responder: str
    channel: str
    address: str
    purpose: Purpose
    urgency: Urgency
    text: str
    """As the person reads or hears it."""
    language: str
    expires_at: datetime
    paths: tuple[str, ...] = ()
    """Names of the paths that can carry it, best first; empty: whoever carries the channel."""
    template: str = ""
    """What it says (`alerting.orders.About`), for providers that take registered texts only."""
    variables: dict[str, str] = {}
    """What fills such a text: short words by the names in `alerting.delivery.variables`."""


class Phrase(StrEnum):
    """What the resident is told through the device."""

    RECEIVED = "received"
    ALL_RIGHT = "all_right"
    """A question: are you all right?"""
    CALLING = "calling"
    COMING = "coming"
    NOBODY_YET = "nobody_yet"
    ON_SCENE = "on_scene"
    OVER = "over"
    MEASURE_AGAIN = "measure_again"
    CALL_BACK = "call_back"
    """A question: you cancelled; are you all right?"""


class Prompt(msgspec.Struct, frozen=True, gc=False):
    """Owe the resident this sentence, spoken, and a light for those who do not hear."""

    at: datetime
    key: str
    household: str
    incident: str
    device: str
    phrase: Phrase
    text: str
    language: str
    expires_at: datetime


class Withdraw(msgspec.Struct, frozen=True, gc=False):
    """Whatever alarm of this incident has not gone out yet need not go out any more."""

    at: datetime
    incident: str
    is_over: bool = False
    """It ended: nor need older news or reminders of it, for people are told the end."""


class DrillState(StrEnum):
    """How far a drill has come."""

    ASKED = "asked"
    PROVEN = "proven"  # the person answered
    UNANSWERED = "unanswered"  # nobody did within a day
    WITHDRAWN = "withdrawn"  # something real came first
    IMPOSSIBLE = "impossible"  # nobody can be told that way any more


class Drilled(msgspec.Struct, frozen=True, gc=False):
    """A drill began or ended."""

    at: datetime
    id: str
    responder: str
    channel: str
    path: str
    state: DrillState
    words: Words


Effect = Finding | Changed | Refused | Notify | Prompt | Withdraw | Drilled
