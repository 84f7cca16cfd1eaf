"""The sentences people read, hear and answer.

Rules, from the providers and from the field: fixed templates with short variables; the
home's code, and at most a masked name; no diagnosis, no links. A Chinese text fits one message with
its signature (70 UTF-16 units; longer ones are split and cost twice), an English one 160
characters of GSM-7. What does not fit is left out in a fixed order; nothing is ever split.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

import msgspec

from alerting.delivery import catalogue, elder, parts, sentences
from alerting.delivery.catalogue import in_own_words
from alerting.delivery.parts import (
    CALLER,
    SIGNATURE_EN,
    SIGNATURE_UNITS_MAX,
    Facts,
    Part,
    cut,
    cut_name,
    fit,
    mask,
)
from alerting.delivery.router import SMS, one_way
from alerting.delivery.sentences import Texts
from alerting.delivery.variables import filling
from alerting.events import Phrase
from alerting.household import Household, IncidentKind
from alerting.incident import Incident, Outcome, Urgency
from alerting.orders import About, Say, Tell
from alerting.words import Words, units

ZH_UNITS_MAX = parts.ZH_UNITS_MAX
EN_CHARACTERS_MAX = parts.EN_CHARACTERS_MAX
CODE_UNITS_MAX = 12
SHORT_UNITS_MAX = 12
NUMBER_UNITS_MAX = 16
"""A telephone number of E.164 with its plus: half a number helps nobody."""
NAME_UNITS_MAX = 8
EN_SHORT_CHARACTERS_MAX = 40
EN_NAME_CHARACTERS_MAX = 24
DESK_UNITS_MAX = 20

_GSM7 = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SAYS_WHERE = frozenset({About.ALARM, About.ESCALATED, About.AGAIN, About.REINFORCE})
_GOES_THERE = frozenset(
    {IncidentKind.EMERGENCY, IncidentKind.FALL, IncidentKind.INACTIVITY, IncidentKind.SAFETY}
)


BUILT_IN = catalogue.BUILT_IN


def texts(home: Household, language: str) -> Texts:
    """Return the templates for readers of `language` in this home."""
    return catalogue.texts(home.wording, language)


def text(tell: Tell, home: Household) -> str:
    """Return the message as the person reads it (`sms`) or hears it (any other channel)."""

    def made(known: Texts) -> str:
        facts = _facts(tell, home, known)
        if tell.channel != SMS:
            return sentences.spoken(tell.about, facts, known)
        return _with_how_to_answer(tell, facts, known)

    return in_own_words(home.wording, tell.responder.language, made)


def _with_how_to_answer(tell: Tell, facts: Facts, known: Texts) -> str:
    """Return the text; where it had no room for how to answer, without date, then in few words."""
    clock = msgspec.structs.replace(facts, when=facts.when.rpartition(" ")[2])
    few = known[f"short.{tell.incident.kind.value}"]
    brief = clock if facts.group.startswith(CALLER) else msgspec.structs.replace(clock, short=few)
    most, length = (EN_CHARACTERS_MAX, len) if known["base"] == "en" else (ZH_UNITS_MAX, units)
    for one in (facts, clock, brief):
        pieces = sentences.sms(tell.about, one, known)
        if parts.can_answer(pieces, most, length):
            return fitted(pieces, known)
    return fitted(sentences.sms(tell.about, facts, known), known)


def fitted(pieces: Sequence[Part], known: Texts) -> str:
    """Return a text message that is one message, in the letters its language is sent in."""
    if known["base"] == "en":
        return gsm7(fit(pieces, EN_CHARACTERS_MAX, len))
    return fit(pieces, ZH_UNITS_MAX)


def variables(tell: Tell, home: Household) -> dict[str, str]:
    """Return what fills a registered text; every value is short enough for all providers."""
    known = texts(home, tell.responder.language)
    return filling(_facts(tell, home, known))


def prompt(say: Say, home: Household) -> str:
    """Return the sentence the resident hears, in the home's language."""
    incident, called = say.incident, _called(home)

    def made(known: Texts) -> str:
        if say.phrase is Phrase.OVER and _was_asked_only(incident):
            return sentences.home("home.cancelled", known, called="")
        if named := elder.sentence(say, home, known):
            return named
        return sentences.prompt(say.phrase, incident.kind, incident.group, called, say.who, known)

    return in_own_words(home.wording, home.language, made)


def _was_asked_only(incident: Incident) -> bool:
    """Return whether a fall ended before anybody was called: the resident said all is well."""
    is_safe = incident.kind is IncidentKind.FALL and incident.outcome is Outcome.SAFE
    return is_safe and not incident.told and not incident.responder


def request(ask: Words, home: Household) -> str:
    """Return what the resident is asked, with how they are addressed, in the home's language."""

    def made(known: Texts) -> str:
        said = ask.said(known["base"])
        return sentences.home("home.asked", known, called=_called(home), ask=said)

    return in_own_words(home.wording, home.language, made)


def gsm7(text: str) -> str:
    """Return `text` with the letters that GSM-7 has, accents dropped where need be."""
    kept = []
    for letter in text:
        plain = letter if letter in _GSM7 else unicodedata.normalize("NFKD", letter)
        kept += [part for part in plain if part in _GSM7]
    return "".join(kept)


def _facts(tell: Tell, home: Household, known: Texts) -> Facts:
    make = _facts_en if known["base"] == "en" else _facts_zh
    return make(tell, home, known[f"short.{tell.incident.kind.value}"])


def _facts_zh(tell: Tell, home: Household, short: str) -> Facts:
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
        short=cut(
            incident.short.zh or short,
            NUMBER_UNITS_MAX if incident.group.startswith(CALLER) else SHORT_UNITS_MAX,
        ),
        who=cut_name(tell.who, NAME_UNITS_MAX),
        minutes=_minutes(tell),
        number=incident.number,
        desk=cut(home.desk_phone, DESK_UNITS_MAX),
        place=home.place if _may_say_where(tell) else "",
        called=_called(home),
        can_reply=not one_way(tell.channel, tell.responder.phone, tell.way.paths),
        elder=cut(_elder(home), NAME_UNITS_MAX) if _may_say_where(tell) else "",
        can_be_mistaken=_may_say_where(tell),
        is_call=tell.channel != SMS,
    )


def _facts_en(tell: Tell, home: Household, short: str) -> Facts:
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
        short=gsm7(incident.short.en or short)[:EN_SHORT_CHARACTERS_MAX],
        who=_latin(tell.who, "somebody" if tell.who else "")[:EN_NAME_CHARACTERS_MAX],
        minutes=_minutes(tell),
        number=incident.number,
        desk=gsm7(home.desk_phone)[:DESK_UNITS_MAX],
        place=_latin(home.place, "") if _may_say_where(tell) else "",
        called="",
        can_reply=not one_way(tell.channel, tell.responder.phone, tell.way.paths),
        elder=_latin(_elder(home), "")[:EN_NAME_CHARACTERS_MAX] if _may_say_where(tell) else "",
        can_be_mistaken=_may_say_where(tell),
        is_call=tell.channel != SMS,
    )


def _elder(home: Household) -> str:
    """Return the resident's masked name, where there is exactly one."""
    return mask(home.residents[0].name) if len(home.residents) == 1 else ""


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
