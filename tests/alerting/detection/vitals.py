"""Readings in one line, and a detector led through them with its own deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from alerting.detection.detector import Detector
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Device, Household, Role
from devices.observation import AnyObservation, Quantity, Reading
from tests.builders import at, household

WATCH = Device("watch", "native", Role.WEARABLE, "卧室")
METER = Device("meter", "native", Role.HEALTH, "卧室")
RADAR = Device("radar", "esphome", Role.PRESENCE, "卧室", topic="bed-01")
HOME = household(WATCH, METER, RADAR)


def read(
    moment: str | datetime,
    quantity: Quantity,
    value: float,
    device: str = "meter",
    **more: Any,
) -> Reading:
    when = at(moment) if isinstance(moment, str) else moment
    return Reading(when, device, quantity=quantity, value=float(value), **more)


def stream(
    begin: str,
    seconds: float,
    quantity: Quantity,
    value: float,
    device: str = "watch",
    every: float = 15,
) -> Iterator[Reading]:
    """Yield a reading each `every` seconds, over `seconds`."""
    moment, ends = at(begin), at(begin) + timedelta(seconds=seconds)
    while moment <= ends:
        yield read(moment, quantity, value, device)
        moment += timedelta(seconds=every)


def led(
    detector: Detector,
    events: Iterable[AnyObservation | PresenceSet | Tick],
    home: Household = HOME,
    state: Any = None,
) -> tuple[Any, list[Finding]]:
    """Return the state after the events and every deadline before them, and what was found."""
    state = detector.start(home, at("day 1 08:00")) if state is None else state
    findings: list[Finding] = []
    for event in events:
        while (due := detector.deadline(home, state)) is not None and due <= event.at:
            state, found = detector.step(home, state, Tick(due))
            findings += found
        state, found = detector.step(home, state, event)
        findings += found
    return state, findings
