"""Is somebody visiting? Two rooms see movement at once, again and again.

One person walks from room to room, but not to and fro within seconds. While somebody
visits, and for half an hour after, nothing is learned of the resident: it is not how they
live alone. Where it is like that on most days, two people live there, and it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.household import Household
from devices.observation import AnyObservation

AT_ONCE = timedelta(seconds=4)
HOPS = 6
"""To and fro so often, each time within `AT_ONCE`: no one person."""
LASTS = timedelta(minutes=30)
VISITS_USUAL = 40.0
"""With so many (a fortieth is forgotten every day) it is no visit, but a household of two."""


class Company(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who else may be there."""

    hops: int = 0
    until: datetime | None = None
    visits: float = 0.0
    """Visits known, each day old ones counting less."""
    day: int = 0
    """The day of the last one, since year 1."""


def moved_about(
    home: Household, company: Company, where: str, event: AnyObservation, after: timedelta
) -> Company:
    """Return who is there when `event` came `after` a movement at the place `where`."""
    if after > AT_ONCE:
        return Company(0, company.until, company.visits, company.day) if company.hops else company
    before = home.devices.get(where.removesuffix("+"))
    now = home.devices[event.device]
    if before is None or not now.room or before.room == now.room:
        return company
    hops = company.hops + 1
    if hops < HOPS:
        return Company(hops, company.until, company.visits, company.day)
    is_new = company.until is None or event.at >= company.until
    day = event.at.toordinal()
    fading = (1 - 1 / VISITS_USUAL) ** max(0, day - company.day) if company.day else 1.0
    visits = round(company.visits * fading + 1, 3) if is_new else company.visits
    return Company(0, event.at + LASTS, visits, day)


def is_company(company: Company, at: datetime) -> bool:
    """Return True while somebody visits who usually is not there."""
    return company.until is not None and at < company.until and company.visits < VISITS_USUAL
