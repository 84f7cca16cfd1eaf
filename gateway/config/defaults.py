"""Whom to tell where the file says nothing: the ladder by kind of incident, as data.

Who goes first follows the care team of the county (四包一): for a call or a fall the village,
for vital signs the family doctor, for somebody who may be lost the police, for a service the
officials who arrange it; a fault goes to the technician and never to the family. The clock:
a minute without an answer and deputies are told (each step), three minutes and the township
and the family are, eight and the county is. A step of which a home has nobody is left out.
"""

from __future__ import annotations

from datetime import timedelta

from alerting.detection import out, wandering
from alerting.household import IncidentKind
from gateway.config.plan import PolicyPlan
from gateway.config.problems import Problems
from gateway.config.sections import Channel, PolicySection, StepSection

_VILLAGE = ("village_official", "grid_worker", "neighbour", "volunteer")
_FAMILY = ("relative",)
_TOWN, _COUNTY = ("town_desk", "care_specialist"), ("county_desk",)
_COPIED = ("support_official",)
TECHNICAL_ROLES = ("technician", "maintenance_desk", "town_desk")
"""Who answers for faults, in this order, where the file does not say."""

MISSING = (out.GROUP, wandering.GROUP)
"""Groups of findings that say a resident may be lost."""


def _steps(id: str, *steps: StepSection) -> tuple[tuple[str, StepSection], ...]:
    return tuple((f"policy[{id}].step[#{n + 1}]", step) for n, step in enumerate(steps))


def _step(
    tier: str, who: tuple[str, ...], minutes: float, copy: tuple[str, ...] = ()
) -> StepSection:
    return StepSection(tier=tier, who=who, wait=timedelta(minutes=minutes), copy=copy)


def _plan(section: PolicySection, *steps: StepSection) -> PolicyPlan:
    return PolicyPlan(
        where=f"policy[{section.id}]",
        section=section,
        steps=_steps(section.id, *steps),
        is_default=True,
    )


_K = IncidentKind
NEED = _plan(
    PolicySection(id="default-need", kinds=(_K.EMERGENCY, _K.FALL, _K.SAFETY, _K.INACTIVITY)),
    _step("村", _VILLAGE, 3, copy=_COPIED),
    _step("镇街和家庭", (*_TOWN, *_FAMILY), 5),
    _step("县", _COUNTY, 5),
)
LOST = _plan(
    PolicySection(id="default-missing", kinds=(_K.INACTIVITY,), about=MISSING),
    _step("民警和村", ("police", *_VILLAGE), 3, copy=_COPIED),
    _step("镇街和家庭", (*_TOWN, *_FAMILY), 5),
    _step("县", _COUNTY, 5),
)
HEALTH = _plan(
    PolicySection(id="default-health", kinds=(_K.HEALTH,)),
    _step("家庭医生", ("family_doctor", "village_doctor"), 3),
    _step("村和家庭", (*_VILLAGE, *_FAMILY), 5, copy=_COPIED),
    _step("镇街", _TOWN, 5),
)
_OFFICIALS = (
    _step("帮扶干部和养老专干", ("support_official", "care_specialist"), 240),
    _step("村", _VILLAGE, 240),
)
SERVICE = _plan(
    PolicySection(
        id="default-service",
        kinds=(_K.SERVICE,),
        channels=(Channel.SMS,),
        rounds=1,
        repeat_every=timedelta(hours=12),
        quiet=("21:00", "08:00"),
    ),
    *_OFFICIALS,
)
VISIT = _plan(  # who cancelled a call for help and does not answer is not left until the morning
    PolicySection(
        id="default-visit",
        kinds=(_K.VISIT,),
        channels=(Channel.SMS,),
        rounds=1,
        repeat_every=timedelta(hours=12),
    ),
    *_OFFICIALS,
)
TECHNICAL = _plan(
    PolicySection(
        id="default-technical",
        kinds=(_K.TECHNICAL,),
        channels=(Channel.SMS,),
        rounds=1,
        repeat_every=timedelta(hours=12),
        quiet=("21:00", "08:00"),
    ),
    *(_step("维修", (role,), 240) for role in TECHNICAL_ROLES),
)
DEFAULTS = (NEED, LOST, HEALTH, SERVICE, VISIT, TECHNICAL)


def with_defaults(written: tuple[PolicyPlan, ...], problems: Problems) -> tuple[PolicyPlan, ...]:
    """Return the policies that hold: those written, or the defaults where none is.

    Where some are written, only the one for faults is added, if it is missing: what else the
    file leaves out is treated as an emergency, and a fault would wake the family.
    """
    if any(problem.where.startswith("policy") for problem in problems.found):
        return written
    if not written:
        return DEFAULTS
    kinds = {kind for policy in written for kind in policy.section.kinds}
    return written if IncidentKind.TECHNICAL in kinds else (*written, TECHNICAL)
