"""What a person reads after an outage, instead of every alarm that grew old in it."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.words import units

UNITS_MAX = 70
"""One Chinese text message."""
UNITS_MAX_EN = 160


def summary(signature: str, language: str, alarms: int, open_: int, codes: Sequence[str]) -> str:
    """Return one text message about the alarms that could not be told in time.

    Args:
        signature: who speaks, as it stands at the head of every text.
        language: `zh` or `en`.
        alarms: how many incidents there were.
        open_: of how many of these nobody has said yet that they go.
        codes: what homes with an open one are called; as many are named as there is room for.
    """
    if language == "en":
        text = f"{signature}{alarms} alarm(s) could not reach you in time"
        text += f", {open_} still open: {{}}. Call the desk." if open_ else ", all answered."
        return _filled(text, codes, ", ", " ...", UNITS_MAX_EN)
    text = f"{signature}通信中断期间有{alarms}起报警未能及时通知您"
    text += f"，其中{open_}起尚无人应答：{{}}。请联系值班台。" if open_ else "，均已有人应答。"
    return _filled(text, codes, "、", "等", UNITS_MAX)


def _filled(text: str, codes: Sequence[str], comma: str, more: str, most: int) -> str:
    """Put in as many codes as fit."""
    if "{}" not in text:
        return text
    unique = list(dict.fromkeys(codes))
    for count in range(len(unique), 0, -1):
        named = comma.join(unique[:count]) + (more if count < len(unique) else "")
        filled = text.replace("{}", named)
        if units(filled) <= most:
            return filled
    for colon in ("：{}", ": {}"):
        text = text.replace(colon, "")
    return text
