"""How many segments a text takes."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
GSM_SINGLE, GSM_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67


def segments(body: str) -> int:
    """Return the number of segments: 160/153 septets, or 70/67 UTF-16 units."""
    if all(character in _BASIC or character in _EXTENDED for character in body):
        length = len(body) + sum(character in _EXTENDED for character in body)
        single, part = GSM_SINGLE, GSM_PART
    else:
        length = len(body.encode("utf-16-be")) // 2
        single, part = UCS2_SINGLE, UCS2_PART
    return 1 if length <= single else -(-length // part)
