"""Which channels reach which phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.delivery import router
from alerting.household import Path, Policy, Responder, Step, Way
from alerting.incident import Urgency

HONG_KONG = "+85251000001"
MAINLAND = "+8613800000006"
TWILIO = (Path("twilio", ("sms", "voice")),)


def ways(responder: Responder, policy: Policy, urgency: Urgency) -> tuple[str, ...]:
    found = router.ways(responder, policy, urgency, TWILIO)
    assert all(way.paths == ("twilio",) for way in found)
    return tuple(way.name for way in found)


def plan(*channels: str) -> Policy:
    return Policy(steps=(Step("家庭", (), timedelta(minutes=1)),), channels=channels)


def person(phone: str, *channels: str) -> Responder:
    return Responder("wang", "王芳", "relative", phone, channels or ("sms", "voice"))


@pytest.mark.parametrize(
    ("channel", "phone"),
    [
        ("sms", HONG_KONG),
        ("voice", HONG_KONG),
        ("sms", MAINLAND),
        ("voice", "+886912345678"),  # Taiwan is not the mainland's +86
        ("voice", "+8531234567"),
    ],
)
def test_a_reachable_phone_is_not_refused(channel: str, phone: str) -> None:
    assert router.refusal(channel, phone) is None


@pytest.mark.parametrize(
    ("channel", "phone", "why"),
    [
        ("voice", MAINLAND, "no calls"),
        ("sms", "+862312345678", "not a mainland mobile"),
        ("sms", "13800000006", "international form"),
        ("sms", "+0123456789", "international form"),
        ("sms", "+852 5100 0001", "international form"),
        ("sms", "+٨٥٢٥١٠٠٠٠٠١", "international form"),
        ("sms", "+1234567890123456", "international form"),
        ("sms", "+85251000001\n", "international form"),
        ("pigeon", HONG_KONG, "no channel"),
    ],
)
def test_a_hopeless_way_is_refused_with_the_reason(channel: str, phone: str, why: str) -> None:
    words = router.refusal(channel, phone)
    assert words is not None
    assert why in words.en
    assert words.zh


def test_answers_come_back_from_everywhere_but_by_sms_from_the_mainland() -> None:
    assert router.one_way("sms", MAINLAND)
    assert not router.one_way("sms", HONG_KONG)
    assert not router.one_way("voice", HONG_KONG)


def test_an_emergency_takes_every_way_in_the_order_of_the_policy() -> None:
    assert ways(person(HONG_KONG), plan("voice", "sms"), Urgency.HIGH) == ("voice", "sms")


def test_nobody_is_rung_for_less_than_an_emergency_if_a_text_reaches_him() -> None:
    assert ways(person(HONG_KONG), plan("voice", "sms"), Urgency.MEDIUM) == ("sms",)
    assert ways(person(HONG_KONG, "voice"), plan("sms", "voice"), Urgency.LOW) == ("voice",)


def test_the_mainland_is_told_by_text_only() -> None:
    assert ways(person(MAINLAND), plan("sms", "voice"), Urgency.HIGH) == ("sms",)


def test_a_plan_that_reaches_nobody_has_no_ways() -> None:
    assert ways(person(MAINLAND, "voice"), plan("sms", "voice"), Urgency.HIGH) == ()
    assert ways(person(HONG_KONG, "voice"), plan("sms"), Urgency.LOW) == ()


def test_the_press_by_which_the_gateway_tries_itself_has_its_own_way() -> None:
    nobody = Responder("watchdog", "看门狗", "canary", "", ("canary",))
    for urgency in Urgency:
        found = router.ways(nobody, plan("canary"), urgency, TWILIO)
        assert found == (Way("canary", ("canary",)),)
