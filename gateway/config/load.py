"""Reading the file: text, tables, sections, cross checks, records."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from devices.topic import ID_CHARS_MAX
from gateway.clock import SystemClock
from gateway.config.build import build
from gateway.config.checks import check
from gateway.config.clouds import AliyunSection, CloudPlan, CloudTextSection, TencentSection
from gateway.config.defaults import with_defaults
from gateway.config.delivery import DeliverySection
from gateway.config.elder import DeadmanSection, DrillsSection, ElderSection
from gateway.config.ladder_checks import check_ladder
from gateway.config.modem import ModemSection, check_modem
from gateway.config.plan import HouseholdPlan, Plan, PolicyPlan
from gateway.config.problems import ConfigError, Problems
from gateway.config.provider import check_flow
from gateway.config.push import PushSection
from gateway.config.reader import Reader
from gateway.config.rosters import RosterPlan, RosterSection, ShiftSection, check_rosters
from gateway.config.said_checks import check_said
from gateway.config.scaip import ScaipSection
from gateway.config.secrets import read_secrets
from gateway.config.sections import (
    TABLES,
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
from gateway.config.settings import Settings
from gateway.config.webhook import WebhookSection
from gateway.config.wording import WordingSection, read_wording

Section = TypeVar(
    "Section",
    GatewaySection,
    BrokerSection,
    DeskSection,
    StoreSection,
    SupervisionSection,
    WordingSection,
    PushSection,
    ScaipSection,
    WebhookSection,
    DeliverySection,
    ElderSection,
    DeadmanSection,
)

FILE_BYTES_MAX = 8_000_000


def load(
    path: str | os.PathLike[str],
    environment: Mapping[str, str] = os.environ,
    *,
    serving: bool = True,
    today: date | None = None,
) -> Settings:
    """Return the checked settings of the file at `path`.

    Args:
        path: a TOML file; every setting is explained in `deploy/gateway.example.toml`.
        environment: where systemd says `CREDENTIALS_DIRECTORY`.
        serving: False for commands that send nothing: a secret only the service can read is
            a warning, and is looked for beside the configuration, too.
        today: from which day on duty rosters must have somebody; None: from now.

    Raises:
        ConfigError: the file cannot be read or used; holds everything that is wrong.
    """
    file = Path(path)
    problems = Problems()
    raw = _parsed(file, problems)
    today = today or SystemClock().now().date()
    plan = _planned(raw, problems)
    problems.settle()
    warnings = Problems()
    check(plan, problems, warnings)
    check_rosters(plan.rosters, plan.responder_ids, plan.general.zone, today, problems, warnings)
    check_ladder(plan, problems, warnings)
    check_said(plan, problems)
    secrets = read_secrets(plan, file.parent, environment, problems, warnings, serving=serving)
    check_flow(plan, problems)
    wording = read_wording(plan.wording, _languages(plan), file.parent, problems, warnings)
    check_modem(plan.modem, secrets.modem_pin, problems)
    if problems.found:
        raise ConfigError(file, problems.found)
    return build(file, plan, secrets, tuple(warnings.found), today, wording)


def _languages(plan: Plan) -> dict[str, str]:
    """Return every language that people are spoken to in, and the first setting that says so."""
    people = [(f"{where}.language", section.language) for where, section in plan.responders]
    homes = [(f"{home.where}.language", home.section.language) for home in plan.households]
    used: dict[str, str] = {plan.general.language: "language"}
    for where, language in (*people, *homes):
        if language is not None:
            used.setdefault(language, where)
    return used


def _parsed(file: Path, problems: Problems) -> dict[str, Any]:
    """Return the file's tables.

    Raises:
        ConfigError: there is no such file, or it is not TOML.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        problems.add("", "没有这个文件", "there is no such file")
    except IsADirectoryError:
        problems.add("", "是文件夹，不是文件", "is a folder, not a file")
    except PermissionError:
        problems.add("", "没有读取权限", "may not be read by this user")
    except OSError as error:
        problems.add("", f"无法读取：{error.strerror}", f"cannot be read: {error.strerror}")
    else:
        return _tables(file, content, problems)
    raise ConfigError(file, problems.found)


def _tables(file: Path, content: bytes, problems: Problems) -> dict[str, Any]:
    try:
        if len(content) > FILE_BYTES_MAX:
            problems.add(
                "",
                f"文件有 {len(content)} 字节；最多 {FILE_BYTES_MAX}",
                f"has {len(content)} bytes; at most {FILE_BYTES_MAX}",
            )
        elif b"\x00" in content:
            problems.add(
                "", "不是 UTF-8 文本（像是 UTF-16）", "is not UTF-8 text (it looks like UTF-16)"
            )
        else:
            return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.add(
            "",
            f"第 {line} 行不是 UTF-8 文字；请另存为 UTF-8 编码",
            f"line {line} is not UTF-8 text; save the file as UTF-8",
        )
    except tomllib.TOMLDecodeError as error:
        problems.add("", f"不是正确的 TOML：{error}", f"is not valid TOML: {error}")
    raise ConfigError(file, problems.found)


def _planned(raw: dict[str, Any], problems: Problems) -> Plan:
    reader = Reader(problems)
    names = [name for name in TABLES if name and "." not in name]
    outside = {key: value for key, value in raw.items() if key not in names}

    def one(name: str, section: type[Section]) -> Section:
        return reader.table(raw.get(name, {}), section, name) or section()

    general = reader.table(outside, General, "", *names) or General()
    gateway, broker = one("gateway", GatewaySection), one("broker", BrokerSection)
    desk, store = one("desk", DeskSection), one("store", StoreSection)
    twilio = reader.table(raw["twilio"], TwilioSection, "twilio") if "twilio" in raw else None
    responders = tuple(reader.tables(raw.get("responder", []), ResponderSection, "responder"))
    push, scaip = one("push", PushSection), one("scaip", ScaipSection)
    webhook = one("webhook", WebhookSection)
    # the addresses of pushes may all come from systemd
    pushed = any(section.push for _, _, section in responders if section)
    return Plan(
        general=general,
        gateway=gateway,
        broker=broker,
        desk=desk,
        twilio=twilio,
        push=push if push.targets or push.target_files or pushed else None,
        scaip=scaip if scaip.targets else None,
        webhook=webhook if webhook.targets else None,
        store=store,
        responders=tuple((where, section) for where, _, section in responders if section),
        responder_ids=frozenset(
            id
            for _, item, _ in responders
            if isinstance(id := item.get("id"), str) and len(id) <= ID_CHARS_MAX
        ),
        rosters=tuple(_rosters(reader, raw.get("roster", []))),
        policies=with_defaults(tuple(_policies(reader, raw.get("policy", []))), problems),
        households=tuple(_households(reader, raw.get("household", []))),
        supervision=one("supervision", SupervisionSection),
        wording=one("wording", WordingSection),
        aliyun=_cloud(reader, raw, "aliyun", AliyunSection),
        tencent=_cloud(reader, raw, "tencent", TencentSection),
        delivery=one("delivery", DeliverySection),
        modem=reader.table(raw["modem"], ModemSection, "modem") if "modem" in raw else None,
        elder=one("elder", ElderSection),
        drills=reader.table(raw["drills"], DrillsSection, "drills") if "drills" in raw else None,
        deadman=one("deadman", DeadmanSection),
    )


def _cloud(
    reader: Reader,
    raw: dict[str, Any],
    name: str,
    kind: type[AliyunSection] | type[TencentSection],
) -> CloudPlan | None:
    """Return a cloud with its texts; each is read on its own."""
    if name not in raw:
        return None
    table = raw[name]
    inner = dict(table) if isinstance(table, dict) else {}
    listed = inner.pop("text", [])
    found = reader.tables(listed, CloudTextSection, f"{name}.text")
    texts = tuple((place, text) for place, _, text in found if text)
    section = reader.table(inner if isinstance(table, dict) else table, kind, name, "text")
    return CloudPlan(name=name, section=section, texts=texts) if section else None


def _policies(reader: Reader, raw: object) -> Iterator[PolicyPlan]:
    for where, item, section in reader.tables(raw, PolicySection, "policy", apart="step"):
        found = reader.tables(item.get("step", []), StepSection, f"{where}.step")
        steps = tuple((place, step) for place, _, step in found if step)
        if section:
            yield PolicyPlan(where=where, section=section, steps=steps)


def _rosters(reader: Reader, raw: object) -> Iterator[RosterPlan]:
    for where, item, section in reader.tables(raw, RosterSection, "roster", apart="shift"):
        found = reader.tables(item.get("shift", []), ShiftSection, f"{where}.shift")
        shifts = tuple((place, shift) for place, _, shift in found if shift)
        if section:
            yield RosterPlan(where=where, section=section, shifts=shifts)


def _households(reader: Reader, raw: object) -> Iterator[HouseholdPlan]:
    for where, item, section in reader.tables(raw, HouseholdSection, "household", apart="device"):
        found = reader.tables(item.get("device", []), DeviceSection, f"{where}.device")
        devices = tuple((place, device) for place, _, device in found if device)
        if section:
            yield HouseholdPlan(where=where, section=section, devices=devices)
