"""Which channels can carry a message to a phone, by its country.

The provider is Twilio. What it can do for mainland China (+86) is the reason this
file exists; sources are in docs/delivery.md:

* it places no calls to the mainland (since 2023-11-30);
* SMS to the mainland is one-way, bound to registered templates and to a few
  messages a day; it does not reach landlines there at all.

A plan that cannot be delivered is refused when it is configured, not at 3 a.m.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerting.household import Path, Policy, Responder, Way
from alerting.incident import Urgency
from alerting.words import Words

SMS = "sms"
VOICE = "voice"
CANARY = "canary"
"""The channel that reaches nobody: of the press by which the gateway tries itself."""
CHANNELS = (SMS, VOICE)
"""Every channel that reaches people."""

PHONE_DIGITS_MIN = 7
PHONE_DIGITS_MAX = 15

_E164 = re.compile(rf"\+[1-9][0-9]{{{PHONE_DIGITS_MIN - 1},{PHONE_DIGITS_MAX - 1}}}", re.ASCII)
_MAINLAND = "+86"
_MAINLAND_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)


def refusal(channel: str, phone: str) -> Words | None:
    """Return why `channel` can never reach `phone`, or None if it can."""
    if channel == CANARY and not phone:
        return None
    if channel not in CHANNELS:
        return Words(
            f"没有名为“{channel}”的通知方式；可用：{'、'.join(CHANNELS)}",
            f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}",
        )
    if not _E164.fullmatch(phone):
        return Words(
            f"号码“{phone}”须写成国际格式，如 +85251000001",
            f"phone {phone!r} is not in international form, e.g. +85251000001",
        )
    if not phone.startswith(_MAINLAND):
        return None
    if channel == VOICE:
        return Words(
            f"{phone} 在中国大陆，服务商不能拨打该地区的电话",
            f"{phone} is in mainland China: the provider places no calls there",
        )
    if not _MAINLAND_MOBILE.fullmatch(phone):
        return Words(
            f"{phone} 不是大陆手机号码，短信无法送达",
            f"{phone} is not a mainland mobile number: it receives no SMS",
        )
    return None


def one_way(channel: str, phone: str) -> bool:
    """Return True when messages arrive but no answer can come back the same way.

    Such a person confirms by telephone to the duty desk, or at the desk itself.
    """
    return channel == SMS and phone.startswith(_MAINLAND)


def ways(
    responder: Responder, policy: Policy, urgency: Urgency, paths: Sequence[Path]
) -> tuple[Way, ...]:
    """Return the ways by which `responder` is told, in the policy's order.

    High urgency takes every channel that both allow and that reaches the phone, so that
    two independent paths run in parallel; below that, nobody is called by
    telephone who can be sent a text. Empty: this policy cannot reach this person.
    """
    possible = tuple(
        Way(channel, tuple(path.name for path in paths if channel in path.channels))
        for channel in policy.channels
        if channel in responder.channels and refusal(channel, responder.phone) is None
    )
    if urgency is Urgency.HIGH:
        return possible
    quiet = tuple(way for way in possible if way.channel != VOICE)
    return quiet or possible
