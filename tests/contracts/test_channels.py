"""What every channel promises, and the provider's own description as the judge."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alerting.delivery import router
from alerting.delivery.channels import CHANNELS, Account, Channel, Message
from alerting.delivery.channels.twilio_errors import CODES
from alerting.events import DeliveryState, ErrorClass

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
    assert {channel.name for channel in CHANNELS} == set(router.CHANNELS)
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


@every_twilio
@pytest.mark.parametrize("code", sorted(CODES))
def test_a_failure_carries_its_code_and_class(channel: Channel, code: int) -> None:
    progress = channel.progress("failed", code)
    assert progress.final
    assert progress.code == code
    assert progress.error is CODES[code]
    assert str(code) in progress.detail


@every_twilio
@pytest.mark.parametrize(
    ("code", "error"),
    [
        (29_999, ErrorClass.CONFIGURATION),
        (39_999, ErrorClass.UNREACHABLE),
        (0, ErrorClass.UNREACHABLE),
        (-5, ErrorClass.UNREACHABLE),
        (99_999_999, ErrorClass.UNREACHABLE),
    ],
)
def test_an_unknown_code_goes_by_its_range(channel: Channel, code: int, error: ErrorClass) -> None:
    assert channel.progress("failed", code).error is error
