"""Where the provider reaches us, under the public address, and how it writes who calls."""

from __future__ import annotations

import re

SMS_PATH = "/twilio/sms"
VOICE_PATH = "/twilio/voice/"
KEY_PATH = "/twilio/key/"
CALL_PATH = "/twilio/call"
CALL_KEY_PATH = "/twilio/call/key"

_NUMBER = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_WITHHELD = frozenset({"+266696687", "+7378742833", "+86282452253", "+2562533", "+8656696"})
"""What stands for a withheld number: ANONYMOUS, RESTRICTED, UNAVAILABLE, BLOCKED,
UNKNOWN on a keypad."""


def as_caller(number: str) -> str:
    """Return who calls, in E.164; empty where the number is withheld."""
    is_number = _NUMBER.fullmatch(number) is not None and number not in _WITHHELD
    return number if is_number else ""
