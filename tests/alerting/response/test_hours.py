from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.household import Policy
from alerting.incident import Urgency
from alerting.response.hours import allowed
from tests.builders import LADDER, at, household

ZONE = household().tz


def quiet(begin: str, end: str) -> Policy:
    return msgspec.structs.replace(LADDER, quiet=(begin, end))


@pytest.mark.parametrize(
    ("policy", "asked", "given"),
    [
        (LADDER, "day 1 23:00", "day 1 23:00"),
        (quiet("21:00", "08:00"), "day 1 20:59", "day 1 20:59"),
        (quiet("21:00", "08:00"), "day 1 21:00", "day 2 08:00"),
        (quiet("21:00", "08:00"), "day 2 00:00", "day 2 08:00"),
        (quiet("21:00", "08:00"), "day 2 07:59", "day 2 08:00"),
        (quiet("21:00", "08:00"), "day 2 08:00", "day 2 08:00"),
        (quiet("12:00", "14:30"), "day 1 13:00", "day 1 14:30"),
        (quiet("12:00", "14:30"), "day 1 15:00", "day 1 15:00"),
        (quiet("12:00", "12:00"), "day 1 12:00", "day 1 12:00"),
    ],
)
def test_quiet_hours_end_when_they_end(policy: Policy, asked: str, given: str) -> None:
    assert allowed(policy, Urgency.LOW, ZONE, at(asked)) == at(given)
    assert allowed(policy, Urgency.MEDIUM, ZONE, at(asked)) == at(given)
    assert allowed(policy, Urgency.HIGH, ZONE, at(asked)) == at(asked)


def test_they_keep_their_wall_clock_across_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    assert allowed(quiet("21:00", "08:00"), Urgency.LOW, berlin, evening) == datetime(
        2026, 3, 29, 6, 0, tzinfo=UTC
    )
