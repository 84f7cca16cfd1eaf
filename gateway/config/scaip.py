"""`[scaip]`: alarm receiving centres."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.config.problems import Problems, shown
from gateway.config.push import check_names
from gateway.transports.targets import HEARTBEAT, HOLD, ScaipTarget

_CONTROLLER = re.compile(r"[0-9]{1,16}", re.ASCII)
_HOST = re.compile(r"[0-9A-Za-z.:_-]{1,253}", re.ASCII)
_USER = re.compile(r"[0-9A-Za-z.+_-]{0,64}", re.ASCII)
PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""SIP's own, by transport (RFC 3261, 19.1.2)."""
HEARTBEAT_MIN, HEARTBEAT_MAX = timedelta(minutes=1), timedelta(minutes=1_440)
HOLD_MIN, HOLD_MAX = timedelta(minutes=3), timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class ScaipTargetSection:
    """One entry of `scaip.targets`."""

    host: str
    port: int | None = None
    transport: str = "udp"
    user: str = ""
    controller: str
    controllers: dict[str, str] = field(default_factory=dict)
    username: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    supervised: bool = True
    heartbeat: timedelta = HEARTBEAT
    hold: timedelta = HOLD


@dataclass(frozen=True, kw_only=True)
class ScaipSection:
    """`[scaip]`."""

    targets: dict[str, ScaipTargetSection] = field(default_factory=dict)


def check_scaip(section: ScaipSection, households: set[str], problems: Problems) -> None:
    """Note what no centre could be reached by."""
    check_names("scaip.targets", section.targets, problems)
    for name, target in section.targets.items():
        _check_target(f"scaip.targets.{name}", target, households, problems)


def _check_target(
    where: str,
    target: ScaipTargetSection,
    households: set[str],
    problems: Problems,
) -> None:
    if target.transport not in PORTS:
        problems.add(
            f"{where}.transport",
            f'{shown(target.transport)} 不可用；应为 "udp"、"tcp" 或 "tls"',
            f'{shown(target.transport)} is unknown; expected "udp", "tcp" or "tls"',
        )
    for place, text, form, zh, en in (
        ("host", target.host, _HOST, "主机名或地址", "a host name or address"),
        ("user", target.user, _USER, "@ 前面的部分", "what stands before the @"),
    ):
        if not form.fullmatch(text):
            problems.add(
                f"{where}.{place}", f"{shown(text)} 不是{zh}", f"{shown(text)} is not {en}"
            )
    if target.port is not None and target.port > 65_535:
        problems.add(f"{where}.port", f"{target.port} 不是端口", f"{target.port} is not a port")
    numbers = {f"{where}.controller": target.controller}
    for home, number in target.controllers.items():
        numbers[f"{where}.controllers.{home}"] = number
        if home not in households:
            problems.add(
                f"{where}.controllers.{home}",
                f"没有编号为“{home}”的 [[household]]",
                f"there is no [[household]] {home!r}",
            )
    for place, number in numbers.items():
        if not _CONTROLLER.fullmatch(number):
            problems.add(
                place,
                f"{shown(number)} 不是控制器编号；应为 1 到 16 位数字，由中心分配",
                f"{shown(number)} is not a controller's id: 1 to 16 digits, given by the centre",
            )
    _within(f"{where}.heartbeat", target.heartbeat, HEARTBEAT_MIN, HEARTBEAT_MAX, problems)
    _within(f"{where}.hold", target.hold, HOLD_MIN, HOLD_MAX, problems)


def _within(
    where: str, length: timedelta, least: timedelta, most: timedelta, problems: Problems
) -> None:
    if not least <= length <= most:
        low, high = (int(end.total_seconds() // 60) for end in (least, most))
        problems.add(
            where, f"应在 {low} 到 {high} 分钟之间", f"is not between {low} and {high} minutes"
        )


def scaip_target(section: ScaipTargetSection, password: str) -> ScaipTarget:
    """Return the centre as the transport wants it."""
    return ScaipTarget(
        host=section.host,
        port=section.port or PORTS[section.transport],
        transport=section.transport,
        user=section.user,
        controller=section.controller,
        controllers=dict(section.controllers),
        username=section.username,
        password=password,
        heartbeat=section.heartbeat if section.supervised else None,
        hold=section.hold,
    )
