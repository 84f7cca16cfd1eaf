"""Any plan there can be, with people and providers who answer what they were really sent."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from alerting.duty import Roster, Shift, Turns
from alerting.engine import Engine
from alerting.events import (
    Answer,
    Changed,
    Configured,
    DeliveryState,
    Drill,
    Effect,
    ErrorClass,
    Event,
    Notify,
    Purpose,
    Receipt,
    Reply,
    Tick,
    TrialSet,
)
from alerting.household import (
    Asking,
    Calls,
    Confirm,
    Household,
    IncidentKind,
    Order,
    Path,
    Policy,
    Resident,
    Responder,
    Step,
)
from alerting.incident import Outcome, Response, Urgency
from alerting.promises import audit
from devices.observation import Called, Cancelled, HelpCall, Wish
from tests import waves
from tests.alerting.lives import BEGINS, life
from tests.builders import PANEL, PIR, ZONE, household
from tests.stories.test_a_fall import WATCH

IDS = ("daughter", "neighbour", "grid", "doctor", "town", "helper", "second")
DAYS = 0.3
PATHS = (
    Path("twilio", ("sms", "voice")),
    Path("modem", ("sms", "voice"), line="sim"),
    Path("aliyun", ("sms",), one_way=("sms",)),
    Path("scaip", ("scaip",)),
)


def someone(rng: random.Random, number: int, id: str) -> Responder:
    place = rng.choice(("+85251000{:03}", "+8613800000{:03}", "+86237777{:04}"))
    channels = rng.choice((("sms", "voice"), ("sms",), ("voice",), ("scaip", "sms")))
    away = (("2026-03-01", "2026-03-03"),) if rng.random() < 0.2 else ()
    return Responder(
        id, id, "relative", place.format(number), channels, addresses={"scaip": "arc"}, away=away
    )


def plan(rng: random.Random, people: dict[str, Responder]) -> Policy:
    """Draw a ladder; whoever it names by a roster or a deputy is among its others."""
    roster = Roster(
        "duty",
        "值班",
        ZONE,
        (
            Shift("白班", "08:00", "20:00", ("town", "second"), turns=Turns.DAILY),
            Shift("夜班", "20:00", "08:00", ("second", "helper"), turns=Turns.WEEKLY),
        ),
    )

    def some(least: int) -> tuple[Responder, ...]:
        return tuple(people[id] for id in rng.sample(IDS, rng.randint(least, 3)))

    steps = tuple(
        Step(
            f"tier {number}",
            some(0 if (on_duty := rng.random() < 0.3) else 1),
            timedelta(seconds=rng.choice((0, 1, 30, 180, 900))),
            rng.choice(list(Order)),
            timedelta(seconds=rng.choice((0, 20, 60, 600))),
            rng.choice(list(Confirm)),
            some(0),
            (roster,) if on_duty else (),
        )
        for number in range(rng.randint(1, 5))
    )
    return Policy(
        steps,
        rounds=rng.randint(1, 3),
        repeat_every=timedelta(minutes=rng.choice((5, 15))),
        quiet=rng.choice((None, ("21:00", "07:30"))),
        channels=("sms", "voice", "scaip"),
        others=tuple(people.values()),
        deputies={id: tuple(rng.sample(IDS, rng.randint(1, 3))) for id in rng.sample(IDS, 4)},
        deputy_after=timedelta(seconds=rng.choice((0, 60, 900))),
        confirm_every=timedelta(seconds=rng.choice((120, 300))),
    )


def home(seed: int) -> Household:
    rng = random.Random(seed)
    people = {id: someone(rng, number, id) for number, id in enumerate(IDS)}
    kinds = {kind: plan(rng, people) for kind in IncidentKind}
    paths = tuple(path for path in PATHS if rng.random() < 0.7) or PATHS[:1]
    where = household(
        PANEL,
        PIR,
        WATCH,
        residents=(Resident("王秀兰", "王奶奶", phone="+8613800000099"),),
        asking=Asking(calls=rng.choice(list(Calls))),
        policies=kinds,
    )
    return msgspec.structs.replace(where, paths=paths)


class World:
    """A home in which everything happens, and whoever is told answers somehow, or does not."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed * 31 + 7)
        self.home = home(seed)
        self.engine = Engine(Configured(BEGINS, self.home))
        self._count = itertools.count()
        self._events: list[tuple[object, int, Event]] = []
        begun = [e for e in life(seed, self.home, DAYS) if not isinstance(e, Reply | Receipt)]
        for event in (*begun, *self._mishaps(seed)):
            if not isinstance(event, Configured):
                self._put(event)

    def _put(self, event: Event) -> None:
        heapq.heappush(self._events, (event.at, next(self._count), event))

    def _mishaps(self, seed: int) -> Iterator[Event]:
        for number in range(25):
            at = BEGINS + timedelta(seconds=self.rng.randrange(int(DAYS * 86_400)))
            yield self.rng.choice(
                (
                    waves.knock(at),
                    Cancelled(at, "panel"),
                    HelpCall(at, "panel", id=f"{seed}:{number}"),
                    Called(at, "telephone", call=f"m:{number}", wish=self.rng.choice(list(Wish))),
                    Called(at, "telephone", call=f"n:{number}", waits_s=30.0),
                    Drill(at, self.rng.choice(IDS), "sms"),
                    TrialSet(at, at + timedelta(minutes=20), "desk:李"),
                )
            )

    def lives(self) -> Iterator[tuple[Event, list[Effect]]]:
        """Yield what happens and what comes of it."""
        while self._events:
            _, _, event = heapq.heappop(self._events)
            effects = self.engine.step(event)
            for effect in effects:
                if isinstance(effect, Notify):
                    self._answered(effect)
            yield event, effects

    def _answered(self, told: Notify) -> None:
        rng, draw = self.rng, self.rng.random()
        at = self.engine.now + timedelta(seconds=rng.choice((0, 1, 20, 90, 1_500)))
        if at > BEGINS + timedelta(days=DAYS):
            return
        if draw < 0.5:
            error = rng.choice((None, *ErrorClass))
            state = rng.choice(list(DeliveryState))
            self._put(Receipt(at, told.key, told.incident, state, error))
        if 0.4 < draw < 0.6 and told.incident:
            outcome = rng.choice((None, Outcome.SAFE, Outcome.MISTAKE))
            said, via = rng.choice(list(Answer)), rng.choice(("sms", "voice", "qr"))
            self._put(Reply(at, told.incident, told.responder, said, via, outcome=outcome))


@pytest.mark.parametrize("seed", range(8))
def test_nothing_open_is_forgotten_and_nobody_is_told_after_the_end(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)
    world, keys, ended = World(seed), set[str](), dict[str, bool]()
    for _, effects in world.lives():
        for effect in effects:
            if isinstance(effect, Changed):
                ended[effect.record.id] = effect.record.is_over
            elif isinstance(effect, Notify):
                assert effect.key not in keys, f"{effect.key} has two meanings"
                keys.add(effect.key)
                if ended.get(effect.incident) and effect.purpose is not Purpose.QUESTION:
                    assert effect.purpose is Purpose.NEWS, effect
        assert audit(world.engine) == []
    assert len(ended) > 2, "much happened"


@pytest.mark.parametrize("seed", range(6))
def test_an_emergency_nobody_answers_is_told_on_for_ever(seed: int) -> None:
    """Whatever the plan and whatever its messages meet: never an hour of silence."""
    where, rng = home(seed), random.Random(seed)
    engine = Engine(Configured(BEGINS, where))
    queue: list[tuple[object, int, Event]] = [(BEGINS, 0, HelpCall(BEGINS, "panel", id="a:1"))]
    for minute in range(1, 300):
        at = BEGINS + timedelta(minutes=minute)
        heapq.heappush(queue, (at, minute, Tick(at)))
    count, told_at, longest = itertools.count(1_000), BEGINS, timedelta()
    is_reachable = False
    while queue:
        _, _, event = heapq.heappop(queue)
        for effect in engine.step(event):
            if not isinstance(effect, Notify) or effect.purpose is not Purpose.ALARM:
                continue
            is_reachable = True
            longest, told_at = max(longest, effect.at - told_at), effect.at
            at = engine.now + timedelta(seconds=rng.choice((0, 5, 400)))
            state = rng.choice((DeliveryState.FAILED, DeliveryState.UNDELIVERED, None))
            if state is not None:
                heapq.heappush(
                    queue, (at, next(count), Receipt(at, effect.key, effect.incident, state))
                )
    (emergency,) = [i for i in engine.incidents if i.kind is IncidentKind.EMERGENCY]
    assert emergency.urgency is Urgency.HIGH
    assert emergency.response in (Response.OPEN, Response.EXHAUSTED)
    if is_reachable:
        longest = max(longest, engine.now - told_at)
    assert longest <= timedelta(minutes=60), longest


def test_deputies_without_a_wait_are_told_a_moment_later() -> None:
    people = {id: Responder(id, id, "relative", f"+8525100000{n}") for n, id in enumerate(IDS)}
    for order in Order:
        policy = Policy(
            (Step("家庭", (people["daughter"],), timedelta(minutes=3), order),),
            others=tuple(people.values()),
            deputies={"daughter": ("town",), "town": ("grid",), "grid": ("daughter",)},
            deputy_after=timedelta(),
        )
        where = household(PANEL, policies={IncidentKind.EMERGENCY: policy})
        engine = Engine(Configured(BEGINS, where))
        engine.step(HelpCall(BEGINS, "panel", id="a:1"))
        told = engine.step(Tick(BEGINS + timedelta(minutes=1)))
        assert "town" in {one.responder for one in told if isinstance(one, Notify)}
        assert audit(engine) == []


def test_who_stands_in_late_is_told_before_the_step_is_over() -> None:
    """A deputy in line is not passed over because the policy's wait for deputies is longer."""
    people = {id: Responder(id, id, "relative", f"+8525100000{n}") for n, id in enumerate(IDS)}
    steps = (
        Step("家庭", (people["daughter"],), timedelta(minutes=2), Order.ONE_BY_ONE),
        Step("村", (people["grid"],), timedelta(minutes=2)),
    )
    policy = Policy(
        steps,
        others=tuple(people.values()),
        deputies={"daughter": ("town",)},
        deputy_after=timedelta(minutes=30),
    )
    where = household(PANEL, policies={IncidentKind.EMERGENCY: policy})
    engine = Engine(Configured(BEGINS, where))
    effects = engine.step(HelpCall(BEGINS, "panel", id="a:1"))
    effects += engine.step(Tick(BEGINS + timedelta(minutes=5)))
    assert "town" in {one.responder for one in effects if isinstance(one, Notify)}
