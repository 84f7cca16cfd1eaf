"""Which messages go to a person, and which paths may carry each, by the number's country.

What each path can do is data (`alerting.delivery.capabilities`). A plan that cannot be
delivered is refused when it is configured, not at 3 a.m. An emergency goes out on two
independent lines (the internet and a SIM) at once, wherever the paths allow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from alerting.delivery import capabilities
from alerting.delivery.capabilities import (
    BY_PHONE,
    CANARY,
    CARRIES_EMERGENCIES,
    PHONE_DIGITS_MAX,
    PHONE_DIGITS_MIN,
    SMS,
    VOICE,
    Answer,
    Can,
)
from alerting.household import TO_TARGETS, Path, Policy, Responder, Way
from alerting.incident import Urgency
from alerting.words import Words

__all__ = [
    "CANARY",
    "CHANNELS",
    "PHONE_DIGITS_MAX",
    "PHONE_DIGITS_MIN",
    "SMS",
    "VOICE",
    "lines",
    "one_way",
    "refusal",
    "spans_two_lines",
    "ways",
]

CHANNELS = BY_PHONE
"""Every channel that reaches people by their telephone number."""

TWILIO_ONLY = (Path("twilio", ("sms", "voice")),)
"""What is there where nothing else is said."""


def refusal(channel: str, phone: str, paths: Sequence[Path] = TWILIO_ONLY) -> Words | None:
    """Return why no path can carry `channel` to `phone`, or None if one can.

    Args:
        channel: how the person is to be told.
        phone: E.164; for what is no telephone (`push`), the name of the target.
        paths: the ways out of the house.
    """
    if channel not in (*CHANNELS, *TO_TARGETS):
        return Words(
            f"没有名为“{channel}”的通知方式；可用：{'、'.join(CHANNELS)}",
            f"there is no channel {channel!r}; there are {', '.join(CHANNELS)}",
        )
    if channel in BY_PHONE and not capabilities.is_phone(phone):
        return Words(
            f"号码“{phone}”须写成国际格式，如 +85251000001",
            f"phone {phone!r} is not in international form, e.g. +85251000001",
        )
    if capabilities.carriers(channel, phone, paths):
        return None
    with_it = [path for path in paths if channel in path.channels]
    if not with_it:
        return Words(
            f"没有配置能传送“{channel}”的通道",
            f"nothing is configured that carries {channel!r}",
        )
    if not phone:
        return Words(f"没有写明“{channel}”的目标", f"no target is named for {channel!r}")
    reasons = list(
        dict.fromkeys(capabilities.why_not(path.name, channel, phone) for path in with_it)
    )
    return Words("；".join(why.zh for why in reasons), "; ".join(why.en for why in reasons))


def one_way(channel: str, phone: str, names: Sequence[str] = ("twilio",)) -> bool:
    """Return True when messages arrive but no answer can come back the same way.

    Such a person confirms by telephone to the duty desk, or at the desk itself. What the
    first of the paths `names` can is what counts: it is the one that is tried first.
    """
    found = capabilities.can(next(iter(names), "twilio"), channel, phone)
    return found is not None and found.answer is Answer.NONE


def ways(
    responder: Responder, policy: Policy, urgency: Urgency, paths: Sequence[Path]
) -> tuple[Way, ...]:
    """Return the ways by which `responder` is told, in the policy's order.

    High urgency takes every channel that both allow and that reaches the phone, spread over
    two independent lines: where one channel can go by another line as well as by its first,
    it does; else the same message goes once more by the other line (`Way.is_second`).
    Below that, nobody is called by telephone who can be sent a text. Empty: this policy
    cannot reach this person.
    """
    if responder.channels == (CANARY,):
        return (Way(CANARY, (CANARY,)),)
    able = {
        channel: found
        for channel in policy.channels
        if channel in responder.channels
        and (found := capabilities.carriers(channel, _address(responder, channel), paths))
    }
    if urgency is Urgency.HIGH:
        return _on_two_lines(able)
    return _quietly(tuple(_way(channel, found) for channel, found in able.items()))


def _address(responder: Responder, channel: str) -> str:
    """Return where `channel` reaches them; what has no target of its own reaches nobody."""
    return responder.phone if channel in BY_PHONE else responder.addresses.get(channel, "")


def _quietly(possible: tuple[Way, ...]) -> tuple[Way, ...]:
    """Leave out calls, if a person is left something that carries more than hints."""
    quiet = tuple(way for way in possible if way.channel != VOICE)
    return quiet if any(way.channel in CARRIES_EMERGENCIES for way in quiet) else possible


_Able = dict[str, list[tuple[Path, Can]]]


def _on_two_lines(able: _Able) -> tuple[Way, ...]:
    counting = {channel: able[channel] for channel in able if channel in CARRIES_EMERGENCIES}
    firsts = {found[0][0].line for found in counting.values()}
    if len(firsts) == 1 and (moved := _moved(counting, *firsts)):
        able = able | moved
    elif len(firsts) == 1 and (twin := _twin(counting, *firsts)):
        plain = [_way(channel, found) for channel, found in able.items()]
        at = [way.channel for way in plain].index(twin.channel) + 1
        return (*plain[:at], twin, *plain[at:])
    return tuple(_way(channel, found) for channel, found in able.items())


def _moved(able: _Able, line: str) -> _Able:
    """Return one channel's paths with another line first, if it is as good and others stay."""
    if len(able) < 2:
        return {}
    for channel, found in able.items():
        best = capabilities.grade(found[0][1])
        as_good = [one for one in found if capabilities.grade(one[1]) == best]
        others = [one for one in as_good if one[0].line != line]
        if others:
            rest = [one for one in found if one not in others]
            return {channel: [*others, *rest]}
    return {}


def _twin(able: _Able, line: str) -> Way | None:
    """Return the same message once more by another line; a text rather than a second call."""
    for channel in sorted(able, key=lambda name: name == VOICE):
        others = [one for one in able[channel] if one[0].line != line]
        if others:
            return msgspec.structs.replace(_way(channel, others), is_second=True)
    return None


def _way(channel: str, found: Iterable[tuple[Path, Can]]) -> Way:
    return Way(channel, tuple(path.name for path, _ in found))


def lines(found: Iterable[Way], paths: Sequence[Path]) -> set[str]:
    """Return the lines that `found` take first, of those ways that count in an emergency."""
    of = {path.name: path.line for path in paths}
    return {of[way.paths[0]] for way in found if way.channel in CARRIES_EMERGENCIES and way.paths}


def spans_two_lines(found: Iterable[Way], paths: Sequence[Path]) -> bool:
    """Return whether one line's failure leaves the other to tell of an emergency."""
    return len(lines(found, paths)) > 1
