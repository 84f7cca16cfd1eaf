"""A judgement small enough to see through, with everything the shell must cope with.

A press opens an incident, tells the one responder at once and again each minute until
somebody closes it. Ten seconds without motion after the first motion open another.
What the device `poison` says makes it fail: a motion, a call for help, a knock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from alerting import coverage
from alerting.events import (
    Answer,
    Change,
    Changed,
    Configured,
    Effect,
    Event,
    Notify,
    PresenceState,
    Purpose,
    Reply,
    Resumed,
    Withdraw,
)
from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
    Step,
)
from alerting.incident import Incident, Response, Urgency
from alerting.words import Words
from devices.observation import Fault, HelpCall, Impact, Motion
from gateway.engines import Engine

STEP_WAIT = timedelta(seconds=60)
SILENCE = timedelta(seconds=10)
DAUGHTER = Responder("daughter", "王芳", "relative", "+85251000001")
POLICY = Policy((Step("家庭", (DAUGHTER,), STEP_WAIT),))


def household(id: str = "h1", name: str = "王秀兰家", **devices: str) -> Household:
    """Return a home with a button, a motion sensor and what else is named (id=profile)."""
    profiles = {f"{id}-button": "native", f"{id}-pir": "native", **devices}
    roles = {"native": Role.CALL_BUTTON}
    return Household(
        id=id,
        code=id.upper(),
        name=name,
        zone="Asia/Shanghai",
        residents=(Resident("王秀兰", "王奶奶"),),
        devices={
            device: Device(device, profile, roles.get(profile, Role.MOTION))
            for device, profile in profiles.items()
        },
        policies={IncidentKind.EMERGENCY: POLICY},
    )


class _State(msgspec.Struct):
    household: Household
    now: datetime
    count: int = 0
    open: dict[str, Incident] = {}
    seen: list[str] = []
    moved_at: datetime | None = None
    heard: int = 0


class TinyEngine:
    """See the module."""

    def __init__(self, first: Configured, count: int = 0) -> None:
        self.state = _State(first.household, first.at, count)

    @property
    def household(self) -> Household:
        return self.state.household

    @property
    def incidents(self) -> Sequence[Incident]:
        return list(self.state.open.values())

    @property
    def ended(self) -> dict[str, datetime]:
        return {}

    def known(self, detector: str) -> None:
        return None

    @property
    def presence(self) -> PresenceState:
        return PresenceState.HOME

    @property
    def silences(self) -> dict[IncidentKind, datetime]:
        return {}

    @property
    def coverage(self) -> coverage.Coverage:
        return coverage.begin(self.state.now)

    def deadline(self) -> datetime | None:
        waits = [record.due_at for record in self.state.open.values() if record.due_at]
        if self.state.moved_at is not None:
            waits.append(self.state.moved_at + SILENCE)
        return min(waits, default=None)

    def snapshot(self) -> bytes:
        return msgspec.json.encode(self.state)

    def step(self, event: Event) -> list[Effect]:
        assert event.at >= self.state.now, f"time ran backwards: {event.at} < {self.state.now}"
        effects: list[Effect] = []
        if not isinstance(event, Resumed):
            while (due := self.deadline()) is not None and due < event.at:
                effects += self._meet(due)
        self.state.now = event.at
        self.state.heard += 1
        match event:
            case HelpCall(device="poison") | Motion(device="poison") | Impact(device="poison"):
                raise ZeroDivisionError("poison")
            case HelpCall() if not event.id or event.id not in self.state.seen:
                self.state.seen.append(event.id)
                effects += self._open(IncidentKind.EMERGENCY, event.at)
            case Fault(active=True):
                effects += self._open(IncidentKind.TECHNICAL, event.at, event.detail)
            case Motion():
                self.state.moved_at = event.at
            case Configured():
                self.state.household = event.household
            case Resumed():
                self._resume(event.at)
            case Reply(answer=Answer.CLOSE) if event.incident in self.state.open:
                effects += self._close(event)
            case _:
                effects += self._meet(event.at)
        return effects

    def _meet(self, at: datetime) -> list[Effect]:
        effects: list[Effect] = []
        self.state.now = at
        if self.state.moved_at is not None and self.state.moved_at + SILENCE <= at:
            self.state.moved_at = None
            effects += self._open(IncidentKind.INACTIVITY, at)
        for record in list(self.state.open.values()):
            if record.due_at is not None and record.due_at <= at:
                effects += self._tell(record, at, Change.STEPPED)
        return effects

    def _open(self, kind: IncidentKind, at: datetime, why: str = "按下呼叫") -> list[Effect]:
        self.state.count += 1
        record = Incident(
            id=f"{self.household.id}-{self.state.count:04d}",
            household=self.household.id,
            kind=kind,
            urgency=Urgency.HIGH,
            opened_at=at,
            reason=Words(why, why),
            policy=POLICY,
            subjects=(self.household.id,),
            due_at=at,
        )
        return self._tell(record, at, Change.OPENED)

    def _tell(self, record: Incident, at: datetime, change: Change) -> list[Effect]:
        step = record.step
        record = msgspec.structs.replace(record, step=step + 1, due_at=at + STEP_WAIT)
        self.state.open[record.id] = record
        notify = Notify(
            at=at,
            key=f"{record.id}/{step}/daughter/sms",
            household=self.household.id,
            incident=record.id,
            responder="daughter",
            channel="sms",
            address=DAUGHTER.phone,
            purpose=Purpose.ALARM,
            urgency=Urgency.HIGH,
            text=f"{record.reason.zh} {record.id}",
            language="zh",
            expires_at=at + timedelta(minutes=15),
        )
        return [Changed(at, change, record, record.reason), notify]

    def _close(self, reply: Reply) -> list[Effect]:
        record = self.state.open.pop(reply.incident)
        closed = msgspec.structs.replace(
            record, response=Response.CLOSED, due_at=None, closed_at=reply.at
        )
        words = Words("关闭", "closed")
        return [
            Withdraw(reply.at, record.id),
            Changed(reply.at, Change.CLOSED, closed, words, by=reply.responder),
        ]

    def _resume(self, at: datetime) -> None:
        if self.state.moved_at is not None:
            self.state.moved_at = at
        self.state.open = {
            id: msgspec.structs.replace(record, due_at=at + STEP_WAIT)
            for id, record in self.state.open.items()
        }


class TinyMaker:
    """Makes them."""

    def begin(self, first: Configured, count: int = 0) -> Engine:
        return TinyEngine(first, count)

    def revive(self, body: bytes) -> Engine:
        engine = TinyEngine.__new__(TinyEngine)
        engine.state = msgspec.json.decode(body, type=_State)
        return engine

    def renew(self, engine: Engine) -> Engine:
        renewed = self.revive(engine.snapshot())
        assert isinstance(renewed, TinyEngine)
        renewed.state.moved_at = None
        return renewed

    def adopt(self, engine: Engine, written: Sequence[Incident], count: int) -> Engine:
        known = {record.id for record in engine.incidents}
        assert isinstance(engine, TinyEngine)
        if {record.id for record in written} == known and count <= engine.state.count:
            return engine
        adopted = self.revive(engine.snapshot())
        assert isinstance(adopted, TinyEngine)
        adopted.state.open = {record.id: record for record in written}
        adopted.state.count = max(count, adopted.state.count)
        return adopted

    def audit(self, engine: Engine) -> list[str]:
        return []


TINY = TinyMaker()
