"""What no single setting shows: names that must differ, things that exclude each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from alerting.household import IncidentKind, Role
from devices.profiles import BY_MODEL
from devices.topic import PREFIX
from gateway.config.clouds import check_cloud
from gateway.config.delivery import check_delivery, paths_of
from gateway.config.elder_checks import check_elder
from gateway.config.plan import HouseholdPlan, Plan, PolicyPlan
from gateway.config.problems import Problems, shown
from gateway.config.reach import check_reach
from gateway.config.sections import DeviceSection, Protocol
from gateway.config.settings import GATEWAY_HOUSEHOLD, BrokerKind
from gateway.config.targets import check_targets
from gateway.config.values import is_loopback
from gateway.config.vitals import check_vitals
from gateway.config.wires import CAN_CALL, check_wires, unknown_profile
from gateway.i18n import LANGUAGES

RESERVED_HOUSEHOLDS = {
    GATEWAY_HOUSEHOLD: ("网关自身的故障", "the gateway's own faults"),
    "canary": ("网关自己的试呼叫", "the gateway's own press"),
    "selftest": ("代理自检", "the broker's self-test"),
    "clock": ("送入录音时的时间", "the time of fed recordings"),
}
NATIVE = "native"
"""The one profile that has a topic of its own and can speak."""

KEEP_DAYS_MAX = 36_500
_KINDS_UNREAD = re.compile(r"policy\[[^]]*\](\.kinds.*)?$|policy$")
WORN = ("waist", "wrist")
"""Where wearables are worn: each site has a model of its own."""

ALWAYS_TOLD = (IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.SAFETY)
"""Kinds that no quiet hours may hold back."""


def check(plan: Plan, problems: Problems, warnings: Problems) -> None:
    """Note everything wrong across the file in `problems`, everything doubtful in `warnings`."""
    _check_language(plan, problems)
    _check_differing(plan, problems)
    for policy in plan.policies:
        _check_policy(policy, problems)
    _check_kinds(plan, problems)
    for home in plan.households:
        _check_household(home, problems, warnings)
        for where, device in home.devices:
            _check_device(where, device, problems)
            if device.profile in BY_MODEL:
                check_wires(where, device, problems, warnings)
        check_vitals(home, problems, warnings)
    unread = any(p.where.startswith("household") for p in problems.found)
    if not plan.households and not unread:
        problems.add(
            "household",
            "没有任何住户；至少写一个 [[household]]",
            "there is none; write at least one [[household]]",
        )
    _check_supervision(plan, problems)
    _check_broker(plan, problems)
    _check_store(plan, problems)
    _check_desk(plan, problems, warnings)
    check_delivery(plan.delivery, plan, problems)
    _check_twilio(plan, problems, warnings)
    check_targets(plan, problems, warnings)
    clouds = (plan.aliyun, plan.tencent)
    for cloud in clouds:
        others = [one for one in clouds if one is not None and one.is_used and one is not cloud]
        has_others = plan.twilio is not None or plan.modem is not None or bool(others)
        check_cloud(cloud, has_others, problems, warnings)
    check_reach(plan, problems, warnings)
    check_elder(plan, problems)


def _check_language(plan: Plan, problems: Problems) -> None:
    language = plan.general.language
    if language not in LANGUAGES:  # there are catalogues of messages in others, not of pages
        problems.add(
            "language",
            f'{shown(language)} 不可用；应为 "zh" 或 "en"',
            f'{shown(language)} is not spoken; expected "zh" or "en"',
        )


def _check_differing(plan: Plan, problems: Problems) -> None:
    """Ids, codes, numbers and topics lead back to one thing only."""
    people, homes = plan.responders, plan.households
    _differ(((f"{w}.id", s.id) for w, s in people), problems)
    # who rings is known by their number: a resident's is no responder's, and of one home
    _differ(
        (
            *((f"{w}.phone", s.phone) for w, s in people),
            *(
                (f"{h.where}.residents.phone", phone)
                for h in homes
                for phone in dict.fromkeys(one.phone or "" for one in h.section.residents)
            ),
        ),
        problems,
    )
    _differ(((f"{p.where}.id", p.section.id) for p in plan.policies), problems)
    _differ(((f"{r.where}.id", r.section.id) for r in plan.rosters), problems)
    _differ(((f"{h.where}.id", h.section.id) for h in homes), problems)
    _differ(((f"{h.where}.code", h.section.code) for h in homes), problems)
    _differ(((f"{w}.id", d.id) for h in homes for w, d in h.devices), problems)
    _differ(
        (
            (f"{where}.topic", device.topic or f"{PREFIX}/{home.section.id}/{device.id}")
            for home in homes
            for where, device in home.devices
            if device.topic or (home.section.id and device.id)
        ),
        problems,
    )


def _differ(values: Iterable[tuple[str, str]], problems: Problems) -> None:
    first: dict[str, str] = {}
    for where, value in values:
        if not value:
            continue  # it could not be read
        if value in first:
            problems.add(
                where,
                f"{shown(value)} 已用于 {first[value]}；应各不相同",
                f"{shown(value)} is already used at {first[value]}; each must have its own",
            )
        first.setdefault(value, where)


def _check_policy(policy: PolicyPlan, problems: Problems) -> None:
    section, where = policy.section, policy.where
    if not section.kinds:
        known = ", ".join(kind.value for kind in IncidentKind)
        problems.add(f"{where}.kinds", f"是空的；可用：{known}", f"is empty; there are: {known}")
    if not section.channels:
        problems.add(
            f"{where}.channels", '是空的；如 ["sms", "voice"]', 'is empty; e.g. ["sms", "voice"]'
        )
    if not policy.steps and not any(p.where.startswith(f"{where}.step") for p in problems.found):
        problems.add(
            f"{where}.step",
            "没有任何一步；至少写一个 [[policy.step]]",
            "there is none; write at least one [[policy.step]]",
        )
    for place, step in policy.steps:
        if not step.who:
            problems.add(
                f"{place}.who",
                '是空的；写上角色，如 ["relative"]',
                'is empty; write roles, e.g. ["relative"]',
            )
    if len(section.quiet) not in {0, 2}:
        problems.add(
            f"{where}.quiet",
            '应为起止两个时刻，如 ["21:00", "08:00"]',
            'is not two times; write e.g. ["21:00", "08:00"]',
        )
    held = [kind.value for kind in section.kinds if kind in ALWAYS_TOLD]
    if section.quiet and held:
        problems.add(
            f"{where}.quiet",
            f"免打扰时段不能用于 {', '.join(held)}；请为其另写一个 [[policy]]",
            f"quiet hours may not hold back {', '.join(held)}; give these their own [[policy]]",
        )


def _check_kinds(plan: Plan, problems: Problems) -> None:
    taken: dict[tuple[IncidentKind, str], str] = {}
    for policy in plan.policies:
        for kind, about in product(policy.section.kinds, policy.section.about or ("",)):
            if (kind, about) in taken:
                which = f"{kind.value}/{about}" if about else kind.value
                where = taken[kind, about]
                problems.add(
                    f"{policy.where}.kinds",
                    f"“{which}”已属于 {where}；每种事件只属于一个 [[policy]]",
                    f"{which!r} already belongs to {where}; a kind has one [[policy]]",
                )
            taken.setdefault((kind, about), policy.where)
    unread = any(_KINDS_UNREAD.match(p.where) for p in problems.found)
    if (IncidentKind.EMERGENCY, "") not in taken and not unread:
        problems.add(
            "policy",
            "没有一个 [[policy]] 的 kinds 含 emergency：按下按钮时不知该通知谁",
            "no [[policy]] has emergency among its kinds: nobody would be told of a press",
        )


def _check_household(home: HouseholdPlan, problems: Problems, warnings: Problems) -> None:
    section, where = home.section, home.where
    if section.id in RESERVED_HOUSEHOLDS:
        zh, en = RESERVED_HOUSEHOLDS[section.id]
        problems.add(
            f"{where}.id",
            f"“{section.id}”留给{zh}；请换一个",
            f"{section.id!r} is kept for {en}; take another",
        )
    if not section.residents:
        problems.add(
            f"{where}.residents",
            '是空的；如 [{ name = "王秀兰" }]',
            'is empty; e.g. [{ name = "Wang Xiulan" }]',
        )
    if len(section.day) != 2 or section.day[0] >= section.day[1]:
        problems.add(
            f"{where}.day",
            '应为先早后晚两个时刻，如 ["07:00", "22:00"]',
            'is not two times, the earlier first; write e.g. ["07:00", "22:00"]',
        )
    if section.cold_below >= section.heat_above:
        problems.add(
            f"{where}.cold_below",
            f"{section.cold_below:g} 应低于 heat_above 的 {section.heat_above:g}",
            f"{section.cold_below:g} is not below heat_above, {section.heat_above:g}",
        )
    if any(p.where.startswith(f"{where}.device") for p in problems.found):
        return
    if section.care_bed and not any(device.role is Role.BED for _, device in home.devices):
        warnings.add(
            f"{where}.care_bed",
            '是家庭照护床位，但没有床垫（role = "bed"）：看不到老人是否在床上',
            'is a home-care bed without a mattress (role = "bed"): nobody sees who lies in it',
        )
    if not any(device.role in CAN_CALL for _, device in home.devices):
        warnings.add(
            where,
            "没有呼叫按钮，也没有佩戴设备：老人无法求助",
            "has no call button and nothing worn: the resident cannot ask for help",
        )


_TOPIC_Z2M = (
    '写上 zigbee2mqtt 中的名称，如 "zigbee2mqtt/客厅"',
    'write its zigbee2mqtt name, e.g. "zigbee2mqtt/living room"',
)
_TOPICS = {
    "theengs": (
        '写上网关发布它的主题，如 "home/TheengsGateway/BTtoMQTT/C81EC7000001"',
        'write where Theengs publishes it, e.g. "home/TheengsGateway/BTtoMQTT/C81EC7000001"',
    ),
    "esphome": (
        '写上节点的 topic_prefix，如 "guanai-bed-01"',
        'write the node\'s topic_prefix, e.g. "guanai-bed-01"',
    ),
}
"""What stands at `topic`, by profile."""


def _check_device(where: str, device: DeviceSection, problems: Problems) -> None:
    if device.profile not in BY_MODEL:
        hint = unknown_profile(device.profile)
        problems.add(
            f"{where}.profile",
            f"没有设备型号 {shown(device.profile)}{hint.zh}",
            f"profile {shown(device.profile)} is unknown{hint.en}",
        )
        return
    if device.role is Role.GATEWAY:
        problems.add(
            f"{where}.role",
            "“gateway”留给网关自身",
            "'gateway' is kept for the gateway's own parts",
        )
    if device.worn and device.worn not in WORN:
        problems.add(
            f"{where}.worn",
            f'不能是 "{device.worn}"；写 "waist"（腰间、颈挂）或 "wrist"（手腕）',
            f"cannot be '{device.worn}'; write 'waist' (or neck) or 'wrist'",
        )
    if device.worn and device.role is not Role.WEARABLE:
        problems.add(
            f"{where}.worn",
            "只用于 role = “wearable” 的设备",
            "is for devices of the role 'wearable' only",
        )
    if device.profile == NATIVE:
        return
    if not device.topic:
        zh, en = _TOPICS.get(device.profile, _TOPIC_Z2M)
        problems.add(f"{where}.topic", f"缺少这项设置；{zh}", f"is missing; {en}")
    if device.speaks:
        problems.add(
            f"{where}.speaks",
            f"型号 {device.profile} 不能播报；只有 native 设备可以",
            f"profile {device.profile} takes no prompts; only native devices do",
        )


def _check_supervision(plan: Plan, problems: Problems) -> None:
    if Role.GATEWAY in plan.supervision.longest_silence:
        problems.add(
            "supervision.longest_silence.gateway",
            "“gateway”是网关自身的部件，没有心跳",
            "'gateway' stands for the gateway's own parts, which have no heartbeat",
        )


def _check_broker(plan: Plan, problems: Problems) -> None:
    broker = plan.broker
    if broker.url or broker.kind is not BrokerKind.NATS:
        return
    if not is_loopback(broker.listen.host):
        problems.add(
            "broker.listen",
            "nats 只用于本机；要让网络中的设备连接，请安装 mosquitto（apt install mosquitto）",
            "nats serves this machine only; for devices on the network install mosquitto "
            "(apt install mosquitto)",
        )
    if broker.protocol is Protocol.V5:
        problems.add(
            "broker.protocol",
            'nats 只支持 MQTT 3.1.1；请写 "3.1.1"',
            'nats speaks MQTT 3.1.1 only; write "3.1.1"',
        )
    for where, topic in spaced_topics(plan):
        problems.add(
            f"{where}.topic",
            f"{shown(topic)} 含空格，nats 会断开连接；请改名，或使用 mosquitto",
            f"{shown(topic)} has a space, on which nats drops the connection; "
            "rename the device, or use mosquitto",
        )


def _check_store(plan: Plan, problems: Problems) -> None:
    kept = (
        ("store.keep_days", plan.store.keep_days),
        ("store.keep_records_days", plan.store.keep_records_days),
    )
    for where, days in kept:
        if days > KEEP_DAYS_MAX:  # the calendar begins in the year 1
            problems.add(
                where,
                f"{days} 超过 {KEEP_DAYS_MAX}（一百年）；永久保留就写 {KEEP_DAYS_MAX}",
                f"{days} is more than {KEEP_DAYS_MAX}, a hundred years; "
                f"write {KEEP_DAYS_MAX} for ever",
            )


def spaced_topics(plan: Plan) -> list[tuple[str, str]]:
    """Return place and topic of every device whose topic nats-server cannot carry."""
    return [
        (where, device.topic)
        for home in plan.households
        for where, device in home.devices
        if any(character.isspace() for character in device.topic)
    ]


def _check_desk(plan: Plan, problems: Problems, warnings: Problems) -> None:
    desk = plan.desk
    same = plan.broker.listen.port == desk.listen.port and not plan.broker.url
    if same and desk.listen.port:
        problems.add(
            "desk.listen",
            f"端口 {desk.listen.port} 已用于 broker.listen",
            f"port {desk.listen.port} is already used at broker.listen",
        )
    if not is_loopback(desk.listen.host) and not desk.public_url.startswith("https://"):
        warnings.add(
            "desk.listen",
            "值班台对网络开放而没有 https：密码以明文传输；"
            "请只在可信网络中使用，或放在 https 代理之后并写 public_url",
            "the desk is open to the network without https: its password passes in clear; "
            "keep it to a trusted network, or put it behind an https proxy and write public_url",
        )
    if not desk.phone:
        warnings.add(
            "desk.phone",
            "没有值班电话：短信里无法告诉家属往哪里打",
            "is missing: messages cannot say which number to call back",
        )


def _check_twilio(plan: Plan, problems: Problems, warnings: Problems) -> None:
    if not paths_of(plan) and not any(p.where.startswith("twilio") for p in problems.found):
        warnings.add(
            "twilio",
            "没有配置：除了值班台，谁也通知不到",
            "is missing: nobody is told except at the desk",
        )
