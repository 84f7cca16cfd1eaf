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
    Drilled,
    Effect,
    Event,
    Evidence,
    Finding,
    LeadsTo,
    Notify,
    Phrase,
    PresenceSet,
    Prompt,
    Purpose,
    Receipt,
    Refused,
    Reply,
    Resumed,
    Silenced,
    TrialSet,
    Withdraw,
)
from alerting.household import RESIDENT, SECOND, IncidentKind
from alerting.words import Words
from devices.observation import CallState, HelpCall
from gateway import timeline_words as table

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
        case Receipt() if not _is_drill(event.incident):
            yield _of_receipt(home, event)
        case TrialSet():
            is_on = event.until > event.at
            words = Words(
                zh="开始试按呼叫键" if is_on else "试按呼叫键结束",
                en="The buttons are being tried out" if is_on else "Trying out has ended",
            )
            until = _until(event.until) if is_on else ""
            yield Line(event.at, "", home, "testing", event.by, words, detail=until)
        case PresenceSet():
            said = table.PRESENCE[event.state]
            yield Line(event.at, "", home, "presence", event.by, said, detail=_until(event.until))
        case Silenced():
            words = Words(
                zh=f"静默{table.KINDS[event.what].zh}类报警：{event.reason}",
                en=f"{table.KINDS[event.what].en} muted: {event.reason}",
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
    if _is_drill(reply.incident):
        return  # the drill itself says it
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
        via, said = (
            table.VIA.get(reply.via, Words(reply.via, reply.via)),
            table.ANSWERS[reply.answer],
        )
        words = Words(zh=f"{via.zh}回复：{said.zh}", en=f"Answered by {via.en}: {said.en}")
        what = "reply"
    yield Line(
        reply.at, reply.incident, entry.household, what, reply.responder, words, detail=reply.note
    )


def _is_drill(incident: str) -> bool:
    return "-drill-" in incident


def _of_receipt(home: str, receipt: Receipt) -> Line:
    who, channel = addressee(receipt.key)
    words = _said(table.DELIVERY[receipt.state], channel, is_second(receipt.key))
    words = table.OTHERWISE.get((channel, receipt.state), words)
    if who.startswith(RESIDENT) and receipt.state is DeliveryState.RECALLED:
        words = table.RESIDENT_RECALLED
    if channel == "voice" and receipt.detail in table.NOT_TAKEN:
        words = table.NOT_TAKEN[receipt.detail]
    elif receipt.error is not None:
        error = table.ERRORS[receipt.error]
        words = Words(zh=f"{words.zh}：{error.zh}", en=f"{words.en}: {error.en}")
    return Line(
        receipt.at, receipt.incident, home, receipt.state, who, words, receipt.key, receipt.detail
    )


def asks(line: Line) -> bool:
    """Return whether by this line the resident was asked: are you all right?"""
    if line.what == "owed" and line.who.startswith(RESIDENT):
        return line.words == _said(table.OWED[Purpose.QUESTION], addressee(line.key)[1])
    return line.what == "prompt" and line.words == table.PHRASES[Phrase.ALL_RIGHT]


def addressee(key: str) -> tuple[str, str]:
    """Return who a message's key is for, and by which channel.

    The key of a prompt names a device; its channel is `prompt`.
    """
    parts = key.split("/")
    channel = parts[-1].removesuffix(SECOND)
    if channel in CHANNELS and len(parts) > 1:
        return parts[-2], channel
    return parts[-1], "prompt"


def is_second(key: str) -> bool:
    """Return whether the message of this key is another's twin on a line of its own."""
    return key.endswith(SECOND) and addressee(key)[1] != "prompt"


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
        case Drilled():
            who = effect.responder
            return Line(at, "", home, "drill", who, effect.words, detail=effect.path)
        case Notify(purpose=Purpose.DRILL):
            return None  # the drill itself says it
        case Notify():
            words = _said(table.OWED[effect.purpose], effect.channel, is_second(effect.key))
            what = "news" if effect.purpose is Purpose.NEWS else "owed"
            who = effect.responder
            return Line(at, effect.incident, home, what, who, words, effect.key, effect.text)
        case Prompt():
            words = table.PHRASES[effect.phrase]
            who = effect.device
            return Line(at, effect.incident, home, "prompt", who, words, effect.key, effect.text)
        case Withdraw() if _is_drill(effect.incident):
            return None
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


def _said(words: Words, channel: str, is_second: bool = False) -> Words:
    via = table.VIA.get(channel, Words(channel, channel))
    if is_second:
        via = Words(zh=f"{via.zh}（另一线路）", en=f"{via.en} (other line)")
    return Words(zh=f"{via.zh}{words.zh}", en=f"{via.en.capitalize()} {words.en}")
