"""The signal stage: however the stream comes, the same knocks come out."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.detection.signals.quality import Quality
from alerting.detection.signals.stage import Stage
from devices.accel import AccelBatch
from devices.observation import Aftermath, Impact
from tests import waves
from tests.builders import at

BEGINS = at("day 1 08:00")
LIFE = np.concatenate([waves.a_fall(before=4, after=5), waves.walking(4), waves.a_fall(after=16)])


def stage() -> Stage:
    return Stage("watch", lambda window: 0.0, -1.0)


def heard(batches: list[AccelBatch], one: Stage | None = None) -> list[Impact | Aftermath]:
    one = one or stage()
    now, found = BEGINS, []
    for batch in batches:
        now += timedelta(seconds=batch.seconds)
        found += one.take(batch, now)
    return found + one.flush(now)


def impacts(batches: list[AccelBatch]) -> list[tuple[str, bytes]]:
    return [(one.id, one.wave) for one in heard(batches) if isinstance(one, Impact)]


WHOLE = impacts(waves.sent(LIFE))


def test_a_knock_brings_its_window() -> None:
    found = [one for one in heard(waves.sent(waves.a_fall())) if isinstance(one, Impact)]
    hardest = max(found, key=lambda one: one.peak_g)
    assert 2.5 < hardest.peak_g < 4.6
    wave = np.frombuffer(hardest.wave, "<i2").reshape(-1, 3)
    assert np.linalg.norm(wave, axis=1).argmax() == hardest.knock
    assert hardest.lost_seconds == 0


def test_it_is_handed_on_within_three_seconds_and_a_batch() -> None:
    for one in heard(waves.sent(waves.a_fall(), cut_s=0.1)):
        if isinstance(one, Impact):
            assert one.measured_at is not None
            assert one.at - one.measured_at <= timedelta(seconds=3.1)


@given(st.lists(st.integers(1, len(LIFE) - 1), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_cut_gives_the_same_knocks(cuts: list[int]) -> None:
    assert impacts(waves.cut_at(LIFE, 50.0, cuts)) == WHOLE


def test_single_samples_give_the_same_knocks() -> None:
    assert impacts(waves.sent(LIFE, cut_s=0.02)) == WHOLE


def test_doubled_batches_change_nothing() -> None:
    doubled = [batch for one in waves.sent(LIFE) for batch in (one, one)]
    assert impacts(doubled) == WHOLE


def test_batches_that_change_places_change_nothing() -> None:
    batches = waves.sent(LIFE, cut_s=0.5)
    for number in range(1, len(batches) - 1, 4):
        batches[number], batches[number + 1] = batches[number + 1], batches[number]
    assert impacts(batches) == WHOLE


def test_a_late_batch_is_not_blind_time() -> None:
    one = stage()
    batches = waves.sent(LIFE)
    heard([*batches[:3], batches[4], batches[3], *batches[5:]], one)
    assert one.blind_seconds == 0


def test_lost_time_is_blind_time() -> None:
    one = stage()
    batches = waves.sent(LIFE)
    heard([*batches[:3], *batches[5:9], *batches[19:]], one)
    assert one.blind_seconds == pytest.approx(12.0)


def test_a_knock_that_was_lost_leaves_a_hole_that_is_looked_at() -> None:
    batches = waves.sent(waves.a_fall(before=6.0))
    found = [one for one in heard(batches[:6] + batches[7:]) if isinstance(one, Impact)]
    assert any(one.lost_seconds > 0.5 for one in found)


def test_a_new_run_and_a_new_count_begin_anew() -> None:
    one = stage()
    first = waves.sent(waves.a_fall(after=2))
    again = waves.sent(waves.a_fall(), boot="b2")
    found = [i for i in heard(first + again, one) if isinstance(i, Impact)]
    assert {i.id.partition(":")[0] for i in found} == {"b1", "b2"}
    assert len({i.id for i in found}) == len(found)
    restarted = [msgspec.structs.replace(batch, seq=batch.seq + 1000) for batch in first]
    one = stage()
    heard(restarted + first, one)
    assert one.quality.news == ["the sequence began anew without a new boot"]


def test_numbers_wrap() -> None:
    batches = [
        msgspec.structs.replace(batch, seq=(batch.seq + 2**32 - 5) % 2**32)
        for batch in waves.sent(LIFE)
    ]
    one = stage()
    found = [(i.id, i.wave) for i in heard(batches, one) if isinstance(i, Impact)]
    assert found == WHOLE
    assert one.blind_seconds == 0


@pytest.mark.parametrize("rate", [10.0, 12.5, 20.0, 25.0, 50.0, 100.0, 200.0])
def test_every_rate_shows_the_fall(rate: float) -> None:
    found = [i for i in heard(waves.sent(waves.a_fall(rate), rate)) if isinstance(i, Impact)]
    assert max(one.peak_g for one in found) > 1.8


@pytest.mark.parametrize(
    ("scale", "flaw"),
    [
        (9.81, "m/s²"),
        (0.1, "wrongly scaled, or no gravity"),
        (1000.0, "full scale all the time"),
    ],
)
def test_wrong_scales_are_named_and_raise_nothing(scale: float, flaw: str) -> None:
    one = stage()
    found = heard(waves.sent(waves.a_fall() * np.float32(scale)), one)
    assert not [i for i in found if isinstance(i, Impact)]
    assert any(flaw in said for said in one.quality.news), one.quality.news


def test_alternating_and_constant_samples_are_named_and_raise_nothing() -> None:
    flip = np.where(np.arange(4000) % 2, 1.0, -1.0)[:, None] * np.ones(3)
    for wave, flaw in (
        ((flip * 40).astype(np.float32), "changing sign"),
        ((flip * 2).astype(np.float32), "sign changes"),
        (np.tile(np.array([0, 1, 0], np.float32), (4000, 1)), "never change"),
    ):
        one = stage()
        assert not heard(waves.sent(wave), one)
        assert any(flaw in said for said in one.quality.news), one.quality.news


def test_what_never_changes_shows_no_fall_after_a_day() -> None:
    quality = Quality()
    still = waves.sent(np.tile(np.array([0, 1, 0], np.float32), (500, 1)), 50.0, 10.0)[0]
    said = []
    for batches in ([still] * 23 * 360, [still] * 2 * 360, waves.sent(waves.standing(90))):
        for batch in batches:
            quality.look(batch)
        said.append(quality.unusable)
    assert said == ["", "the samples never change", ""], "a day on its charger is no fault"


def test_a_clock_that_jumps_and_a_rate_that_is_not_true_are_named() -> None:
    one = stage()
    calm = waves.sent(waves.standing(80))
    slow = [
        msgspec.structs.replace(batch, start=BEGINS + timedelta(seconds=1.25 * batch.seq))
        for batch in calm
    ]
    heard(slow, one)
    assert one.quality.news == ["it says 50 Hz, its time stamps say 40 Hz"]
    one = stage()
    jumping = [
        msgspec.structs.replace(
            batch, start=BEGINS + timedelta(seconds=batch.seq + (7200 if batch.seq > 20 else 0))
        )
        for batch in calm
    ]
    heard(jumping, one)
    assert one.quality.news == ["the device's clock jumped"]


def test_the_state_stays_small() -> None:
    rough = np.concatenate([waves.falling(200.0)] * 20)
    for cut_s in (0.005, 1.0, 10.0):
        one = stage()
        now = BEGINS
        for batch in waves.sent(rough, 200.0, cut_s):
            one.take(batch, now)
            assert one.bytes <= 64 * 1024


def test_lying_still_and_walking_on_are_told_apart() -> None:
    still = [i for i in heard(waves.sent(waves.a_fall())) if isinstance(i, Aftermath)]
    assert still
    assert still[0].moving < 0.05
    up = np.concatenate([waves.standing(5), waves.falling(), waves.walking(20)])
    on = [i for i in heard(waves.sent(up)) if isinstance(i, Aftermath)]
    assert on[0].moving > 0.3
