"""What is said of vital signs: findings with their reason, and the numbers behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.detection.names import name
from alerting.detection.readings import NAMES, amount, whose
from alerting.detection.vital_rules import SECOND, Rule, limits_of
from alerting.events import Evidence, Finding, LeadsTo, PresenceState
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import Reading

DETECTOR = "vital_limits"
GROUP = "vitals"
"""Everything of one home's residents that is wrong at one time is one incident."""

Values = tuple[float, float | None]
"""A reading's value and, of blood pressure, the lower one."""
LATE = timedelta(minutes=10)
"""A reading that took longer to come is told with its age."""


class Shown(NamedTuple):
    """How often and for how long a limit was passed, up to the last reading."""

    times: int
    since: datetime
    last: datetime
    witness: str = ""
    """Another device that showed it, too."""
    seen: Values = (0.0, None)
    """What that one showed."""


def group(home: Household, device: str) -> str:
    """Return what the incidents of a device's resident have in common."""
    resident = home.measured_by(device)
    return GROUP if len(home.residents) < 2 else f"{GROUP} {resident.name}"


def confirmed(
    home: Household,
    rule: Rule,
    event: Reading,
    shown: Shown,
    urgency: Urgency,
    usual: float | None,
) -> Finding:
    """It was measured twice, by two devices, or for long enough."""
    said, limit, sign = _said(home, rule, event), _limit(home, rule, event.device), _sign(rule)
    count, seconds = shown.times, round((shown.last - shown.since).total_seconds())
    late = round((event.at - shown.last).total_seconds())
    times = Words(f"{_span_zh(seconds)}内{count}次", f"{count} times in {_span_en(seconds)}")
    normally, ago = Words("", ""), Words("", "")
    more: Evidence = {"readings": count, "seconds": seconds}
    if shown.witness:
        other, value = name(home, shown.witness), amount(rule.quantity, *shown.seen)
        times = Words(
            f"{times.zh}（{other.zh}也测得{value.zh}）", f"{times.en} (also {value.en}, {other.en})"
        )
        more |= {"witness": shown.witness, "witness_value": shown.seen[0]}
    if late >= LATE.total_seconds():
        ago = Words(f"{_span_zh(late)}前，", _ago(late))
        more["age_seconds"] = late
    if usual is not None:
        mean = amount(rule.quantity, usual)
        normally = Words(f"，平时约{mean.zh}", f"; usually about {mean.en}")
    return _finding(
        home,
        rule,
        event.at,
        event.device,
        Words(
            f"{ago.zh}{said.zh}（{sign.zh}{limit.zh}），{times.zh}{normally.zh}",
            f"{ago.en}{said.en} ({sign.en} {limit.en}), {times.en}{normally.en}",
        ),
        _evidence(home, rule, event.device, event.value, event.second)
        | more
        | ({} if usual is None else {"usual": usual}),
        urgency,
    )


def alone(
    home: Household,
    rule: Rule,
    at: datetime,
    device: str,
    values: Values,
    shown: Shown,
) -> Finding:
    """One reading was bad, and nobody measured again."""
    count, minutes = shown.times, round(rule.wait.total_seconds() / 60)
    once, ago = _once(home, rule, device, values, count), Words("", "")
    more: Evidence = {"readings": count, "minutes": minutes}
    late = round((at - shown.since - rule.wait).total_seconds())
    if late >= LATE.total_seconds():  # it waited at its device
        seconds = round((at - shown.since).total_seconds())
        ago, more["age_seconds"] = Words(f"{_span_zh(seconds)}前，", _ago(seconds)), seconds
    return _finding(
        home,
        rule,
        at,
        device,
        Words(
            f"{ago.zh}{once.zh}，{minutes}分钟没有复测，请打电话问问",
            f"{ago.en}{once.en} and not again for {minutes} min; please call and ask",
        ),
        _evidence(home, rule, device, *values) | more,
        rule.alone or Urgency.LOW,
    )


def asked(home: Household, rule: Rule, at: datetime, device: str, values: Values) -> Finding:
    """The resident is asked to measure again, if anything there can ask; nobody else is told."""
    once = _once(home, rule, device, values, 1)
    asks = Words("请老人再量一次", "the resident is asked to measure again")
    if not any(one.speaks for one in home.devices.values()):
        asks = Words("等老人自己再量一次", "waiting for a second measurement")
    return _finding(
        home,
        rule,
        at,
        device,
        Words(
            f"{once.zh}，{asks.zh}",
            f"{once.en}; {asks.en}",
        ),
        _evidence(home, rule, device, *values) | {"readings": 1},
        Urgency.LOW,
        leads_to=LeadsTo.NOTE,
        ask=rule.ask,
    )


def _once(home: Household, rule: Rule, device: str, values: Values, count: int) -> Words:
    said, limit, sign = amount(rule.quantity, *values), _limit(home, rule, device), _sign(rule)
    what, who = NAMES[rule.quantity], whose(home, device)
    times = "once" if count == 1 else f"{count} times"
    return Words(
        f"{who.zh}{what.zh}量到{count}次{said.zh}（{sign.zh}{limit.zh}）",
        f"{who.en}{what.en} of {said.en} measured {times} ({sign.en} {limit.en})",
    )


def well(home: Household, event: Reading, rule: Rule) -> Finding:
    """The device measures nothing beyond a limit any more."""
    said = _said(home, rule, event)
    return _finding(
        home,
        rule,
        event.at,
        event.device,
        Words(f"{said.zh}，恢复到限值以内", f"{said.en}, within its limits again"),
        _evidence(home, rule, event.device, event.value, event.second),
        rule.urgency,
        active=False,
    )


def paused(home: Household, at: datetime, device: str, person: PresenceState) -> Finding:
    """The resident is elsewhere: what was found is not followed here any more."""
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.HEALTH,
        subject=device,
        reason=Words(
            f"不再判断{name(home, device).zh}的读数：老人不在家或暂停看护",
            f"readings of the {name(home, device).en} are not judged while the resident is away",
        ),
        active=False,
        evidence={"device": device, "presence": str(person), "watched": 0},
        group=group(home, device),
    )


def _finding(
    home: Household,
    rule: Rule,
    at: datetime,
    device: str,
    reason: Words,
    evidence: Evidence,
    urgency: Urgency,
    *,
    active: bool = True,
    leads_to: LeadsTo = LeadsTo.INCIDENT,
    ask: Words | None = None,
) -> Finding:
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.HEALTH,
        subject=device,
        reason=reason,
        active=active,
        urgency=urgency,
        evidence=evidence,
        group=group(home, device),
        short=rule.short,
        leads_to=leads_to,
        ask=ask,
    )


def _evidence(
    home: Household, rule: Rule, device: str, value: float, second: float | None
) -> Evidence:
    limit, limit_second = limits_of(rule, home.measured_by(device))
    found: Evidence = {
        "device": device,
        "rule": rule.name,
        "quantity": str(rule.quantity),
        "value": value,
        "limit": limit,
        "clear": rule.clear + (limit - rule.limit),
    }
    if second is not None:
        found["diastolic"] = second
    if limit_second is not None:
        found[f"limit{SECOND}"] = limit_second
    return found


def _said(home: Household, rule: Rule, event: Reading) -> Words:
    said = amount(rule.quantity, event.value, event.second)
    what, who = NAMES[rule.quantity], whose(home, event.device)
    by = name(home, event.device)
    return Words(f"{who.zh}{by.zh}测得{what.zh}{said.zh}", f"{who.en}{what.en} {said.en}, {by.en}")


def _limit(home: Household, rule: Rule, device: str) -> Words:
    limit, second = limits_of(rule, home.measured_by(device))
    return amount(rule.quantity, limit, second)


def _sign(rule: Rule) -> Words:
    return Words("上限", "limit") if rule.is_high else Words("下限", "lower limit")


def _ago(seconds: int) -> str:
    return f"{_span_en(seconds)} ago, "


def _span_zh(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds}秒"
    return f"{seconds // 60}分钟" if seconds < 7_200 else f"{seconds // 3_600}小时"


def _span_en(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"
