"""A token is exchanged while alarms go out."""

from __future__ import annotations

import pytest

from alerting.events import ErrorClass
from gateway.clock import SystemClock
from gateway.delivery.health import Health
from gateway.transports.transport import SendError
from simulators.carrier.settings import Account
from tests.fakes.carrier import running_carrier
from tests.gateway.test_twilio import PEOPLE, refused, row, twilio

NEW = Account(token="the-new-token")


async def test_the_second_token_is_used_when_the_first_is_dead() -> None:
    async with (
        running_carrier(PEOPLE, account=NEW) as carrier,
        twilio(carrier.url, auth_tokens=("the-old-token", "the-new-token")) as provider,
    ):
        assert (await provider.send(row())).provider_id
        assert provider.complaint.endswith(
            "auth_token is refused, second_token is used; please replace it"
        )
        assert "已被拒绝" in provider.complaint
        await provider.send(row("voice"))
        assert len(carrier.core.messages()) == 1, "asked twice, sent once"


async def test_an_api_key_that_was_taken_back_is_followed_by_the_token() -> None:
    async with (
        running_carrier(PEOPLE, account=NEW) as carrier,
        twilio(
            carrier.url,
            auth_tokens=("the-new-token",),
            api_key="SK00000000000000000000000000000001",
            api_secret="gone",
        ) as provider,
    ):
        await provider.warm()
        assert "api_key is refused, auth_token is used" in provider.complaint


async def test_when_every_token_is_dead_that_is_a_matter_of_configuration() -> None:
    async with (
        running_carrier(PEOPLE, account=NEW) as carrier,
        twilio(carrier.url, auth_tokens=("old", "older")) as provider,
    ):
        error = await refused(provider, row())
        assert (error.error, error.code) == (ErrorClass.CONFIGURATION, 20003)
        with pytest.raises(SendError):
            await provider.warm()
        assert provider.complaint == ""


def test_a_complaint_is_a_fault_of_the_provider_until_it_is_over() -> None:
    said: list[tuple[str, bool, str, str]] = []
    health = Health("twilio", SystemClock(), lambda *fault: said.append(fault))
    health.ails("auth_token is refused")
    health.ails("auth_token is refused")
    health.ails("")
    assert said == [
        ("provider", True, "twilio: auth_token is refused", "twilio/account"),
        ("provider", False, "twilio: works again", "twilio/account"),
    ]
