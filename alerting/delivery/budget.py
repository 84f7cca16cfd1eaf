"""How much news one phone gets, whatever carries it: a person who gets too much reads none.

What each path may carry to a phone is in `alerting.delivery.quotas`. Alarms are never held
back here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.events import Purpose
from alerting.words import Words

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
NEWS_PER_HOUR_MAX = 12
PHONES_MAX = 5_000


class Budget:
    """Counts what went to each phone in the last day."""

    def __init__(self) -> None:
        self._sent: dict[str, list[datetime]] = {}

    def refusal(self, channel: str, phone: str, purpose: Purpose, at: datetime) -> Words | None:
        """Return why this message is kept back, or None if it may go."""
        if purpose is not Purpose.NEWS:
            return None
        times = self._recent(channel, phone, at)
        if sum(at - sent <= HOUR for sent in times) >= NEWS_PER_HOUR_MAX:
            return Words(
                "该号码一小时内的通知已经够多", "this phone had enough news within an hour"
            )
        return None

    def spend(self, channel: str, phone: str, at: datetime) -> None:
        """Count one message that went out."""
        times = self._recent(channel, phone, at)
        while len(self._sent) >= PHONES_MAX:
            self._sent.pop(next(iter(self._sent)))
        self._sent[f"{channel}/{phone}"] = [*times, at]

    def _recent(self, channel: str, phone: str, at: datetime) -> list[datetime]:
        sent = self._sent.pop(f"{channel}/{phone}", [])
        recent = [moment for moment in sent if at - moment < DAY]
        if recent:
            self._sent[f"{channel}/{phone}"] = recent
        return recent
