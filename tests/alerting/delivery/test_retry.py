"""When a message is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.delivery.retry import RETRY_AFTER_SECONDS_MAX, wait_seconds
from alerting.events import ErrorClass

FINAL = (
    ErrorClass.CONTACT,
    ErrorClass.CONFIGURATION,
    ErrorClass.BLOCKED,
    ErrorClass.EXPIRED,
)
luck = st.floats(0, 1, exclude_max=True)


def test_a_passing_fault_is_tried_quickly_then_each_minute() -> None:
    waits = [wait_seconds(ErrorClass.TRANSIENT, n, 0.5) for n in range(1, 10)]
    assert waits == [1, 2, 4, 8, 15, 30, 60, 60, 60]


@given(luck, st.integers(1, 1_000))
def test_luck_spreads_by_a_fifth(luck: float, failures: int) -> None:
    middle = wait_seconds(ErrorClass.TRANSIENT, failures, 0.5)
    wait = wait_seconds(ErrorClass.TRANSIENT, failures, luck)
    assert middle is not None
    assert wait is not None
    assert 0.8 * middle <= wait <= 1.2 * middle + 1e-9


@given(luck)
def test_a_phone_that_is_off_gets_two_more_chances(luck: float) -> None:
    for failures in (1, 2):
        wait = wait_seconds(ErrorClass.UNREACHABLE, failures, luck)
        assert wait is not None
        assert 120 <= wait <= 300
    assert wait_seconds(ErrorClass.UNREACHABLE, 3, luck) is None


@pytest.mark.parametrize("error", FINAL)
def test_what_will_never_work_is_not_tried_again(error: ErrorClass) -> None:
    assert wait_seconds(error, 1, 0.5) is None


def test_a_provider_may_ask_for_patience_but_not_for_ever() -> None:
    assert wait_seconds(ErrorClass.TRANSIENT, 1, 0.5, retry_after=17) == 17
    assert wait_seconds(ErrorClass.TRANSIENT, 1, 0.5, retry_after=1e9) == RETRY_AFTER_SECONDS_MAX
