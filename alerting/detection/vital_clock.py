"""Does a device's clock lag behind? What it measures now then claims a past that is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from devices.observation import Reading

BEHIND = timedelta(minutes=10)
"""Less is a reading that took a while to come."""
STEADY = timedelta(seconds=5)
"""By so much the lag of a clock that goes may seem to change; what was kept comes with lags
that shrink from one to the next."""
APART = timedelta(seconds=5)
"""Readings nearer than this came together: they say the same of the clock."""
TIMES = 3


class Lag(msgspec.Struct, frozen=True, gc=False):
    """Readings in a row that were steadily behind."""

    behind: timedelta
    at: datetime
    """When the last of them came."""
    count: int = 1


def lagged(lag: Lag | None, event: Reading) -> Lag | None:
    """Return the lag after a reading; None: its clock is right, as far as it says."""
    if event.measured_at is None:
        return lag
    behind = event.at - event.measured_at
    if behind < BEHIND:
        return None
    if lag is not None and event.at - lag.at < APART:
        return lag
    is_steady = lag is not None and abs(behind - lag.behind) <= STEADY
    return Lag(behind, event.at, min(lag.count + 1, TIMES) if lag and is_steady else 1)


def is_behind(lag: Lag | None) -> bool:
    """Tell whether the clock is behind: for several readings, steadily."""
    return lag is not None and lag.count >= TIMES
