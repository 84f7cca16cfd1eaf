"""What every channel promises, and the provider's own description as the judge."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.delivery.capabilities import BY_PHONE
from alerting.delivery.channels import (
    CHANNELS,
    Account,
    Channel,
    Message,
    aliyun_errors,
    carrier_receipts,
    modem_errors,
    push,
    scaip,
    tencent_errors,
    webhook,
)
from alerting.delivery.channels.channel import reference
from alerting.delivery.channels.twilio_errors import CODES
from alerting.delivery.registered import RULES, Registered, Unsayable
from alerting.events import DeliveryState, ErrorClass
from alerting.household import TO_TARGETS
from alerting.orders import About

SPEC = Path("/work/shared/specs/twilio_api_v2010.json")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MESSAGE = Message(
    "h1-0001/0/wang-daughter/x", "+85251000001", "王奶奶呼救", "zh", NOW + timedelta(minutes=10)
)
RESOURCES = {"sms": "Messages", "voice": "Calls"}
SCHEMAS = {"sms": "message_enum_status", "voice": "call_enum_status"}
ADDED_BY_THE_SHELL = {"sms": set[str](), "voice": {"Twiml", "Url"}}

every_channel = pytest.mark.parametrize(
    "channel", CHANNELS, ids=lambda channel: f"{channel.provider}-{channel.name}"
)
BY_TELEPHONE = [channel for channel in CHANNELS if channel.name in BY_PHONE]
every_telephone = pytest.mark.parametrize(
    "channel", BY_TELEPHONE, ids=lambda channel: f"{channel.provider}-{channel.name}"
)
TWILIO = [channel for channel in CHANNELS if channel.provider == "twilio"]
every_twilio = pytest.mark.parametrize("channel", TWILIO, ids=lambda channel: channel.name)
ACCOUNTS = (
    Account("+85230000000"),
    Account("+85230000000", public_url="https://care.example.org"),
    Account("+85230000000", "MG00000000000000000000000000000001", "https://x", False),
)


@cache
def spec() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip(f"the provider's description is not here: {SPEC}")
    loaded: dict[str, Any] = json.loads(SPEC.read_text())
    return loaded


def test_every_channel_people_may_have_is_carried() -> None:
    assert {channel.name for channel in CHANNELS} == {*BY_PHONE, *TO_TARGETS}
    pairs = [(channel.provider, channel.name) for channel in CHANNELS]
    assert len(set(pairs)) == len(pairs)


@every_twilio
@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_parameter_exists_at_the_provider(channel: Channel, account: Account) -> None:
    path = f"/2010-04-01/Accounts/{{AccountSid}}/{RESOURCES[channel.name]}.json"
    body = spec()["paths"][path]["post"]["requestBody"]["content"]
    known = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    sent = channel.request(MESSAGE, account, NOW)
    assert set(sent) | ADDED_BY_THE_SHELL[channel.name] <= set(known)
    for name, value in sent.items():
        is_list = known[name]["type"] == "array"
        assert isinstance(value, tuple) is is_list, name
        if known[name]["type"] == "integer":
            assert str(value).isdigit(), name
        assert "enum" not in known[name] or value in known[name]["enum"], name


@every_twilio
def test_every_status_of_the_provider_means_something(channel: Channel) -> None:
    for status in spec()["components"]["schemas"][SCHEMAS[channel.name]]["enum"]:
        progress = channel.progress(status)
        if status in ("receiving", "received"):
            continue  # somebody else's message to us
        assert "unknown" not in progress.detail, status


@every_twilio
def test_what_calls_back_a_message_leaves_alone_who_is_listening(channel: Channel) -> None:
    path = f"/2010-04-01/Accounts/{{AccountSid}}/{RESOURCES[channel.name]}/{{Sid}}.json"
    body = spec()["paths"][path]["post"]["requestBody"]["content"]
    known = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    asks = channel.recall()
    assert set(asks) <= set(known)
    assert asks.get("Status", "canceled") == "canceled"  # "completed" ends running calls as well
    assert channel.progress("canceled").canceled is bool(asks)


@every_channel
def test_an_unknown_status_proves_nothing(channel: Channel) -> None:
    for status in ("", "teleported", "DELIVERED", "heard", "x" * 10_000):
        progress = channel.progress(status, 99_999)
        assert progress.state is DeliveryState.ACCEPTED
        assert not progress.final
        assert len(progress.detail) < 100


@every_twilio
def test_only_a_key_press_is_a_human(channel: Channel) -> None:
    statuses = spec()["components"]["schemas"][SCHEMAS[channel.name]]["enum"]
    for status in statuses:
        for answered_by in ("", "human", "machine_start", "unknown"):
            progress = channel.progress(status, 0, answered_by)
            assert progress.state is not DeliveryState.HEARD


@every_twilio
@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_request_is_complete_and_says_nothing_of_the_incident_but_its_text(
    channel: Channel, account: Account
) -> None:
    sent = channel.request(MESSAGE, account, NOW)
    assert sent["To"] == MESSAGE.address
    assert "From" in sent or "MessagingServiceSid" in sent
    assert ("StatusCallback" in sent) is bool(account.public_url)
    assert "h1-0001" not in str(sent)


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(0, "300"), (3, "300"), (10, "600"), (15, "900"), (240, "900")]
)
def test_a_text_does_not_arrive_hours_late(minutes: int, seconds: str) -> None:
    (sms,) = (channel for channel in TWILIO if channel.name == "sms")
    sent = sms.request(MESSAGE, Account("+1"), MESSAGE.expires_at - timedelta(minutes=minutes))
    assert sent["ValidityPeriod"] == seconds


REFUSED: dict[str, dict[str, tuple[int | str, ErrorClass]]] = {
    "push": {status: (0, error) for status, error in push.STATUSES.items()},
    "scaip": {status: (status, error) for status, (error, _) in scaip.NOT_TREATED.items()},
    "webhook": {str(code): (code, error) for code, error in webhook.ERRORS.items()},
}
"""By provider: statuses that refuse a message, each with its code and class."""


TARGETS = [channel for channel in CHANNELS if channel.name in TO_TARGETS]
every_target = pytest.mark.parametrize("channel", TARGETS, ids=lambda channel: channel.name)


@every_target
def test_what_is_refused_says_so_with_its_class(channel: Channel) -> None:
    for status, (code, error) in REFUSED[channel.provider].items():
        progress = channel.progress(status, code)
        assert progress.final
        assert progress.state in (DeliveryState.FAILED, DeliveryState.UNDELIVERED)
        assert progress.error is error
        assert progress.code == code
        assert progress.detail


@every_target
def test_no_status_is_a_human(channel: Channel) -> None:
    known = ("0", "4", "200", "202", "accepted", "completed", "delivered", "heard", "read")
    for status in (*known, *REFUSED[channel.provider]):
        assert channel.progress(status).state is not DeliveryState.HEARD


@every_target
def test_every_request_is_made_and_is_the_same_each_time(channel: Channel) -> None:
    first = channel.request(MESSAGE, Account("100027"), NOW)
    assert first == channel.request(MESSAGE, Account("100027"), NOW)
    assert any(MESSAGE.text in value for value in first.values())


Failure = tuple[str, int | str, ErrorClass]
FAILURES: dict[tuple[str, str], list[Failure]] = {
    ("twilio", "sms"): [("failed", code, error) for code, error in CODES.items()],
    ("twilio", "voice"): [("failed", code, error) for code, error in CODES.items()],
    ("modem", "sms"): [("refused", code, error) for code, error in modem_errors.CMS.items()],
    ("modem", "voice"): [("failed", code, error) for code, error in modem_errors.CALL.items()],
    ("aliyun", "sms"): [("2", code, e) for code, e in carrier_receipts.RECEIPTS.items()],
    ("aliyun", "voice"): [(state, state, e) for state, e in aliyun_errors.CALLS.items()],
    ("tencent", "sms"): [("FAIL", code, e) for code, e in carrier_receipts.RECEIPTS.items()],
    ("tencent", "voice"): [("failure", code, e) for code, e in tencent_errors.CALLS.items()],
}
"""How each channel is told that a message failed: status, code, and what it asks of us."""
UNKNOWN: dict[tuple[str, str], list[Failure]] = {
    **{
        ("twilio", name): [
            ("failed", 29_999, ErrorClass.CONFIGURATION),
            ("failed", 39_999, ErrorClass.UNREACHABLE),
            ("failed", 0, ErrorClass.UNREACHABLE),
            ("failed", -5, ErrorClass.UNREACHABLE),
            ("failed", 99_999_999, ErrorClass.UNREACHABLE),
        ]
        for name in ("sms", "voice")
    },
    ("modem", "sms"): [
        ("refused", 77, ErrorClass.UNREACHABLE),
        ("refused", 512, ErrorClass.TRANSIENT),
        ("refused", 0, ErrorClass.TRANSIENT),
    ],
    ("modem", "voice"): [("failed", code, ErrorClass.UNREACHABLE) for code in (0, -5, 16, 99)],
    ("aliyun", "sms"): [("2", code, ErrorClass.UNREACHABLE) for code in ("", "XX:9999", 0, -5)],
    ("tencent", "sms"): [("FAIL", code, ErrorClass.UNREACHABLE) for code in ("", "XX:9999", 0)],
    ("tencent", "voice"): [
        ("failure", 999, ErrorClass.UNREACHABLE),
        ("failure", "", ErrorClass.UNREACHABLE),
        ("2", 0, ErrorClass.UNREACHABLE),
    ],
    ("aliyun", "voice"): [("200005", 0, ErrorClass.UNREACHABLE)],
}
PICKED_UP: dict[tuple[str, str], str] = {
    ("twilio", "voice"): "completed",
    ("aliyun", "voice"): "200000",
    ("tencent", "voice"): "0",
    ("twilio", "sms"): "delivered",
    ("modem", "voice"): "ended",
    ("modem", "sms"): "report",
    ("aliyun", "sms"): "3",
    ("tencent", "sms"): "SUCCESS",
}


def identity(channel: Channel) -> tuple[str, str]:
    return channel.provider, channel.name


@every_telephone
def test_a_failure_carries_its_code_and_class(channel: Channel) -> None:
    assert FAILURES[identity(channel)]
    for status, code, error in FAILURES[identity(channel)]:
        progress = channel.progress(status, code)
        assert progress.final, code
        assert progress.code == code
        assert progress.error is error, code
        assert str(code) in progress.detail


@every_telephone
def test_an_unknown_code_says_another_channel_or_goes_by_its_range(channel: Channel) -> None:
    for status, code, error in UNKNOWN[identity(channel)]:
        assert channel.progress(status, code).error is error, (status, code)


@every_telephone
def test_what_arrived_is_final_and_proves_no_human(channel: Channel) -> None:
    progress = channel.progress(PICKED_UP[identity(channel)])
    assert progress.state is DeliveryState.DELIVERED
    assert progress.final
    assert progress.error is None


# ---------------------------------------------------------------- registered texts

CLOUDS = [channel for channel in CHANNELS if channel.provider in RULES]
every_cloud = pytest.mark.parametrize(
    "channel", CLOUDS, ids=lambda channel: f"{channel.provider}-{channel.name}"
)
TO_THE_MAINLAND = Message(
    "h1-0001/0/wang-daughter/x",
    "+8613800000006",
    "王奶奶呼救",
    "zh",
    NOW + timedelta(minutes=10),
    About.ALARM,
    {"code": "A1001", "when": "08:42", "event": "呼救", "number": "3"},
)


def cloud_account(channel: Channel, public_url: str = "") -> Account:
    hole = (lambda n, name: f"${{{name}}}") if channel.provider == "aliyun" else None
    names = ("code", "when", "event")
    holes = [hole(n, x) if hole else f"{{{n}}}" for n, x in enumerate(names, start=1)]
    text = Registered(
        channel.name,
        About.ALARM,
        "SMS_0001",
        f"紧急：{holes[0]}于{holes[1]}报{holes[2]}。请立即上门。",
        variables=names if channel.provider == "tencent" else (),
    )
    return Account(
        "江畔关爱",
        public_url=public_url,
        app="1400006666",
        voice_app="1400006667",
        shown_number="05710000000",
        key_text="TTS_0009",
        texts=(text,),
    )


def said_values(sent: dict[str, str | tuple[str, ...]]) -> list[str]:
    """What the provider is told to put into the holes, in their order."""
    filled = sent.get("TemplateParam") or sent.get("TtsParam") or sent.get("StartTtsParams")
    if isinstance(filled, str):
        return list(json.loads(filled).values())
    return list(sent["TemplateParamSet"])


@every_cloud
@pytest.mark.parametrize("public_url", ["", "https://care.example.org"])
def test_a_registered_text_is_named_and_filled(channel: Channel, public_url: str) -> None:
    sent = channel.request(TO_THE_MAINLAND, cloud_account(channel, public_url), NOW)
    assert "SMS_0001" in sent.values()
    assert said_values(sent) == ["A1001", "08:42", "呼救"]
    assert "13800000006" in str(sent)
    assert reference(TO_THE_MAINLAND.key) in sent.values()
    assert len(reference(TO_THE_MAINLAND.key)) <= 15
    assert "h1-0001" not in str(sent)
    assert TO_THE_MAINLAND.text not in str(sent)


@every_cloud
def test_what_is_not_registered_is_not_said(channel: Channel) -> None:
    account = cloud_account(channel)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"template": About.OVER}, "over"),
        ({"language": "en"}, "'en'"),
        ({"variables": {"code": "A1001", "when": "08:42"}}, "event"),
        ({"variables": {"code": "A1001", "when": "08:42", "event": ""}}, "event"),
        ({"variables": {"code": "A" * 36, "when": "08:42", "event": "呼救"}}, "at most"),
        ({"address": "+85251000001"}, "+85251000001"),
    ]
    if channel.name == "sms":
        cases.append(({"address": "+862112345678"}, "+862112345678"))
    for wrong, missing in cases:
        message = msgspec.structs.replace(TO_THE_MAINLAND, **wrong)
        with pytest.raises(Unsayable, match=re.escape(missing)):
            channel.request(message, account, NOW)


@every_cloud
def test_a_text_on_its_way_is_not_called_back(channel: Channel) -> None:
    assert channel.recall() == {}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", ErrorClass.BLOCKED),
        ("isv.MOBILE_NUMBER_ILLEGAL", ErrorClass.CONTACT),
        ("isv.AMOUNT_NOT_ENOUGH", ErrorClass.CONFIGURATION),
        ("isv.SOMETHING_NEW", ErrorClass.CONFIGURATION),
        ("isp.SOMETHING_NEW", ErrorClass.TRANSIENT),
        ("Throttling.Something", ErrorClass.TRANSIENT),
        ("Nonsense", ErrorClass.UNREACHABLE),
        ("", ErrorClass.UNREACHABLE),
    ],
)
def test_aliyun_refusals(code: str, error: ErrorClass) -> None:
    assert aliyun_errors.by_code(code) is error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", ErrorClass.BLOCKED),
        ("LimitExceeded.SomethingNew", ErrorClass.BLOCKED),
        ("FailedOperation.InsufficientBalanceInSmsPackage", ErrorClass.CONFIGURATION),
        ("FailedOperation.SomethingNew", ErrorClass.UNREACHABLE),
        ("InvalidParameterValue.SomethingNew", ErrorClass.CONFIGURATION),
        ("UnauthorizedOperation.SomethingNew", ErrorClass.CONFIGURATION),
        ("InternalError.SomethingNew", ErrorClass.TRANSIENT),
        ("Nonsense", ErrorClass.UNREACHABLE),
        ("", ErrorClass.UNREACHABLE),
    ],
)
def test_tencent_refusals(code: str, error: ErrorClass) -> None:
    assert tencent_errors.by_code(code) is error
