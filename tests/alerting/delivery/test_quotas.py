"""What each path may carry, and what is kept for alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerting.delivery import quotas
from alerting.delivery.quotas import Limit, Quotas
from alerting.events import Purpose

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MAINLAND = "+8613800000006"
HONG_KONG = "+85251000001"
ALARM, NEWS = Purpose.ALARM, Purpose.NEWS


def spent(path: str, channel: str, phone: str, times: int) -> Quotas:
    counted = Quotas()
    for _ in range(times):
        counted.spend(path, channel, phone, NOW)
    return counted


def test_a_mainland_phone_takes_two_pieces_of_news_a_day_and_four_messages() -> None:
    assert spent("twilio", "sms", MAINLAND, 1).has_room("twilio", "sms", MAINLAND, NEWS, NOW)
    two = spent("twilio", "sms", MAINLAND, 2)
    assert not two.has_room("twilio", "sms", MAINLAND, NEWS, NOW)
    assert two.has_room("twilio", "sms", MAINLAND, ALARM, NOW)
    assert two.has_room("twilio", "sms", MAINLAND, NEWS, NOW + timedelta(hours=24))
    assert two.has_room("modem", "sms", MAINLAND, NEWS, NOW), "another path has its own"
    assert not spent("twilio", "sms", MAINLAND, 4).has_room("twilio", "sms", MAINLAND, ALARM, NOW)


def test_what_only_keeps_us_out_of_trouble_never_stops_an_alarm() -> None:
    many = spent("twilio", "sms", MAINLAND, 50)
    assert many.free_at("twilio", "sms", MAINLAND, NOW) is None


def test_what_the_provider_refuses_waits_for_its_time() -> None:
    rung = spent("aliyun", "voice", MAINLAND, 1)
    assert not rung.has_room("aliyun", "voice", MAINLAND, ALARM, NOW)
    assert rung.free_at("aliyun", "voice", MAINLAND, NOW) == NOW + timedelta(minutes=1)
    later = NOW + timedelta(seconds=60)
    assert rung.free_at("aliyun", "voice", MAINLAND, later) is None
    five = Quotas()
    for n in range(5):
        five.spend("aliyun", "voice", MAINLAND, NOW + timedelta(minutes=n))
    at = NOW + timedelta(minutes=10)
    assert five.free_at("aliyun", "voice", MAINLAND, at) == NOW + timedelta(hours=1)


def test_what_was_not_taken_is_not_counted() -> None:
    counted = spent("aliyun", "voice", MAINLAND, 1)
    counted.refund("aliyun", "voice", MAINLAND, NOW)
    assert counted.has_room("aliyun", "voice", MAINLAND, ALARM, NOW)
    counted.refund("aliyun", "voice", MAINLAND, NOW)


def test_a_sim_has_one_purse_for_all_phones_and_keeps_some_for_alarms() -> None:
    counted = Quotas({("modem", "sms"): (Limit(3_600, 10, kept=3),)})
    for n in range(7):
        counted.spend("modem", "sms", f"+861380000000{n}", NOW)
    assert not counted.has_room("modem", "sms", MAINLAND, NEWS, NOW)
    assert counted.has_room("modem", "sms", MAINLAND, ALARM, NOW)
    assert counted.left("modem", NOW) == {"sms": (3, 10)}
    assert counted.left("modem", NOW + timedelta(hours=1)) == {"sms": (10, 10)}
    assert counted.left("twilio", NOW) == {}


def test_what_is_no_telephone_has_no_quota() -> None:
    counted = Quotas({("push", "push"): (Limit(60, 1),)})
    counted.spend("push", "push", "family", NOW)
    counted.spend("push", "push", "family", NOW)
    assert counted.has_room("push", "push", "family", NEWS, NOW)
    assert Quotas().has_room("twilio", "sms", "not a number", NEWS, NOW)


def test_the_memory_has_an_end() -> None:
    counted = Quotas()
    for n in range(quotas.PHONES_MAX + 100):
        counted.spend("twilio", "sms", f"+86138{n:08}", NOW)
    assert len(counted._sent) <= quotas.PHONES_MAX
    many = spent("twilio", "voice", HONG_KONG, quotas.TIMES_MAX + 100)
    assert all(len(times) <= quotas.TIMES_MAX for times in many._sent.values())


def test_a_provider_is_believed_that_a_phone_has_had_enough_and_only_that_phone() -> None:
    counted = spent("aliyun", "sms", MAINLAND, 1)
    counted.refused("aliyun", "sms", MAINLAND, NOW, 60)
    assert not counted.has_room("aliyun", "sms", MAINLAND, ALARM, NOW)
    assert counted.free_at("aliyun", "sms", MAINLAND, NOW) == NOW + timedelta(seconds=60)
    for path, channel, phone in (
        ("aliyun", "sms", "+8613800000007"),
        ("aliyun", "voice", MAINLAND),
        ("tencent", "sms", MAINLAND),
    ):
        assert counted.has_room(path, channel, phone, ALARM, NOW)
    later = NOW + timedelta(seconds=60)
    assert counted.has_room("aliyun", "sms", MAINLAND, ALARM, later)
    assert counted.free_at("aliyun", "sms", MAINLAND, later) is None


def test_what_was_refused_was_not_spent() -> None:
    counted = Quotas()
    for _ in range(9):
        counted.spend("aliyun", "voice", MAINLAND, NOW)
        counted.refused("aliyun", "voice", MAINLAND, NOW, 0)
    assert counted.has_room("aliyun", "voice", MAINLAND, ALARM, NOW)
