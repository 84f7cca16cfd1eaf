"""What one resident usually has, for the words of a finding: never a reason to find one.

Taken from readings within the resident's limits: what is found must not become usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from devices.observation import Quantity, Reading

EVERY = timedelta(hours=1)
HOURS_MAX = 168
"""The slow mean of one reading an hour, a week deep."""
HOURS_MIN = 24
"""It is told from so many hours on."""


class Usual(msgspec.Struct, frozen=True, gc=False):
    """The mean of one quantity of one resident, in its unit."""

    value: float
    hours: int
    at: datetime
    """When the last reading was taken in."""


def noted(
    known: dict[str, Usual], resident: str, reading: Reading, moment: datetime
) -> dict[str, Usual]:
    """Return what is usual (by `resident/quantity`) after a reading taken at `moment`."""
    key = f"{resident}/{reading.quantity}"
    before = known.get(key)
    if before is None:
        return {**known, key: Usual(reading.value, 1, moment)}
    if moment - before.at < EVERY:
        return known
    hours = min(before.hours + 1, HOURS_MAX)
    value = round(before.value + (reading.value - before.value) / hours, 2)
    return {**known, key: Usual(value, hours, moment)}


def usually(known: Mapping[str, Usual], resident: str, quantity: Quantity) -> float | None:
    """Return what is usual; None: too little is known."""
    usual = known.get(f"{resident}/{quantity}")
    return usual.value if usual is not None and usual.hours >= HOURS_MIN else None
