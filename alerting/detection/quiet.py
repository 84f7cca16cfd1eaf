"""What the inactivity detector says: its findings, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from alerting.detection.habit import room_of
from alerting.detection.names import name
from alerting.detection.pulse import Pulse
from alerting.detection.surprise import Compared
from alerting.events import Evidence, Finding, PresenceSet, PresenceState
from alerting.household import Household, IncidentKind, Role
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation

DETECTOR = "inactivity"
BLIND_SENSOR = "blind_sensor"
SIMILAR_LEAST = 0.3
"""A past silence that counts so much at least began at such an hour, in such a place."""
USUAL_LISTED_MAX = 5

_ROOMS = {
    "bathroom": Words("卫生间", "bathroom"),
    "bedroom": Words("卧室", "bedroom"),
    "kitchen": Words("厨房", "kitchen"),
}


class Silence(msgspec.Struct, frozen=True, gc=False):
    """What there is to say of a silence that has lasted too long."""

    began: datetime
    where: str
    """The place of the last sign (`habit.place`)."""
    spoke: str
    """The inside device heard last, if only to say that it is alive."""
    spoke_at: datetime
    limit_hours: float
    unusual: float | None = None
    """How unusual it is (`surprise`); None: nothing is known of this person yet."""
    unusual_limit: float = 0.0
    expected_hours: float = 0.0
    compared: Sequence[Compared] = ()
    days_known: float = 0.0


def too_quiet(home: Household, at: datetime, silence: Silence) -> Finding:
    """Nobody has moved for too long."""
    hours = (at - silence.began).total_seconds() / 3600
    usual = similar(silence.compared)
    local = silence.began.astimezone(home.tz)
    room = _ROOMS.get(room_of(home, silence.where))
    zh = f"家中已{hours:.1f}小时未见活动（自{local:%H:%M}起"
    en = f"nobody has moved at home for {hours:.1f} h (since {local:%H:%M}"
    if room is not None:
        zh, en = f"{zh}，最后在{room.zh}", f"{en}, last in the {room.en}"
    zh, en = f"{zh}），没有出门迹象", f"{en}), and nobody seems to have gone out"
    if usual:
        zh = f"{zh}；平时这个时段最长{usual[0]:.1f}小时"
        en = f"{en}; at this hour it is usually {usual[0]:.1f} h at most"
    evidence: Evidence = {
        "silent_hours": round(hours, 3),
        "limit_hours": round(silence.limit_hours, 3),
        "rule": "fixed" if silence.unusual is None else "learned",
        "last_heard_device": silence.spoke,
        "last_heard_minutes_ago": round((at - silence.spoke_at).total_seconds() / 60, 1),
        "last_moved": silence.where.removesuffix("+"),
    }
    if silence.unusual is None:
        evidence |= {
            "limit_by_day_hours": home.inactivity_by_day.total_seconds() / 3600,
            "limit_by_night_hours": home.inactivity_by_night.total_seconds() / 3600,
        }
    else:
        evidence |= {
            "usual_hours": usual,
            "expected_active_hours": round(silence.expected_hours, 2),
            "unusual": round(silence.unusual, 2),
            "unusual_limit": round(silence.unusual_limit, 2),
            "days_known": round(silence.days_known, 1),
            "false_alarms_per_month": home.false_alarms_per_month,
        }
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(zh, en),
        urgency=Urgency.HIGH,
        evidence=evidence,
        short=Words(f"已{hours:.0f}小时未见活动", f"no activity for {hours:.0f} h"),
        asks_seconds=home.asks_for(IncidentKind.INACTIVITY).seconds,
    )


def similar(compared: Sequence[Compared]) -> list[float]:
    """Return the hours of the longest past silences at such an hour and place, longest first."""
    hours = sorted((one.hours for one in compared if one.weight >= SIMILAR_LEAST), reverse=True)
    return [round(value, 1) for value in hours[:USUAL_LISTED_MAX]]


def moving(home: Household, event: AnyObservation) -> Finding:
    """Somebody moves again."""
    return Finding(
        at=event.at,
        detector=DETECTOR,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"又有活动：{name(home, event.device).zh}",
            f"somebody moves again: {name(home, event.device).en}",
        ),
        active=False,
        evidence={"device": event.device, "silent_hours": 0},
    )


def blind_sensor(home: Household, at: datetime, id: str, pulse: Pulse) -> Finding:
    """A sensor sees nothing any more, though life at home goes on."""
    missing, share = pulse.missing(id), pulse.share(id)
    zh = f"家中有活动的{missing}个刻钟里它都没有反应，平时约{share:.0%}有反应"
    en = (
        f"nothing from it in {missing} quarters of an hour with life at home, "
        f"of which it usually sees {share:.0%}"
    )
    absences = pulse.doors.absences if home.devices[id].role is Role.ENTRANCE else 0
    if absences:
        zh = f"{zh}；其间有{absences}次像是外出，却没有开门"
        en = f"{en}; {absences} times somebody seems to have been out without it"
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.TECHNICAL,
        subject=id,
        reason=Words(
            f"{name(home, id).zh}可能失灵：{zh}", f"{name(home, id).en} may be blind: {en}"
        ),
        urgency=Urgency.LOW,
        evidence={
            "device": id,
            "missing_quarters": missing,
            "usual_share": round(share, 3),
            "expected_signs": round(missing * share, 1),
            "unheard_absences": absences,
        },
        group=BLIND_SENSOR,
        short=Words("感应器可能失灵", "sensor may be blind"),
    )


def seeing_again(home: Household, at: datetime, id: str) -> Finding:
    """The sensor works again."""
    return Finding(
        at=at,
        detector=DETECTOR,
        what=IncidentKind.TECHNICAL,
        subject=id,
        reason=Words(f"{name(home, id).zh}又有反应", f"{name(home, id).en} sees something again"),
        active=False,
        evidence={"device": id, "missing_quarters": 0},
        group=BLIND_SENSOR,
    )


_STATES = {
    PresenceState.HOME: "在家",
    PresenceState.AWAY: "外出",
    PresenceState.HOSPITAL: "住院",
    PresenceState.PAUSED: "暂停",
}


def explained(home: Household, event: PresenceSet) -> Finding:
    """A person said where the resident is."""
    return Finding(
        at=event.at,
        detector=DETECTOR,
        what=IncidentKind.INACTIVITY,
        subject=home.id,
        reason=Words(
            f"{event.by}登记老人{_STATES[event.state]}",
            f"{event.by} says that the resident is: {event.state}",
        ),
        active=False,
        evidence={"presence": str(event.state), "silent_hours": 0},
    )
