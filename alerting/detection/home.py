"""What several detectors need to know of a household: limits and roles."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.household import Device, Household, Role
from devices.observation import AnyObservation, Motion, Presence
from devices.profiles import BY_MODEL

HEARTBEAT_UNKNOWN = timedelta(hours=25)
"""For families we do not know: what zigbee2mqtt allows a battery device."""
STILL_COMING = timedelta(seconds=10)
"""After we hear again: what the broker kept for us arrives."""
NOTE_SHARE = 20
"""A device is noted as heard when a twentieth of its heartbeat has passed since the last time."""

SEEING = frozenset({Role.MOTION, Role.PRESENCE, Role.CONTACT, Role.ENTRANCE, Role.BED, Role.ITEM})
"""The devices through which a home is seen."""

INSIDE = SEEING - {Role.ENTRANCE}
"""Those that see somebody inside."""


def heartbeat(device: Device) -> timedelta | None:
    """Return the longest silence that is normal for the device; None: it need not speak.

    The configuration's own word comes first (a call button on the mains may well be held
    to 4 hours), then the family's. The gateway's own parts report faults, not heartbeats, and
    what somebody measures with speaks only then.
    """
    if device.heartbeat is not None:
        return device.heartbeat
    if device.role is Role.GATEWAY or device.role is Role.HEALTH:
        return None  # a cuff or scales speak when somebody measures
    profile = BY_MODEL.get(device.profile)
    return profile.heartbeat if profile else HEARTBEAT_UNKNOWN


def seeing(home: Household) -> tuple[str, ...]:
    """Return the devices through which the home is seen."""
    return tuple(device.id for device in home.devices.values() if device.role in SEEING)


def inside(home: Household) -> tuple[str, ...]:
    """Return the devices that see somebody inside."""
    return tuple(device.id for device in home.devices.values() if device.role in INSIDE)


def entrances(home: Household) -> list[str]:
    """Return the devices on the doors by which one leaves."""
    return [id for id, device in home.devices.items() if device.role is Role.ENTRANCE]


def renewals(home: Household, heard: dict[str, datetime]) -> dict[str, datetime]:
    """Return when each device is to be noted as heard again."""
    return {
        id: at + slack(heartbeat(home.devices[id]) or HEARTBEAT_UNKNOWN) for id, at in heard.items()
    }


def slack(limit: timedelta) -> timedelta:
    """Return by how much a device may be heard later than noted."""
    return limit / NOTE_SHARE


def is_at_door(home: Household, event: AnyObservation) -> bool:
    """Return True for what hangs in the room of the entrance and may see who just left."""
    if not isinstance(event, Motion | Presence):
        return False
    room = home.devices[event.device].room
    entrances = (d for d in home.devices.values() if d.role is Role.ENTRANCE)
    return room != "" and any(door.room == room for door in entrances)
