"""Where native devices speak and listen: `care/v1/<household>/<device>/<part>`."""

from __future__ import annotations

import re

PREFIX = "care/v1"
ID_CHARS_MAX = 64
ID_PATTERN = rf"[A-Za-z0-9_-]{{1,{ID_CHARS_MAX}}}"

PARTS_UP = ("event", "state", "accel", "status", "vitals")
"""What devices publish: events and states (QoS 1), accelerometer batches, birth and last will,
and what was measured of a person (QoS 1)."""
PARTS_DOWN = ("prompt",)
"""What they listen to."""
QOS = {"event": 1, "state": 1, "accel": 0, "status": 1, "vitals": 1, "prompt": 1}
"""Batches are not worth a broker's queue: kept for us, they would push presses out of it."""
RETAINED = ("status",)
"""The only part a broker keeps: whoever comes later learns who is there."""

_PART = "|".join(PARTS_UP + PARTS_DOWN)
_ID = re.compile(ID_PATTERN, re.ASCII)
_NATIVE = re.compile(rf"{PREFIX}/({ID_PATTERN})/({ID_PATTERN})/({_PART})", re.ASCII)


def is_id(text: str) -> bool:
    """Tell whether `text` can stand in a topic as a household or a device."""
    return _ID.fullmatch(text) is not None


def native_topic(household: str, device: str, part: str) -> str:
    """Return the topic of one part of a native device.

    Raises:
        ValueError: an id that cannot stand in a topic, or a part that is not in the protocol.
    """
    for name in (household, device):
        if not is_id(name):
            raise ValueError(f"{name!r} cannot stand in a topic: expected {ID_PATTERN}")
    if part not in PARTS_UP and part not in PARTS_DOWN:
        raise ValueError(f"no such part: {part!r}; expected one of {_PART}")
    return f"{PREFIX}/{household}/{device}/{part}"


def parse_native(topic: str) -> tuple[str, str, str] | None:
    """Return (household, device, part), or None for a topic that is not of the native protocol."""
    found = _NATIVE.fullmatch(topic)
    return (found[1], found[2], found[3]) if found else None


def part_of(topic: str, base: str) -> str | None:
    """Return what follows a device's base topic, "" if nothing; None for another's topic.

    A base is taken as it is, with its spaces and Chinese: `zigbee2mqtt/李家 呼叫器`.
    """
    if topic == base:
        return ""
    return topic[len(base) + 1 :] if topic.startswith(f"{base}/") else None
