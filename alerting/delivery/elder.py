"""What the resident hears about themselves: who is called, who comes, and what they are asked.

One idea to a sentence, whole names instead of "somebody" (docs/elder.md). A sentence to a
device has at most `SENTENCE_CHARACTERS_MAX` characters; a call says all of one moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerting.delivery import sentences
from alerting.delivery.catalogue import in_own_words, texts
from alerting.delivery.channels import spoken
from alerting.delivery.sentences import Texts
from alerting.delivery.templates import whole
from alerting.events import Phrase
from alerting.household import Household, IncidentKind, Responder
from alerting.orders import Say

QUESTIONS = frozenset({Phrase.ALL_RIGHT, Phrase.CALL_BACK})
NAMED_MAX = 2
"""So many of those who are called are named; of the others, how many."""
NAME_CHARACTERS_MAX = 24
SENTENCE_CHARACTERS_MAX = 200

_LEAVE = frozenset({"smoke", "gas", "carbon_monoxide"})
"""First of all one leaves the house: the usual sentence says so."""


def sentence(say: Say, home: Household, known: Texts) -> str:
    """Return what a device says where people can be named; empty: the usual sentence."""
    if say.incident.kind is IncidentKind.SAFETY and say.incident.group in _LEAVE:
        return ""
    if say.phrase in (Phrase.CALLING, Phrase.NOBODY_YET) and say.people:
        who = named(say.people, known)
        return whole(known[f"home.{say.phrase}.who"], {**_facts(home), "who": who})
    if say.phrase is Phrase.COMING and say.who:
        name = "home.coming.within" if say.minutes else "home.coming.who"
        facts = {**_facts(home), "who": _goer(say, known), "minutes": str(say.minutes)}
        text = whole(known[name], facts)
        return text[:1].upper() + text[1:]
    return ""


def call(said: Sequence[Say], home: Household) -> str:
    """Return what one call to a resident says: all of one moment, then the keys."""
    last, language, own = said[-1], home.language, home.wording

    def asked(known: Texts) -> str:
        return whole(known[_question(last)], _facts(home))

    def told(known: Texts) -> str:
        lines = [sentence(say, home, known) or _usual(say, known) for say in said]
        return whole(known["home.phone.hello"], _facts(home)) + blank.join(lines)

    blank = " " if texts(own, language)["base"] == "en" else ""
    if last.phrase in QUESTIONS:
        return in_own_words(own, language, asked) + blank + spoken.ASK_MENU.worded(own, language)
    return in_own_words(own, language, told) + blank + spoken.HEAR_AGAIN.worded(own, language)


def named(people: Sequence[Responder], known: Texts) -> str:
    """Return who is called, as it is said to the resident: 您的女儿王芳和邻居周婶."""
    names = [_called(person, known) for person in people[:NAMED_MAX]]
    more = len(people) - len(names)
    if known["base"] == "en":
        return " and ".join(names) if not more else f"{', '.join(names)} and {more} more"
    return "和".join(names) if not more else f"{'、'.join(names)}等{len(people)}人"


def _facts(home: Household) -> dict[str, str]:
    """Return what every sentence to a resident may say."""
    called = home.residents[0].called if len(home.residents) == 1 else ""
    return {"called": called, "signature": home.signature}


def _called(person: Responder, known: Texts) -> str:
    """Return what a person is to the resident, and their name: by relation, or else by role."""
    name = person.name[:NAME_CHARACTERS_MAX]
    relation = person.relation[:NAME_CHARACTERS_MAX]
    if relation:
        return whole(known["named.relation"], {"relation": relation, "name": name})
    role = known.get(f"role.{person.role}")
    return name if role is None else whole(known["named.role"], {"role": role, "name": name})


def _goer(say: Say, known: Texts) -> str:
    for person in say.incident.policy.responders:
        if person.id == say.incident.responder and person.name == say.who:
            return _called(person, known)
    return say.who


def _question(say: Say) -> str:
    """Return which question the telephone asks."""
    if say.phrase is Phrase.CALL_BACK:
        return "home.phone.cancelled"
    is_silence = say.incident.kind is IncidentKind.INACTIVITY
    return "home.phone.silence" if is_silence else "home.phone.fall"


def _usual(say: Say, known: Texts) -> str:
    incident = say.incident
    return sentences.prompt(say.phrase, incident.kind, incident.group, "", say.who, known)
