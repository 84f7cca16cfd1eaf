"""How much of each day a home was really watched.

Blind is the time in which nothing could have been noticed: the gateway heard nothing
(`Resumed`), or every device that sees the home was missing (supervision says so, and since
when). Both are counted once where they overlap. Data a wearable sent and that never came is
kept beside it: the home was seen all the same.

Pure and replayable: what happened goes in, the account comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from alerting.detection import troubles
from alerting.detection.home import seeing
from alerting.events import Finding, Lost, Resumed
from alerting.household import Household

DAYS_KEPT = 35


class Day(msgspec.Struct, frozen=True, gc=False):
    """What was missed on one local day, in seconds."""

    date: date
    deaf: float = 0.0
    """The gateway heard nothing."""
    blind: float = 0.0
    """It listened, but nothing that sees the home spoke."""
    worn: float = 0.0
    """What wearables sent and we never got."""


class Coverage(msgspec.Struct, frozen=True, gc=False):
    """The account of one home."""

    since: datetime
    """When it begins."""
    until: datetime
    """Deaf and blind time before this is settled."""
    blind_since: datetime | None = None
    """Since when nothing has seen the home; None: something does."""
    days: tuple[Day, ...] = ()
    """The days on which something was missed, oldest first."""


class Report(msgspec.Struct, frozen=True, gc=False):
    """One day of the account, complete or so far; lengths in seconds."""

    date: date
    watched: float
    """How long the day was, or has been, since the account began."""
    deaf: float
    blind: float
    worn: float
    is_seen: bool
    """There is a device through which the home is seen at all."""

    @property
    def share(self) -> float:
        """The part of the day in which something could have been noticed, 0 to 1."""
        if not self.watched or not self.is_seen:
            return 0.0
        return max(0.0, 1 - (self.deaf + self.blind) / self.watched)


def begin(at: datetime) -> Coverage:
    """Return an account in which nothing was missed yet."""
    return Coverage(at, at)


def resumed(account: Coverage, home: Household, event: Resumed) -> Coverage:
    """Count the time in which the gateway heard nothing."""
    if event.deaf_since is None:
        return account
    begins = max(event.deaf_since, account.until)
    if begins >= event.at:
        return account
    account = _settled(account, home, begins)
    days = _added(account.days, home, begins, event.at, "deaf")
    still = None if account.blind_since is None else event.at
    return Coverage(account.since, event.at, still, days)


def found(account: Coverage, home: Household, findings: Iterable[Finding]) -> Coverage:
    """Take note of what supervision says: the home is not seen any more, or is again."""
    for finding in findings:
        if finding.detector != troubles.DETECTOR or finding.subject != home.id:
            continue
        if not finding.active:
            account = _settled(account, home, finding.at)
            account = Coverage(account.since, account.until, None, account.days)
        elif account.blind_since is None:
            unseen = float(str(finding.evidence.get(troubles.UNSEEN, 0)))
            since = max(finding.at - timedelta(minutes=unseen), account.until)
            account = Coverage(account.since, account.until, since, account.days)
    return account


def lost(account: Coverage, home: Household, event: Lost) -> Coverage:
    """Count what a wearable sent and we never got."""
    today = event.at.astimezone(home.tz).date()
    days = _noted(account.days, today, "worn", event.seconds)
    return Coverage(account.since, account.until, account.blind_since, days)


def reports(
    account: Coverage,
    home: Household,
    now: datetime,
    days: int,
    deaf_since: datetime | None = None,
) -> tuple[Report, ...]:
    """Return the last `days` local days until `now`, newest first.

    `deaf_since`: since when the gateway hears nothing, if it still does not.
    """
    if deaf_since is not None:
        account = resumed(account, home, Resumed(at=now, deaf_since=deaf_since))
    account = _settled(account, home, now)
    missed = {day.date: day for day in account.days}
    first, today = account.since.astimezone(home.tz).date(), now.astimezone(home.tz).date()
    told = []
    for back in range(max(0, min(days, (today - first).days + 1))):
        one = today - timedelta(days=back)
        begins, ends = max(_midnight(home, one), account.since), _midnight(home, _next(one))
        watched = (min(ends, now) - begins).total_seconds()
        day = missed.get(one, Day(one))
        told.append(
            Report(one, max(0.0, watched), day.deaf, day.blind, day.worn, bool(seeing(home)))
        )
    return tuple(told)


def _settled(account: Coverage, home: Household, until: datetime) -> Coverage:
    """Count blind time up to `until`."""
    since = account.blind_since
    begins = account.until if since is None else max(since, account.until)
    if since is None or begins >= until:
        return account
    days = _added(account.days, home, begins, until, "blind")
    return Coverage(account.since, until, until, days)


def _added(
    days: tuple[Day, ...], home: Household, begins: datetime, ends: datetime, what: str
) -> tuple[Day, ...]:
    """Return the days with the time from `begins` to `ends`, each with its own share of it."""
    while begins < ends:
        today = begins.astimezone(home.tz).date()
        midnight = min(_midnight(home, _next(today)), ends)
        days = _noted(days, today, what, (midnight - begins).total_seconds())
        begins = midnight
    return days


def _noted(days: tuple[Day, ...], today: date, what: str, seconds: float) -> tuple[Day, ...]:
    known = {day.date: day for day in days}
    day = known.get(today, Day(today))
    known[today] = msgspec.structs.replace(day, **{what: getattr(day, what) + seconds})
    oldest = max(known) - timedelta(days=DAYS_KEPT)
    return tuple(known[one] for one in sorted(known) if one > oldest)


def _midnight(home: Household, day: date) -> datetime:
    return datetime.combine(day, time(), home.tz).astimezone(UTC)


def _next(day: date) -> date:
    return day + timedelta(days=1)
