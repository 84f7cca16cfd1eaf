"""An incident with everything needed to carry it on, and its turn during one event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alerting.events import Change, Changed, Finding, Phrase, Withdraw
from alerting.household import Household, IncidentKind, Policy, Responder, Way
from alerting.incident import Cause, Incident, Response, Urgency
from alerting.orders import About, Order, Tell
from alerting.response import lines, phones
from alerting.response.hours import allowed
from alerting.words import Words

ALARM_EXPIRES = timedelta(minutes=15)
"""An alarm older than this (or than its step's wait, if longer) has been overtaken."""
REMINDER_EXPIRES = timedelta(minutes=15)
NEWS_EXPIRES = timedelta(hours=2)

DESK = "desk:"
"""How the responder of an answer given at the duty desk begins."""

Ways = Callable[[Responder, Policy, Urgency], tuple[Way, ...]]
"""The ways by which a responder is told, in order; empty if there is none."""

HEARD_IN_THE_HOME = frozenset({IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.SAFETY})
"""The kinds of which the resident hears from the beginning; of most others, from the claim on."""


class Sent(msgspec.Struct, frozen=True, gc=False):
    """One message of the present step."""

    responder: str
    channel: str
    """The way's name: the channel, or its second."""
    has_failed: bool = False


class Ladder(msgspec.Struct, frozen=True, gc=False):
    """What the incident's record does not say about how far its escalation has come."""

    since: datetime
    """When what the messages speak of happened."""
    sent: dict[str, Sent] = {}
    """The messages of the present step, by key."""
    also: dict[str, datetime] = {}
    """Until when others than the claimant are on their way."""
    reminders: int = 0
    news: int = 0
    said: int = 0
    """How many reminders, rounds of news and prompts there were: they number the keys."""
    is_heard: bool = False
    """The resident hears what happens."""
    needs_help: bool = False
    """The resident asked for help when called: nothing that happens at home takes that back."""
    ask_at: datetime | None = None
    """When the resident is called once more to be asked; None: not again."""
    phoned_at: datetime | None = None
    """When the resident was last called to be told something."""
    phoned: int = 0
    """How often the resident was called to be told that nobody has answered."""
    said_last: Phrase | None = None
    """What the resident was told last."""
    given_up_at: datetime | None = None
    """When whoever had it was last known not to come: from then on nobody has it."""
    told_at: datetime | None = None
    """When people were last told because of the cause itself."""
    untold: tuple[str, ...] = ()
    """The subjects that joined and of which nobody was told."""
    tell_at: datetime | None = None
    """When people are told of them; None: nobody need be, or the next step says it."""
    line: tuple[str, ...] = ()
    """Who of the present step is told one by one, after those who were."""
    line_at: datetime | None = None
    """When the next of them is."""
    stand_ins: dict[str, datetime] = {}
    """When the deputies of those who were told are told as well."""
    owed: dict[str, datetime] = {}
    """When those who must answer themselves are told again."""
    at_door: dict[str, datetime] = {}
    """When people were last asked whether it was they who read the code at the door."""
    falls: tuple[Finding, ...] = ()
    """What told of a fall within the last minutes, each device once; also what is over since: a
    pendant takes its word back by itself after seconds."""


class Case(msgspec.Struct, frozen=True, gc=False):
    """An incident that is not over."""

    incident: Incident
    ladder: Ladder
    causes: dict[str, Finding]
    """The last active finding of each subject."""

    @property
    def due_at(self) -> datetime | None:
        """When something is to be done next; None once it is over."""
        ladder = self.ladder
        dues = (self.incident.due_at, ladder.tell_at, ladder.line_at, ladder.ask_at)
        if not ladder.stand_ins and not ladder.owed:
            return min((due for due in dues if due is not None), default=None)
        inner = (*dues, *ladder.stand_ins.values(), *ladder.owed.values())
        return min((due for due in inner if due is not None), default=None)


class Turn:
    """One case during one event: changes it and collects what is to be done, in order.

    It lives for one event only; afterwards `case` is how things are.
    """

    def __init__(self, at: datetime, home: Household, ways: Ways, case: Case) -> None:
        self.at = at
        self.home = home
        self.ways = ways
        self.incident = case.incident
        self.ladder = case.ladder
        self.causes = case.causes
        self.orders: list[Order] = []
        self.closer = lines.BY_ITSELF
        """Who ended it, once it is over."""

    @property
    def case(self) -> Case:
        """The case as it is now."""
        return Case(self.incident, self.ladder, self.causes)

    @property
    def is_held(self) -> bool:
        """True when the cause of a silence has gone and only a confirmation is missing."""
        return (
            self.incident.kind is IncidentKind.INACTIVITY
            and not self.ladder.needs_help
            and self.incident.cause is Cause.CLEARED
            and self.incident.response in (Response.OPEN, Response.EXHAUSTED)
        )

    def replace(self, **fields: Any) -> None:
        """Change the incident's record without saying so."""
        self.incident = msgspec.structs.replace(self.incident, **fields)

    def note(self, **fields: Any) -> None:
        """Change the ladder."""
        self.ladder = msgspec.structs.replace(self.ladder, **fields)

    def change(self, change: Change, words: Words, by: str = "", **fields: Any) -> None:
        """Change the incident's record and say so."""
        if fields:
            self.replace(**fields)
        self.orders.append(Changed(self.at, change, self.incident, words, by))

    def allowed(self, at: datetime) -> datetime:
        """Return the first moment from `at` on at which this incident may disturb people."""
        return allowed(self.incident.policy, self.incident.urgency, self.home.tz, at)

    def responder(self, id: str) -> Responder | None:
        """Return the person of that id from the incident's own policy."""
        for person in self.incident.policy.responders:
            if person.id == id:
                return person
        return None

    def name(self, id: str) -> str:
        """Return how people call `id`."""
        person = self.responder(id)
        return person.name if person else id.removeprefix(DESK)

    def goer(self, id: str) -> str:
        """Return the name of who goes there; empty for the desk, which sends somebody."""
        person = self.responder(id)
        return person.name if person else ""

    def send(
        self,
        part: str,
        person: Responder,
        ways: Iterable[Way],
        about: About,
        expires: timedelta,
        short: Words | None = None,
    ) -> list[Tell]:
        """Order a message by each way, under the key `incident/part/person/way`.

        `short`: what it speaks of in a few words, if that is not the incident's own.
        """
        incident = self.incident
        if short is not None:
            incident = msgspec.structs.replace(incident, short=short)
        tells = [
            Tell(
                at=self.at,
                key=f"{self.incident.id}/{part}/{person.id}/{way.name}",
                incident=incident,
                responder=person,
                way=way,
                about=about,
                since=self.ladder.since,
                nobody_since=max(self.ladder.since, self.ladder.given_up_at or self.ladder.since),
                expires_at=self.at + expires,
                who=self.goer(self.incident.responder),
            )
            for way in ways
        ]
        self.orders += tells
        return tells

    def remind(self, id: str, about: About, urgency: Urgency = Urgency.MEDIUM) -> bool:
        """Remind one person; False for the desk, which sees it by itself."""
        person = self.responder(id)
        if person is None:
            return False
        ways = self.ways(person, self.incident.policy, urgency)
        part = f"remind-{self.ladder.reminders}"
        self.note(reminders=self.ladder.reminders + 1)
        return bool(self.send(part, person, ways, about, REMINDER_EXPIRES))

    def news(self, about: About, *, without: Iterable[str] = ()) -> None:
        """Tell everybody who was told, except `without`."""
        left_out = set(without)
        people = [p for p in self.incident.policy.responders if p.id in self.incident.told]
        part = f"news-{self.ladder.news}"
        self.note(news=self.ladder.news + 1)
        for person in people:
            if person.id not in left_out:
                ways = self.ways(person, self.incident.policy, Urgency.MEDIUM)
                self.send(part, person, ways, about, NEWS_EXPIRES)

    def withdraw(self) -> None:
        """Take back what has not gone out; nobody further of the step is told.

        These are the alarms; once it is over, everything older than the news of that.
        """
        self.note(sent={}, line=(), line_at=None, stand_ins={})
        self.orders.append(Withdraw(self.at, self.incident.id, self.incident.is_over))

    def say(self, phrase: Phrase, who: str = "", people: tuple[Responder, ...] = ()) -> None:
        """Let the resident hear it, if this incident is one they hear of."""
        if self.ladder.is_heard:
            phones.say(self, phrase, who, people)


Turns = Callable[[Case], Turn]
"""Makes a turn of a case, at the present moment."""
