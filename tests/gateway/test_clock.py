from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SystemClock
from tests.fakes.clock import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Machine:
    """Two clocks that a test sets."""

    def __init__(self, at: datetime = NOON) -> None:
        self.wall = at.timestamp()
        self.steady = 100.0

    def clock(self, not_before: datetime | None = None) -> SystemClock:
        return SystemClock(not_before, wall=lambda: self.wall, steady=lambda: self.steady)

    def run(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def seconds(clock: SystemClock, since: datetime = NOON) -> float:
    return (clock.now() - since).total_seconds()


def test_it_follows_the_wall_clock() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.run(10)
    assert seconds(clock) == pytest.approx(10)
    machine.wall += 0.5  # slewed
    machine.run(10)
    assert seconds(clock) == pytest.approx(20.5)
    assert clock.take_jumps() == []


def test_a_wall_clock_set_forward_is_followed_and_reported() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.run(10)
    machine.wall += 3_600
    assert seconds(clock) == pytest.approx(3_610)
    (jump,) = clock.take_jumps()
    assert (jump.after - jump.before).total_seconds() == pytest.approx(3_600)
    assert clock.take_jumps() == []


def test_a_wall_clock_set_back_slows_our_time_until_it_has_caught_up() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.run(100)
    assert seconds(clock) == pytest.approx(100)
    machine.wall -= 60
    machine.run(100)
    assert seconds(clock) == pytest.approx(190)
    assert clock.ahead().total_seconds() == pytest.approx(50)
    machine.run(500)
    assert seconds(clock) == pytest.approx(640)
    machine.run(500)
    assert seconds(clock) == pytest.approx(1_140), "the wall clock has caught up"
    assert clock.ahead() == timedelta(0)
    assert clock.take_jumps() == []


def test_a_start_in_the_past_goes_on_from_the_journal() -> None:
    machine = Machine(datetime(1970, 1, 1, tzinfo=UTC))
    clock = machine.clock(not_before=NOON)
    assert clock.now() == NOON
    machine.run(60)
    assert seconds(clock) == pytest.approx(54), "a minute's wait takes 67 s, not for ever"
    machine.wall = NOON.timestamp() + 3_600  # the time server has answered
    assert seconds(clock) == pytest.approx(3_600)
    assert len(clock.take_jumps()) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1e4, allow_nan=False), st.floats(-1e6, 1e6, allow_nan=False)))
)
def test_it_never_goes_back(life: list[tuple[float, float]]) -> None:
    machine = Machine()
    clock = machine.clock()
    last = clock.now()
    for passes, jumps in life:
        machine.run(passes)
        machine.wall += jumps
        now = clock.now()
        assert now >= last
        assert now.timestamp() >= machine.wall - 1e-3, "our time is never behind the wall clock"
        last = now


async def test_the_real_one_waits_and_calls() -> None:
    clock = SystemClock()
    called: list[float] = []
    began = clock.monotonic()
    clock.call_later(0.01, lambda: called.append(clock.monotonic() - began))
    clock.call_later(0.01, lambda: called.append(-1)).cancel()
    await clock.sleep(0.05)
    assert len(called) == 1
    assert called[0] >= 0.009


async def test_the_fake_one_meets_timers_in_order() -> None:
    clock = FakeClock()
    met: list[tuple[str, float]] = []
    began = clock.monotonic()

    def meet(name: str) -> None:
        met.append((name, clock.monotonic() - began))

    clock.call_later(5, lambda: meet("second"))
    clock.call_later(2, lambda: (meet("first"), clock.call_later(1, lambda: meet("between"))))  # type: ignore[func-returns-value]
    await clock.advance(10)
    assert met == [("first", 2), ("between", 3), ("second", 5)]
