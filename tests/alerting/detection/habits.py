"""An invented person with habits, to be learned: rooms by the clock, out at ten, in at twelve."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerting.household import Device, Household, Role
from devices.observation import AnyObservation, Bed, Contact, Motion
from tests.builders import DOOR, at, hours, household

ROOMS = {"bath": "卫生间", "kitchen": "厨房", "living": "客厅", "bedroom": "卧室"}
PIRS = tuple(
    Device(id, "native", Role.MOTION, room, heartbeat=hours(900)) for id, room in ROOMS.items()
)
BED = Device("bed", "native", Role.BED, "卧室", heartbeat=hours(900))
HOME: Household = household(*PIRS, BED, DOOR)

# minute of the day, what is seen
_DAY: tuple[tuple[int, str], ...] = (
    *((minute, "living") for minute in range(450, 600, 10)),
    *((minute, "kitchen") for minute in range(410, 450, 10)),
    *((minute, "kitchen") for minute in range(725, 790, 10)),
    *((minute, "living") for minute in range(795, 1080, 12)),
    *((minute, "kitchen") for minute in range(1080, 1140, 10)),
    *((minute, "living") for minute in range(1140, 1305, 13)),
    (400, "bath"),
    (1310, "bath"),
    (1318, "bedroom"),
    (150, "bath"),
)


def day(begins: datetime, number: int, goes_out: bool = True) -> Iterator[AnyObservation]:
    """Yield one day in order, shifted by a few minutes that depend on `number`."""
    shift = timedelta(minutes=number * 7 % 11 - 5)
    found: list[AnyObservation] = [
        Motion(begins + timedelta(minutes=minute) + shift, id) for minute, id in _DAY
    ]
    for minute, occupied in ((1320, True), (148, False), (156, True), (395, False)):
        found.append(Bed(begins + timedelta(minutes=minute) + shift, "bed", occupied=occupied))
    if goes_out:
        for minute in (600, 720):
            for seconds, is_open in ((0, True), (8, False)):
                when = begins + timedelta(minutes=minute, seconds=seconds) + shift
                found.append(Contact(when, "door", is_open=is_open))
    yield from sorted(found, key=lambda one: one.at)


def days(number: int, first: int = 1) -> Iterator[AnyObservation]:
    """Yield so many days from the beginning of day `first` (builders' days)."""
    for index in range(first, first + number):
        yield from day(at(f"day {index} 00:00"), index)
