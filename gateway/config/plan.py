"""The whole file as sections, each with its place: what the cross checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.config.elder import DeadmanSection, DrillsSection, ElderSection
from gateway.config.sections import (
    BrokerSection,
    DeskSection,
    DeviceSection,
    GatewaySection,
    General,
    HouseholdSection,
    PolicySection,
    ResponderSection,
    StepSection,
    StoreSection,
    SupervisionSection,
    TwilioSection,
)


@dataclass(frozen=True, kw_only=True)
class PolicyPlan:
    """One policy with its steps, as far as they could be read."""

    where: str
    section: PolicySection
    steps: tuple[tuple[str, StepSection], ...]


@dataclass(frozen=True, kw_only=True)
class HouseholdPlan:
    """One household with its devices, as far as they could be read."""

    where: str
    section: HouseholdSection
    devices: tuple[tuple[str, DeviceSection], ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The file; tables that could not be read are left out, or stand with their defaults."""

    general: General
    gateway: GatewaySection
    broker: BrokerSection
    desk: DeskSection
    twilio: TwilioSection | None
    store: StoreSection
    responders: tuple[tuple[str, ResponderSection], ...]
    responder_ids: frozenset[str]
    """All that the file names, also those that could not be read."""
    policies: tuple[PolicyPlan, ...]
    households: tuple[HouseholdPlan, ...]
    supervision: SupervisionSection
    elder: ElderSection = field(default_factory=ElderSection)
    drills: DrillsSection | None = None
    deadman: DeadmanSection = field(default_factory=DeadmanSection)
