"""News never uses up what alarms may need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerting.delivery import budget
from alerting.delivery.budget import Budget
from alerting.events import Purpose

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MAINLAND = "+8613800000006"
HONG_KONG = "+85251000001"


def spent(phone: str, times: int, at: datetime = NOW) -> Budget:
    counted = Budget()
    for _ in range(times):
        counted.spend("sms", phone, at)
    return counted


def test_an_alarm_is_never_held_back() -> None:
    many = spent(MAINLAND, 1_000)
    for purpose in (Purpose.ALARM, Purpose.REMINDER):
        assert many.refusal("sms", MAINLAND, purpose, NOW) is None


def test_elsewhere_news_is_bounded_by_the_hour() -> None:
    full = spent(HONG_KONG, budget.NEWS_PER_HOUR_MAX)
    assert full.refusal("sms", HONG_KONG, Purpose.NEWS, NOW) is not None
    later = NOW + timedelta(minutes=61)
    assert full.refusal("sms", HONG_KONG, Purpose.NEWS, later) is None
    assert full.refusal("voice", HONG_KONG, Purpose.NEWS, NOW) is None
    assert full.refusal("sms", "+85251000002", Purpose.NEWS, NOW) is None


def test_the_memory_has_an_end() -> None:
    counted = Budget()
    for n in range(budget.PHONES_MAX + 500):
        counted.spend("sms", f"+{n:011}", NOW)
    assert len(counted._sent) <= budget.PHONES_MAX
