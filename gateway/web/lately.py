"""What a device said last, in a word: how an installer sees that a bed pad or a scale works."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerting.detection.readings import NAMES, amount
from alerting.detection.safety import WORDS as HAZARDS
from alerting.words import Words
from devices.observation import (
    Bed,
    CallState,
    Cancelled,
    Climate,
    Contact,
    FallState,
    Hazard,
    HelpCall,
    Impact,
    Motion,
    Observation,
    Presence,
    Reading,
    Used,
    Worn,
)

SHOWN_MAX = 3
"""Of a device that tells many things, the latest."""


@dataclass(frozen=True)
class Said:
    """One thing a device said."""

    words: Words
    at: datetime


def lately(last: Iterable[Observation]) -> list[Said]:
    """Return what a device said last of each kind, newest first, as far as there are words."""
    found = [Said(words, one.at) for one in last if (words := in_a_word(one)) is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN_MAX]


def in_a_word(one: Observation) -> Words | None:
    """Return an observation in a word; None for what is no state, reading or act."""
    match one:
        case HelpCall() | CallState(on=True):
            return Words("按了呼叫键", "call pressed")
        case CallState():
            return Words("呼叫键已松开", "call let go")
        case Motion():
            return Words("有人走动", "moved")
        case Presence() | Bed():
            is_there = one.present if isinstance(one, Presence) else one.occupied
            return Words("有人", "somebody there") if is_there else Words("无人", "nobody there")
        case Contact():
            return Words("开", "open") if one.is_open else Words("关", "closed")
        case Used():
            return Words("有人使用", "used")
        case Hazard():
            kind = HAZARDS[one.hazard]
            if one.on:
                return Words(f"{kind.zh}报警", f"{kind.en} alarm")
            return Words(f"{kind.zh}正常", f"no {kind.en}")
        case Cancelled():
            return Words("按了“我没事”", "“I am all right” pressed")
        case Worn():
            return Words("已佩戴", "worn") if one.worn else Words("未佩戴", "not worn")
        case FallState():
            return Words("跌倒", "fall") if one.on else Words("没有跌倒", "no fall")
        case Impact():
            return Words(f"撞击{one.peak_g:.1f}g", f"knock of {one.peak_g:.1f} g")
        case Reading():
            what, said = NAMES[one.quantity], amount(one.quantity, one.value, one.second)
            return Words(f"{what.zh}{said.zh}", f"{what.en} {said.en}")
        case Climate():
            return _climate(one)
        case _:
            return None


def _climate(one: Climate) -> Words:
    warm = f"{one.temperature_c:.1f}"
    if one.humidity_percent is None:
        return Words(f"{warm}℃", f"{warm} °C")
    damp = f"{one.humidity_percent:.0f}"
    return Words(f"{warm}℃，湿度{damp}%", f"{warm} °C, humidity {damp} %")
