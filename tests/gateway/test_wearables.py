"""Raw acceleration on its way from the broker to the engine."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerting.detection.signals import model
from alerting.household import Device, Role
from devices.accel import encode_batch
from devices.observation import AnyObservation, Impact
from devices.profile import Wire
from gateway.counters import Counters
from gateway.wearables import Wearables
from tests import waves
from tests.builders import household
from tests.fakes.clock import FakeClock

HOME = household(Device("watch", "native", Role.WEARABLE, worn="waist"))


def wearables(clock: FakeClock) -> tuple[Wearables, Counters]:
    counters = Counters(clock.now)
    return Wearables({"h1": HOME}, counters, clock), counters


def wire(clock: FakeClock, payload: bytes, *, retained: bool = False) -> Wire:
    return Wire("accel", payload, clock.now(), retained)


def test_a_fall_becomes_one_observation_that_the_model_takes_for_a_fall() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall()):
        found += all.take("h1", "watch", wire(clock, encode_batch(batch)))
    knocks = [one for one in found if isinstance(one, Impact)]
    scores = [model.model("waist").score(model.in_g(one.wave)) for one in knocks]
    assert max(scores) >= model.threshold("waist")
    assert all.ended() == []


def test_ordinary_life_is_not_written_down() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    for batch in waves.sent(waves.walking(120)):
        assert all.take("h1", "watch", wire(clock, encode_batch(batch))) == ()
    assert counters.total("flaw") == 0


async def test_a_wearable_that_falls_silent_is_judged_as_it_is() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall(after=2.0)):
        found += all.take("h1", "watch", wire(clock, encode_batch(batch)))
    before = [one.id for one in found if isinstance(one, Impact)]
    await clock.advance(60)
    late = all.ended()
    assert [who for who, _ in late] == ["h1"] * len(late)
    assert {one.id for _, one in late if isinstance(one, Impact)} - set(before)
    assert all.ended() == []


def test_what_the_broker_kept_is_not_looked_at() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    for batch in waves.sent(waves.a_fall()):
        assert all.take("h1", "watch", wire(clock, encode_batch(batch), retained=True)) == ()


def test_flaws_and_lost_time_are_counted() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    batches = waves.sent(waves.standing(30) * 9.81)
    for batch in [*batches[:10], *batches[14:]]:
        all.take("h1", "watch", wire(clock, encode_batch(batch)))
    assert any("m/s²" in noted.detail for noted in counters.recent)
    assert counters.total("wearable blind seconds") == 4


def test_a_day_of_batches_at_once_is_borne() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    start = clock.now() - timedelta(days=1)
    for batch in waves.sent(waves.walking(600, 10.0), 10.0, 60.0):
        stored = msgspec.structs.replace(batch, start=start + timedelta(minutes=batch.seq))
        all.take("h1", "watch", wire(clock, encode_batch(stored)))
