"""`[elder]`, `[drills]`, `[deadman]`: the elder's calls, and proof that all works.

Annotations here are evaluated (no `__future__` import), as in `sections`.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from alerting.household import Asking, Calls
from gateway.config.values import Name, ProviderUrl, Text, TimeOfDay

ASKS_MIN, FALL_ASKS_MAX = timedelta(seconds=10), timedelta(seconds=60)
SILENCE_ASKS_MAX = timedelta(minutes=3)
PING_MIN, PING_MAX = timedelta(seconds=30), timedelta(hours=1)
SILENT_MIN = timedelta(minutes=2)
URLS_MAX = 5
TOKEN_CHARACTERS_MIN = 16


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """Return it as `datetime.weekday` does: Monday is 0."""
        return list(Weekday).index(self)


@dataclass(frozen=True, kw_only=True)
class ElderSection:
    """`[elder]`."""

    ask_after_fall: timedelta = timedelta(seconds=25)
    ask_after_silence: timedelta = timedelta(seconds=60)
    calls: Calls = Calls.INSTEAD
    call_back: bool = True

    def asking(self) -> Asking:
        """Return it as the engines know it."""
        return Asking(self.ask_after_fall, self.ask_after_silence, self.calls, self.call_back)


@dataclass(frozen=True, kw_only=True)
class DrillsSection:
    """`[drills]`: without the table there are none."""

    weekday: Weekday = Weekday.WEDNESDAY
    at: TimeOfDay = "10:00"


@dataclass(frozen=True, kw_only=True)
class WatchSection:
    """One entry of `watch`: another gateway that pings this one."""

    id: Name
    name: Text
    token: str = field(repr=False)
    silent_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class DeadmanSection:
    """`[deadman]`."""

    urls: tuple[ProviderUrl, ...] = field(default=(), repr=False)
    every: timedelta = timedelta(minutes=1)
    watch: tuple[WatchSection, ...] = ()
