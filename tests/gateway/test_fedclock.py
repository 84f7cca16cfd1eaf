from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.clock import Clock
from gateway.fedclock import FedClock


def test_time_stands_still_between_marks_and_never_goes_back() -> None:
    clock = FedClock()
    assert not clock.is_told
    assert clock.mark(b'{"t": 1300000000000}') == datetime(2011, 3, 13, 7, 6, 40, tzinfo=UTC)
    assert clock.is_told
    assert clock.now() == clock.now()
    assert clock.mark(b'{"t": 1200000000000}') == datetime(2011, 3, 13, 7, 6, 40, tzinfo=UTC)
    assert clock.take_jumps() == []


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"t": "noon"}', b'{"t": 1e40}', b"\xff"])
def test_a_bad_mark_is_refused_and_changes_nothing(payload: bytes) -> None:
    clock = FedClock()
    with pytest.raises(ValueError, match=r".+"):
        clock.mark(payload)
    assert not clock.is_told


def test_it_is_a_clock() -> None:
    clock: Clock = FedClock()
    assert clock.monotonic() <= clock.monotonic()
