"""Numbers as modems give them, and whose they are."""

from __future__ import annotations

import pytest

from gateway.transports.modem.access import international, same_number
from tests.fakes.modem import OURS

HONG_KONG = "+85251000000"


@pytest.mark.parametrize(
    ("given", "ours", "meant"),
    [
        ("+8613800000001", OURS, "+8613800000001"),
        ("008613800000001", OURS, "+8613800000001"),
        ("8613800000001", OURS, "+8613800000001"),
        ("13800000001", OURS, "+8613800000001"),
        ("02312345678", OURS, "+862312345678"),
        ("85251000001", OURS, "85251000001"),
        ("10086", OURS, "10086"),
        ("51000001", HONG_KONG, "+85251000001"),
        ("85251000001", HONG_KONG, "+85251000001"),
        ("13800000001", "+14155550100", "13800000001"),
        ("ChinaMobile", OURS, "ChinaMobile"),
        ("", OURS, ""),
    ],
)
def test_a_national_number_is_completed_and_others_left(given: str, ours: str, meant: str) -> None:
    assert international(given, ours) == meant


def test_one_number_in_two_spellings() -> None:
    assert same_number("+8613800000001", "13800000001")
    assert same_number("10086", "10086")
    assert not same_number("10086", "+8613800010086")
    assert not same_number("+8613800000001", "+8613800000002")
