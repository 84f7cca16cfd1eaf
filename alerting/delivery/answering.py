"""What a person who answered by text message reads back."""

from __future__ import annotations

from alerting.delivery import wording
from alerting.delivery.catalogue import NONE, Own, line, texts
from alerting.delivery.parts import SIGNATURE_EN, SIGNATURE_UNITS_MAX, cut
from alerting.events import Answer, Change
from alerting.words import Words

NOT_UNDERSTOOD = line("reply.not_understood")
NOTHING_OPEN = line("reply.nothing_open")
_ENOUGH = line("reply.enough")
_NOTED = line("reply.noted")
_RECORDED = {
    Change.CLAIMED: line("reply.going"),
    Change.ALSO_COMING: line("reply.also_going"),
    Change.ON_SCENE: line("reply.on_scene"),
    Change.DECLINED: line("reply.cannot"),
    Change.LAPSED: line("reply.not_going"),
    Change.CLOSED: line("reply.mistake"),
}
_CLAIMED_ONE = line("reply.going.several")
_OTHERWISE = line("reply.recorded")
CONFIRMATIONS = frozenset(one.name for one in (*_RECORDED.values(), _CLAIMED_ONE, _OTHERWISE))
"""What is texted back with the home's code before it, by name."""


def enough(desk_phone: str, own: Own, language: str) -> Words:
    """Return the last words to somebody whose texts keep failing: how else to answer."""
    return _ENOUGH.words(own, language, desk=cut(desk_phone, wording.DESK_UNITS_MAX))


def recorded(
    change: Change | None,
    answer: Answer,
    code: str,
    own: Own,
    language: str,
    is_one_of_several: bool = False,
) -> Words:
    """Return the confirmation that an answer is written down.

    Args:
        change: what it changed first; None if nothing.
        answer: what the person said.
        code: what messages call the home.
        own: the words of the home.
        language: the person's.
        is_one_of_several: this person has several to answer, so a bare 2 would be asked about.
    """
    if answer is Answer.NOTE:
        return _NOTED.words(own, language)
    found = _RECORDED.get(change, _OTHERWISE) if change is not None else _OTHERWISE
    if is_one_of_several and code and change is Change.CLAIMED:
        found = _CLAIMED_ONE
    words = found.words(own, language, code=code)
    return Words(f"{code} {words.zh}", f"{code} {words.en}") if code else words


def signed(words: Words, signature: str, language: str, own: Own = NONE) -> str:
    """Return the text message, with the signature the operators insist on."""
    said = words.said(language)
    if texts(own, language)["base"] == "en":
        return wording.gsm7(f"{SIGNATURE_EN}: {said}")[: wording.EN_CHARACTERS_MAX]
    short = cut(signature, SIGNATURE_UNITS_MAX)
    return cut(f"【{short}】{said}", wording.ZH_UNITS_MAX)
