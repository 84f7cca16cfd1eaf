"""The village of the simulators, lived through without waiting: nobody falls, nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alerting.household import Device, Household, Role
from devices.observation import AnyObservation, Bed, Contact, Motion, Presence, Used
from simulators.config import Home, load
from simulators.village.habits import Body, after, day
from simulators.village.personas import persona
from simulators.village.senses import Noticed, Sign, noticed
from tests.builders import hours, household

DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"
ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 3, 2)
BEGINS = datetime(2026, 3, 2, tzinfo=ZONE).astimezone(UTC)


def homes() -> tuple[Home, ...]:
    """Return the homes of `gateway/demo.toml`."""
    return tuple(load(DEMO).homes)


def gateways(home: Home) -> Household:
    """Return the household as the gateway knows it."""
    return household(
        *(
            Device(one.id, one.profile, Role(one.role), one.room, heartbeat=hours(24 * 60))
            for one in home.devices
        )
    )


def lived(home: Home, days: int, seed: str) -> Iterator[AnyObservation]:
    """Yield what the sensors of a home notice in so many ordinary days, in order."""
    people = [persona(home, resident) for resident in home.residents]
    doings = sorted(
        (
            (doing.at, number, doing)
            for number, one in enumerate(people)
            for ahead in range(days)
            for doing in day(one, ZONE, FIRST + timedelta(days=ahead), f"{seed}/{home.id}/{number}")
        ),
        key=lambda known: known[:2],
    )
    bodies = [Body() for _ in people]
    seen: list[AnyObservation] = []
    for moment, number, doing in doings:
        bodies[number] = after(bodies[number], doing)
        for one in noticed(home, doing, tuple(bodies)):
            at = (moment + timedelta(seconds=one.after_seconds)).astimezone(UTC)
            seen.append(observation(at, one))
    yield from sorted(seen, key=lambda one: one.at)


def observation(at: datetime, one: Noticed) -> AnyObservation:
    """Return what a device says of a sign."""
    match one.sign:
        case Sign.MOTION:
            return Motion(at, one.device)
        case Sign.PRESENT | Sign.ABSENT:
            return Presence(at, one.device, present=one.sign is Sign.PRESENT)
        case Sign.OPEN | Sign.CLOSED:
            return Contact(at, one.device, is_open=one.sign is Sign.OPEN)
        case Sign.OCCUPIED | Sign.EMPTY:
            return Bed(at, one.device, occupied=one.sign is Sign.OCCUPIED)
        case _:
            return Used(at, one.device)
