"""What sorts of incidents there are of each kind: what a policy's `about` may name."""

from __future__ import annotations

from alerting.detection import help_call, hotline, out, told_fall, vital_words
from alerting.detection.climate import Side
from alerting.detection.quiet import BLIND_SENSOR
from alerting.household import IncidentKind
from devices.observation import HazardKind

CALL_BACK = "call_back"
"""Who cancelled an alarm and did not answer when called back."""
GROUPS: dict[IncidentKind, tuple[str, ...]] = {
    IncidentKind.INACTIVITY: (out.GROUP, "wandering"),
    IncidentKind.HEALTH: (vital_words.GROUP,),
    IncidentKind.SAFETY: tuple(one.value for one in (*HazardKind, *Side)),
    IncidentKind.SERVICE: (hotline.SERVICE,),
    IncidentKind.VISIT: (CALL_BACK,),
    IncidentKind.TECHNICAL: (
        BLIND_SENSOR,
        help_call.GROUP,
        told_fall.GROUP,
        vital_words.GROUP,
    ),
}
"""The groups of `Finding`s by kind; where several live, a resident's name may follow."""
