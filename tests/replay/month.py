"""A month of an invented home: only shape and volume matter here, not how people live."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from alerting.household import Device, Household, Role
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Contact,
    HelpCall,
    Motion,
    Presence,
    Used,
)
from tests.builders import DOOR, PANEL, SMOKE, SOS, at, every, hours, household

ROOMS = ("客厅", "厨房", "卧室", "卫生间", "过道", "书房")
PIRS = tuple(
    Device(f"pir-{index}", "z2m-motion", Role.MOTION, room, heartbeat=hours(2))
    for index, room in enumerate(ROOMS)
)
RADAR = Device("radar", "z2m-presence", Role.PRESENCE, "卧室", heartbeat=hours(2))
BED = Device("bed", "native", Role.BED, "卧室", heartbeat=hours(2))
KETTLE = Device("kettle", "native", Role.ITEM, "厨房", heartbeat=hours(25))
HOME: Household = household(PANEL, SOS, DOOR, SMOKE, RADAR, BED, KETTLE, *PIRS)

EVERY = timedelta(seconds=5.18)
"""About 500,000 observations in thirty days."""


def life(days: int, seed: int) -> Iterator[AnyObservation]:
    """Yield what the home says, in order; somebody presses now and then."""
    rng = random.Random(seed)
    begins = at("day 1 08:00")
    talkers = [*PIRS, RADAR, BED, KETTLE, DOOR, PANEL, SOS, SMOKE]
    for number, moment in enumerate(every(begins, begins + timedelta(days=days), EVERY)):
        device = talkers[number % len(talkers)]
        is_asleep = (moment.hour + 8) % 24 < 6
        draw = rng.random()
        if draw < 0.000004:
            yield HelpCall(moment, PANEL.id, id=f"boot:{number}")
        elif is_asleep or draw < 0.55:
            yield Alive(moment, device.id, battery_percent=90)
        elif device.role is Role.MOTION:
            yield Motion(moment, device.id)
        elif device.role is Role.PRESENCE:
            yield Presence(moment, device.id, present=draw < 0.8)
        elif device.role is Role.BED:
            yield Bed(moment, device.id, occupied=draw < 0.6)
        elif device.role is Role.ENTRANCE and draw > 0.97:
            yield Contact(moment, device.id, is_open=draw > 0.985)
        elif device.role is Role.ITEM:
            yield Used(moment, device.id)
        else:
            yield Alive(moment, device.id, signal_dbm=-60)
