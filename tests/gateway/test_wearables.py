"""Raw acceleration on its way from the broker to the engine."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

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
from gateway.flaws import in_both
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


def hear(
    all: Wearables, clock: FakeClock, batches: Iterable[AccelBatch], start: datetime | None = None
) -> list[AnyObservation]:
    """Let all of `batches` be heard at once, or each at its second where `start` is given."""
    found: list[AnyObservation] = []
    for batch in batches:
        payload = encode_batch(batch) if start is None else stored(batch, start)
        found += all.take("h1", "watch", wire(clock, payload))
    return found


CALM = waves.sent(waves.standing(80))


def test_what_comes_twice_late_or_out_of_order_is_named_and_blind_time_is_true() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    order = [0, 1, 2, 2, 4, 3, 5, 5, 9, 8, 10, 11, 2]
    hear(all, clock, [CALM[number] for number in order])
    assert counters.total("repeated batch") == 3
    assert counters.total("late batch") == 2
    assert all.lost("h1", "watch") == pytest.approx(2), "6 and 7 never came"
    assert all.lost("h1", "watch") == 0, "said once"
    hear(all, clock, [CALM[7], CALM[13], CALM[14]])
    assert all.lost("h1", "watch") == 0, "7 came after it was told: it makes up for 12"


async def test_numbers_that_jump_are_no_lost_years() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    hear(all, clock, CALM[:5])
    await clock.advance(3)
    far = msgspec.structs.replace(CALM[6], seq=2**31 - 7)
    hear(all, clock, [far])
    assert all.lost("h1", "watch") == pytest.approx(3)
    assert "批次号跳了" in counters.recent[0].detail
    hear(all, clock, CALM[7:12])
    assert any("began anew" in noted.detail for noted in counters.recent)
    assert all.lost("h1", "watch") == 0


def test_numbers_go_round() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    last = 2**32 - 1
    turning = (last - 1, last, 0, 1, 3, 2)
    hear(all, clock, [msgspec.structs.replace(CALM[0], seq=seq) for seq in turning])
    assert counters.total("flaw") == 0
    assert counters.total("late batch") == 1
    assert all.lost("h1", "watch") == 0


def test_what_the_broker_kept_is_counted() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    all.take("h1", "watch", wire(clock, encode_batch(CALM[0]), retained=True))
    assert counters.total("retained batch") == 1


@pytest.mark.parametrize("year", [1970, 1999, 2106])
async def test_a_clock_from_another_age_is_no_late_batch(year: int) -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    begins = datetime(year, 1, 1, 0, 0, 1, tzinfo=UTC)
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall()):
        await clock.advance(1)
        found += hear(all, clock, [batch], begins + timedelta(seconds=batch.seq))
    assert counters.total("late wearable") == 0
    (knock, *_) = [one for one in found if isinstance(one, Impact)]
    assert knock.measured_at is not None
    assert knock.at - knock.measured_at < timedelta(seconds=5)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-9)])
async def test_a_clock_that_is_set_just_before_a_fall_does_not_make_it_old(jump: timedelta) -> None:
    """What goes on from a batch that was live is live: no clock can say otherwise."""
    clock = FakeClock()
    all, counters = wearables(clock)
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall(before=30.0)):
        await clock.advance(1)
        start = clock.now() - timedelta(seconds=1)
        found += all.take(
            "h1", "watch", wire(clock, stored(batch, start + jump * (batch.seq > 25)))
        )
    assert any("设备时钟跳变" in noted.detail for noted in counters.recent)
    knocks = [one for one in found if isinstance(one, Impact)]
    assert knocks
    for one in knocks:
        assert one.measured_at is not None
        assert one.at - one.measured_at < timedelta(seconds=5)
    assert counters.total("late wearable") == 0


async def test_a_fall_that_restarts_the_device_with_a_lost_clock_is_no_old_fall() -> None:
    """The knock ends the run; the next one begins with a clock that is days behind."""
    clock = FakeClock()
    all, _ = wearables(clock)
    found: list[AnyObservation] = []
    batches = waves.sent(waves.a_fall(before=30.0, after=1.4))
    for batch in batches:
        await clock.advance(1)
        found += hear(all, clock, [batch], clock.now() - timedelta(seconds=1))
    before = {one.id for one in found if isinstance(one, Impact)}
    await clock.advance(1)
    (reboot, *_) = waves.sent(waves.lying(2), boot="b2")
    found = hear(all, clock, [reboot], clock.now() - timedelta(days=3))
    knocks = [one for one in found if isinstance(one, Impact) and one.id not in before]
    assert knocks
    for one in knocks:
        assert one.measured_at is not None
        assert one.at - one.measured_at < timedelta(seconds=5)


async def test_a_clock_that_was_ahead_and_is_set_by_a_restart_makes_no_fall_old() -> None:
    clock = FakeClock()
    all, _ = wearables(clock)
    for batch in waves.sent(waves.standing(40)):
        await clock.advance(1)
        hear(all, clock, [batch], clock.now() + timedelta(minutes=9))
    found: list[AnyObservation] = []
    for batch in waves.sent(waves.a_fall(), boot="b2"):
        await clock.advance(1)
        found += hear(all, clock, [batch], clock.now() - timedelta(seconds=1))
    knocks = [one for one in found if isinstance(one, Impact)]
    assert knocks
    for one in knocks:
        assert one.measured_at is not None
        assert one.at - one.measured_at < timedelta(seconds=5)


async def test_what_was_stored_while_the_link_was_gone_is_late() -> None:
    """Ten minutes without a link, then all of it at once, and on from there."""
    clock = FakeClock()
    all, counters = wearables(clock)
    begins = clock.now()
    batches = waves.sent(np.concatenate([waves.standing(30), waves.a_fall(), waves.standing(600)]))
    found: list[AnyObservation] = []
    for batch in batches[:30]:
        await clock.advance(1)
        hear(all, clock, [batch], begins + timedelta(seconds=batch.seq))
    await clock.advance(595)
    for batch in batches[30:]:
        found += hear(all, clock, [batch], begins + timedelta(seconds=batch.seq))
    (knock, *_) = [one for one in found if isinstance(one, Impact)]
    assert knock.measured_at is not None
    assert knock.at - knock.measured_at > timedelta(minutes=9)
    assert counters.total("late wearable") > 500


def said_by(path: str) -> Iterator[str]:
    """Every flaw a module can name, with numbers in place of what it would fill in."""
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("note"):
            values = [node.args[0]]
        elif isinstance(node, ast.FunctionDef) and node.name == "_name":
            returns = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            values = [one for one in returns if one is not None]
        else:
            continue
        for value in values:
            for part in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
                if isinstance(part, ast.JoinedStr):
                    yield "".join(
                        str(one.value) if isinstance(one, ast.Constant) else "9.8"
                        for one in part.values
                    )
                elif isinstance(part, ast.Constant):
                    yield str(part.value)


def test_every_flaw_is_said_in_chinese_too() -> None:
    folder = "alerting/detection/signals/"
    sources = (f"{folder}quality.py", f"{folder}stage.py", "gateway/wearables.py")
    flaws = [flaw for source in sources for flaw in said_by(source)]
    assert len(flaws) >= 10
    for flaw in flaws:
        assert in_both(flaw).endswith(f" / {flaw}"), f"{flaw!r}: say it in gateway/flaws.py"


def test_milli_g_is_told_from_other_scales() -> None:
    clock = FakeClock()
    for range_g in (2, 4, 8, 16):
        all, counters = wearables(clock)
        for batch in waves.sent(waves.a_fall()):
            milli = np.rint(batch.in_g() * 1000).astype(np.int16)
            hear(all, clock, [msgspec.structs.replace(batch, samples=milli, range_g=range_g)])
        assert any("毫 g" in noted.detail for noted in counters.recent), counters.recent


def test_a_fall_on_a_device_that_clips_at_two_g_is_none_of_that() -> None:
    clock = FakeClock()
    all, counters = wearables(clock)
    clipped = [
        msgspec.structs.replace(
            one,
            samples=(one.samples.astype(int) * 8).clip(-32768, 32767).astype(np.int16),
            range_g=2,
        )
        for one in waves.sent(waves.a_fall())
    ]
    assert any(isinstance(one, Impact) for one in hear(all, clock, clipped))
    assert counters.total("flaw") == 0


GARBAGE = ("constant", "saturated", "alternating", "zero", "m/s2", "calm")


def garbage(kind: str, count: int, range_g: int, seed: int) -> NDArray[np.int16]:
    """Numbers that no body makes, or those of somebody who stands."""
    rng = np.random.default_rng(seed)
    full = np.full((count, 3), 32767, np.int16)
    one_g = min(round(32768 / range_g), 32767)
    still = np.tile(np.array([0, one_g, 0], np.int16), (count, 1))
    match kind:
        case "constant":
            return np.full((count, 3), rng.integers(20_000, 32_768), np.int16)
        case "saturated":
            return full
        case "alternating":
            return (full * np.where(np.arange(count) % 2, 1, -1)[:, None]).astype(np.int16)
        case "zero":
            return np.zeros((count, 3), np.int16)
        case "m/s2":
            return np.clip(still.astype(int) * 9.81, -32768, 32767).astype(np.int16)
    return still


@given(
    st.sampled_from(GARBAGE),
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 1, 1, 2, 70, 2**31, 2**32 - 2]),  # by how much it goes on
            st.sampled_from(["a", "a", "a", "a", "b"]),  # boot
            st.sampled_from([0, 1, 1_700_000_000_000, 2**32 * 1000]),  # start, ms
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([(50.0, 2, 100), (10.0, 16, 20), (200.0, 32, 2000), (20.0, 4, 50)]),
    st.integers(0, 2**16),
)
@settings(max_examples=60, deadline=None)
def test_whatever_a_wearable_sends_it_is_counted_and_raises_no_alarm(
    kind: str, sent: list[tuple[int, str, int]], how: tuple[float, int, int], seed: int
) -> None:
    """Somebody stands; then for seconds come numbers that no body makes, in whatever order."""
    clock = FakeClock()
    all, _ = wearables(clock)
    engine = Engine(Configured(clock.now(), HOME), (FallDetector(),))
    rate, range_g, count = how
    calm = [("calm", 1, "a", 0)] * 5
    seq = 0
    for what, step, boot, start in [*calm, *((kind, *one) for one in sent), *calm]:
        seq = (seq + step) & (2**32 - 1)
        batch = AccelBatch(
            device="watch",
            boot=boot,
            seq=seq,
            start=datetime.fromtimestamp(start / 1000, UTC) if start else None,
            rate_hz=rate,
            range_g=range_g,
            samples=garbage(what, count, range_g, seed),
        )
        for one in all.take("h1", "watch", wire(clock, encode_batch(batch))):
            found = [e for e in engine.step(one) if isinstance(e, Finding) and e.active]
            assert not found, f"{kind}: {found[0].reason.en}"
    assert 0 <= all.lost("h1", "watch") <= 86_400 * len(sent)
