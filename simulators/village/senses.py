"""What the devices of a home notice of what its residents do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from simulators.config import Device, Home
from simulators.village.habits import AT_THE_DOOR, Body, Doing, What

DOOR_OPEN_SECONDS = 12
CUPBOARD_OPEN_SECONDS = 6


class Sign(StrEnum):
    """What a device notices."""

    MOTION = "motion"
    PRESENT = "present"
    ABSENT = "absent"
    OPEN = "open"
    CLOSED = "closed"
    OCCUPIED = "occupied"
    EMPTY = "empty"
    USED = "used"


class Noticed(msgspec.Struct, frozen=True, gc=False):
    """A device notices something, now or a little later."""

    device: str
    sign: Sign
    after_seconds: float = 0.0


def noticed(home: Home, doing: Doing, bodies: tuple[Body, ...]) -> tuple[Noticed, ...]:
    """Return what the home's devices notice of `doing`; `bodies` are the residents after it."""
    return tuple(
        notice for device in home.devices for notice in _by_device(home, device, doing, bodies)
    )


def _by_device(
    home: Home, device: Device, doing: Doing, bodies: tuple[Body, ...]
) -> Iterator[Noticed]:
    moving = doing.what not in (What.LEAVE, What.VISIT_ENDS)
    here = doing.room == device.room or (doing.room == AT_THE_DOOR and device.room == _hall(home))
    match device.role:
        case "motion" if moving and here:
            yield Noticed(device.id, Sign.MOTION)
        case "presence":
            inside = any(body.room == device.room and not body.away for body in bodies)
            yield Noticed(device.id, Sign.PRESENT if inside else Sign.ABSENT)
        case "entrance" if doing.what in (What.LEAVE, What.RETURN, What.VISIT, What.VISIT_ENDS):
            yield Noticed(device.id, Sign.OPEN)
            yield Noticed(device.id, Sign.CLOSED, DOOR_OPEN_SECONDS)
        case "contact" if doing.what is What.USE and here:
            yield Noticed(device.id, Sign.OPEN)
            yield Noticed(device.id, Sign.CLOSED, CUPBOARD_OPEN_SECONDS)
        case "item" if doing.what is What.USE and here:
            yield Noticed(device.id, Sign.USED)
        case "bed":
            lying = any(body.lying and not body.away for body in bodies)
            yield Noticed(device.id, Sign.OCCUPIED if lying else Sign.EMPTY)


def _hall(home: Home) -> str:
    """The room one passes on the way out."""
    return next((device.room for device in home.devices if device.role == "entrance"), "")
