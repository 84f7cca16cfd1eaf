"""The sentences people read, hear and answer.

Rules, from the providers and from the field: fixed templates with short variables; the
home's code instead of a name; no diagnosis, no links. A Chinese text fits one message with
its signature (70 UTF-16 units; longer ones are split and cost twice), an English one 160
characters of GSM-7. What does not fit is left out in a fixed order; nothing is ever split.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from alerting.delivery import chinese, elder, english
from alerting.delivery.parts import Facts, cut, cut_name, fit
from alerting.delivery.router import SMS, one_way
from alerting.delivery.variables import filling
from alerting.events import Phrase
from alerting.household import Household, IncidentKind
from alerting.incident import Incident, Outcome, Urgency
from alerting.orders import About, Say, Tell
from alerting.words import Words

ZH_UNITS_MAX = 70
EN_CHARACTERS_MAX = 160
SIGNATURE_UNITS_MAX = 12
CODE_UNITS_MAX = 12
SHORT_UNITS_MAX = 12
NAME_UNITS_MAX = 8
EN_SHORT_CHARACTERS_MAX = 40
EN_NAME_CHARACTERS_MAX = 24
DESK_UNITS_MAX = 20

SIGNATURE_EN = "Guanai"
"""Stands for a signature that English messages cannot carry."""

_GSM7 = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
CANCELLED = Words(
    "好的，已取消，没有通知别人。有事请再按。",
    "All right, cancelled; nobody was called. Press again whenever you need help.",
)
"""What the resident hears when they answered before anybody was called."""
_SAYS_WHERE = frozenset({About.ALARM, About.ESCALATED, About.AGAIN})
_GOES_THERE = frozenset(
    {IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.INACTIVITY, IncidentKind.SAFETY}
)


def text(tell: Tell, home: Household) -> str:
    """Return the message as the person reads it (`sms`) or hears it (any other channel)."""
    if tell.responder.language == "en":
        facts = _facts_en(tell, home)
        if tell.channel == SMS:
            return gsm7(fit(english.sms(tell.about, facts), EN_CHARACTERS_MAX, len))
        return english.spoken(tell.about, facts)
    facts = _facts_zh(tell, home)
    if tell.channel == SMS:
        return fit(chinese.sms(tell.about, facts), ZH_UNITS_MAX)
    return chinese.spoken(tell.about, facts)


def variables(tell: Tell, home: Household) -> dict[str, str]:
    """Return what fills a registered text; every value is short enough for all providers."""
    facts = _facts_en(tell, home) if tell.responder.language == "en" else _facts_zh(tell, home)
    return filling(facts)


def prompt(say: Say, home: Household) -> str:
    """Return the sentence the resident hears, in the home's language."""
    make = english.prompt if home.language == "en" else chinese.prompt
    incident = say.incident
    if say.phrase is Phrase.OVER and _was_asked_only(incident):
        return CANCELLED.said(home.language)
    named = elder.sentence(say, home)
    return named or make(say.phrase, incident.kind, incident.group, _called(home), say.who)


def _was_asked_only(incident: Incident) -> bool:
    """Return whether a fall ended before anybody was called: the resident said all is well."""
    is_safe = incident.kind is IncidentKind.FALL and incident.outcome is Outcome.SAFE
    return is_safe and not incident.told and not incident.responder


def request(ask: Words, home: Household) -> str:
    """Return what the resident is asked, with how they are addressed, in the home's language."""
    called = _called(home)
    comma = ", " if home.language == "en" else "，"
    return f"{called}{comma}{ask.said(home.language)}" if called else ask.said(home.language)


def gsm7(text: str) -> str:
    """Return `text` with the letters that GSM-7 has, accents dropped where need be."""
    kept = []
    for letter in text:
        plain = letter if letter in _GSM7 else unicodedata.normalize("NFKD", letter)
        kept += [part for part in plain if part in _GSM7]
    return "".join(kept)


def _facts_zh(tell: Tell, home: Household) -> Facts:
    incident = tell.incident
    return Facts(
        kind=incident.kind,
        group=incident.group,
        urgency=incident.urgency,
        outcome=incident.outcome,
        signature=cut(home.signature, SIGNATURE_UNITS_MAX),
        code=cut(home.code, CODE_UNITS_MAX),
        when=_clock(tell.since, tell.at, home),
        now=_clock(tell.at, tell.at, home),
        short=cut(incident.short.zh or chinese.SHORT[incident.kind], SHORT_UNITS_MAX),
        who=cut_name(tell.who, NAME_UNITS_MAX),
        minutes=_minutes(tell),
        number=incident.number,
        desk=cut(home.desk_phone, DESK_UNITS_MAX),
        place=home.place if _may_say_where(tell) else "",
        called=_called(home),
        can_reply=not one_way(tell.channel, tell.responder.phone),
    )


def _facts_en(tell: Tell, home: Household) -> Facts:
    incident = tell.incident
    return Facts(
        kind=incident.kind,
        group=incident.group,
        urgency=incident.urgency,
        outcome=incident.outcome,
        signature=_latin(home.signature, SIGNATURE_EN)[:SIGNATURE_UNITS_MAX],
        code=gsm7(home.code)[:CODE_UNITS_MAX],
        when=_clock(tell.since, tell.at, home),
        now=_clock(tell.at, tell.at, home),
        short=gsm7(incident.short.en or english.SHORT[incident.kind])[:EN_SHORT_CHARACTERS_MAX],
        who=_latin(tell.who, "somebody" if tell.who else "")[:EN_NAME_CHARACTERS_MAX],
        minutes=_minutes(tell),
        number=incident.number,
        desk=gsm7(home.desk_phone)[:DESK_UNITS_MAX],
        place=_latin(home.place, "") if _may_say_where(tell) else "",
        called="",
        can_reply=not one_way(tell.channel, tell.responder.phone),
    )


def _latin(text: str, instead: str) -> str:
    """Return `text` if English messages can carry it as it is, else `instead`."""
    plain = gsm7(text)
    return plain if len(plain) >= len(text) else instead


def _called(home: Household) -> str:
    """Return how to address the resident, where there is exactly one."""
    return home.residents[0].called if len(home.residents) == 1 else ""


def _may_say_where(tell: Tell) -> bool:
    """The address goes only to those asked to go there because somebody may be in danger."""
    incident = tell.incident
    is_grave = incident.kind is IncidentKind.HEALTH and incident.urgency is Urgency.HIGH
    return tell.about in _SAYS_WHERE and (incident.kind in _GOES_THERE or is_grave)


def _minutes(tell: Tell) -> int:
    return int((tell.at - tell.nobody_since).total_seconds() // 60)


def _clock(moment: datetime, now: datetime, home: Household) -> str:
    local, today = moment.astimezone(home.tz), now.astimezone(home.tz)
    clock = f"{local.hour:02}:{local.minute:02}"
    return clock if local.date() == today.date() else f"{local.month}-{local.day:02} {clock}"
