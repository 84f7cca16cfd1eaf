"""What the resident hears about themselves: who is called, who comes, and what they are asked.

One idea to a sentence, whole names instead of "somebody" (docs/elder.md). A sentence to a
device has at most `SENTENCE_CHARACTERS_MAX` characters; a call says all of one moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerting.delivery import chinese, english, router, sentences
from alerting.delivery.channels import spoken
from alerting.delivery.parts import SIGNATURE_EN, SIGNATURE_UNITS_MAX, cut
from alerting.events import Phrase
from alerting.household import Household, IncidentKind, Responder, Way
from alerting.orders import Say
from alerting.words import Words

QUESTIONS = frozenset({Phrase.ALL_RIGHT, Phrase.CALL_BACK})
NAMED_MAX = 2
"""So many of those who are called are named; of the others, how many."""
NAME_CHARACTERS_MAX = 24
SENTENCE_CHARACTERS_MAX = 200

ROLES: dict[str, Words] = {
    "relative": Words("您的家人", "your relative"),
    "neighbour": Words("邻居", "your neighbour"),
    "grid_worker": Words("网格员", "the grid worker"),
    "village_doctor": Words("村医", "the village doctor"),
    "village_cadre": Words("村干部", "the village cadre"),
    "helper": Words("帮扶干部", "your helper"),
    "police": Words("民警", "the police officer"),
    "town_desk": Words("镇值班室", "the town's duty desk"),
    "county_desk": Words("县值班室", "the county's duty desk"),
}
"""How people are spoken of by their role, where no relation is configured."""

_LEAVE = frozenset({"smoke", "gas", "carbon_monoxide"})
"""First of all one leaves the house: the usual sentence says so."""

_CALLING = Words("正在联系{who}。请不要着急。", "We are calling {who}. Please stay calm.")
_NOBODY_YET = Words(
    "暂时还没有人应答。正在联系{who}，会一直打下去。",
    "Nobody has answered yet. We are calling {who}, and we go on calling.",
)
_COMING = Words(
    "{who}正在赶来，大约{minutes}分钟内到。", "{who} is coming, within about {minutes} minutes."
)
_COMING_SOME_TIME = Words("{who}正在赶来。", "{who} is coming.")
_ASK_FALL = Words(
    "{dear}您好，我是{signature}。刚才家里好像有动静。",
    "{dear}hello, this is {signature}. Something seems to have happened at home just now.",
)
_ASK_SILENCE = Words(
    "{dear}您好，我是{signature}。好久没见您走动了。",
    "{dear}hello, this is {signature}. We have not seen you about for a while.",
)
_ASK_BACK = Words(
    "{dear}您好，我是{signature}。您刚才取消了报警，我们再问一声。",
    "{dear}hello, this is {signature}. You cancelled an alarm just now, so we ask once more.",
)
_DRILL_SMS = Words(
    "【{signature}】【演练】每周通知演练，不是真的报警，没有人出事。收到请回复1。",
    "DRILL {signature}: this is the weekly test, no alarm, nobody is in danger. Please reply 1.",
)
_DRILL_SMS_ONE_WAY = Words(
    "【{signature}】【演练】每周通知演练，不是真的报警，没有人出事。此短信不需回复。",
    "DRILL {signature}: this is the weekly test, no alarm, nobody is in danger. No reply needed.",
)
_DRILL_CALL = Words(
    "演练。演练。{signature}，每周通知演练，不是真的报警，没有人出事。",
    "Drill. Drill. {signature}, the weekly test. This is no alarm, and nobody is in danger. ",
)
_HELLO = Words("{dear}我是{signature}。", "{dear}this is {signature}. ")


def sentence(say: Say, home: Household) -> str:
    """Return what a device says where people can be named; empty: the usual sentence."""
    language = home.language
    if say.incident.kind is IncidentKind.SAFETY and say.incident.group in _LEAVE:
        return ""
    if say.phrase in (Phrase.CALLING, Phrase.NOBODY_YET) and say.people:
        words = _CALLING if say.phrase is Phrase.CALLING else _NOBODY_YET
        return words.said(language).format(who=named(say.people, language))
    if say.phrase is Phrase.COMING and say.who:
        words = _COMING if say.minutes else _COMING_SOME_TIME
        text = words.said(language).format(who=_goer(say, language), minutes=say.minutes)
        return text[0].upper() + text[1:]
    return ""


def call(said: Sequence[Say], home: Household) -> str:
    """Return what one call to a resident says: all of one moment, then the keys."""
    last, language = said[-1], home.language
    dear = home.residents[0].called if len(home.residents) == 1 else ""
    comma = ", " if language == "en" else "，"
    facts = {"dear": f"{dear}{comma}" if dear else "", "signature": home.signature}
    if last.phrase in QUESTIONS:
        words = _question(last)
        return words.said(language).format(**facts) + spoken.ASK_MENU.said(language)
    sentences = [sentence(say, home) or _usual(say, home) for say in said]
    text = _HELLO.said(language).format(**facts) + (" " if language == "en" else "").join(sentences)
    return text + spoken.HEAR_AGAIN.said(language)


def drill(person: Responder, way: Way, home: Household) -> str:
    """Return what a drill says to one person: that it is one comes first of all.

    Only the signature stands before it in a Chinese text, as the operators insist.
    """
    language, signature = person.language, cut(home.signature, SIGNATURE_UNITS_MAX)
    if way.channel != router.SMS:
        said = _DRILL_CALL.said(language).format(signature=home.signature)
        return said + spoken.DRILL_MENU.said(language)
    is_one_way = router.one_way(way.channel, person.phone, way.paths or ("twilio",))
    words = _DRILL_SMS_ONE_WAY if is_one_way else _DRILL_SMS
    if language == "en":
        plain = signature if signature.isascii() else SIGNATURE_EN
        return words.en.format(signature=plain)
    return words.zh.format(signature=signature)


def named(people: Sequence[Responder], language: str) -> str:
    """Return who is called, as it is said to the resident: 您的女儿王芳和邻居周婶."""
    names = [_called(person, language) for person in people[:NAMED_MAX]]
    more = len(people) - len(names)
    if language == "en":
        return " and ".join(names) if not more else f"{', '.join(names)} and {more} more"
    return "和".join(names) if not more else f"{'、'.join(names)}等{len(people)}人"


def _called(person: Responder, language: str) -> str:
    name = person.name[:NAME_CHARACTERS_MAX]
    relation = person.relation[:NAME_CHARACTERS_MAX]
    if relation:
        return f"your {relation} {name}" if language == "en" else f"您的{relation}{name}"
    role = ROLES.get(person.role)
    if role is None:
        return name
    said = role.said(language)
    return f"{said} {name}" if language == "en" else f"{said}{name}"


def _goer(say: Say, language: str) -> str:
    for person in say.incident.policy.responders:
        if person.id == say.incident.responder and person.name == say.who:
            return _called(person, language)
    return say.who


def _question(say: Say) -> Words:
    if say.phrase is Phrase.CALL_BACK:
        return _ASK_BACK
    return _ASK_SILENCE if say.incident.kind is IncidentKind.INACTIVITY else _ASK_FALL


def _usual(say: Say, home: Household) -> str:
    known = english.TEMPLATES if home.language == "en" else chinese.TEMPLATES
    incident = say.incident
    return sentences.prompt(say.phrase, incident.kind, incident.group, "", say.who, known)
