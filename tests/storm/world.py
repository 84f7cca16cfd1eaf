"""One seed, one storm: homes, mishaps, faults and outages on a virtual clock.

The shell is modelled at the points that matter: an event is acknowledged to the broker
only after its commit; what is owed is written with it; a crash may fall before the
commit, between commit and sending, and between sending and writing that down; after a
restart the engines come back from a snapshot and the journal. The engines are the real ones.

Phase one lets everything go wrong; phase two lets it go right, and everything must end.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from alerting.engine import Engine
from alerting.events import (
    Answer,
    Changed,
    Configured,
    DeliveryState,
    Effect,
    ErrorClass,
    Event,
    Notify,
    PresenceSet,
    PresenceState,
    Prompt,
    Purpose,
    Receipt,
    Reply,
    Resumed,
    Silenced,
    Tick,
    Withdraw,
)
from alerting.household import Household, IncidentKind
from alerting.incident import TRANSITIONS, Outcome, Response
from alerting.promises import audit
from devices.observation import (
    Alive,
    AnyObservation,
    CallState,
    Contact,
    Fault,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
)
from tests.builders import at, household

STORM = timedelta(hours=30)
CALM = timedelta(hours=30)
TOLD_WITHIN = timedelta(seconds=2)
LEASE = timedelta(seconds=30)


@dataclass
class Row:
    """What is owed, as the database has it."""

    message: Notify | Prompt
    state: str = "leased"
    tries: int = 0


@dataclass
class Disk:
    """What survives a crash."""

    journal: list[tuple[str, Event]] = field(default_factory=list)
    snapshots: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    outbox: dict[str, Row] = field(default_factory=dict)


class Storm:
    """Runs one seed; raises AssertionError with the seed where a promise is broken."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.now = at("day 1 06:00") + timedelta(minutes=self.dice.randrange(24 * 60))
        self.began = self.now
        self.calm_from = self.now + STORM
        self.agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self.count = 0
        self.disk = Disk()
        self.engines: dict[str, Engine] = {}
        self.is_up = True
        self.down_since = self.now
        self.provider_up = True
        self.queued: list[tuple[str, Event]] = []  # with the broker, while we are down
        self.meanings: dict[str, tuple[str, str]] = {}
        self.responses: dict[str, Response] = {}
        self.presses: list[tuple[str, datetime]] = []
        self.press_ids: set[str] = set()
        self.alarms: dict[str, list[datetime]] = {}
        self.story: list[str] = []
        self.homes = [household(id=f"h{n}") for n in range(1, self.dice.randrange(2, 4))]

    # ------------------------------------------------------------------ the run

    def run(self) -> None:
        """Live through the storm and the calm after it."""
        for home in self.homes:
            first = Configured(self.now, home)
            engine = Engine(first)
            self.engines[home.id] = engine
            self.disk.snapshots[home.id] = (0, engine.snapshot())
            self._plan_life(home)
        self._plan_trouble()
        self._at(self.calm_from, self._become_calm)
        self._until(self.calm_from + CALM)
        self._check_end()

    def _until(self, end: datetime) -> None:
        while True:
            due = min((d for e in self.engines.values() if (d := e.deadline())), default=None)
            head = self.agenda[0][0] if self.agenda else end
            if self.is_up and due is not None and due <= min(head, end):
                self.now = max(self.now, due + self._lag())
                for home, engine in self.engines.items():
                    if self.is_up and (mine := engine.deadline()) and mine <= self.now:
                        self._step(home, Tick(self.now))
                continue
            if head >= end:
                self.now = end
                return
            moment, _, act = heapq.heappop(self.agenda)
            self.now = max(self.now, moment)
            act()

    def _lag(self) -> timedelta:
        return timedelta(milliseconds=self.dice.randrange(50))

    def _at(self, moment: datetime, act: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.agenda, (moment, self.count, act))

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._at(self.now + timedelta(seconds=seconds), act)

    # ------------------------------------------------------------------ the shell

    def _arrive(self, home: str, event: Event) -> None:
        """A message comes from the broker, or waits there while we are down."""
        if self.is_up:
            self._step(home, event)
        elif not isinstance(event, Reply | Receipt | PresenceSet | Silenced):
            self.queued.append((home, event))

    def _step(self, home: str, event: Event) -> None:
        engine = self.engines[home]
        if event.at < engine.now:
            event = _moved(event, engine.now)
        effects = engine.step(event)
        self._check(home, event, effects)
        if not effects and isinstance(event, Tick):
            return
        if self._strikes(0.004):
            # before the commit: the broker still has the message, people's clicks are gone
            if isinstance(event, AnyObservation):
                self.queued.append((home, event))
            self._crash("before the commit")
            return
        self.disk.journal.append((home, event))
        rows = [self._written(effect) for effect in effects if isinstance(effect, Notify | Prompt)]
        for effect in effects:
            if isinstance(effect, Withdraw):
                self._withdraw(effect.incident)
        if isinstance(event, HelpCall) and event.id not in self.press_ids:
            self._note_press(home, event)
        if rows and self._strikes(0.02):
            self._crash("after the commit, before sending")
            return
        for row in rows:
            self._send(row)
            if not self.is_up:
                return
        if self._strikes(0.01):
            self.disk.snapshots[home] = (len(self.disk.journal), engine.snapshot())

    def _written(self, message: Notify | Prompt) -> Row:
        who = message.address if isinstance(message, Notify) else message.device
        meaning = (who, message.text)
        known = self.meanings.setdefault(message.key, meaning)
        assert known == meaning, f"{message.key} means {known} and {meaning}"
        if isinstance(message, Notify) and message.purpose is Purpose.ALARM:
            self.alarms.setdefault(message.incident, []).append(message.at)
        return self.disk.outbox.setdefault(message.key, Row(message))

    def _withdraw(self, incident: str) -> None:
        for row in self.disk.outbox.values():
            message = row.message
            if message.incident != incident or row.state != "leased":
                continue
            if isinstance(message, Notify) and message.purpose is Purpose.ALARM:
                row.state = "withdrawn"

    def _crash(self, where: str) -> None:
        """Kill -9, or the mains: back after a while with what the disk has."""
        self.is_up = False
        self.down_since = self.now
        seconds = self.dice.choice((1, 1, 5, 60, 4.5 * 3600))
        self.story.append(f"{self.now} crash {where}, back in {seconds} s")
        self._in(seconds, self._restart)

    def _restart(self) -> None:
        for home in self.homes:
            seq, body = self.disk.snapshots[home.id]
            engine = Engine.restore(body)
            for name, event in self.disk.journal[seq:]:
                if name == home.id:
                    engine.step(event)
            assert engine.now <= self.now
            self.engines[home.id] = engine
        self.is_up = True
        for home in self.homes:
            self._step(home.id, Resumed(self.now, self.down_since, "started"))
        for row in list(self.disk.outbox.values()):
            if row.state == "leased":
                self._in(1, lambda row=row: self._send(row))  # type: ignore[misc]
        waiting, self.queued = self.queued, []
        for name, event in waiting:
            self._arrive(name, _moved(event, self.now))

    # ------------------------------------------------------------------ provider and people

    def _send(self, row: Row) -> None:
        message = row.message
        if not self.is_up or row.state != "leased":
            return
        if self.now > message.expires_at:
            row.state = "expired"
            self._receipt(message, DeliveryState.FAILED, ErrorClass.EXPIRED)
            return
        row.tries += 1
        if isinstance(message, Prompt):
            row.state = "sent"
            return
        if not self.provider_up:
            self._in(min(60, 2**row.tries), lambda: self._send(row))
            return
        luck = self.dice.random() if self._is_stormy else 1.0
        if luck < 0.05:
            row.state = "failed"
            self._receipt(message, DeliveryState.FAILED, ErrorClass.CONTACT)
        elif luck < 0.10:
            self._receipt(message, DeliveryState.AMBIGUOUS, ErrorClass.AMBIGUOUS)
            self._in(10, lambda: self._send(row))
        else:
            if self._strikes(0.02):
                # it went out, nobody wrote that down: it goes out again, never under another key
                self._in(1, lambda: self._hears(message))
                self._crash("after sending, before writing it down")
                return
            row.state = "sent"
            self._receipt(message, DeliveryState.DELIVERED, None)
            self._hears(message)

    def _receipt(
        self, message: Notify | Prompt, state: DeliveryState, error: ErrorClass | None
    ) -> None:
        def tell() -> None:
            receipt = Receipt(self.now, message.key, message.incident, state, error)
            self._arrive(message.household, receipt)

        self._in(self.dice.uniform(0.1, 3), tell)

    def _hears(self, message: Notify) -> None:
        """A phone rings: what the person does is drawn from the seed."""
        if message.purpose is Purpose.NEWS:
            return
        luck = self.dice.random()
        after = self.dice.uniform(5, 240)
        if luck < (0.25 if self._is_stormy else 0.6):
            self._in(after, lambda: self._says(message, Answer.GOING))
            if self.dice.random() < 0.7:
                self._in(after + 600, lambda: self._says(message, Answer.ON_SCENE))
        elif luck < 0.4:
            self._in(after, lambda: self._says(message, Answer.CANNOT))

    def _says(self, message: Notify, answer: Answer) -> None:
        reply = Reply(self.now, message.incident, message.responder, answer, "sms")
        self._arrive(message.household, reply)

    def _desk(self) -> None:
        """The desk closes what somebody is at; once it is calm, what is old as well."""
        for home, engine in list(self.engines.items()):
            for incident in engine.incidents:
                is_here = incident.response in (Response.ON_SCENE, Response.CLAIMED)
                is_old = not self._is_stormy and self.now - incident.opened_at > timedelta(hours=2)
                if (is_here or is_old) and self.dice.random() < 0.6:
                    reply = Reply(
                        self.now, incident.id, "desk:李", Answer.CLOSE, "desk", Outcome.SAFE
                    )
                    self._arrive(home, reply)
        self._in(self.dice.uniform(600, 3600), self._desk)

    # ------------------------------------------------------------------ life and trouble

    @property
    def _is_stormy(self) -> bool:
        return self.now < self.calm_from

    def _strikes(self, chance: float) -> bool:
        return self.is_up and self._is_stormy and self.dice.random() < chance

    def _plan_life(self, home: Household) -> None:
        self._in(self.dice.uniform(0, 1800), lambda: self._live(home.id))
        for _ in range(self.dice.randrange(1, 5)):
            when = self.dice.uniform(0, STORM.total_seconds())
            self._in(when, lambda: self._press(home.id))

    def _live(self, home: str) -> None:
        if self._is_stormy and self.dice.random() < 0.03:
            self._in(10 * 3600, lambda: self._live(home))  # lies still, or sleeps
            return
        device = self.dice.choice(("pir", "kitchen", "door"))
        seen: AnyObservation = (
            Contact(self.now, "door", self.dice.random() < 0.5)
            if device == "door"
            else Motion(self.now, device)
        )
        self._arrive(home, seen)
        if self.dice.random() < 0.3:
            for name in ("panel", "sos", "smoke", "pir", "kitchen", "door"):
                if not self._is_stormy or self.dice.random() < 0.9:
                    self._arrive(home, Alive(self.now, name, self.dice.randrange(5, 100)))
        self._in(self.dice.uniform(300, 5400), lambda: self._live(home))

    def _press(self, home: str) -> None:
        form = self.dice.randrange(4)
        if form == 0:
            self._arrive(home, CallState(self.now, "sos", on=True))
            self._in(20, lambda: self._arrive(home, CallState(self.now, "sos", on=True)))
            self._in(60, lambda: self._arrive(home, CallState(self.now, "sos", on=False)))
            return
        self.count += 1
        press = HelpCall(self.now, "panel", id=f"b:{self.count}")
        self._arrive(home, press)
        if form == 1:  # the same press again, as a broker may deliver it
            self._in(0.4, lambda: self._arrive(home, _moved(press, self.now)))

    def _plan_trouble(self) -> None:
        for _ in range(self.dice.randrange(3, 9)):
            when = self.dice.uniform(0, STORM.total_seconds())
            self._in(when, self.dice.choice((self._outage, self._odd, self._odd, self._power)))
        self._in(self.dice.uniform(600, 7200), self._desk)

    def _outage(self) -> None:
        self.provider_up = False
        self._in(self.dice.choice((14, 300, 7200)), self._provider_back)

    def _provider_back(self) -> None:
        self.provider_up = True

    def _power(self) -> None:
        if self.is_up:
            self._crash("of the mains")

    def _odd(self) -> None:
        home = self.dice.choice(self.homes).id
        odd: tuple[Event, ...] = (
            Hazard(self.now, "smoke", HazardKind.SMOKE, on=self.dice.random() < 0.7),
            Online(self.now, self.dice.choice(("panel", "sos", "pir")), online=False),
            HelpCall(self.now, "panel", id="b:old", retained=True),
            PresenceSet(self.now, self.dice.choice(list(PresenceState)), "desk:李"),
            Silenced(
                self.now,
                self.dice.choice(list(IncidentKind)),
                self.now + timedelta(hours=2),
                "desk:李",
                "test",
            ),
            Fault(self.now, "store", active=self.dice.random() < 0.5, detail="full"),
            Reply(self.now, f"{home}-0001", "stranger", Answer.GOING, "sms"),
            Reply(self.now, f"{home}-0001", "daughter", Answer.CLOSE, "sms"),
        )
        self._arrive(home, self.dice.choice(odd))

    def _become_calm(self) -> None:
        self.provider_up = True
        for home in self.homes:
            self._arrive(home.id, PresenceSet(self.now, PresenceState.HOME, "desk:李"))

    # ------------------------------------------------------------------ promises

    def _note_press(self, home: str, press: HelpCall) -> None:
        self.press_ids.add(press.id)
        emergency = [
            incident.id
            for incident in self.engines[home].incidents
            if incident.kind is IncidentKind.EMERGENCY
        ]
        assert emergency, f"{home}: {press} opened nothing"
        self.presses.append((emergency[0], press.at))

    def _check(self, home: str, event: Event, effects: list[Effect]) -> None:
        faults = audit(self.engines[home])
        assert not faults, f"after {event}: {faults}"
        for effect in effects:
            assert effect.at <= event.at, f"{effect} lies in the future of {event}"
            if not isinstance(effect, Changed):
                continue
            record = effect.record
            before = self.responses.get(record.id, Response.OPEN)
            after = record.response
            lawful = after is before or after in TRANSITIONS[before].values()
            # a crash before the commit takes a change back: then we know the older one
            assert lawful or self.story, f"{record.id}: {before} became {after}"
            self.responses[record.id] = after

    def _check_end(self) -> None:
        for incident, pressed in self.presses:
            first = min(self.alarms.get(incident, [self.now]))
            assert first <= pressed + TOLD_WITHIN, (
                f"{incident}: not told of {pressed} until {first}"
            )
        assert self.meanings.keys() == self.disk.outbox.keys(), "something owed was lost"
        for key, row in self.disk.outbox.items():
            assert row.state != "leased", f"{key} is owed and was never sent"
        for engine in self.engines.values():
            left = [f"{i.id} {i.kind} {i.response} due {i.due_at}" for i in engine.incidents]
            old = [i for i in engine.incidents if self.now - i.opened_at > timedelta(hours=12)]
            assert not old, f"never ended: {left}"


def _moved(event: Event, moment: datetime) -> Event:
    """The same event, learned later."""
    return msgspec.structs.replace(event, at=max(event.at, moment))
