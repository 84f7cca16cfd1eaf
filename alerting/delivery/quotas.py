"""How much each path may carry to one phone, or at all, and what is kept for real alarms.

A limit that is hard is the provider's own: what exceeds it would be refused. The others
keep us out of trouble (a day's delay to the mainland, a number taken for spam, a SIM that is
blocked): an alarm takes another path while one has room, and goes all the same if none has.
Sources are in docs/delivery.md.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alerting.delivery import capabilities
from alerting.delivery.capabilities import BY_PHONE, SMS, VOICE, Place
from alerting.events import Purpose
from alerting.words import Words

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
MINUTE_SECONDS = 60
MAINLAND_PER_DAY_MAX = 4
MAINLAND_KEPT_FOR_ALARMS = 2
PHONES_MAX = 5_000
TIMES_MAX = 1_000
"""Of one phone, or one path, as many moments are remembered at most."""


class Limit(msgspec.Struct, frozen=True, gc=False):
    """So many messages in so long a time."""

    seconds: float
    most: int
    kept: int = 0
    """Of these, how many only alarms and reminders may use."""
    is_hard: bool = False
    """The provider itself refuses what is more."""


_ALIYUN_VOICE = (
    Limit(MINUTE_SECONDS, 1, is_hard=True),
    Limit(HOUR_SECONDS, 5, kept=1, is_hard=True),
    Limit(DAY_SECONDS, 20, kept=5, is_hard=True),
)
_TENCENT_VOICE = (Limit(30, 1), Limit(600, 2, kept=1), Limit(DAY_SECONDS, 5, kept=2))
_SPAM_VOICE = (Limit(MINUTE_SECONDS, 1), Limit(900, 3), Limit(HOUR_SECONDS, 7))

PER_PHONE: Mapping[tuple[str, str, Place], tuple[Limit, ...]] = {
    ("twilio", SMS, Place.MAINLAND_MOBILE): (
        Limit(DAY_SECONDS, MAINLAND_PER_DAY_MAX, MAINLAND_KEPT_FOR_ALARMS),
    ),
    ("twilio", VOICE, Place.ABROAD): _SPAM_VOICE,
    ("aliyun", SMS, Place.MAINLAND_MOBILE): (Limit(DAY_SECONDS, 50, kept=10, is_hard=True),),
    ("aliyun", VOICE, Place.MAINLAND_MOBILE): _ALIYUN_VOICE,
    ("aliyun", VOICE, Place.MAINLAND_LANDLINE): _ALIYUN_VOICE,
    ("tencent", SMS, Place.MAINLAND_MOBILE): (Limit(DAY_SECONDS, 10, kept=4),),
    ("tencent", VOICE, Place.MAINLAND_MOBILE): _TENCENT_VOICE,
    ("tencent", VOICE, Place.MAINLAND_LANDLINE): _TENCENT_VOICE,
}
"""What one phone may get by one path. Tencent's are its defaults and can be raised in its console,
so that they are not hard here."""


class Quotas:
    """Counts what went by each path."""

    def __init__(self, in_all: Mapping[tuple[str, str], tuple[Limit, ...]] | None = None) -> None:
        """Begin with nothing sent.

        Args:
            in_all: by path and channel, how much it may carry to all phones together.
        """
        self._in_all = dict(in_all or {})
        self._sent: OrderedDict[tuple[str, str, str], list[datetime]] = OrderedDict()
        self._full: OrderedDict[tuple[str, str, str], datetime] = OrderedDict()
        """Until when the provider said that a phone has had enough."""

    def has_room(self, path: str, channel: str, phone: str, purpose: Purpose, at: datetime) -> bool:
        """Return whether a message of this purpose fits into every limit."""
        if self._full.get((path, channel, phone), at) > at:
            return False
        is_real = purpose in (Purpose.ALARM, Purpose.REMINDER)
        return all(
            self._count(key, limit, at) < limit.most - (0 if is_real else limit.kept)
            for key, limit in self._limits(path, channel, phone)
        )

    def free_at(self, path: str, channel: str, phone: str, at: datetime) -> datetime | None:
        """Return until when the provider itself would refuse an alarm; None: it would not."""
        waits = [
            self._sent[key][-limit.most] + timedelta(seconds=limit.seconds)
            for key, limit in self._limits(path, channel, phone)
            if limit.is_hard and self._count(key, limit, at) >= limit.most
        ]
        if (full := self._full.get((path, channel, phone), at)) > at:
            waits.append(full)
        return max(waits, default=None)

    def spend(self, path: str, channel: str, phone: str, at: datetime) -> None:
        """Count a message that goes out now."""
        for key in dict.fromkeys(key for key, _ in self._limits(path, channel, phone)):
            times = self._sent.setdefault(key, [])
            insort(times, at)  # clocks of an earlier life may have been ahead
            del times[:-TIMES_MAX]
            self._sent.move_to_end(key)
        while len(self._sent) > PHONES_MAX:
            self._sent.popitem(last=False)

    def refund(self, path: str, channel: str, phone: str, at: datetime) -> None:
        """Take back what was counted at `at`: it was not taken."""
        for key in dict.fromkeys(key for key, _ in self._limits(path, channel, phone)):
            times = self._sent.get(key, [])
            if at in times:
                times.remove(at)

    def refused(self, path: str, channel: str, phone: str, at: datetime, seconds: float) -> None:
        """Take back what was counted at `at`; and believe the provider that it was enough.

        Args:
            path: who refused it.
            channel: of the message.
            phone: whose.
            at: when it was counted.
            seconds: for how long the phone has had enough by this path; 0: it is not that.
        """
        self.refund(path, channel, phone, at)
        if seconds > 0:
            self._full[path, channel, phone] = at + timedelta(seconds=seconds)
            self._full.move_to_end((path, channel, phone))
            while len(self._full) > PHONES_MAX:
                self._full.popitem(last=False)

    def left(self, path: str, at: datetime) -> dict[str, tuple[int, int]]:
        """Return of `path`, by channel, how many it may still carry now and of how many."""
        found = {}
        for (name, channel), limits in self._in_all.items():
            if name == path:
                rests = [
                    (max(0, one.most - self._count((path, channel, ""), one, at)), one.most)
                    for one in limits
                ]
                found[channel] = min(rests)
        return found

    def _limits(
        self, path: str, channel: str, phone: str
    ) -> Sequence[tuple[tuple[str, str, str], Limit]]:
        if channel not in BY_PHONE or not capabilities.is_phone(phone):
            return ()
        its = PER_PHONE.get((path, channel, capabilities.place(phone)), ())
        shared = self._in_all.get((path, channel), ())
        own = [((path, channel, phone), limit) for limit in its]
        return own + [((path, channel, ""), limit) for limit in shared]

    def _count(self, key: tuple[str, str, str], limit: Limit, at: datetime) -> int:
        times = self._sent.get(key)
        if not times:
            return 0
        return len(times) - bisect_right(times, at - timedelta(seconds=limit.seconds))


def no_room() -> Words:
    """Return why news is kept back."""
    return Words(
        "各通道给该号码的条数已近上限，其余留给报警",
        "what each path may carry to this number is nearly used up: the rest is kept for alarms",
    )
