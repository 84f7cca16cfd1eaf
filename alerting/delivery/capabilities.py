"""What each way out of the house can do for which telephone, as data.

Sources are in docs/delivery.md. What matters most:

* Twilio places no calls to mainland China (+86) since 2023-11-30; SMS there is one-way,
  bound to registered templates and to a few messages a day, and reaches no landlines;
* Aliyun and Tencent reach the mainland only; an answer by text comes back through the
  extension code, keys in a call only by their callbacks;
* an ordinary SIM in a modem does everything its operator allows: calls and texts in its
  own country for certain, abroad only where the operator lets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

import msgspec

from alerting.household import TO_TARGETS, Path
from alerting.words import Words

SMS = "sms"
VOICE = "voice"
PUSH, SCAIP, WEBHOOK = TO_TARGETS
CANARY = "canary"
"""The channel that reaches nobody: of the press by which the gateway tries itself."""
BY_PHONE = (SMS, VOICE)
"""The channels whose address is a telephone number."""
CARRIES_EMERGENCIES = (SMS, VOICE, SCAIP)
"""Push and webhook are told of an emergency too, and are never counted as a way to tell it."""

PHONE_DIGITS_MIN = 7
PHONE_DIGITS_MAX = 15
PHONES_KNOWN = 4_096
"""For so many the answers are remembered: every message asks several times."""

_E164 = re.compile(rf"\+[1-9][0-9]{{{PHONE_DIGITS_MIN - 1},{PHONE_DIGITS_MAX - 1}}}", re.ASCII)
MAINLAND = "+86"
_MAINLAND_MOBILE = re.compile(r"\+861[3-9][0-9]{9}", re.ASCII)


class Place(StrEnum):
    """What kind of telephone a number is, as far as it decides who can reach it."""

    MAINLAND_MOBILE = "mainland_mobile"
    MAINLAND_LANDLINE = "mainland_landline"
    ABROAD = "abroad"  # everywhere else: which are mobile, its number does not always say


class Answer(StrEnum):
    """By what an answer comes back."""

    NONE = "none"
    TEXT = "text"
    KEY = "key"
    RECEIPT = "receipt"  # the receiving centre's own word that it handles the alarm


class Can(msgspec.Struct, frozen=True, gc=False):
    """That a path can carry a channel to a place, and what comes back."""

    answer: Answer = Answer.NONE
    is_sure: bool = True
    """False: only where the operator lets it; taken after those that are sure."""


Reach = Mapping[Place, Can]

_TEXTS = Can(Answer.TEXT)
_KEYS = Can(Answer.KEY)
_NOTHING_BACK = Can()
_TEXTS_PERHAPS = Can(Answer.TEXT, is_sure=False)
_KEYS_PERHAPS = Can(Answer.KEY, is_sure=False)

_ALL_MAINLAND = (Place.MAINLAND_MOBILE, Place.MAINLAND_LANDLINE)

MATRIX: Mapping[str, Mapping[str, Reach]] = {
    "twilio": {
        SMS: {Place.MAINLAND_MOBILE: _NOTHING_BACK, Place.ABROAD: _TEXTS},
        VOICE: {Place.ABROAD: _KEYS},
    },
    "modem": {
        SMS: {Place.MAINLAND_MOBILE: _TEXTS, Place.ABROAD: _TEXTS_PERHAPS},
        VOICE: {**dict.fromkeys(_ALL_MAINLAND, _KEYS), Place.ABROAD: _KEYS_PERHAPS},
    },
    "aliyun": {
        SMS: {Place.MAINLAND_MOBILE: _TEXTS},
        VOICE: dict.fromkeys(_ALL_MAINLAND, _KEYS),
    },
    "tencent": {
        SMS: {Place.MAINLAND_MOBILE: _TEXTS},
        VOICE: dict.fromkeys(_ALL_MAINLAND, _KEYS),
    },
}
"""By path, channel and kind of telephone; what is not here cannot be done."""

TARGETS: Mapping[str, Can] = {
    PUSH: Can(),
    SCAIP: Can(Answer.RECEIPT),
    WEBHOOK: Can(),
    CANARY: Can(),
}
"""What comes back from those who are reached by name, whoever carries it."""

_ANYWHERE: Mapping[str, Reach] = {
    SMS: dict.fromkeys(Place, _TEXTS),
    VOICE: dict.fromkeys(Place, _KEYS),
}
"""Of a path that the matrix does not know nothing is held against it."""


@lru_cache(PHONES_KNOWN)
def is_phone(address: str) -> bool:
    """Return whether `address` is a number in international form."""
    return _E164.fullmatch(address) is not None


@lru_cache(PHONES_KNOWN)
def place(phone: str) -> Place:
    """Return what kind of telephone an E.164 number is."""
    if not phone.startswith(MAINLAND):
        return Place.ABROAD
    if _MAINLAND_MOBILE.fullmatch(phone):
        return Place.MAINLAND_MOBILE
    return Place.MAINLAND_LANDLINE


@lru_cache(PHONES_KNOWN)
def can(path: str, channel: str, address: str) -> Can | None:
    """Return what `path` can do for `address` by `channel`; None: it cannot carry it."""
    if channel in TARGETS:
        return TARGETS[channel] if address else None
    if not is_phone(address):
        return None
    return MATRIX.get(path, _ANYWHERE).get(channel, {}).get(place(address))


def carriers(channel: str, address: str, paths: Sequence[Path]) -> list[tuple[Path, Can]]:
    """Return the paths that can carry `channel` to `address`, best first.

    First those that are sure, of them those by which an answer comes back, and else in the
    order of `paths`.
    """
    able = [
        (path, found)
        for path in paths
        if channel in path.channels and (found := _as_set_up(path, channel, address)) is not None
    ]
    return sorted(able, key=lambda one: grade(one[1]))


def _as_set_up(path: Path, channel: str, address: str) -> Can | None:
    found = can(path.name, channel, address)
    if found is not None and channel in path.one_way:
        return msgspec.structs.replace(found, answer=Answer.NONE)
    return found


def grade(found: Can) -> tuple[bool, bool]:
    """Return how good a path is for a message, smaller is better; equal: it does not matter."""
    return (not found.is_sure, found.answer is Answer.NONE)


def why_not(path: str, channel: str, phone: str) -> Words:
    """Return why `path` cannot carry `channel` to the number `phone`."""
    where = place(phone)
    if channel == SMS and where is Place.MAINLAND_LANDLINE:
        return Words(
            f"{phone} 不是大陆手机号码，短信无法送达",
            f"{phone} is not a mainland mobile number: it receives no SMS",
        )
    if channel == VOICE and path == "twilio" and where is not Place.ABROAD:
        return Words(
            f"{phone} 在中国大陆，服务商不能拨打该地区的电话",
            f"{phone} is in mainland China: the provider places no calls there",
        )
    if where is Place.ABROAD:
        return Words(
            f"{path} 只能通达中国大陆的号码，{phone} 不是",
            f"{path} reaches mainland numbers only, and {phone} is none",
        )
    return Words(
        f"{path} 不能用 {channel} 通达 {phone}", f"{path} cannot reach {phone} by {channel}"
    )
