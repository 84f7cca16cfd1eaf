"""A fridge door, a tap, a kettle: where nobody is seen, what is used still tells of somebody."""

from __future__ import annotations

import pytest

from alerting.household import Device, IncidentKind, Role
from devices.profile import Wire
from devices.profiles import BY_MODEL
from tests.builders import PANEL, Life, at, changes, hours, household

FRIDGE = Device("fridge", "z2m-contact", Role.ITEM, "厨房", heartbeat=hours(25))
TAP = Device("tap", "z2m-item", Role.ITEM, "厨房", heartbeat=hours(25))
KETTLE = Device("kettle", "z2m-item", Role.ITEM, "厨房", heartbeat=hours(25))
SWITCH = Device("switch", "native", Role.ITEM, "客厅", heartbeat=hours(25))
HOME = household(PANEL, FRIDGE, TAP, KETTLE, SWITCH)

USES = [
    ("fridge", b'{"contact":true}', b'{"contact":false}'),
    ("tap", b'{"flow":0}', b'{"flow":0.4}'),
    ("kettle", b'{"vibration":false}', b'{"vibration":true}'),
    ("kettle", b'{"action":""}', b'{"action":"vibration"}'),
    ("switch", b'{"v":1}', b'{"v":1,"event":"used"}'),
]


def said(life: Life, words: str, device: str, payload: bytes, *, retained: bool = False) -> None:
    """Let a message of the device come, as its profile reads it."""
    part = "" if device != "switch" else "event" if b"event" in payload else "state"
    profile = BY_MODEL[HOME.devices[device].profile]
    life.happens(*profile.decode(device, Wire(part, payload, at(words), retained)))


@pytest.mark.parametrize(("device", "before", "use"), USES)
def test_a_use_puts_off_the_alarm(device: str, before: bytes, use: bytes) -> None:
    life = Life(HOME, "day 1 08:00")
    said(life, "day 1 08:01", device, before)
    said(life, "day 1 14:00", device, use)
    life.until("day 1 21:59")
    assert life.engine.incidents == []
    life.until("day 1 22:01")
    assert life.incident.kind is IncidentKind.INACTIVITY


@pytest.mark.parametrize(("device", "before", "use"), USES)
def test_a_use_ends_a_silence(device: str, before: bytes, use: bytes) -> None:
    life = Life(HOME, "day 1 08:00")
    said(life, "day 1 08:01", device, before)
    life.until("day 1 17:00")
    assert life.incident.kind is IncidentKind.INACTIVITY
    said(life, "day 1 17:30", device, use)
    assert "cleared" in changes(life.recent)


@pytest.mark.parametrize(("device", "before", "use"), USES)
def test_what_is_kept_or_repeated_is_no_use(device: str, before: bytes, use: bytes) -> None:
    life = Life(HOME, "day 1 08:00")
    said(life, "day 1 08:01", device, before)
    said(life, "day 1 12:00", device, use, retained=True)
    said(life, "day 1 14:00", device, before)
    life.until("day 1 16:30")
    assert life.incident.kind is IncidentKind.INACTIVITY
