"""What things are called on the page: English here, Chinese in the catalogue."""

from __future__ import annotations

from alerting.events import PresenceState
from alerting.household import IncidentKind
from alerting.incident import Cause, Outcome, Response, Urgency
from gateway.i18n import noted as _

KINDS = {
    IncidentKind.EMERGENCY: _("Call for help"),
    IncidentKind.FALL: _("Fall"),
    IncidentKind.INACTIVITY: _("No activity"),
    IncidentKind.HEALTH: _("Health"),
    IncidentKind.SAFETY: _("Hazard in the home"),
    IncidentKind.TECHNICAL: _("Equipment"),
    IncidentKind.SERVICE: _("Service"),
    IncidentKind.VISIT: _("Visit"),
}

URGENCIES = {
    Urgency.HIGH: _("Urgent"),
    Urgency.MEDIUM: _("Look soon"),
    Urgency.LOW: _("To repair"),
}

RESPONSES = {
    Response.OPEN: _("Nobody has it yet"),
    Response.CLAIMED: _("On the way"),
    Response.ON_SCENE: _("On scene"),
    Response.EXHAUSTED: _("Nobody answered, calling on"),
    Response.CLOSED: _("Closed"),
}

ASKED = _("Asking the resident")
"""Instead of `OPEN` while the resident has time to say that all is well."""

CAUSES = {
    Cause.ACTIVE: _("still going on"),
    Cause.CLEARED: _("cleared by itself"),
}

OUTCOMES = {
    Outcome.SAFE: _("Safe and well"),
    Outcome.MISTAKE: _("Pressed by mistake"),
    Outcome.NEEDS_SERVICE: _("Needs a service"),
    Outcome.HOSPITAL: _("Taken to hospital"),
    Outcome.POLICE: _("Police involved"),
    Outcome.FIRE: _("Fire brigade involved"),
    Outcome.DEVICE_FAULT: _("Fault of a device"),
    Outcome.TEST: _("Test"),
    Outcome.RECOVERED: _("Works again"),
    Outcome.OTHER: _("Other"),
}

UNSEEN_OUTCOMES = frozenset((Outcome.DEVICE_FAULT, Outcome.TEST, Outcome.RECOVERED))
"""Outcomes for which nobody has to have seen the elder."""

PRESENCES = {
    PresenceState.HOME: _("At home"),
    PresenceState.AWAY: _("Away"),
    PresenceState.HOSPITAL: _("In hospital"),
    PresenceState.PAUSED: _("Watching paused"),
}

PEOPLE_ROLES = {
    "relative": _("relative"),
    "neighbour": _("neighbour"),
    "grid_worker": _("grid worker"),
    "village_doctor": _("village doctor"),
    "village_official": _("village official"),
    "town_desk": _("town desk"),
    "county_desk": _("county desk"),
    "family_doctor": _("family doctor"),
    "police": _("police officer"),
    "technician": _("technician"),
    "volunteer": _("volunteer"),
    "support_official": _("support official"),
    "care_specialist": _("care specialist"),
    "maintenance_desk": _("maintenance desk"),
}
"""Roles are free words; these we can say in both languages."""

CHANNELS = {
    "sms": _("text message"),
    "voice": _("call"),
    "push": _("push notification"),
    "scaip": _("alarm receiving centre"),
    "webhook": _("other system"),
    "prompt": _("voice prompt"),
}

DELIVERIES = {
    "owed": _("being sent"),
    "accepted": _("accepted by the provider"),
    "delivered": _("delivered"),
    "heard": _("heard"),
    "undelivered": _("did not arrive"),
    "failed": _("failed"),
    "ambiguous": _("not known whether it went out"),
    "withdrawn": _("taken back if not sent yet"),
    "recalled": _("taken back"),
}

CALL_DELIVERIES = {
    **DELIVERIES,
    "owed": _("being called"),
    "accepted": _("ringing"),
    "delivered": _("picked up, no key pressed"),
    "heard": _("a key was pressed"),
    "undelivered": _("not answered"),
    "recalled": _("ended while it rang: somebody has answered"),
}

SAID_ALREADY = frozenset(("no-answer", "busy", "a key was pressed"))
"""What is noted beside a call whose line of the story says the same in words."""

PROVIDER_WORDS = {
    "canceled": _("canceled"),
    "the call ended without a key press": _("the call ended without a key press"),
    "the call could not be put through": _("the call could not be put through"),
    "withdrawn: a person has answered": _("withdrawn: a person has answered"),
    "the provider does not know this message any more": _(
        "the provider does not know this message any more"
    ),
    "rang back": _("rang back"),
    "answered by fax": _("answered by a machine"),
    "answered by machine_start": _("answered by a machine"),
    "answered by machine_end_beep": _("answered by a machine"),
    "answered by machine_end_silence": _("answered by a machine"),
    "answered by machine_end_other": _("answered by a machine"),
}
"""What we and the provider note beside a message, in words; anything else is shown as it came."""

CALL_STATUSES = {
    "no-answer": _("nobody answered"),
    "busy": _("the line was busy"),
    "a key was pressed": _("a key was pressed"),
    **PROVIDER_WORDS,
}
"""The same where no line says it: beside a message of the ladder."""

GOOD_DELIVERIES = frozenset(("delivered", "heard"))
BAD_DELIVERIES = frozenset(("undelivered", "failed", "ambiguous"))
