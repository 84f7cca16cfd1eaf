"""The promises of every life, under a ladder that uses every kind of step there is."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from alerting.duty import Roster, Shift, Turns
from alerting.engine import Engine
from alerting.events import Changed, Configured, Notify, Purpose, Reply, Tick
from alerting.household import Confirm, IncidentKind, Order, Policy, Step
from alerting.incident import Response
from alerting.promises import audit
from devices.observation import HelpCall
from tests.alerting.lives import BEGINS, life, lived, merged, ticks
from tests.builders import (
    DAUGHTER,
    DOCTOR,
    GRID,
    NEIGHBOUR,
    PLAN,
    TOWN,
    ZONE,
    at,
    household,
    minutes,
    person,
)

HELPER, SECOND = person("helper"), person("second")
ROSTER = Roster(
    "town-duty",
    "镇值班",
    ZONE,
    (
        Shift("白班", "08:00", "20:00", ("town", "second"), turns=Turns.DAILY),
        Shift("夜班", "20:00", "08:00", ("second", "helper"), turns=Turns.WEEKLY),
    ),
)
EVERY_KIND = Policy(
    steps=(
        Step("网格", (GRID, NEIGHBOUR), minutes(1), Order.ONE_BY_ONE, timedelta(seconds=40)),
        Step("村", (DOCTOR, DAUGHTER), minutes(2), confirm=Confirm.EVERYBODY, copies=(HELPER,)),
        Step("镇街", (), minutes(3), rosters=(ROSTER,)),
        Step("区", (TOWN,), minutes(3), Order.ONE_BY_ONE, confirm=Confirm.EVERYBODY),
        Step("县", (TOWN, NEIGHBOUR), minutes(4)),
    ),
    rounds=2,
    others=(HELPER, SECOND),
    deputies={"grid": ("second", "grid"), "second": ("grid",), "doctor": ("grid", "second")},
)
QUIET = msgspec.structs.replace(EVERY_KIND, quiet=("21:00", "07:30"))
HOMES = (
    household(policies={**PLAN, IncidentKind.EMERGENCY: EVERY_KIND}),
    household(policies={IncidentKind.EMERGENCY: EVERY_KIND, IncidentKind.TECHNICAL: QUIET}),
)


@pytest.mark.parametrize("seed", range(8))
def test_every_open_incident_always_has_something_due(seed: int) -> None:
    home = HOMES[seed % 2]
    engine = Engine(Configured(BEGINS, home))
    effects = list(lived(engine, merged(life(seed, home), ticks(seed, 200))))
    ended: dict[str, bool] = {}
    for effect in effects:
        if isinstance(effect, Changed):
            ended[effect.record.id] = effect.record.is_over
        elif isinstance(effect, Notify) and ended[effect.incident]:
            assert effect.purpose is Purpose.NEWS, "after the end nothing but the end is told"


@pytest.mark.parametrize("seed", range(8))
def test_restored_at_any_moment_the_future_is_the_same(seed: int) -> None:
    home = HOMES[seed % 2]
    events = life(seed, home, days=1.5)
    half = len(events) // 2
    engine = Engine(Configured(BEGINS, home))
    for event in events[:half]:
        engine.step(event)
    again = Engine.restore(engine.snapshot())
    for event in events[half:]:
        assert again.step(event) == engine.step(event)
    assert again.snapshot() == engine.snapshot()


@pytest.mark.parametrize("seed", range(8))
def test_without_an_answer_nobody_is_forgotten(seed: int) -> None:
    home = HOMES[0]
    unanswered = [event for event in life(seed, home) if not isinstance(event, Reply)]
    engine = Engine(Configured(BEGINS, home))
    pressed = HelpCall(at("day 2 12:00:30"), "panel", id="the one")
    alarms: dict[str, set[str]] = {}
    for event in [*merged(unanswered, [pressed]), Tick(BEGINS + timedelta(days=5))]:
        for effect in engine.step(event):
            if isinstance(effect, Notify) and effect.purpose is Purpose.ALARM:
                alarms.setdefault(effect.incident, set()).add(effect.responder)
    (emergency,) = [i for i in engine.incidents if i.kind is IncidentKind.EMERGENCY]
    assert emergency.response in (Response.OPEN, Response.EXHAUSTED)
    everybody = {"grid", "neighbour", "doctor", "daughter", "town", "second"}
    assert everybody <= alarms[emergency.id]
    assert audit(engine) == []


def test_an_incident_keeps_the_ladder_it_opened_with() -> None:
    engine = Engine(Configured(at("day 1 09:00"), HOMES[0]))
    engine.step(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    engine.step(Configured(at("day 1 09:00:10"), household(policies=PLAN)))
    tiers = [step.tier for step in engine.incidents[0].policy.steps]
    assert tiers == ["网格", "村", "镇街", "区", "县"]
    told = engine.step(Tick(at("day 1 09:30")))
    assert {"second", "town"} <= {one.responder for one in told if isinstance(one, Notify)}


def test_records_of_the_version_before_are_read() -> None:
    """Fields that are new have defaults: without them a policy, step and incident are read."""
    engine = Engine(Configured(at("day 1 09:00"), household(policies=PLAN)))
    engine.step(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    written = msgspec.json.decode(engine.snapshot())
    record = written["cases"][0]["incident"]
    for gone in ("must_confirm", "confirmed"):
        del record[gone]
    for policy in (record["policy"], *written["household"]["policies"].values()):
        for gone in ("others", "deputies", "deputy_after", "confirm_every"):
            del policy[gone]
        for step in policy["steps"]:
            for gone in ("order", "each", "confirm", "copies", "rosters"):
                del step[gone]
            for one in step["responders"]:
                del one["away"]
    for gone in ("line", "line_at", "stand_ins", "owed"):
        del written["cases"][0]["ladder"][gone]
    again = Engine.restore(msgspec.json.encode(written))
    assert again.step(Tick(at("day 1 10:00"))) == engine.step(Tick(at("day 1 10:00")))


def test_five_levels_are_taken_in_their_order() -> None:
    levels = ("家庭", "村", "镇街", "区县", "市")
    steps = tuple(Step(tier, (person(tier),), minutes(1)) for tier in levels)
    home = household(policies={IncidentKind.EMERGENCY: Policy(steps, rounds=1)})
    engine = Engine(Configured(at("day 1 09:00"), home))
    effects = engine.step(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    effects += engine.step(Tick(at("day 1 09:04:30")))
    asked = [one.responder for one in effects if isinstance(one, Notify) and one.channel == "sms"]
    assert tuple(asked) == levels
    assert engine.deadline() == at("day 1 09:05")
