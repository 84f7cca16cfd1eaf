"""What is said around a message in a call: the keys, and what became of a key press.

What the keys mean is said here once, for the calls; the words are in the catalogue.
"""

from __future__ import annotations

from alerting.delivery.catalogue import NONE, Line, Own, line
from alerting.events import Answer, Purpose

KEYS: dict[str, Answer] = {
    "1": Answer.GOING,
    "2": Answer.ON_SCENE,
    "3": Answer.CANNOT,
    "0": Answer.MISTAKE,
}
RESIDENT_KEYS: dict[str, Answer] = {"1": Answer.WELL, "2": Answer.HELP}
"""The keys of a question to a resident."""
DRILL_KEYS: dict[str, Answer] = {"1": Answer.HEARD}
"""The key of a drill: the message was heard."""
REPEAT_KEY = "9"
NEXT_KEY = "5"

MENU = line("keys.alarm")
ASK_MENU = line("keys.question")
DRILL_MENU = line("keys.drill")
HEAR_AGAIN = line("keys.told")
_OWN_MENUS = {
    Purpose.QUESTION: ASK_MENU,
    Purpose.DRILL: DRILL_MENU,
    Purpose.TOLD: HEAR_AGAIN,
}
"""What ends a text that names its own keys."""
NOT_BY_KEY = line("keys.question.none")
"""Instead of `ASK_MENU` where no key can reach us."""
BY_SMS = line("keys.by_text")
BY_RINGING = line("keys.by_ringing")
"""For the calls of what cannot hear keys, beside how to answer by text message."""
NEXT = line("keys.next")
HOTLINE = line("keys.hotline")
STRANGER = line("keys.stranger")

RECORDED: dict[Answer, Line] = {
    Answer.GOING: line("said.going"),
    Answer.ON_SCENE: line("said.on_scene"),
    Answer.CANNOT: line("said.cannot"),
    Answer.MISTAKE: line("said.mistake"),
    Answer.WELL: line("said.well"),
    Answer.HELP: line("said.help"),
}
ALSO_GOING = line("said.also_going")
RECEIVED = line("said.received")
WRONG_KEY = line("said.wrong_key")
GOODBYE = line("said.goodbye")
NO_KEY_FROM_RESIDENT = line("said.goodbye.question")
END = line("said.goodbye.told")
HOTLINE_EMERGENCY = line("said.hotline.emergency")
HOTLINE_SERVICE = line("said.hotline.service")
STRANGER_EMERGENCY = line("said.stranger.emergency")
SEVERAL = line("said.several")
"""How many incidents wait for this person; the newest is said after it."""
NOTHING_OPEN = line("said.nothing_open")
NOT_FOUND = line("said.not_found")
WITHHELD = line("said.withheld")
TOO_MANY = line("said.too_many")
DESK = line("said.desk")


def opening(
    text: str,
    language: str,
    can_press: bool,
    can_ring: bool = False,
    *,
    own: Own = NONE,
    purpose: Purpose | None = None,
) -> str:
    """Return what a call says first: the message, and how to answer it (see `parts`)."""
    return "".join(parts(text, language, can_press, can_ring, own=own, purpose=purpose))


def parts(
    text: str,
    language: str,
    can_press: bool,
    can_ring: bool = False,
    *,
    own: Own = NONE,
    purpose: Purpose | None = None,
) -> tuple[str, str]:
    """Return the message, and how the person who hears it can answer.

    A text that names its own keys (to a resident, or of a drill) gets no others.

    Args:
        text: the message.
        language: of the message.
        can_press: keys are heard.
        can_ring: to ring back and to hang up is an answer here.
        own: the installation's words.
        purpose: what the call is for; None: whatever the text ends with tells.
    """
    for menu_of, end in _OWN_MENUS.items():
        if purpose not in (None, menu_of):
            continue
        for said in (end.worded(own, language), end.said(language)):
            if text.endswith(said):
                body = text.removesuffix(said)
                return body, said if can_press else _without_keys(menu_of, own, language)
    if purpose in _OWN_MENUS:
        # its menu was reworded since it was written down: the keys in it mean the same
        return text, "" if can_press else _without_keys(purpose, own, language)
    return text, menu(language, can_press, can_ring, own)


def _without_keys(purpose: Purpose, own: Own, language: str) -> str:
    return NOT_BY_KEY.worded(own, language) if purpose is Purpose.QUESTION else ""


def keys(purpose: Purpose) -> dict[str, Answer]:
    """Return what the keys of a call mean, by what the call is for."""
    if purpose is Purpose.QUESTION:
        return RESIDENT_KEYS
    if purpose is Purpose.DRILL:
        return DRILL_KEYS
    return {} if purpose is Purpose.TOLD else KEYS


def menu(language: str, can_press: bool, can_ring: bool = False, own: Own = NONE) -> str:
    """Return how the person who hears this can answer.

    Args:
        language: of the sentence.
        can_press: keys are heard.
        can_ring: to ring back and to hang up is an answer here.
        own: the installation's words.
    """
    if can_press:
        return MENU.worded(own, language)
    return BY_SMS.worded(own, language) + (BY_RINGING.worded(own, language) if can_ring else "")


def goodbye(purpose: Purpose) -> Line:
    """Return the last words of a call in which no key was pressed."""
    if purpose is Purpose.QUESTION:
        return NO_KEY_FROM_RESIDENT
    return END if purpose in (Purpose.TOLD, Purpose.DRILL) else GOODBYE


def desk(phone: str, own: Own, language: str) -> str:
    """Say the desk's number, if there is one."""
    return DESK.worded(own, language, desk=phone) if phone else ""
