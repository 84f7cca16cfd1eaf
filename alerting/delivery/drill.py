"""What a drill says to one person: that it is one comes first of all."""

from __future__ import annotations

from alerting.delivery import wording
from alerting.delivery.catalogue import in_own_words
from alerting.delivery.channels import spoken
from alerting.delivery.parts import SIGNATURE_EN, SIGNATURE_UNITS_MAX, cut
from alerting.delivery.router import SMS, one_way
from alerting.delivery.sentences import Texts
from alerting.delivery.templates import fill, whole
from alerting.household import Household, Responder, Way


def drill(person: Responder, way: Way, home: Household) -> str:
    """Return the text, or what the call says and its keys.

    Only the signature stands before the mark in a Chinese text, as the operators insist.
    """
    language, own = person.language, home.wording
    if way.channel != SMS:
        return in_own_words(own, language, lambda known: _call(known, home)) + (
            spoken.DRILL_MENU.worded(own, language)
        )
    is_one_way = one_way(way.channel, person.phone, way.paths or ("twilio",))
    name = "sms.drill.one_way" if is_one_way else "sms.drill"
    return in_own_words(own, language, lambda known: _text(known, name, home))


def _call(known: Texts, home: Household) -> str:
    return whole(known["call.drill"], {"signature": home.signature})


def _text(known: Texts, name: str, home: Household) -> str:
    signature = cut(home.signature, SIGNATURE_UNITS_MAX)
    if known["base"] == "en" and not signature.isascii():
        signature = SIGNATURE_EN
    return wording.fitted(fill(known[name], {"signature": signature}), known)
