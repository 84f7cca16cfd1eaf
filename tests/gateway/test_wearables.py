"""Raw acceleration on its way from the broker to the engine."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.fall import FallDetector
from alerting.detection.signals import model
from alerting.engine import Engine
from alerting.events import Configured, Finding
from alerting.household import Device, Role
from alerting.incident import Urgency
from devices.accel import AccelBatch, encode_batch
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
    for batch in waves.sent(waves.a_fall(after=1.4)):
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


def stored(batch: AccelBatch, start: datetime) -> bytes:
    return encode_batch(msgspec.structs.replace(batch, start=start))


def test_a_day_of_batches_at_once_is_counted_and_raises_one_finding() -> None:
    """A fall each hour of a day, all of it learned at one moment."""
    clock = FakeClock()
    all, counters = wearables(clock)
    engine = Engine(Configured(clock.now(), HOME), (FallDetector(),))
    begins = clock.now() - timedelta(days=1, minutes=5)
    told = []
    for hour in range(24):
        for batch in waves.sent(waves.a_fall(), cut_s=30.0):
            late = msgspec.structs.replace(batch, seq=hour * 10 + batch.seq, boot=f"b{hour}")
            payload = stored(late, begins + timedelta(hours=hour))
            for one in all.take("h1", "watch", wire(clock, payload)):
                told += [e for e in engine.step(one) if isinstance(e, Finding) and e.wave_mg]
    assert counters.total("late wearable") >= 24
    assert [one.urgency for one in told] == [Urgency.MEDIUM]


async def test_a_wrong_clock_does_not_make_a_fall_old() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    begins = clock.now() - timedelta(days=3)
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall(before=40.0)):
        await clock.advance(1)
        payload = stored(batch, begins + timedelta(seconds=batch.seq))
        found += all.take("h1", "watch", wire(clock, payload))
    knocks = [one for one in found if isinstance(one, Impact)]
    assert knocks
    for one in knocks:
        assert one.measured_at is not None
        assert one.at - one.measured_at < timedelta(seconds=5)
