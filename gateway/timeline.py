"""The story of an incident, line by line: what the desk reads, from press to close.

A line is made where its entry is written, in the same transaction, and never
changes afterwards. People and devices are named by id; a page shows their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, assert_never

import msgspec

from alerting.events import (
    Answer,
    Changed,
    DeliveryState,
    Effect,
    ErrorClass,
    Event,
    Evidence,
    Finding,
    LeadsTo,
    Notify,
    Phrase,
    PresenceSet,
    PresenceState,
    Prompt,
    Purpose,
    Receipt,
    Refused,
    Reply,
    Resumed,
    Silenced,
    Withdraw,
)
from alerting.household import IncidentKind
from alerting.words import Words
from devices.observation import CallState, HelpCall

CHANNELS = ("sms", "voice", "push", "scaip", "webhook", "prompt")
"""The last part of a message's key, where it is not a device."""


class Entry(Protocol):
    """One event of one household, and what came of it."""

    @property
    def household(self) -> str:
        """Whose event it was."""

    @property
    def event(self) -> Event:
        """What happened."""

    @property
    def effects(self) -> Sequence[Effect]:
        """What came of it, in order."""


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line of a timeline."""

    at: datetime
    incident: str
    """Whose story it belongs to; empty: the household's own (presence, silence)."""
    household: str
    what: str
    """A short code: `press`, `finding`, `review` (for the daily list), a `Change`, `owed`, `news`,
    a `DeliveryState`, `reply`, `note`, `refused`, `prompt`, `withdrawn`, `presence`, `silenced`,
    `resumed`."""
    who: str
    """A responder's or device's id, or `desk:NAME`; empty: the gateway itself."""
    words: Words
    key: str = ""
    """The message it is about."""
    detail: str = ""
    """What a person said or a provider answered, as it came."""
    evidence: Evidence = {}
    """What a finding rests on: numbers and short words, by name."""
    wave_mg: tuple[int, ...] = ()
    """A fall's waveform: size of the acceleration in milli-g."""


def lines(entry: Entry) -> list[Line]:
    """Return what `entry` adds to the timelines, in order of time."""
    found = [*_of_event(entry), *_of_effects(entry)]
    # deadlines met before the event have their own, earlier moments
    return sorted(found, key=lambda line: line.at)


def _of_event(entry: Entry) -> Iterator[Line]:
    event, home = entry.event, entry.household
    match event:
        case HelpCall() | CallState(on=True):
            yield from _of_press(entry, event)
        case Reply():
            yield from _of_reply(entry, event)
        case Receipt():
            yield _of_receipt(home, event)
        case PresenceSet():
            said = _PRESENCE[event.state]
            yield Line(event.at, "", home, "presence", event.by, said, detail=_until(event.until))
        case Silenced():
            words = Words(
                zh=f"静默{_KINDS[event.what].zh}类报警：{event.reason}",
                en=f"{_KINDS[event.what].en} muted: {event.reason}",
            )
            yield Line(event.at, "", home, "silenced", event.by, words, detail=_until(event.until))
        case Resumed(is_still_deaf=False):
            words = Words(zh="网关恢复监听", en="The gateway hears again")
            detail = f"{event.why} {_until(event.deaf_since)}".strip()
            yield Line(event.at, "", home, "resumed", "", words, detail=detail)
        case _:
            pass


def _of_press(entry: Entry, event: HelpCall | CallState) -> Iterator[Line]:
    incident = next(
        (
            effect.record.id
            for effect in reversed(entry.effects)
            if isinstance(effect, Changed) and effect.record.kind is IncidentKind.EMERGENCY
        ),
        "",
    )
    if isinstance(event, CallState) and not incident:
        return  # a state repeated by a battery report is no press
    words = Words(zh="按下呼叫键", en="The call button was pressed")
    detail = event.id if isinstance(event, HelpCall) else ""
    yield Line(event.at, incident, entry.household, "press", event.device, words, detail=detail)


def _of_reply(entry: Entry, reply: Reply) -> Iterator[Line]:
    changed = any(
        isinstance(effect, Changed)
        and effect.by == reply.responder
        and effect.record.id == reply.incident
        for effect in entry.effects
    )
    if reply.answer is Answer.NOTE:
        words = Words(zh="备注", en="Note")
        what = "note"
    elif reply.via == "desk" and changed:
        return  # the change itself says it
    else:
        via, said = _VIA.get(reply.via, Words(reply.via, reply.via)), _ANSWERS[reply.answer]
        words = Words(zh=f"{via.zh}回复：{said.zh}", en=f"Answered by {via.en}: {said.en}")
        what = "reply"
    yield Line(
        reply.at, reply.incident, entry.household, what, reply.responder, words, detail=reply.note
    )


def _of_receipt(home: str, receipt: Receipt) -> Line:
    who, channel = addressee(receipt.key)
    words = _said(_DELIVERY[receipt.state], channel)
    words = _OTHERWISE.get((channel, receipt.state), words)
    if channel == "voice" and receipt.detail in _NOT_TAKEN:
        words = _NOT_TAKEN[receipt.detail]
    elif receipt.error is not None:
        error = _ERRORS[receipt.error]
        words = Words(zh=f"{words.zh}：{error.zh}", en=f"{words.en}: {error.en}")
    return Line(
        receipt.at, receipt.incident, home, receipt.state, who, words, receipt.key, receipt.detail
    )


def asks(line: Line) -> bool:
    """Return whether by this line the resident was asked: are you all right?"""
    return line.what == "prompt" and line.words == _PHRASES[Phrase.ALL_RIGHT]


def addressee(key: str) -> tuple[str, str]:
    """Return who a message's key is for, and by which channel.

    The key of a prompt names a device; its channel is `prompt`.
    """
    parts = key.split("/")
    if parts[-1] in CHANNELS and len(parts) > 1:
        return parts[-2], parts[-1]
    return parts[-1], "prompt"


def _of_effects(entry: Entry) -> Iterator[Line]:
    for index, effect in enumerate(entry.effects):
        line = _of_effect(entry, index, effect)
        if line is not None:
            yield line


def _of_effect(entry: Entry, index: int, effect: Effect) -> Line | None:
    home, at = entry.household, effect.at
    match effect:
        case Finding():
            what = "finding" if effect.active else "cleared_finding"
            if effect.leads_to is not LeadsTo.INCIDENT:
                what = "review" if effect.leads_to is LeadsTo.REVIEW else "finding"
                return _found(home, "", what, effect)
            incident = _incident_of(effect, entry.effects[index + 1 :])
            return _found(home, incident, what, effect)
        case Changed():
            record = effect.record
            return Line(
                at,
                record.id,
                home,
                effect.change,
                effect.by,
                effect.words,
                detail=_note(entry.event, effect),
            )
        case Refused():
            return Line(at, effect.incident, home, "refused", effect.responder, effect.words)
        case Notify():
            words = _said(_OWED[effect.purpose], effect.channel)
            what = "news" if effect.purpose is Purpose.NEWS else "owed"
            who = effect.responder
            return Line(at, effect.incident, home, what, who, words, effect.key, effect.text)
        case Prompt():
            words = _PHRASES[effect.phrase]
            who = effect.device
            return Line(at, effect.incident, home, "prompt", who, words, effect.key, effect.text)
        case Withdraw():
            words = Words(
                zh="未发出的通知已撤回，还在响铃的电话随即挂断",
                en="Messages not sent yet were withdrawn; calls still ringing are ended",
            )
            return Line(at, effect.incident, home, "withdrawn", "", words)
        case _:
            assert_never(effect)


def _found(home: str, incident: str, what: str, finding: Finding) -> Line:
    return Line(
        finding.at,
        incident,
        home,
        what,
        finding.subject,
        finding.reason,
        evidence=finding.evidence,
        wave_mg=finding.wave_mg,
    )


def _incident_of(finding: Finding, later: Sequence[Effect]) -> str:
    for effect in later:
        if isinstance(effect, Changed) and effect.record.kind is finding.what:
            return effect.record.id
    return ""


def _note(event: Event, changed: Changed) -> str:
    if isinstance(event, Reply) and event.incident == changed.record.id:
        return event.note if event.responder == changed.by else ""
    return ""


def _until(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")


def _said(words: Words, channel: str) -> Words:
    via = _VIA.get(channel, Words(channel, channel))
    return Words(zh=f"{via.zh}{words.zh}", en=f"{via.en.capitalize()} {words.en}")


_VIA = {
    "sms": Words(zh="短信", en="text message"),
    "voice": Words(zh="电话", en="call"),
    "push": Words(zh="应用推送", en="push notification"),
    "scaip": Words(zh="报警接收中心", en="alarm receiving centre"),
    "webhook": Words(zh="其他系统", en="another system"),
    "prompt": Words(zh="语音提示", en="prompt"),
    "ring": Words(zh="回拨", en="ringing back"),
    "desk": Words(zh="值班台", en="the desk"),
}

_OWED = {
    Purpose.ALARM: Words(zh="通知", en="owed"),
    Purpose.REMINDER: Words(zh="提醒", en="owed as a reminder"),
    Purpose.NEWS: Words(zh="告知进展", en="owed with the news"),
}

_DELIVERY = {
    DeliveryState.ACCEPTED: Words(zh="已被运营商接收", en="accepted by the provider"),
    DeliveryState.DELIVERED: Words(zh="已送达", en="delivered"),
    DeliveryState.HEARD: Words(zh="已有人听到", en="heard by a person"),
    DeliveryState.UNDELIVERED: Words(zh="未送达", en="not delivered"),
    DeliveryState.FAILED: Words(zh="失败", en="failed"),
    DeliveryState.AMBIGUOUS: Words(zh="是否发出不明", en="may or may not have gone out"),
    DeliveryState.RECALLED: Words(zh="已撤回", en="taken back"),
}

_OTHERWISE = {
    ("voice", DeliveryState.DELIVERED): Words(
        zh="电话已接通（尚不能证明有人听到）", en="Call picked up (by a person or a machine)"
    ),
    ("voice", DeliveryState.HEARD): Words(
        zh="电话中有人按键", en="A key pressed in the call: a person listened"
    ),
    ("voice", DeliveryState.UNDELIVERED): Words(zh="电话无人接听", en="Call not answered"),
    ("voice", DeliveryState.RECALLED): Words(
        zh="电话还没接通，已挂断：已有人应答",
        en="Call ended while it rang: somebody has answered",
    ),
    ("prompt", DeliveryState.ACCEPTED): Words(
        zh="语音提示已发往设备", en="Prompt sent to the device"
    ),
    ("prompt", DeliveryState.DELIVERED): Words(
        zh="设备已确认语音提示", en="The device confirmed the prompt"
    ),
}
"""What is said differently of a call or a prompt than of a text message."""

_NOT_TAKEN = {
    "no-answer": Words(zh="电话响了，无人接听", en="The phone rang, and nobody answered"),
    "busy": Words(zh="电话占线", en="The line was busy"),
}
"""What became of a call, by what the provider calls it."""

_ERRORS = {
    ErrorClass.CONTACT: Words(zh="此号码不可用", en="this number does not work"),
    ErrorClass.CONFIGURATION: Words(zh="我方账户或号码设置有误", en="our account is set up wrong"),
    ErrorClass.BLOCKED: Words(zh="内容被拒绝", en="the content was refused"),
    ErrorClass.UNREACHABLE: Words(zh="关机或忙", en="phone off or busy"),
    ErrorClass.TRANSIENT: Words(zh="暂时故障", en="a fault for the moment"),
    ErrorClass.AMBIGUOUS: Words(zh="结果不明", en="outcome not known"),
    ErrorClass.EXPIRED: Words(zh="已过时", en="too old to send"),
}

_ANSWERS = {
    Answer.GOING: Words(zh="我去", en="I am going"),
    Answer.ON_SCENE: Words(zh="我已到达", en="I am there"),
    Answer.CANNOT: Words(zh="我去不了", en="I cannot"),
    Answer.CLOSE: Words(zh="结束", en="it is over"),
    Answer.NOTE: Words(zh="备注", en="note"),
    Answer.ESCALATE: Words(zh="立即升级", en="escalate"),
    Answer.MISTAKE: Words(zh="是误报", en="it is a false alarm"),
    Answer.REPEAT: Words(zh="请再说一遍", en="please say it again"),
}

_PHRASES = {
    Phrase.RECEIVED: Words(zh="告诉老人：呼叫已收到", en="The resident is told: received"),
    Phrase.ALL_RIGHT: Words(zh="问老人：您没事吧", en="The resident is asked: are you all right"),
    Phrase.CALLING: Words(zh="告诉老人：正在找人", en="The resident is told: calling people"),
    Phrase.COMING: Words(zh="告诉老人：有人来了", en="The resident is told: somebody is coming"),
    Phrase.NOBODY_YET: Words(
        zh="告诉老人：还没人应答，仍在呼叫", en="The resident is told: nobody yet, still calling"
    ),
    Phrase.ON_SCENE: Words(zh="告诉老人：人已到", en="The resident is told: they are there"),
    Phrase.OVER: Words(zh="告诉老人：已结束", en="The resident is told: it is over"),
    Phrase.MEASURE_AGAIN: Words(zh="请老人再量一次", en="The resident is asked to measure again"),
}

_PRESENCE = {
    PresenceState.HOME: Words(zh="老人在家", en="The resident is at home"),
    PresenceState.AWAY: Words(zh="老人外出", en="The resident is away"),
    PresenceState.HOSPITAL: Words(zh="老人住院", en="The resident is in hospital"),
    PresenceState.PAUSED: Words(zh="暂停看护", en="Watching is paused"),
}

_KINDS = {
    IncidentKind.EMERGENCY: Words(zh="呼救", en="emergency"),
    IncidentKind.FALL: Words(zh="跌倒", en="fall"),
    IncidentKind.INACTIVITY: Words(zh="久无活动", en="inactivity"),
    IncidentKind.HEALTH: Words(zh="健康", en="health"),
    IncidentKind.SAFETY: Words(zh="安全", en="safety"),
    IncidentKind.TECHNICAL: Words(zh="设备", en="technical"),
    IncidentKind.SERVICE: Words(zh="服务", en="service"),
    IncidentKind.VISIT: Words(zh="探访", en="visit"),
}
