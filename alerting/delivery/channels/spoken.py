"""What is said around a message in a call: the keys, and what became of a key press.

What the keys and words mean is said here once, for the calls; SMS wording is in
`alerting.delivery.wording`.
"""

from __future__ import annotations

from alerting.events import Answer, Purpose
from alerting.words import Words

KEYS: dict[str, Answer] = {
    "1": Answer.GOING,
    "2": Answer.ON_SCENE,
    "3": Answer.CANNOT,
}
RESIDENT_KEYS: dict[str, Answer] = {"1": Answer.WELL, "2": Answer.HELP}
"""The keys of a question to a resident."""
DRILL_KEYS: dict[str, Answer] = {"1": Answer.HEARD}
"""The key of a drill: the message was heard."""
REPEAT_KEY = "9"

ASK_MENU = Words(
    "您没事请按1，需要帮忙请按2，重听请按9。",
    "If you are well, press 1. If you need help, press 2. To hear this again, press 9.",
)
DRILL_MENU = Words(
    "听到请按1，重听请按9。", "If you hear this, press 1. To hear it again, press 9."
)
HEAR_AGAIN = Words("重听请按9。", "To hear this again, press 9.")
_OWN_MENUS = (ASK_MENU, DRILL_MENU, HEAR_AGAIN)
NOT_BY_KEY = Words(
    "没事请按家里的“我没事”键；不答复，我们就帮您叫人。",
    "If you are well, press the button “all right” at home; without an answer we call help.",
)
"""Instead of `ASK_MENU` where no key can reach us."""

MENU = Words(
    "前往请按1，已到现场请按2，不能去请按3，重听请按9。",
    "If you are going, press 1. If you are there, press 2. If you cannot go, press 3. "
    "To hear this again, press 9.",
)
BY_SMS = Words(
    "请回复短信：前往回复1，已到现场回复2，不能去回复3。",
    "Please answer by text message: 1 if you are going, 2 if you are there, 3 if you cannot go.",
)
GOODBYE = Words(
    "没有收到您的按键，我们会继续联系其他人。再见。",
    "We received no key. We will go on calling others. Goodbye.",
)
WRONG_KEY = Words("这个按键无效。", "That key means nothing here.")
RECORDED: dict[Answer, Words] = {
    Answer.GOING: Words(
        "已记录，您正在前往，谢谢。到达后请回复短信2。",
        "Recorded: you are going. Thank you. When you are there, please text 2.",
    ),
    Answer.ON_SCENE: Words(
        "已记录，您已到现场，谢谢。",
        "Recorded: you are there. Thank you.",
    ),
    Answer.CANNOT: Words(
        "已记录，您不能去。我们会联系其他人。",
        "Recorded: you cannot go. We will call others.",
    ),
}
RECORDED[Answer.WELL] = Words(
    "好的，知道您没事。有事请随时按呼叫键。再见。",
    "Good: you are well. Press the call button whenever you need help. Goodbye.",
)
RECORDED[Answer.HELP] = Words(
    "收到了，马上帮您叫人。请不要着急，不要勉强起身。",
    "We have it, and are calling help now. Stay calm, and do not force yourself to get up.",
)
ALSO_GOING = Words(
    "已记录，谢谢。已经有人在前往，您去也很好。",
    "Recorded, thank you. Somebody else is already going; another pair of hands is welcome.",
)
BYE = Words("再见。", "Goodbye.")
NO_KEY_FROM_RESIDENT = Words(
    "没有收到您的按键。我们会请人来看您。再见。",
    "We received no key. Somebody will come and look after you. Goodbye.",
)
RECEIVED = Words(
    "收到您的按键，谢谢。",
    "We have your key. Thank you.",
)
NOT_FOUND = Words(
    "没有找到这条通知，请打电话到值班室。再见。",
    "We cannot find this message. Please telephone the duty desk. Goodbye.",
)


def opening(text: str, language: str, can_press: bool) -> str:
    """Return what a call says first: the message, and how to answer it.

    A text that names its own keys (to a resident, or of a drill) gets no others.
    """
    return "".join(parts(text, language, can_press))


def parts(text: str, language: str, can_press: bool) -> tuple[str, str]:
    """Return the message, and how the person who hears it can answer."""
    for own in _OWN_MENUS:
        said = own.said(language)
        if text.endswith(said):
            body = text.removesuffix(said)
            if can_press:
                return body, said
            return body, NOT_BY_KEY.said(language) if own is ASK_MENU else ""
    return text, menu(language, can_press)


def keys(purpose: Purpose) -> dict[str, Answer]:
    """Return what the keys of a call mean, by what the call is for."""
    if purpose is Purpose.QUESTION:
        return RESIDENT_KEYS
    if purpose is Purpose.DRILL:
        return DRILL_KEYS
    return {} if purpose is Purpose.TOLD else KEYS


def menu(language: str, can_press: bool) -> str:
    """Return how the person who hears this can answer."""
    return (MENU if can_press else BY_SMS).said(language)


def goodbye(purpose: Purpose) -> Words:
    """Return the last words of a call in which no key was pressed."""
    if purpose is Purpose.QUESTION:
        return NO_KEY_FROM_RESIDENT
    return BYE if purpose in (Purpose.TOLD, Purpose.DRILL) else GOODBYE
