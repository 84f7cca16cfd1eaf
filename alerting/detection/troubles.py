"""What supervision says: its findings, in words and numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection import names
from alerting.detection.home import LIFELINES, heartbeat
from alerting.detection.names import PARTS, REACH, name, short
from alerting.events import Evidence, Finding
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import Alive, AnyObservation, Fault, Tamper

DETECTOR = "supervision"
WRONG: dict[str, Words] = {
    "silent": Words("失联", "silent"),
    "offline": Words("离线", "offline"),
    "battery_critical": Words("将没电", "battery nearly empty"),
    "battery": Words("电量低", "battery low"),
    "tamper": Words("外壳被打开", "case opened"),
    "signal": Words("信号弱", "signal weak"),
    "fault": Words("故障", "fault"),
    "removed": Words("已移除", "removed"),
}
"""What can be wrong with a device, in a word; the graver first."""
UNSEEN = "unseen_minutes"
"""Evidence that a home is not seen: for how long it had not been, when that was found."""


def silent(home: Household, at: datetime, id: str) -> Finding:
    """The device has not spoken for longer than its heartbeat."""
    limit = heartbeat(home.devices[id]) or timedelta()
    return _finding(
        at,
        id,
        Words(
            f"{name(home, id).zh}超过{_span_zh(limit)}没有消息",
            f"the {name(home, id).en} has been silent for more than {_span_en(limit)}",
        ),
        Words(f"{short(home, id).zh}失联", f"{short(home, id).en} silent"),
        {"device": id, "limit_hours": limit.total_seconds() / 3600},
        urgency=_lifeline(home, id),
    )


def offline(home: Household, at: datetime, id: str, grace: timedelta) -> Finding:
    """The device was reported offline and did not come back."""
    return _finding(
        at,
        id,
        Words(f"{name(home, id).zh}已离线", f"the {name(home, id).en} is offline"),
        Words(f"{short(home, id).zh}离线", f"{short(home, id).en} offline"),
        {"device": id, "offline_minutes": grace.total_seconds() / 60},
        urgency=_lifeline(home, id),
    )


def battery(home: Household, event: Alive, limit: int, *, is_critical: bool = False) -> Finding:
    """The device's battery is low, or all but empty."""
    percent = event.battery_percent
    shown = (
        ("电量低", "battery low")
        if percent is None
        else (f"电量{percent}%", f"battery {percent} %")
    )
    soon = (
        ("，随时可能失效，请尽快更换", ", it may stop at any time: replace it")
        if is_critical
        else ("", "")
    )
    evidence: Evidence = {"device": event.device, "limit_percent": limit}
    if percent is not None:
        evidence["battery_percent"] = percent
    kind = short(home, event.device)
    return _finding(
        event.at,
        event.device,
        Words(
            f"{name(home, event.device).zh}{shown[0]}{soon[0]}",
            f"the {name(home, event.device).en}: {shown[1]}{soon[1]}",
        ),
        Words(f"{kind.zh}将没电", f"{kind.en} battery nearly empty")
        if is_critical
        else Words(f"{kind.zh}电量低", f"{kind.en} battery low"),
        evidence,
        urgency=_lifeline(home, event.device) if is_critical else Urgency.LOW,
    )


def weak(home: Household, event: AnyObservation, since: datetime) -> Finding:
    """The device has been heard only just for hours."""
    id, hours = event.device, (event.at - since).total_seconds() / 3600
    evidence: Evidence = {"device": id, "weak_hours": round(hours, 1)}
    shown = ""
    if isinstance(event, Alive) and event.signal_dbm is not None:
        evidence["signal_dbm"] = event.signal_dbm
        shown = f"{event.signal_dbm} dBm"
    elif isinstance(event, Alive) and event.link_quality is not None:
        evidence["link_quality"] = event.link_quality
        shown = f"{event.link_quality}/255"
    return _finding(
        event.at,
        id,
        Words(
            f"{name(home, id).zh}信号弱已{hours:.0f}小时（{shown}），可能漏报，请调整位置或加中继",
            f"the {name(home, id).en} has had a weak signal for {hours:.0f} h ({shown}): "
            "what it says may be lost; move it, or add a repeater",
        ),
        Words(f"{short(home, id).zh}信号弱", f"{short(home, id).en} signal weak"),
        evidence,
    )


def tampered(home: Household, event: Tamper) -> Finding:
    """The device's case was opened."""
    id = event.device
    return _finding(
        event.at,
        id,
        Words(f"{name(home, id).zh}外壳被打开", f"the case of the {name(home, id).en} was opened"),
        Words(f"{short(home, id).zh}被拆开", f"{short(home, id).en} opened"),
        {"device": id, "opened": 1},
    )


def beside(finding: Finding, others: tuple[str, ...]) -> Finding:
    """Return the finding with what else is wrong with the same device: it speaks for all of it."""
    if not others:
        return finding
    also, reason = _listed(others), finding.reason
    return msgspec.structs.replace(
        finding,
        reason=Words(f"{reason.zh}；另外：{also.zh}", f"{reason.en}; also: {also.en}"),
        evidence={**finding.evidence, "also": ", ".join(others)},
    )


def left(home: Household, at: datetime, id: str, wrong: tuple[str, ...]) -> Finding:
    """Something is well again with the device, and something is not."""
    still, kind = _listed(wrong), short(home, id)
    gravest = WRONG[min(wrong, key=list(WRONG).index)]
    return _finding(
        at,
        id,
        Words(f"{name(home, id).zh}还有：{still.zh}", f"the {name(home, id).en} still: {still.en}"),
        Words(f"{kind.zh}{gravest.zh}", f"{kind.en} {gravest.en}"),
        {"device": id, "also": ", ".join(wrong), "wrong": len(wrong)},
        urgency=_lifeline(home, id) if "battery_critical" in wrong else Urgency.LOW,
    )


def _listed(wrong: tuple[str, ...]) -> Words:
    shown = [words for code, words in WRONG.items() if code in wrong]
    if "battery_critical" in wrong:  # that says it
        shown.remove(WRONG["battery"])
    return Words("、".join(one.zh for one in shown), ", ".join(one.en for one in shown))


def well(home: Household, at: datetime, id: str, wrong: tuple[str, ...]) -> Finding:
    """Nothing is wrong with the device any more."""
    return _finding(
        at,
        id,
        Words(f"{name(home, id).zh}恢复正常", f"the {name(home, id).en} is well again"),
        Words("恢复正常", "well again"),
        {"device": id, "was": ", ".join(wrong), "wrong": 0},
        active=False,
    )


def removed(at: datetime, id: str) -> Finding:
    """The device no longer belongs to the home, so nothing is wrong with it."""
    return _finding(
        at,
        id,
        Words("一台设备已从配置中移除", "a device was removed from the configuration"),
        Words("已移除", "removed"),
        {"device": id, "was": "removed", "wrong": 0},
        active=False,
    )


def faulty(home: Household, event: Fault, *, insists: bool = False) -> Finding:
    """A part of the gateway is broken, or works again: what it means, then what was noticed."""
    id, part = event.device, name(home, event.device)
    detail = _said(event.detail)
    if id.startswith(REACH):
        part = Words(f"对{part.zh}的通知", f"messages to {part.en}")
        broken = Words(f"{part.zh}发不出去", f"{part.en} do not arrive")
    else:
        part = names.part(id)
        means = PARTS[id][1] if id in PARTS else Words(f"{part.zh}不正常", "it is broken")
        broken = Words(means.zh, f"fault of the gateway ({part.en}): {means.en}")
    reason = broken if event.active else Words(f"{part.zh}恢复正常", f"{part.en}: works again")
    if event.active:
        reason = Words(
            f"{reason.zh}：{detail.zh}" if detail.zh else reason.zh,
            f"{reason.en}; {detail.en}" if detail.en else reason.en,
        )
    return _finding(
        event.at,
        id,
        reason,
        Words("网关故障", "gateway fault"),
        {"device": id, "detail": event.detail, "broken": 1 if event.active else 0},
        active=event.active,
        # a gateway that fell silent watches nobody any more, and cannot say so itself
        urgency=Urgency.HIGH if id == "peers" else Urgency.MEDIUM,
        insists=insists,
    )


def _said(detail: str) -> Words:
    """Return what a part said of its fault, as far as it can be said in each language.

    Parts write `中文 / English`, several joined by semicolons. What is English only is for the
    technician: it stays out of the Chinese sentence, and in the evidence.
    """
    zh, en = [], []
    for one in detail.split("; "):
        left, slash, right = one.partition(" / ")
        if slash and not left.isascii():
            zh.append(left)
            en.append(right)
        else:
            zh += [one] if not one.isascii() else []
            en.append(one)
    return Words("；".join(zh), "; ".join(en))


def blind(
    home: Household, at: datetime, seeing: tuple[str, ...], unseen: timedelta | None
) -> Finding:
    """None of the devices `seeing` the home does so any more, or one does again.

    `unseen`: how long ago the last of them was heard; None: one of them is again.
    """
    eyes = len(seeing)
    evidence: Evidence = {"devices": eyes, "missing": 0}
    if unseen is not None:
        evidence = {"devices": eyes, "missing": eyes}
        evidence[UNSEEN] = round(unseen.total_seconds() / 60, 1)
        reason = Words(
            f"看不到这个家：{eyes}台活动感应设备全部失联，无法判断老人是否活动",
            f"the home is not seen: all {eyes} devices that see activity are missing, "
            "so its silence says nothing about the resident",
        )
    else:
        reason = Words("又能看到这个家", "the home is seen again")
    return _finding(
        at,
        home.id,
        reason,
        Words("活动感应全部失联", "home not seen"),
        evidence,
        active=unseen is not None,
        urgency=Urgency.MEDIUM,
        parts=seeing,
    )


def _finding(
    at: datetime,
    subject: str,
    reason: Words,
    short: Words,
    evidence: Evidence,
    *,
    active: bool = True,
    urgency: Urgency = Urgency.LOW,
    parts: tuple[str, ...] = (),
    insists: bool = False,
) -> Finding:
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.TECHNICAL,
        subject=subject,
        reason=reason,
        active=active,
        urgency=urgency,
        evidence=evidence,
        short=short,
        parts=parts,
        insists=insists,
    )


def _lifeline(home: Household, id: str) -> Urgency:
    """What the resident calls with is more than a repair: without it nobody can call any more.

    In a home-care bed the same holds for the mattress.
    """
    role = home.devices[id].role
    is_needed = role in LIFELINES or (home.care_bed and role is Role.BED)
    return Urgency.MEDIUM if is_needed else Urgency.LOW


def _span_zh(limit: timedelta) -> str:
    minutes = limit.total_seconds() / 60
    return f"{minutes:g}分钟" if minutes < 120 else f"{minutes / 60:g}小时"


def _span_en(limit: timedelta) -> str:
    minutes = limit.total_seconds() / 60
    return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"
