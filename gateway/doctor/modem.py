"""The modem: is it there, does it answer, has its SIM a network, what can it do?"""

from __future__ import annotations

from alerting.words import Words
from gateway.clock import SystemClock
from gateway.config import Settings
from gateway.doctor.finding import Finding, Level
from gateway.transports.modem.probe import Found, ProbeError, candidates, probe

MODEM = Words("4G 模块", "4G modem")
SIGNAL_WEAK_DBM = -103


async def look(settings: Settings) -> list[Finding]:
    """Look at the modem of the configuration; without one, name what could be one."""
    if settings.modem is None:
        return _unused()
    access = settings.modem.access
    try:
        found = await probe(access, SystemClock())
    except ProbeError as error:
        return [_unusable(access.device, error)]
    return [_judged(found)]


def _unused() -> list[Finding]:
    there = candidates()
    if not there:
        return []
    words = Words(
        f"发现 {there[0]}，但没有配置；要用它请写 [modem]",
        f"there is {there[0]}, but it is not configured; write [modem] to use it",
    )
    return [Finding(Level.WARN, MODEM, words)]


def _unusable(device: str, error: ProbeError) -> Finding:
    if error.is_busy:
        words = Words(
            f"{device} 正在使用（网关正在运行时是这样）；否则请停用 ModemManager",
            f"{device} is in use, as it is while the gateway runs; "
            "otherwise keep ModemManager off it",
        )
        return Finding(Level.OK, MODEM, words)
    if error.is_absent:
        others = candidates()
        there = Words(
            f"；找到的有 {'、'.join(others)}" if others else "；没有找到任何模块，请检查接线",
            f"; there are {', '.join(others)}" if others else "; none was found: check the cable",
        )
        words = Words(f"没有 {device}{there.zh}", f"there is no {device}{there.en}")
        return Finding(Level.FAIL, MODEM, words)
    words = Words(
        f"{device}：{error}；见 docs/modem.md",
        f"{device}: {error}; see docs/modem.md",
    )
    return Finding(Level.FAIL, MODEM, words)


def _judged(found: Found) -> Finding:
    state = found.state
    dbm = "?" if state.dbm is None else f"{state.dbm} dBm"
    shown = f"{state.model} ({found.family}), {state.operator or '-'}, {dbm}"
    if not state.is_registered:
        words = Words(
            f"{shown}：没有入网，请检查 SIM 卡、天线和 VoLTE",
            f"{shown}: no network; check SIM, aerial and VoLTE",
        )
        return Finding(Level.FAIL, MODEM, words)
    if not found.speaks:
        words = Words(
            f"{shown}：短信可用；不能朗读，电话只会响铃",
            f"{shown}: texts work; it cannot speak, so that a call only rings",
        )
        return Finding(Level.WARN, MODEM, words)
    if not found.hears:
        words = Words(
            f"{shown}：短信和朗读可用；不能识别按键",
            f"{shown}: texts and speech work; it hears no keys",
        )
        return Finding(Level.WARN, MODEM, words)
    if state.dbm is None or state.dbm < SIGNAL_WEAK_DBM:
        words = Words(f"{shown}：信号弱，请移动天线", f"{shown}: weak signal, move the aerial")
        return Finding(Level.WARN, MODEM, words)
    words = Words(f"{shown}：短信、朗读、按键可用", f"{shown}: texts, speech and keys work")
    return Finding(Level.OK, MODEM, words)
