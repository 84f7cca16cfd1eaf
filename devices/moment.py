"""A device's own time: taken when it is plausible, left out when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

AHEAD_MAX = timedelta(minutes=10)
"""A device's clock may run this far before ours."""
BEHIND_MAX = timedelta(days=7)
"""A message may have waited this long at a device or a broker."""
UNIX_MS_MAX = 253_402_214_400_000
"""The last day of the year 9999: later is no time at all."""

_AHEAD_MS = AHEAD_MAX // timedelta(milliseconds=1)
_BEHIND_MS = BEHIND_MAX // timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def plausible(measured_at: datetime, at: datetime) -> bool:
    """Tell whether a device can have meant `measured_at` (aware) when we learned it at `at`."""
    return -BEHIND_MAX <= measured_at - at <= AHEAD_MAX


def from_ms(unix_ms: int, at: datetime) -> datetime | None:
    """Return a device's time in Unix milliseconds as aware UTC, or None if implausible at `at`."""
    ahead_ms = unix_ms - at.timestamp() * 1000
    if -_BEHIND_MS <= ahead_ms <= _AHEAD_MS:
        return datetime.fromtimestamp(unix_ms / 1000, UTC)
    return None


def to_ms(moment: datetime) -> int:
    """Return an aware time in whole Unix milliseconds, as `from_ms` reads it."""
    return (moment - _EPOCH) // _MS


def implausible(said: object) -> str:
    """Return what to tell a technician about a device time that was left out."""
    return f"device time {said} is implausible"
