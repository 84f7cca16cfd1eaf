"""What the driver needs to be told."""

from __future__ import annotations

import msgspec

from alerting.delivery.catalogue import NONE, Own

DEVICE = "/dev/guanai-modem"
"""The name our udev rule gives (deploy/udev/70-guanai-modem.rules)."""
BALANCE_PATTERN = r"余额\D{0,8}(\d+(?:\.\d+)?)"
"""Finds the money left in the carrier's answer: its first group is the figure."""

_COUNTRIES = ("86", "852", "853", "886")
"""Countries whose national numbers we can complete, from our own number's."""


class Times(msgspec.Struct, frozen=True, gc=False):
    """How long things may take, in seconds; a test hurries them."""

    answer: float = 5.0
    """An ordinary command."""
    submit: float = 45.0
    """One part of a text: the network's answer is waited for."""
    dial: float = 60.0
    """Some modules answer ATD only when it rings there."""
    ready: float = 3.0
    """A message waits for a modem that starts."""
    watch: float = 30.0
    """Between two questions whether it lives."""
    boot: float = 45.0
    """After a reset, until it answers again."""
    reopen: float = 2.0
    """Between two looks for a device that is not there."""
    rest: float = 60.0
    """Between two attempts at reviving it."""
    absent: float = 30.0
    """Not registered, or not there, for longer is a fault."""
    look: float = 60.0
    """Between two looks into its memory, should it not tell of a text."""
    poll: float = 1.0
    """Between two questions how far a call is."""
    key: float = 10.0
    """A person who was asked for a key has so long."""
    speech: float = 0.35
    """Speaking one character takes at most so long."""
    caller: float = 2.0
    """The caller's number comes so soon after the ringing, or is withheld."""


class ModemAccess(msgspec.Struct, frozen=True, gc=False):
    """Our modem."""

    device: str = DEVICE
    family: str = "auto"
    number: str = ""
    """Our own, E.164."""
    pin: str = ""
    smsc: str = ""
    """The carrier's message centre; empty: as the SIM has it."""
    balance_number: str = ""
    """Whom to ask for the money left; empty: nobody."""
    balance_text: str = "YE"
    balance_pattern: str = BALANCE_PATTERN
    balance_min: float = 10.0
    balance_every_seconds: float = 86_400.0
    reset_command: tuple[str, ...] = ()
    """Cuts and restores its power; empty: we cannot."""
    recording: str = ""
    """A sound file in its own memory, played where it cannot speak."""
    times: Times = Times()
    wording: Own = NONE
    """The installation's own words, for what is said around a message in a call."""

    def __repr__(self) -> str:
        return f"ModemAccess({self.device})"


def international(number: str, ours: str) -> str:
    """Return a number as E.164, as far as our own tells its country; others as they are.

    Args:
        number: as the modem gave it: `+86138...`, `0086138...`, `86138...`, `138...`.
        ours: our own number, E.164.
    """
    digits = number.strip()
    if digits.startswith("+") or not digits.isdigit():
        return digits
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    country = next((one for one in _COUNTRIES if ours.startswith(f"+{one}")), "")
    if not country:
        return digits
    local = len(ours) - 1 - len(country)
    if digits.startswith(country) and len(digits) == len(country) + local:
        return f"+{digits}"
    if country == "86" and digits.startswith("0") and len(digits) >= 10:
        return f"+86{digits[1:]}"
    is_mobile = country != "86" or digits[0] == "1"
    return f"+{country}{digits}" if len(digits) == local and is_mobile else digits


def same_number(one: str, other: str) -> bool:
    """Return whether two numbers are one, however the carrier writes the country."""
    a, b = one.lstrip("+"), other.lstrip("+")
    return a == b or (min(len(a), len(b)) >= 8 and (a.endswith(b) or b.endswith(a)))
