"""Shares follow observed delivery, slowly, and come back."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery import weights
from alerting.delivery.weights import Scales, choose


def pair() -> Scales:
    return Scales({"a": 51, "b": 49})


def carry(scales: Scales, path: str, since: float, count: int, seconds: float) -> None:
    for n in range(count):
        scales.took(path, f"{path}/{since}/{n}", since + n)
        scales.arrived(f"{path}/{since}/{n}", since + n + seconds)


def test_the_choice_follows_the_points() -> None:
    luck = iter(n / 100 for n in range(100))
    drawn = Counter(choose(["a", "b"], {"a": 80, "b": 20}, luck.__next__) for _ in range(100))
    assert drawn == {"a": 80, "b": 20}
    assert choose(["a", "b"], {}, lambda: 0.9) == "a"
    assert choose(["b"], {"a": 100}, lambda: 0.9) == "b"
    assert choose(["a", "b"], {"a": 0, "b": 1}, lambda: 0.0) == "b"


def test_a_burst_of_failures_moves_ten_points_once_a_minute() -> None:
    scales = pair()
    for n in range(9):
        scales.failed("a", float(n))
    assert scales.points == {"a": 41, "b": 59}
    for n in range(3):
        scales.failed("a", 61.0 + n)
    assert scales.points == {"a": 31, "b": 69}


def test_single_failures_move_nothing() -> None:
    scales = pair()
    for n in range(20):
        scales.failed("a", n * 40.0)
    assert scales.points == {"a": 51, "b": 49}
    assert not scales.failed("unknown", 0.0)


def test_who_delivers_slowly_gets_less_unless_the_other_does_too() -> None:
    scales = pair()
    carry(scales, "a", 0.0, 10, 400.0)
    carry(scales, "b", 0.0, 10, 5.0)
    assert scales.minute(420.0) == ["a"]
    assert scales.points == {"a": 41, "b": 59}
    assert scales.minute(480.0) == [], "not again within five minutes"
    both = pair()
    carry(both, "a", 0.0, 10, 400.0)
    carry(both, "b", 0.0, 10, 400.0)
    assert both.minute(420.0) == []
    assert both.points == {"a": 51, "b": 49}


def test_what_never_arrives_is_slow_too_and_few_messages_prove_nothing() -> None:
    scales = pair()
    for n in range(weights.SLOW_MESSAGES_MIN):
        scales.took("a", str(n), 0.0)
    assert scales.minute(299.0) == []
    assert scales.minute(301.0) == ["a"]
    few = pair()
    for n in range(weights.SLOW_MESSAGES_MIN - 1):
        few.took("a", str(n), 0.0)
    assert few.minute(301.0) == []
    told = pair()
    for n in range(weights.SLOW_MESSAGES_MIN):
        told.took("a", str(n), 0.0)
        told.forget(str(n))
    assert told.minute(301.0) == []


def test_shares_drift_back_ten_points_a_quarter_of_an_hour() -> None:
    scales = pair()
    for burst in (0.0, 100.0):
        for n in range(3):
            scales.failed("a", burst + n)
    assert scales.points == {"a": 31, "b": 69}
    scales.minute(500.0)
    assert scales.points == {"a": 31, "b": 69}
    scales.minute(102.0 + 900)
    assert scales.points == {"a": 41, "b": 59}
    scales.minute(102.0 + 1_799)
    scales.minute(102.0 + 1_801)
    assert scales.points == {"a": 51, "b": 49}


events = st.lists(
    st.tuples(
        st.sampled_from(["fail", "took", "arrived", "minute", "forget"]),
        st.sampled_from(["a", "b", "c"]),
        st.floats(0, 400),
    ),
    max_size=120,
)


@given(events)
def test_whatever_happens_shares_stay_within_bounds_and_come_home(
    happened: list[tuple[str, str, float]],
) -> None:
    scales = Scales({"a": 50, "b": 30, "c": 20})
    at = 0.0
    for n, (what, path, seconds) in enumerate(happened):
        at += seconds
        match what:
            case "fail":
                scales.failed(path, at)
            case "took":
                scales.took(path, str(n), at)
            case "arrived":
                scales.arrived(str(max(0, n - 3)), at)
            case "forget":
                scales.forget(str(max(0, n - 3)))
            case _:
                scales.minute(at)
        assert all(0 <= points <= weights.POINTS_MAX for points in scales.points.values())
    for _ in range(300):
        at += 60.0
        scales.minute(at)
    assert scales.points == {"a": 50, "b": 30, "c": 20}


def test_the_memory_has_an_end() -> None:
    scales = pair()
    for n in range(weights.MESSAGES_KEPT_MAX + 10):
        scales.took("a", str(n), 0.0)
    assert len(scales._passages) == weights.MESSAGES_KEPT_MAX
