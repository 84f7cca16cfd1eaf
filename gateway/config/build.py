"""Checked sections into the records the rest of the program works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec

from alerting.delivery.router import TWILIO_ONLY
from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
)
from alerting.household import Path as WayOut
from gateway.config.clouds import cloud_settings
from gateway.config.delivery import delivery_settings, paths_of
from gateway.config.ladders import People, Team, policies, policy
from gateway.config.modem import ModemSettings
from gateway.config.plan import HouseholdPlan, Plan, PolicyPlan
from gateway.config.problems import Problem
from gateway.config.rosters import roster
from gateway.config.secrets import Secrets
from gateway.config.sections import DeviceSection
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
from gateway.config.targets import push_access, scaip_access, webhook_access
from gateway.config.wording import Catalogues, needed

OWN_WINDOW = 1_000
STOCK_WINDOW = 20
"""What mosquitto keeps in flight if nobody told it otherwise: assumed of somebody else's broker."""


def build(
    file: Path,
    plan: Plan,
    secrets: Secrets,
    warnings: tuple[Problem, ...],
    today: date,
    wording: Catalogues,
) -> Settings:
    """Return the settings; the plan has passed every check."""
    general = plan.general
    responders = _responders(plan)
    people = People(
        responders,
        {one.section.id: roster(one, general.zone, today) for one in plan.rosters},
        {section.id: section.deputies for _, section in plan.responders if section.deputies},
    )
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
        aliyun=cloud_settings(plan.aliyun, secrets.aliyun),
        tencent=cloud_settings(plan.tencent, secrets.tencent),
        store=StoreSettings(
            keep_days=plan.store.keep_days,
            keep_records_days=plan.store.keep_records_days,
        ),
        households=_in_own_words(households, wording, responders.values()),
        wording=wording,
        delivery=delivery_settings(plan.delivery, plan),
        responders=responders,
        rosters=people.rosters,
        defaults=tuple(
            dict.fromkeys(
                kind.value for one in plan.policies if one.is_default for kind in one.section.kinds
            )
        ),
        push=push_access(secrets.targets),
        scaip=scaip_access(plan, secrets.targets),
        webhook=webhook_access(plan, secrets.targets),
        modem=ModemSettings(section=plan.modem, pin=secrets.modem_pin) if plan.modem else None,
        warnings=warnings,
        drills=_drills(plan),
        deadman=DeadmanSettings(plan.deadman.urls, plan.deadman.every),
        watches=tuple(
            WatchSettings(watch.id, watch.name, watch.token, watch.silent_after)
            for watch in plan.deadman.watch
        ),
    )


def _drills(plan: Plan) -> DrillSettings | None:
    section = plan.drills
    return None if section is None else DrillSettings(section.weekday.number, section.at)


def _responders(plan: Plan) -> dict[str, Responder]:
    """Return everybody who can be called, by id."""
    return {
        section.id: Responder(
            id=section.id,
            name=section.name,
            role=section.role,
            phone=section.phone,
            channels=tuple(channel.value for channel in section.ways),
            language=section.language or plan.general.language,
            away=tuple((dates[0], dates[1]) for dates in section.away),
            relation=section.relation,
            addresses=section.addresses,
        )
        for _, section in plan.responders
    }


def _in_own_words(
    homes: dict[str, Household], wording: Catalogues, told: Iterable[Responder]
) -> dict[str, Household]:
    """Return the homes with the messages of the installation's own that anybody may get."""
    spoken = {person.language for person in told}
    own = {name: needed(wording, spoken | {home.language}) for name, home in homes.items()}
    return {
        name: msgspec.structs.replace(home, wording=own[name]) if own[name] else home
        for name, home in homes.items()
    }


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
        studio_flow=section.studio_flow,
        base_url=section.base_url,
        edge=section.edge,
        region=section.region,
        public_url=section.public_url,
    )


def _household(plan: Plan, home: HouseholdPlan, people: People) -> Household:
    section, general = home.section, plan.general
    by_kind, by_group = policies(plan.policies, home.section, people)
    return Household(
        id=section.id,
        code=section.code,
        name=section.name,
        zone=section.zone or general.zone,
        residents=tuple(
            Resident(
                name=person.name,
                called=person.called,
                phone=person.phone or "",
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
        policies=by_kind,
        routes=by_group,
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
        paths=_paths(plan),
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


def technical_policy(plan: Plan) -> PolicyPlan | None:
    """Return the policy for faults: the technical one, or else the emergency one.

    A default of which the gateway's team has nobody is passed over.
    """
    team = {role for role, ids in gateway_team(plan).items() if ids}
    for kind in (IncidentKind.TECHNICAL, IncidentKind.EMERGENCY):
        for one in plan.policies:
            is_empty = not any(team & set(step.who) for _, step in one.steps)
            if kind in one.section.kinds and not (one.is_default and is_empty):
                return one
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


def _gateway(plan: Plan, people: People) -> Household:
    """Return the pseudo-household whose devices are the gateway's parts.

    Its faults blind every home at once, so that no quiet hours hold for them.
    """
    technical = technical_policy(plan)
    assert technical is not None, "checked: there is a policy for emergencies"
    always = msgspec.structs.replace(
        policy(technical, gateway_team(plan), {}, people, only_told=True), quiet=None
    )
    last = next((one for one in plan.policies if IncidentKind.EMERGENCY in one.section.kinds), None)
    urgent = (
        always
        if last is None
        else _last_step(policy(last, gateway_team(plan), {}, people, only_told=True), always)
    )
    return Household(
        id=GATEWAY_HOUSEHOLD,
        code=plan.gateway.id,
        name=plan.gateway.name,
        zone=plan.general.zone,
        residents=(),
        devices={part: Device(part, "gateway", Role.GATEWAY) for part in GATEWAY_PARTS},
        policies={IncidentKind.TECHNICAL: always, IncidentKind.EMERGENCY: urgent},
        place=plan.gateway.place,
        desk_phone=plan.desk.phone,
        signature=plan.general.signature,
        language=plan.general.language,
        paths=_paths(plan),
    )


def _paths(plan: Plan) -> tuple[WayOut, ...]:
    """Return the ways out; where none is configured, what a household has by itself."""
    return paths_of(plan, plan.delivery.prefer) or TWILIO_ONLY


def _last_step(policy: Policy, otherwise: Policy) -> Policy:
    """Return the emergency policy's highest tier alone: who answers for callers we do not know.

    Their families are nobody's; where no tier has anybody, `otherwise`.
    """
    steps = tuple(step for step in policy.steps if step.responders or step.rosters)[-1:]
    return msgspec.structs.replace(policy, steps=steps, quiet=None) if steps else otherwise
