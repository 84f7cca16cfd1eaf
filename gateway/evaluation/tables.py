"""The tables of docs/detection.md on inactivity, as text and as data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from alerting.words import Words
from gateway.evaluation.inactivity import (
    Measured,
    Summary,
    Swept,
    left_out,
    setting_for,
    summary,
)

WANTED = (4.0, 1.0, 0.5)
"""False alarms per 30 home-days at which detectors are compared."""
_HEAD = "false  worst |  p50   p90 | awake p50  p90 | night p50  p90 | missed unknown"
LEGEND = Words(
    "各列：false 误报次数，worst 误报最多的一户；p50、p90 一半、九成的情况在多少小时内发现，"
    "awake 白天，night 夜里；missed 24 小时内没有发现，unknown 连“没有回家”也没有报。\n"
    "各行：as shipped 出厂设置；one for all 各户同一设置；homes left out 用其他住户选出的设置；"
    "at 4 false 即每 30 天误报至多 4 次。",
    "Columns: false alarms, worst is the home with most; p50 and p90: within how many hours half "
    "and nine tenths were noticed, awake by day, night by night; missed: not within 24 h; "
    "unknown: nor told as not back.\n"
    "Rows: as shipped; one setting for all; homes left out: the setting the other homes would "
    "choose; at 4 false: with at most 4 false alarms in 30 days.",
)
"""What the words in the tables mean."""


def as_text(swept: Swept, shipped: Sequence[float] = WANTED) -> Iterator[str]:
    """Yield the lines of all tables."""
    yield f"setting                       {_HEAD}"
    for per_month in shipped:
        if all(per_month in by_setting for by_setting in swept.values()):
            homes = [by_setting[per_month] for by_setting in swept.values()]
            yield f"as shipped, {per_month:>4g} per month   {_line(summary(homes))}"
    if len(next(iter(swept.values()))) > 1:
        for false in WANTED:
            setting = setting_for(swept, swept, false)
            homes = [by_setting[setting] for by_setting in swept.values()]
            line = _line(summary(homes))
            yield f"one for all, at {false:>3g} false     {line}  ({setting:g} per month)"
        for false in WANTED:
            yield f"homes left out, at {false:>3g} false  {_line(summary(left_out(swept, false)))}"
    yield ""
    yield f"{'home':<14} days | first 7 days | incidents | false per 30 |  p50   p90 | missed"
    for by_setting in swept.values():
        yield _home(by_setting.get(1.0) or next(iter(by_setting.values())))


def beside(swept: Swept) -> Iterator[str]:
    """Yield what the other detectors found, per 30 home-days."""
    names = sorted({name for home in _first(swept) for name in home.beside})
    if not names:
        return
    yield f"{'per 30 days':<14} " + " ".join(f"{name[:15]:>15}" for name in names)
    for home in _first(swept):
        rates = (home.beside.get(name, 0) / home.days * 30 for name in names)
        yield f"{home.name:<14} " + " ".join(f"{rate:>15.2f}" for rate in rates)


def as_data(swept: Swept) -> dict[str, Any]:
    """Return every figure, for a program."""
    return {
        "homes": [
            {
                "home": one.name,
                "per_month": one.per_month,
                "days": round(one.days, 2),
                "false": one.false,
                "false_first_week": one.false_at_first,
                "beside": one.beside,
                "recognised_hours": one.recognised_hours,
                "is_labelled": one.is_labelled,
                "incidents": len(one.incidents),
                **_figures(summary([one])),
            }
            for by_setting in swept.values()
            for one in by_setting.values()
        ],
        "one_for_all": {
            f"{false:g}": _figures(_at(swept, setting_for(swept, swept, false))) for false in WANTED
        },
        "homes_left_out": {
            f"{false:g}": _figures(summary(left_out(swept, false))) for false in WANTED
        },
    }


def _at(swept: Swept, setting: float) -> Summary:
    return summary([by_setting[setting] for by_setting in swept.values()])


def _first(swept: Swept) -> list[Measured]:
    return [by_setting.get(1.0) or next(iter(by_setting.values())) for by_setting in swept.values()]


def _figures(one: Summary) -> dict[str, float | None]:
    """Return the figures; None where there was nothing to measure, which JSON can say."""
    return {
        name: round(value, 3) if math.isfinite(value) else None
        for name, value in msgspec.structs.asdict(one).items()
    }


def _line(one: Summary) -> str:
    return (
        f"{one.false:>5.2f}  {one.worst:>5.1f} | {one.p50:>4.1f}  {one.p90:>4.1f} |"
        f"      {one.awake_p50:>4.1f} {one.awake_p90:>4.1f} |"
        f"      {one.night_p50:>4.1f} {one.night_p90:>4.1f} |"
        f" {one.missed:>6.1%} {one.unknown:>7.1%}"
    )


def _recognised(home: Measured) -> str:
    """Say after how long a blind sensor was recognised, if one was."""
    hours = home.recognised_hours
    return "" if hours is None else f"  first blind sensor after {hours:.0f} h"


def _home(home: Measured) -> str:
    one = summary([home])
    seen = _recognised(home)
    note = "" if home.is_labelled else "  (absences not labelled: the door's word)"
    return (
        f"{home.name:<14} {home.days:>4.0f} | {home.false_at_first:>12} |"
        f" {len(home.incidents):>9} | {home.false_per_30_days:>12.2f} |"
        f" {one.p50:>4.1f}  {one.p90:>4.1f} | {one.missed:>5.1%}{seen}{note}"
    )
