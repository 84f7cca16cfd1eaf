"""What an open incident is about, said once more to somebody who was told of it."""

from __future__ import annotations

from datetime import datetime

from alerting.delivery import wording
from alerting.household import Household, IncidentKind, Responder, Way
from alerting.incident import Cause, Incident, Response
from alerting.orders import About, Tell


def again(
    incident: Incident, person: Responder, home: Household, channel: str, at: datetime
) -> str:
    """Return how it stands now, as `person` reads it (`sms`) or hears it (any other channel).

    Args:
        incident: an open one.
        person: who asks.
        home: whose incident it is.
        channel: how they are told.
        at: now.
    """
    others = {one.id: one.name for one in incident.policy.responders if one.id != person.id}
    tell = Tell(
        at=at,
        key="",
        incident=incident,
        responder=person,
        way=Way(channel),
        about=_about(incident, person),
        since=incident.opened_at,
        expires_at=at,
        nobody_since=incident.opened_at,
        who=others.get(incident.responder, ""),
    )
    return wording.text(tell, home)


def _about(incident: Incident, person: Responder) -> About:
    is_other = incident.responder not in ("", person.id)
    match incident.response:
        case Response.ON_SCENE:
            return About.ARRIVED if is_other else About.STILL_THERE
        case Response.CLAIMED if is_other:
            return About.COMING
    if incident.kind is IncidentKind.INACTIVITY and incident.cause is Cause.CLEARED:
        return About.CONFIRM
    has_gone_on = incident.step > incident.base + 1 and incident.response is not Response.CLAIMED
    return About.ESCALATED if has_gone_on else About.ALARM
