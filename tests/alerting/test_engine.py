"""What the engine promises to whoever drives it."""

from __future__ import annotations

import itertools
import json

import pytest

from alerting.engine import Engine
from alerting.events import Configured, Notify, Prompt, Refused, Resumed, Tick
from alerting.promises import audit
from alerting.snapshot import SnapshotError
from devices.observation import Hazard, HazardKind, HelpCall, Motion
from tests.alerting.lives import BEGINS, life, lived, merged, ticks
from tests.builders import Life, at, hours, household, minutes, told

HOME = household()


@pytest.mark.parametrize("seed", range(10))
def test_ticks_are_free(seed: int) -> None:
    events = life(seed, HOME)
    events.append(Tick(events[-1].at + hours(30)))
    quiet = list(lived(Engine(Configured(BEGINS, HOME)), events))
    noisy = list(lived(Engine(Configured(BEGINS, HOME)), merged(events, ticks(seed, 500))))
    assert len(quiet) > 100
    assert noisy == quiet


@pytest.mark.parametrize("seed", range(8))
def test_a_restored_engine_has_the_same_future(seed: int) -> None:
    events = life(seed, HOME)
    engine = Engine(Configured(BEGINS, HOME))
    for number, event in enumerate(events):
        if number % 23 == 0:
            other = Engine.restore(engine.snapshot())
            assert other.snapshot() == engine.snapshot()
            assert other.incidents == engine.incidents
            assert other.deadline() == engine.deadline()
            engine = other
        engine.step(event)
    straight = Engine(Configured(BEGINS, HOME))
    for event in events:
        straight.step(event)
    assert straight.snapshot() == engine.snapshot()


@pytest.mark.parametrize("seed", range(8))
def test_being_deaf_again_and_again_breaks_nothing(seed: int) -> None:
    events = life(seed, HOME)
    pauses = [Resumed(tick.at) for tick in ticks(seed, 60)]
    engine = Engine(Configured(BEGINS, HOME))
    for _ in lived(engine, merged(events, pauses)):
        pass
    due = engine.deadline()
    assert due is None or due > engine.now


def test_time_never_goes_backwards() -> None:
    life = Life()
    life.happens(Motion(at("day 1 09:00"), "pir"))
    with pytest.raises(AssertionError, match="ran backwards"):
        life.engine.step(Motion(at("day 1 08:59"), "pir"))


def test_deadlines_are_met_before_the_event_and_each_at_its_own_moment() -> None:
    life = Life()
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    effects = life.happens(Motion(at("day 1 09:10"), "pir"))
    moments = [effect.at for effect in effects if isinstance(effect, Notify)]
    assert moments == sorted(moments)
    assert set(moments) == {at(f"day 1 09:{clock}") for clock in ("01", "03", "06", "07", "09")}


def test_a_snapshot_of_another_shape_is_refused_with_a_reason() -> None:
    with pytest.raises(SnapshotError, match="expected version"):
        Engine.restore(b'{"version": 1}')
    data = Life().engine.snapshot().replace(b'"version":1', b'"version":0')
    with pytest.raises(SnapshotError, match="of version 0"):
        Engine.restore(data)


def test_a_detector_unknown_to_the_snapshot_starts_at_its_moment() -> None:
    first, *rest = Life().engine._detectors
    life = Life(detectors=rest)
    life.happens(Motion(at("day 1 09:00"), "pir"))
    engine = Engine.restore(life.engine.snapshot(), [first, *rest])
    assert any(
        isinstance(effect, Notify)
        for effect in engine.step(HelpCall(at("day 1 09:01"), "panel", id="a:1"))
    )


def test_a_ladder_that_began_again_goes_on_from_an_older_snapshot() -> None:
    """There its first step stood in the ladder: lost, it would seem climbed to its end."""
    life = Life()
    gas = Hazard(at("day 1 08:01"), "smoke", hazard=HazardKind.GAS, on=True, retained=True)
    life.happens(gas)
    life.until("day 1 08:50")
    life.happens(Hazard(at("day 1 08:51"), "smoke", hazard=HazardKind.GAS, on=True))
    older = json.loads(life.engine.snapshot())
    (case,) = older["cases"]
    case["ladder"]["base"] = case["incident"].pop("base")
    assert case["ladder"]["base"] > 0
    other = Engine.restore(json.dumps(older).encode())
    assert other.incidents == life.engine.incidents
    due = life.engine.deadline()
    assert due is not None
    assert told(other.step(Tick(due))) == told(life.engine.step(Tick(due))) != []


def test_the_audit_finds_what_is_not_due() -> None:
    life = Life()
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert audit(life.engine) == []
    life.engine._due = None
    assert audit(life.engine) == [
        f"h1-0001 is due at {at('day 1 09:01')}, but the engine wakes at None"
    ]


def test_every_message_and_prompt_has_a_key_of_its_own_and_an_end() -> None:
    owed = [
        effect
        for effect in itertools.chain.from_iterable(
            lived(Engine(Configured(BEGINS, HOME)), life(seed, HOME)) for seed in range(5)
        )
        if isinstance(effect, Notify | Prompt)
    ]
    assert owed
    for effect in owed:
        assert effect.key.startswith(f"{effect.incident}/")
        assert effect.key.count("/") == (3 if isinstance(effect, Notify) else 2)
        assert effect.expires_at > effect.at
        assert effect.text


def test_what_comes_from_outside_never_raises() -> None:
    refused = [
        effect
        for seed in range(20, 26)
        for effect in lived(Engine(Configured(BEGINS, HOME)), life(seed, HOME))
        if isinstance(effect, Refused)
    ]
    assert refused
    assert all(effect.words.zh and effect.words.en for effect in refused)


def test_a_policy_with_no_waits_at_all_is_carried_out_without_spinning() -> None:
    import msgspec

    from alerting.household import IncidentKind
    from tests.builders import LADDER

    hasty = msgspec.structs.replace(
        LADDER,
        steps=tuple(msgspec.structs.replace(step, wait=minutes(0)) for step in LADDER.steps),
        repeat_every=minutes(0),
    )
    life = Life(household(policies={IncidentKind.EMERGENCY: hasty}))
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.until("day 1 09:01")
    assert life.incident.response == "exhausted"
