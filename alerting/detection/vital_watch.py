"""Readings of one device beyond one limit: when they count, and what a time unheard leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.home import STILL_COMING
from alerting.detection.readings import CONTINUOUS, ROOM
from alerting.detection.vital_rules import (
    BY_NAME,
    FORGET,
    FORGET_FOUND,
    READINGS_MIN,
    STRAY,
    UNBROKEN,
    UNBROKEN_ROOM,
    Rule,
)
from alerting.household import Household, Role
from alerting.incident import Urgency
from devices.observation import Reading

ASK_AFTER = timedelta(seconds=90)
"""A wearable measures again by itself: the resident is asked when it has not by then."""


class Watch(msgspec.Struct, frozen=True, gc=False):
    """Readings of one device beyond one limit."""

    since: datetime
    """The first of them."""
    last: datetime
    run: datetime | None
    """Since when they follow each other without a break; None: not since we were deaf."""
    count: int
    in_run: int
    first: float
    worst: float
    is_found: bool = False
    """It was measured twice or for long enough."""
    told_at: datetime | None = None
    """When people were last told of it; None: they were not."""
    ask_at: datetime | None = None
    """When the resident is to be asked to measure again."""
    due: datetime | None = None
    """When one reading alone is told, unless it is repeated before."""
    well_since: datetime | None = None
    second: float | None = None
    """Of the first reading, the lower pressure."""


def begun(home: Household, rule: Rule, event: Reading, moment: datetime) -> Watch:
    """Return the watch after the first reading beyond the limit."""
    role = home.devices[event.device].role
    asks = role not in ROOM and rule.ask is not None
    if role in CONTINUOUS:
        asks = asks and rule.urgency is Urgency.HIGH
    ask_at = event.at + (ASK_AFTER if role in CONTINUOUS else timedelta())
    tells = role not in ROOM and rule.alone is not None
    return Watch(
        since=moment,
        last=moment,
        run=moment,
        count=1,
        in_run=1,
        first=event.value,
        worst=event.value,
        ask_at=ask_at if asks else None,
        due=event.at + rule.wait if tells else None,
        second=event.second,
    )


def more(home: Household, rule: Rule, watch: Watch, event: Reading, moment: datetime) -> Watch:
    """Return the watch after one more reading beyond the limit."""
    if moment - watch.last > (FORGET_FOUND if watch.is_found else FORGET):
        return change(begun(home, rule, event, moment), told_at=watch.told_at)
    gap = UNBROKEN_ROOM if home.devices[event.device].role in ROOM else UNBROKEN
    goes_on = watch.run is not None and moment - watch.last <= gap
    worse = max if rule.is_high else min
    return Watch(
        since=watch.since,
        last=moment,
        run=watch.run if goes_on else moment,
        count=watch.count + 1,
        in_run=watch.in_run + 1 if goes_on else 1,
        first=watch.first,
        worst=worse(watch.worst, event.value),
        is_found=watch.is_found,
        told_at=watch.told_at,
        ask_at=watch.ask_at,
        due=watch.due,
        second=watch.second,
    )


def is_enough(home: Household, rule: Rule, watch: Watch, device: str) -> bool:
    """Tell whether it was measured twice (by no radar), or for long enough without a break."""
    twice = watch.count > 1 and home.devices[device].role not in ROOM
    if twice and rule.apart is not None and watch.last - watch.since >= rule.apart * STRAY:
        return True
    return (
        watch.run is not None
        and watch.in_run >= READINGS_MIN
        and watch.last - watch.run >= rule.hold
    )


def resumed(watch: Watch, key: str, at: datetime, *, is_blink: bool) -> Watch:
    """Return the watch after a time unheard: nothing went on unbroken, nobody failed to measure.

    After a moment only, everything goes on: the broker kept what was sent, and a line that
    breaks every few minutes would put off for ever that nobody measured again.
    """
    if is_blink:
        soon = at + STILL_COMING
        return change(
            watch,
            ask_at=None if watch.ask_at is None else max(watch.ask_at, soon),
            due=None if watch.due is None else max(watch.due, soon),
        )
    return change(
        watch,
        run=None,
        in_run=0,
        well_since=None,
        ask_at=None if watch.ask_at is None else at + ASK_AFTER,
        due=None if watch.due is None else at + BY_NAME[rule_of(key)].wait,
    )


def agreeing(
    home: Household, watches: dict[str, Watch], key: str, rule: Rule
) -> tuple[str, Watch] | None:
    """Return what another device showed of the same resident, early enough to be the first of two.

    A watch and an oximeter, each with one reading: measured twice. A radar or mattress, which
    measures whoever is there, is no witness.
    """
    device, last = device_of(key), watches[key].last
    who = home.measured_by(device).name
    if rule.apart is None or home.devices[device].role in ROOM:
        return None
    for other, watch in watches.items():
        id = device_of(other)
        if id == device or rule_of(other) != rule.name or home.devices[id].role in ROOM:
            continue
        is_recent = last - watch.last <= FORGET and last - watch.since >= rule.apart * STRAY
        if is_recent and home.measured_by(id).name == who:
            return other, watch
    return None


def refuted(
    home: Household, watches: dict[str, Watch], event: Reading, rule: Rule, moment: datetime
) -> list[str]:
    """Return the watches of other devices that a reading within the limit ends: it was repeated.

    What a person measured with care says more than a wearable; the other way round it does not.
    Nobody was told of them yet. `moment`: when the reading was taken.
    """
    role = home.devices[event.device].role
    if role in ROOM:
        return []
    who = home.measured_by(event.device).name
    return [
        key
        for key, watch in watches.items()
        if rule_of(key) == rule.name
        and device_of(key) != event.device
        and not watch.is_found
        and watch.told_at is None
        and watch.last <= moment
        and home.devices[device_of(key)].role in (Role.WEARABLE, role)
        and home.measured_by(device_of(key)).name == who
    ]


def change(watch: Watch, **fields: object) -> Watch:
    """Return the watch with other values."""
    return msgspec.structs.replace(watch, **fields)


def device_of(key: str) -> str:
    """Return the device of a key `device/rule`."""
    return key.rpartition("/")[0]


def rule_of(key: str) -> str:
    """Return the name of the rule of a key `device/rule`."""
    return key.rpartition("/")[2]
