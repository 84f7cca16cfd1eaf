"""The whole file as sections, each with its place: what the cross checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.config.clouds import CloudPlan
from gateway.config.delivery import DeliverySection
from gateway.config.modem import ModemSection
from gateway.config.push import PushSection
from gateway.config.rosters import RosterPlan
from gateway.config.scaip import ScaipSection
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
from gateway.config.webhook import WebhookSection
from gateway.config.wording import WordingSection


@dataclass(frozen=True, kw_only=True)
class PolicyPlan:
    """One policy with its steps, as far as they could be read."""

    where: str
    section: PolicySection
    steps: tuple[tuple[str, StepSection], ...]
    is_default: bool = False
    """It holds because the file says nothing; steps of which a home has nobody are left out."""


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
    push: PushSection | None
    """None, here and below: no message goes there."""
    scaip: ScaipSection | None
    webhook: WebhookSection | None
    store: StoreSection
    responders: tuple[tuple[str, ResponderSection], ...]
    responder_ids: frozenset[str]
    """All that the file names, also those that could not be read."""
    rosters: tuple[RosterPlan, ...]
    policies: tuple[PolicyPlan, ...]
    """As written; where none is, those that hold without (`gateway.config.defaults`)."""
    households: tuple[HouseholdPlan, ...]
    supervision: SupervisionSection
    wording: WordingSection
    aliyun: CloudPlan | None = None
    tencent: CloudPlan | None = None
    delivery: DeliverySection = field(default_factory=DeliverySection)
    modem: ModemSection | None = None
