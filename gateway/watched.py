"""How much of each day a home was watched, in words for the desk and the command line."""

from __future__ import annotations

import math

from alerting.coverage import Report
from alerting.words import Words

NOTHING = Words("无盲区", "nothing was missed")
UNSEEN = Words("没有能看到这个家的设备", "no device sees this home")


def percent(report: Report) -> str:
    """Return the part of the day that was watched; 100 % only if nothing at all was missed."""
    if not report.is_seen:
        return "–"
    if not report.deaf and not report.blind:
        return "100 %"
    return f"{math.floor(report.share * 1000) / 10:.1f} %"


def missed(report: Report) -> Words:
    """Return what was missed and why, in one line."""
    parts = [] if report.is_seen else [UNSEEN]
    if report.deaf:
        length = span(report.deaf)
        parts.append(Words(f"网关收不到消息{length.zh}", f"the gateway heard nothing: {length.en}"))
    if report.blind:
        length = span(report.blind)
        parts.append(
            Words(
                f"感应设备全部失联{length.zh}", f"all that sees the home was missing: {length.en}"
            )
        )
    if report.worn:
        length = span(report.worn)
        parts.append(
            Words(f"佩戴设备丢失{length.zh}数据", f"data of a wearable was lost: {length.en}")
        )
    if not parts:
        return NOTHING
    return Words("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def span(seconds: float) -> Words:
    """Return a length of time as people say it, never as nothing."""
    whole = max(1, round(seconds))
    if whole < 60:
        return Words(f"{whole}秒", f"{whole} s")
    minutes = round(whole / 60)
    if minutes < 60:
        return Words(f"{minutes}分钟", f"{minutes} min")
    hours, rest = divmod(minutes, 60)
    if not rest:
        return Words(f"{hours}小时", f"{hours} h")
    return Words(f"{hours}小时{rest}分钟", f"{hours} h {rest} min")
