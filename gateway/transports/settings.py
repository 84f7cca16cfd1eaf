"""What the transports need to be told, without importing what they import."""

from __future__ import annotations

import msgspec

from alerting.delivery.catalogue import NONE, Own
from alerting.delivery.channels.channel import Account

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0


class Voice(msgspec.Struct, frozen=True, gc=False):
    """Who speaks: a voice of the provider and its language tag."""

    name: str
    language: str


class TwilioAccess(msgspec.Struct, frozen=True, gc=False):
    """Our account at Twilio."""

    account_sid: str
    auth_tokens: tuple[str, ...]
    """The first one is used; webhooks signed with any of them are accepted, so that a
    token can be changed without missing an answer."""
    account: Account
    api_key: str = ""
    """An API key (SK...) to use instead of the account's own token."""
    api_secret: str = ""
    api_url: str = ""
    """Stands in for https://api.twilio.com (a simulated carrier); empty: the real one."""
    studio_flow: str = ""
    """Our Studio flow (FW...) for calls while there is no public address; empty: none."""
    edge: str = ""
    region: str = ""
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    voices: dict[str, Voice] = {}
    """By language; what is missing here is taken from `gateway.transports.twiml`."""
    wording: Own = NONE
    """The installation's own words, for what is said around a message in a call."""


class CloudAccess(msgspec.Struct, frozen=True, gc=False):
    """Our account at Aliyun or Tencent."""

    key_id: str
    secret: str
    account: Account
    hook_secret: str = ""
    """A part of the addresses to which the cloud pushes: it signs nothing."""
    region: str = "ap-guangzhou"
    """Tencent's; Aliyun's services here have none."""
    api_url: str = ""
    """Stands in for the cloud (simulated clouds); empty: the real one."""
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS

    def __repr__(self) -> str:
        return f"CloudAccess({self.key_id!r}, ...)"
