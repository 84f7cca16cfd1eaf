"""What several detectors need to know of a household: limits and roles."""

from __future__ import annotations

from datetime import timedelta

from alerting.household import Device, Household, Role
from devices.profiles import BY_MODEL

HEARTBEAT_UNKNOWN = timedelta(hours=25)
"""For families we do not know: what zigbee2mqtt allows a battery device."""
STILL_COMING = timedelta(seconds=10)
"""After we hear again: what the broker kept for us arrives."""

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
    heartbeats.
    """
    if device.heartbeat is not None:
        return device.heartbeat
    if device.role is Role.GATEWAY:
        return None
    profile = BY_MODEL.get(device.profile)
    return min(profile.heartbeat if profile else HEARTBEAT_UNKNOWN, SILENCE[device.role])


def seeing(home: Household) -> tuple[str, ...]:
    """Return the devices through which the home is seen."""
    return tuple(device.id for device in home.devices.values() if device.role in SEEING)


def inside(home: Household) -> tuple[str, ...]:
    """Return the devices that see somebody inside."""
    return tuple(device.id for device in home.devices.values() if device.role in INSIDE)
