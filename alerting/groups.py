"""What sorts of incidents there are of each kind: what a policy's `about` may name."""

from __future__ import annotations

from alerting.detection import help_call, hotline, out, told_fall, vital_words, wandering
from alerting.detection.climate import Side
from alerting.detection.quiet import BLIND_SENSOR
from alerting.household import IncidentKind
from alerting.response import calling_back
from devices.observation import HazardKind

GROUPS: dict[IncidentKind, tuple[str, ...]] = {
    IncidentKind.INACTIVITY: (out.GROUP, wandering.GROUP),
    IncidentKind.HEALTH: (vital_words.GROUP,),
    IncidentKind.SAFETY: tuple(one.value for one in (*HazardKind, *Side)),
    IncidentKind.SERVICE: (hotline.SERVICE,),
    IncidentKind.VISIT: (calling_back.GROUP,),
    IncidentKind.TECHNICAL: (
        BLIND_SENSOR,
        help_call.GROUP,
        told_fall.GROUP,
        vital_words.GROUP,
    ),
}
"""The groups of `Finding`s by kind; where several live, a resident's name may follow."""
