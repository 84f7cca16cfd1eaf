"""Reading the file: text, tables, sections, cross checks, records."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from devices.topic import ID_CHARS_MAX
from gateway.config.build import build
from gateway.config.checks import check
from gateway.config.elder import DeadmanSection, DrillsSection, ElderSection
from gateway.config.plan import HouseholdPlan, Plan, PolicyPlan
from gateway.config.problems import ConfigError, Problems
from gateway.config.reader import Reader
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

Section = TypeVar(
    "Section",
    GatewaySection,
    BrokerSection,
    DeskSection,
    StoreSection,
    SupervisionSection,
    ElderSection,
    DeadmanSection,
)

FILE_BYTES_MAX = 8_000_000


def load(
    path: str | os.PathLike[str],
    environment: Mapping[str, str] = os.environ,
    *,
    serving: bool = True,
) -> Settings:
    """Return the checked settings of the file at `path`.

    Args:
        path: a TOML file; every setting is explained in `deploy/gateway.example.toml`.
        environment: where systemd says `CREDENTIALS_DIRECTORY`.
        serving: False for commands that send nothing: a secret only the service can read is
            a warning, and is looked for beside the configuration, too.

    Raises:
        ConfigError: the file cannot be read or used; holds everything that is wrong.
    """
    file = Path(path)
    problems = Problems()
    raw = _parsed(file, problems)
    plan = _planned(raw, problems)
    problems.settle()
    warnings = Problems()
    check(plan, problems, warnings)
    secrets = read_secrets(plan, file.parent, environment, problems, warnings, serving=serving)
    if problems.found:
        raise ConfigError(file, problems.found)
    return build(file, plan, secrets, tuple(warnings.found))


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
    return Plan(
        general=general,
        gateway=gateway,
        broker=broker,
        desk=desk,
        twilio=twilio,
        store=store,
        responders=tuple((where, section) for where, _, section in responders if section),
        responder_ids=frozenset(
            id
            for _, item, _ in responders
            if isinstance(id := item.get("id"), str) and len(id) <= ID_CHARS_MAX
        ),
        policies=tuple(_policies(reader, raw.get("policy", []))),
        households=tuple(_households(reader, raw.get("household", []))),
        supervision=one("supervision", SupervisionSection),
        elder=one("elder", ElderSection),
        drills=reader.table(raw["drills"], DrillsSection, "drills") if "drills" in raw else None,
        deadman=one("deadman", DeadmanSection),
    )


def _policies(reader: Reader, raw: object) -> Iterator[PolicyPlan]:
    for where, item, section in reader.tables(raw, PolicySection, "policy", apart="step"):
        found = reader.tables(item.get("step", []), StepSection, f"{where}.step")
        steps = tuple((place, step) for place, _, step in found if step)
        if section:
            yield PolicyPlan(where=where, section=section, steps=steps)


def _households(reader: Reader, raw: object) -> Iterator[HouseholdPlan]:
    for where, item, section in reader.tables(raw, HouseholdSection, "household", apart="device"):
        found = reader.tables(item.get("device", []), DeviceSection, f"{where}.device")
        devices = tuple((place, device) for place, _, device in found if device)
        if section:
            yield HouseholdPlan(where=where, section=section, devices=devices)
