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

SILENCE: dict[Role, timedelta] = {
    Role.CALL_BUTTON: timedelta(hours=4),  # nobody can call while it is dead
    Role.WEARABLE: timedelta(hours=4),  # the same, and it must be charged
    Role.SAFETY: timedelta(hours=12),  # a fire does not wait; they report twice a day at least
    Role.ENTRANCE: timedelta(hours=12),  # whether the resident is at home hangs on it
    Role.BED: timedelta(hours=12),  # one night
    Role.MOTION: timedelta(hours=12),
    Role.PRESENCE: timedelta(hours=12),
    Role.CONTACT: timedelta(hours=24),
    Role.ITEM: timedelta(hours=24),
    Role.CLIMATE: timedelta(hours=4),  # a temperature of this morning says nothing of tonight
    Role.SPEAKER: timedelta(hours=4),  # nobody hears that help is coming
}
"""The longest silence a role allows, whatever the family (docs/detection-safety.md)."""

LIFELINES = frozenset({Role.CALL_BUTTON, Role.WEARABLE})
"""Those by which the resident calls: that one of them is dead is graver than a repair."""

SEEING = frozenset({Role.MOTION, Role.PRESENCE, Role.CONTACT, Role.ENTRANCE, Role.BED, Role.ITEM})
"""The devices through which a home is seen."""

INSIDE = SEEING - {Role.ENTRANCE}
"""Those that see somebody inside."""


def heartbeat(device: Device) -> timedelta | None:
    """Return the longest silence that is normal for the device; None: it need not speak.

    The configuration's own word comes first (for the device, or for its role), then the
    shorter of what its family and its role allow. The gateway's own parts report faults, not
    heartbeats, and what somebody measures with speaks only then.
    """
    if device.heartbeat is not None:
        return device.heartbeat
    if device.role is Role.GATEWAY or device.role is Role.HEALTH:
        return None  # a cuff or scales speak when somebody measures
    profile = BY_MODEL.get(device.profile)
    return min(profile.heartbeat if profile else HEARTBEAT_UNKNOWN, SILENCE[device.role])


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
