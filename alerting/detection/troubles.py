"""What supervision says: its findings, in words and numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.detection.home import heartbeat, name_en, name_zh, short_en, short_zh
from alerting.events import Evidence, Finding
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import Alive, Fault, Tamper

DETECTOR = "supervision"
REACH = "reach/"
"""Before a responder's id: this person cannot be reached."""
PARTS = {
    "broker": Words("消息代理", "message broker"),
    "ingest": Words("设备消息", "messages of devices"),
    "store": Words("存储", "storage"),
    "disk": Words("磁盘", "disk"),
    "clock": Words("时钟", "clock"),
    "desk": Words("值班台", "duty desk"),
    "provider": Words("短信与电话", "texts and calls"),
    "audit": Words("自查", "self-check"),
}
"""What the gateway calls its own parts, in words."""


def silent(home: Household, at: datetime, id: str) -> Finding:
    """The device has not spoken for longer than its heartbeat."""
    limit = heartbeat(home.devices[id]) or timedelta()
    return _finding(
        at,
        id,
        Words(
            f"{name_zh(home, id)}超过{_span_zh(limit)}没有消息",
            f"{name_en(home, id)} has been silent for more than {_span_en(limit)}",
        ),
        Words(f"{short_zh(home, id)}失联", f"{short_en(home, id)} silent"),
        {"device": id, "limit_hours": limit.total_seconds() / 3600},
        urgency=_lifeline(home, id),
    )


def offline(home: Household, at: datetime, id: str, grace: timedelta) -> Finding:
    """The device was reported offline and did not come back."""
    return _finding(
        at,
        id,
        Words(f"{name_zh(home, id)}已离线", f"{name_en(home, id)} is offline"),
        Words(f"{short_zh(home, id)}离线", f"{short_en(home, id)} offline"),
        {"device": id, "offline_minutes": grace.total_seconds() / 60},
        urgency=_lifeline(home, id),
    )


def battery(home: Household, event: Alive, limit: int) -> Finding:
    """The device's battery is low."""
    percent = event.battery_percent
    shown = (
        ("电量低", "battery low")
        if percent is None
        else (f"电量{percent}%", f"battery {percent} %")
    )
    evidence: Evidence = {"device": event.device, "limit_percent": limit}
    if percent is not None:
        evidence["battery_percent"] = percent
    return _finding(
        event.at,
        event.device,
        Words(
            f"{name_zh(home, event.device)}{shown[0]}", f"{name_en(home, event.device)}: {shown[1]}"
        ),
        Words(
            f"{short_zh(home, event.device)}电量低", f"{short_en(home, event.device)} battery low"
        ),
        evidence,
    )


def tampered(home: Household, event: Tamper) -> Finding:
    """The device's case was opened."""
    id = event.device
    return _finding(
        event.at,
        id,
        Words(f"{name_zh(home, id)}外壳被打开", f"the case of {name_en(home, id)} was opened"),
        Words(f"{short_zh(home, id)}被拆开", f"{short_en(home, id)} opened"),
        {"device": id, "opened": 1},
    )


def well(home: Household, at: datetime, id: str, wrong: tuple[str, ...]) -> Finding:
    """Nothing is wrong with the device any more."""
    return _finding(
        at,
        id,
        Words(f"{name_zh(home, id)}恢复正常", f"{name_en(home, id)} is well again"),
        Words("恢复正常", "well again"),
        {"device": id, "was": ", ".join(wrong), "wrong": 0},
        active=False,
    )


def removed(at: datetime, id: str) -> Finding:
    """The device no longer belongs to the home, so nothing is wrong with it."""
    return _finding(
        at,
        id,
        Words(f"{id}已从配置中移除", f"{id} was removed from the configuration"),
        Words("已移除", "removed"),
        {"device": id, "was": "removed", "wrong": 0},
        active=False,
    )


def faulty(event: Fault) -> Finding:
    """A part of the gateway is broken, or works again."""
    id = event.device
    part = _part(id)
    if event.active:
        reason = Words(f"{part.zh}故障：{event.detail}", f"{part.en}, fault: {event.detail}")
    else:
        reason = Words(f"{part.zh}恢复：{event.detail}", f"{part.en} works again: {event.detail}")
    return _finding(
        event.at,
        id,
        reason,
        Words("网关故障", "gateway fault"),
        {"device": id, "detail": event.detail, "broken": 1 if event.active else 0},
        active=event.active,
        urgency=Urgency.MEDIUM,
    )


def _part(id: str) -> Words:
    """Name a part of the gateway as the desk's technical page does."""
    if id.startswith(REACH):
        person = id.removeprefix(REACH)
        return Words(f"对{person}的通知", f"messages to {person}")
    return PARTS.get(id, Words(f"网关部件{id}", f"gateway part {id}"))


def blind(home: Household, at: datetime, eyes: int, *, is_blind: bool) -> Finding:
    """No device sees the home any more, or one does again."""
    if is_blind:
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
        {"devices": eyes, "missing": eyes if is_blind else 0},
        active=is_blind,
        urgency=Urgency.MEDIUM,
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
    )


def _lifeline(home: Household, id: str) -> Urgency:
    """A call button that is gone is more than a repair: nobody can call any more."""
    is_button = home.devices[id].role is Role.CALL_BUTTON
    return Urgency.MEDIUM if is_button else Urgency.LOW


def _span_zh(limit: timedelta) -> str:
    minutes = limit.total_seconds() / 60
    return f"{minutes:g}分钟" if minutes < 120 else f"{minutes / 60:g}小时"


def _span_en(limit: timedelta) -> str:
    minutes = limit.total_seconds() / 60
    return f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"
