"""A household in one line, moments in words, and a life to lead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
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
    Prompt,
    Receipt,
    Reply,
    Resumed,
    Tick,
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
from alerting.incident import Incident, Outcome
from alerting.promises import audit

ZONE = "Asia/Shanghai"
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""The beginning of day 1 in the home's time: 2026-03-02 00:00 in Shanghai."""


def at(words: str) -> datetime:
    """Return the moment, e.g. `at("day 3 10:15")`, in the home's time (UTC+8)."""
    found = re.fullmatch(r"day (\d+) (\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?", words)
    assert found, f"{words!r} is not like 'day 3 10:15' or 'day 3 10:15:30'"
    day, hour, minute, second = found.groups()
    return MIDNIGHT + timedelta(
        days=int(day) - 1, hours=int(hour), minutes=int(minute), seconds=float(second or 0)
    )


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def person(id: str, phone: str = "", **fields: object) -> Responder:
    """A responder whose phone the provider reaches by text and voice."""
    names = {"daughter": "王芳", "neighbour": "周婶", "grid": "吴网格员", "doctor": "郑村医"}
    number = phone or f"+8525{sum(map(ord, id)) % 10_000_000:07}"
    return Responder(id, names.get(id, id), "relative", number, **fields)  # type: ignore[arg-type]


DAUGHTER, NEIGHBOUR = person("daughter"), person("neighbour")
GRID, DOCTOR = person("grid"), person("doctor")
TOWN = person("town", channels=("voice",))
TECHNICIAN = person("technician", channels=("sms",))

LADDER = Policy(
    steps=(
        Step("家庭", (DAUGHTER, NEIGHBOUR), minutes(1)),
        Step("村", (GRID, DOCTOR), minutes(2)),
        Step("镇", (TOWN,), minutes(3)),
    ),
    rounds=2,
)
REPAIR = Policy(
    steps=(Step("维修", (TECHNICIAN,), hours(4)),),
    rounds=1,
    channels=("sms",),
    repeat_every=hours(12),
)
PLAN = {IncidentKind.EMERGENCY: LADDER, IncidentKind.TECHNICAL: REPAIR}

PANEL = Device("panel", "native", Role.CALL_BUTTON, "客厅", heartbeat=hours(25), speaks=True)
SOS = Device("sos", "z2m-sos", Role.CALL_BUTTON, "卧室", heartbeat=hours(25))
PIR = Device("pir", "z2m-motion", Role.MOTION, "客厅", heartbeat=hours(25))
KITCHEN = Device("kitchen", "z2m-motion", Role.MOTION, "厨房", heartbeat=hours(25))
DOOR = Device("door", "z2m-contact", Role.ENTRANCE, "门厅", heartbeat=hours(25))
SMOKE = Device("smoke", "z2m-smoke", Role.SAFETY, "厨房", heartbeat=hours(25))


def household(*devices: Device, id: str = "h1", **fields: object) -> Household:
    """王奶奶's home, with these devices (or the usual ones)."""
    chosen = devices or (PANEL, SOS, PIR, KITCHEN, DOOR, SMOKE)
    given: dict[str, object] = {
        "code": "A1001",
        "name": "王秀兰家",
        "zone": ZONE,
        "residents": (Resident("王秀兰", "王奶奶"),),
        "policies": PLAN,
        "place": "桃花村3组12号",
        "desk_phone": "023-12345678",
        "signature": "桃花关爱",
        **fields,
    }
    return Household(id=id, devices={device.id: device for device in chosen}, **given)  # type: ignore[arg-type]


class Life:
    """One engine, told what happens; keeps everything that came of it."""

    def __init__(
        self,
        home: Household | None = None,
        begins: str = "day 1 08:00",
        detectors: Sequence[Detector] = DETECTORS,
    ) -> None:
        self.home = home or household()
        self.engine = Engine(Configured(at(begins), self.home), detectors)
        self.effects: list[Effect] = []
        self.recent: list[Effect] = []
        """What the last thing caused."""

    @property
    def incident(self) -> Incident:
        """The one incident that is not over."""
        (incident,) = self.engine.incidents
        return incident

    def happens(self, *events: Event) -> list[Effect]:
        """Let the events happen; return what came of them."""
        self.recent = []
        for event in events:
            self.recent += self.engine.step(event)
            assert audit(self.engine) == []
        self.effects += self.recent
        return self.recent

    def until(self, words: str) -> list[Effect]:
        """Let time pass."""
        return self.happens(Tick(at(words)))

    def hears_again(self, words: str) -> list[Effect]:
        return self.happens(Resumed(at(words)))

    def says(
        self,
        words: str,
        who: str,
        answer: Answer,
        outcome: Outcome | None = None,
        incident: str = "",
    ) -> list[Effect]:
        """Let a person answer the one open incident (or another)."""
        id = incident or self.incident.id
        return self.happens(Reply(at(words), id, who, answer, "sms", outcome=outcome))

    def goes(self, words: str, who: str) -> list[Effect]:
        return self.says(words, who, Answer.GOING)

    def arrives(self, words: str, who: str) -> list[Effect]:
        return self.says(words, who, Answer.ON_SCENE)

    def cannot(self, words: str, who: str) -> list[Effect]:
        return self.says(words, who, Answer.CANNOT)

    def closes(
        self, words: str, who: str = "desk:李", outcome: Outcome = Outcome.SAFE
    ) -> list[Effect]:
        return self.says(words, who, Answer.CLOSE, outcome)

    def becomes(
        self, words: str, key: str, state: DeliveryState, error: ErrorClass | None = None
    ) -> list[Effect]:
        """Let the provider say what became of a message."""
        return self.happens(Receipt(at(words), key, key.partition("/")[0], state, error))


def letters(effects: Iterable[Effect]) -> list[Notify]:
    """Return what is owed to people."""
    return [effect for effect in effects if isinstance(effect, Notify)]


def told(effects: Iterable[Effect]) -> list[str]:
    """Return who is told by what, e.g. `daughter/sms`, in order."""
    return [f"{e.responder}/{e.channel}" for e in effects if isinstance(e, Notify)]


def keys(effects: Iterable[Effect]) -> list[str]:
    return [e.key for e in effects if isinstance(e, Notify)]


def changes(effects: Iterable[Effect]) -> list[str]:
    """Return what happened to incidents, in order."""
    return [str(e.change) for e in effects if isinstance(e, Changed)]


def said(effects: Iterable[Effect], change: str) -> str:
    """Return the Chinese line of the first such change of an incident."""
    return next(e.words.zh for e in effects if isinstance(e, Changed) and e.change == change)


def heard(effects: Iterable[Effect]) -> list[str]:
    """Return what the resident hears, in order."""
    return [str(e.phrase) for e in effects if isinstance(e, Prompt)]


def every(begins: datetime, ends: datetime, step: timedelta) -> Iterator[datetime]:
    """Yield moments from `begins` to `ends`."""
    moment = begins
    while moment < ends:
        yield moment
        moment += step
