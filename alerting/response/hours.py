"""Quiet hours, when a policy lets people sleep; and days on which somebody is away."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from alerting.household import Policy, Responder
from alerting.incident import Urgency


def allowed(policy: Policy, urgency: Urgency, zone: tzinfo, at: datetime) -> datetime:
    """Return `at`, or the end of the quiet hours it falls into (never for high urgency).

    The hours are local: across a change to summer time they keep their wall clock.
    """
    if policy.quiet is None or urgency is Urgency.HIGH:
        return at
    begin, end = (time.fromisoformat(text) for text in policy.quiet)
    if begin == end:
        return at
    local = at.astimezone(zone)
    now = local.time().replace(tzinfo=None, fold=0)
    is_quiet = begin <= now < end if begin < end else now >= begin or now < end
    if not is_quiet:
        return at
    day = local.date() + timedelta(days=1 if now >= end else 0)
    # around a clock change the end may seem to lie before `at`
    return max(datetime.combine(day, end, zone).astimezone(UTC), at)


def is_away(person: Responder, zone: tzinfo, at: datetime) -> bool:
    """Return whether `at` falls on one of the local dates on which the person is away."""
    today = at.astimezone(zone).date().isoformat()
    return any(first <= today <= last for first, last in person.away)
