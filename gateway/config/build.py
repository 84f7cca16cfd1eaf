"""Checked sections into the records the rest of the program works with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
    Step,
)
from gateway.config.plan import HouseholdPlan, Plan, PolicyPlan
from gateway.config.problems import Problem
from gateway.config.secrets import Secrets
from gateway.config.sections import DeviceSection, HouseholdSection
from gateway.config.settings import (
    GATEWAY_HOUSEHOLD,
    GATEWAY_PARTS,
    BrokerSettings,
    DeadmanSettings,
    DeskSettings,
    DrillSettings,
    Settings,
    StoreSettings,
    TwilioSettings,
    WatchSettings,
)

Team = dict[str, tuple[str, ...]]


OWN_WINDOW = 1_000
STOCK_WINDOW = 20
"""What mosquitto keeps in flight if nobody told it otherwise: assumed of somebody else's broker."""


def build(file: Path, plan: Plan, secrets: Secrets, warnings: tuple[Problem, ...]) -> Settings:
    """Return the settings; the plan has passed every check."""
    general = plan.general
    people = {
        section.id: Responder(
            id=section.id,
            name=section.name,
            role=section.role,
            phone=section.phone,
            channels=tuple(channel.value for channel in section.channels),
            language=section.language or general.language,
            relation=section.relation,
        )
        for _, section in plan.responders
    }
    households = {home.section.id: _household(plan, home, people) for home in plan.households}
    households[GATEWAY_HOUSEHOLD] = _gateway(plan, people)
    return Settings(
        path=file,
        id=plan.gateway.id,
        language=general.language,
        zone=general.zone,
        signature=general.signature,
        broker=_broker(file, plan, secrets),
        desk=DeskSettings(
            host=plan.desk.listen.host,
            port=plan.desk.listen.port,
            phone=plan.desk.phone,
            public_url=plan.desk.public_url,
        ),
        twilio=_twilio(plan, secrets),
        store=StoreSettings(
            keep_days=plan.store.keep_days,
            keep_records_days=plan.store.keep_records_days,
        ),
        households=households,
        responders=people,
        warnings=warnings,
        drills=None
        if plan.drills is None
        else DrillSettings(plan.drills.weekday.number, plan.drills.at),
        deadman=DeadmanSettings(plan.deadman.urls, plan.deadman.every),
        watches=tuple(
            WatchSettings(watch.id, watch.name, watch.token, watch.silent_after)
            for watch in plan.deadman.watch
        ),
    )


def _broker(file: Path, plan: Plan, secrets: Secrets) -> BrokerSettings:
    section = plan.broker
    folder = file.parent
    return BrokerSettings(
        url=section.url,
        kind=section.kind,
        host=section.listen.host,
        port=section.listen.port,
        username=section.username,
        password=secrets.broker_password,
        protocol=section.protocol.value,
        in_flight_max=section.in_flight_max or (STOCK_WINDOW if section.url else OWN_WINDOW),
        ca_file=folder / section.ca_file if section.ca_file else None,
    )


def _twilio(plan: Plan, secrets: Secrets) -> TwilioSettings | None:
    section = plan.twilio
    if section is None:
        return None
    return TwilioSettings(
        account_sid=section.account_sid,
        auth_token=secrets.auth_token,
        second_token=secrets.second_token,
        api_key=section.api_key,
        api_secret=secrets.api_secret,
        sender=section.from_,
        messaging_service=section.messaging_service,
        detect_machines=section.detect_machines,
        base_url=section.base_url,
        edge=section.edge,
        region=section.region,
        public_url=section.public_url,
    )


def _household(plan: Plan, home: HouseholdPlan, people: dict[str, Responder]) -> Household:
    section, general = home.section, plan.general
    return Household(
        id=section.id,
        code=section.code,
        name=section.name,
        zone=section.zone or general.zone,
        residents=tuple(
            Resident(
                name=person.name,
                called=person.called,
                phone=person.phone,
                limits=dict(person.limits),
                spo2_scale=person.spo2_scale,
                on_oxygen=person.on_oxygen,
            )
            for person in section.residents
        ),
        devices={
            device.id: _device(device, plan.supervision.longest_silence)
            for _, device in home.devices
        },
        policies=_policies(plan, home.section, people),
        place=section.place,
        desk_phone=plan.desk.phone,
        signature=section.signature or general.signature,
        language=section.language or general.language,
        day=(section.day[0], section.day[1]),
        inactivity_by_day=section.inactivity_by_day,
        inactivity_by_night=section.inactivity_by_night,
        false_alarms_per_month=section.false_alarms_per_month,
        cold_below=section.cold_below,
        heat_above=section.heat_above,
        cold_or_heat_after=section.cold_or_heat_after,
        care_bed=section.care_bed,
        asking=plan.elder.asking(),
    )


def _device(section: DeviceSection, silence: Mapping[Role, timedelta]) -> Device:
    return Device(
        id=section.id,
        profile=section.profile,
        role=section.role,
        room=section.room,
        topic=section.topic,
        heartbeat=section.heartbeat or silence.get(section.role),
        speaks=section.speaks,
        worn=section.worn,
        resident=section.resident,
    )


def _policies(
    plan: Plan, home: HouseholdSection, people: dict[str, Responder]
) -> dict[IncidentKind, Policy]:
    team = {role: tuple(ids) for role, ids in home.team.items()}
    return {
        kind: _policy(policy, team, people)
        for policy in plan.policies
        for kind in policy.section.kinds
    }


def _policy(plan: PolicyPlan, team: Team, people: dict[str, Responder]) -> Policy:
    section = plan.section
    return Policy(
        steps=tuple(
            Step(
                tier=step.tier,
                responders=_called(tuple(step.who), team, people),
                wait=step.wait,
            )
            for _, step in plan.steps
        ),
        rounds=section.rounds,
        channels=tuple(channel.value for channel in section.channels),
        repeat_every=section.repeat_every,
        claim_lease=section.claim_lease,
        on_scene_lease=section.on_scene_lease,
        quiet=(section.quiet[0], section.quiet[1]) if section.quiet else None,
    )


def _called(
    roles: tuple[str, ...], team: Team, people: dict[str, Responder]
) -> tuple[Responder, ...]:
    """Return everybody in these roles, each once, in order."""
    ids = dict.fromkeys(person for role in roles for person in team.get(role, ()))
    return tuple(people[person] for person in ids)


def technical_policy(plan: Plan) -> PolicyPlan | None:
    """Return the policy for faults: the technical one, or else the emergency one."""
    for kind in (IncidentKind.TECHNICAL, IncidentKind.EMERGENCY):
        for policy in plan.policies:
            if kind in policy.section.kinds:
                return policy
    return None


def gateway_team(plan: Plan) -> Team:
    """Return who answers for the gateway itself: its own team, or everybody's teams together."""
    if plan.gateway.team:
        return {role: tuple(ids) for role, ids in plan.gateway.team.items()}
    team: dict[str, dict[str, None]] = {}
    for home in plan.households:
        for role, ids in home.section.team.items():
            team.setdefault(role, {}).update(dict.fromkeys(ids))
    return {role: tuple(ids) for role, ids in team.items()}


def _gateway(plan: Plan, people: dict[str, Responder]) -> Household:
    """Return the pseudo-household whose devices are the gateway's parts.

    Its faults blind every home at once, so that no quiet hours hold for them.
    """
    technical = technical_policy(plan)
    assert technical is not None, "checked: there is a policy for emergencies"
    policy = _policy(technical, gateway_team(plan), people)
    steps = tuple(step for step in policy.steps if step.responders)
    always = Policy(
        steps=steps,
        rounds=policy.rounds,
        channels=policy.channels,
        repeat_every=policy.repeat_every,
        claim_lease=policy.claim_lease,
        on_scene_lease=policy.on_scene_lease,
    )
    return Household(
        id=GATEWAY_HOUSEHOLD,
        code=plan.gateway.id,
        name=plan.gateway.name,
        zone=plan.general.zone,
        residents=(),
        devices={part: Device(part, "gateway", Role.GATEWAY) for part in GATEWAY_PARTS},
        policies={IncidentKind.TECHNICAL: always, IncidentKind.EMERGENCY: always},
        place=plan.gateway.place,
        desk_phone=plan.desk.phone,
        signature=plan.general.signature,
        language=plan.general.language,
    )
