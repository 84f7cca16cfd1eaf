"""What each detector costs for each event it hears, in an ordinary home and on one core."""

from __future__ import annotations

import gc
import heapq
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from alerting.detection import DETECTORS
from alerting.detection.detector import Detector
from alerting.detection.inactivity import InactivityDetector
from alerting.events import Tick
from alerting.household import Device, Household, Role
from benchmarks.world import percentile
from devices.observation import (
    AnyObservation,
    Climate,
    FallState,
    Hazard,
    HazardKind,
    HelpCall,
    Quantity,
    Reading,
)
from devices.profiles.native import NATIVE
from tests import waves
from tests.alerting.detection import habits
from tests.builders import at, every, hours, household
from tests.replay import month

DAYS, QUIET_DAYS = 10, 120
KNOWN_DAYS = 7
"""Only what comes after these is timed: by then the person is known."""

CUFF = Device("cuff", "native", Role.HEALTH, "卧室", heartbeat=hours(25))
ROOM = Device("room", "native", Role.CLIMATE, "客厅", heartbeat=hours(25))
WATCH = Device("watch", "native", Role.WEARABLE, "", heartbeat=hours(25))
HOME: Household = household(*month.HOME.devices.values(), CUFF, ROOM, WATCH)
MEASURED = (
    (Quantity.BLOOD_PRESSURE, 128.0, 78.0),
    (Quantity.HEART_RATE, 68.0, None),
    (Quantity.SPO2, 97.0, None),
    (Quantity.TEMPERATURE, 36.5, None),
)


def life() -> Iterator[AnyObservation]:
    """Yield what the home says in order: as in a month, and what is measured and worn besides."""
    begins = at("day 1 08:00")
    ends = begins + timedelta(days=DAYS)
    rooms = (
        Climate(moment, "room", 21.0 + number % 5 / 10)
        for number, moment in enumerate(every(begins, ends, timedelta(minutes=10)))
    )
    readings = (
        Reading(moment + timedelta(seconds=index), "cuff", quantity=what, value=value, second=low)
        for moment in every(begins, ends, timedelta(hours=6))
        for index, (what, value, low) in enumerate(MEASURED)
    )
    knock = waves.knock(begins)
    knocks = (
        msgspec.structs.replace(knock, at=moment, measured_at=moment, id=f"b1:{number}")
        for number, moment in enumerate(every(begins, ends, timedelta(hours=4)))
    )
    calls = (
        HelpCall(moment, "panel", id=f"b1:{number}")
        for number, moment in enumerate(every(begins, ends, timedelta(hours=8)))
    )
    leaks = (
        Hazard(moment, "smoke", hazard=HazardKind.SMOKE, on=number % 2 == 0)
        for number, moment in enumerate(every(begins, ends, timedelta(hours=8)))
    )
    told = (
        FallState(moment, "radar", on=number % 2 == 0)
        for number, moment in enumerate(every(begins, ends, timedelta(hours=8)))
    )
    streams = (month.life(DAYS, seed=7), rooms, readings, knocks, calls, leaks, told)
    return heapq.merge(*streams, key=lambda one: one.at)


def run() -> str:
    """Lead every detector through the same days, inactivity through quiet ones too; a table."""
    events = list(life())
    known = at("day 1 08:00") + timedelta(days=KNOWN_DAYS)
    decoded = _decoded(events)
    lines = [
        f"detectors, {DAYS - KNOWN_DAYS} days of {len(HOME.devices)} devices, ticks included; "
        f"decoding one message takes {decoded:.1f} us",
        f"  {'':<14}  events  mean us   p99 us   max us  x decoding",
    ]
    total = 0.0
    for detector in DETECTORS:
        mine = [event for event in events if isinstance(event, detector.consumes)]
        spent = _spent(detector, HOME, mine, known)
        if not spent:
            lines.append(f"  {detector.name:<14}  {0:>6}")
            continue
        mean = sum(spent) / len(spent)
        total += sum(spent)
        limit = " (limit 20)" if detector.name == "inactivity" else ""
        lines.append(
            f"  {detector.name:<14}  {len(spent):>6}  {mean:>7.2f}  {percentile(spent, 0.99):>7.1f}"
            f"  {max(spent):>7.0f}  {mean / decoded:>6.2f}{limit}"
        )
    heard = sum(event.at >= known for event in events)
    lines.append(
        f"  all of them: {total / heard:.1f} us for each of {heard:,} messages, "
        f"{total / heard / decoded:.1f} x decoding it"
    )
    silent = list(habits.days(QUIET_DAYS))
    spent = _spent(InactivityDetector(), habits.HOME, silent, silent[len(silent) // 2].at)
    mean = sum(spent) / len(spent)
    lines.append(
        f"  inactivity in a quiet home of {len(silent) // QUIET_DAYS} words a day: {mean:.1f} us "
        f"(p99 {percentile(spent, 0.99):.1f}), {mean / decoded:.1f} x decoding (limit 20 us)"
    )
    return "\n".join(lines)


def _decoded(events: Sequence[AnyObservation]) -> float:
    """Return how many microseconds it takes to decode one message of the native protocol."""
    wires = []
    for event in events[:20_000]:
        try:
            wires.append((event.device, NATIVE.encode(event)))
        except TypeError:  # the wearable's knocks are no messages
            continue
    begins = time.perf_counter()
    for device, wire in wires:
        NATIVE.decode(device, wire)
    return (time.perf_counter() - begins) / len(wires) * 1e6


def _spent(
    detector: Detector, home: Household, events: Sequence[AnyObservation], known: datetime
) -> list[float]:
    """Return the microseconds of each step, sorted; what the clock itself takes is left out."""
    clock = time.perf_counter_ns
    bare = min(-(clock() - clock()) for _ in range(10_000))
    state = detector.start(home, events[0].at if events else known)
    spent: list[float] = []
    gc.collect()
    for event in events:
        begins = clock()
        while (due := detector.deadline(home, state)) is not None and due <= event.at:
            state, _ = detector.step(home, state, Tick(due))
        state, _ = detector.step(home, state, event)
        took = clock() - begins
        if event.at >= known:
            spent.append((took - bare) / 1000.0)
    return sorted(spent)
