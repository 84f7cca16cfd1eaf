"""Open incidents that wait for an answer."""

from __future__ import annotations

from alerting.household import IncidentKind
from alerting.incident import Incident, Urgency
from alerting.words import Words
from tests.builders import LADDER, at


def incident(number: int, home: str = "h1", code: str = "A1001") -> Incident:
    """Return incident `number` of `home`, which messages call `code`."""
    return Incident(
        id=f"{home}-{number:04}",
        household=home,
        kind=IncidentKind.EMERGENCY,
        urgency=Urgency.HIGH,
        opened_at=at("day 1 09:00"),
        reason=Words("按呼救", "help button pressed"),
        policy=LADDER,
        subjects=("panel",),
        due_at=at("day 1 09:01"),
        code=code,
    )
