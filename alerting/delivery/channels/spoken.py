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
    "0": Answer.MISTAKE,
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
    "前往请按1，已到现场请按2，不能去请按3，误报请按0，重听请按9。",
    "If you are going, press 1. If you are there, press 2. If you cannot go, press 3. "
    "If it is a false alarm, press 0. To hear this again, press 9.",
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
    Answer.MISTAKE: Words(
        "已记录，是误报，此事已结案，会告知其他人。",
        "Recorded: a false alarm. It is closed, and the others are told.",
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
NO_KEY_FROM_RESIDENT = Words(
    "没有收到您的按键。我们会请人来看您。再见。",
    "We received no key. Somebody will come and look after you. Goodbye.",
)
RECEIVED = Words(
    "收到您的按键，谢谢。",
    "We have your key. Thank you.",
)
NEXT_KEY = "5"
NEXT = Words("听下一件请按5。", "For the next one, press 5.")
BY_RINGING = Words(
    "前往的话，也可以打回本号码，响铃后挂断。",
    "If you are going, you can also ring this number back and hang up.",
)
"""For the calls of what cannot hear keys, beside how to answer by text message."""
HOTLINE = Words("紧急请按1，服务请按2。", "For an emergency press 1, for a service press 2.")
HOTLINE_EMERGENCY = Words(
    "收到了，正在通知家人和村里，请不要着急。",
    "We have it. We are calling your family and the village. Please stay calm.",
)
HOTLINE_SERVICE = Words(
    "服务需求已经登记。如果有紧急情况，请现在按1。",
    "Your request is noted. If it is an emergency, press 1 now.",
)
NOTHING_OPEN = Words("目前没有等您答复的通知。", "Nothing is waiting for your answer now.")
STRANGER = Words("紧急求助请按1。", "If you need help urgently, press 1.")
STRANGER_EMERGENCY = Words(
    "收到了，值班人员会马上回电，请保持电话畅通。",
    "We have it. The duty staff will ring you back at once; please keep your line free.",
)
WITHHELD = Words(
    "您的号码没有显示，我们无法回电。",
    "Your number is withheld, so we cannot ring you back.",
)
TOO_MANY = Words(
    "现在求助电话太多，请直接打值班电话，或拨120、110。",
    "Too many people are calling now. Please dial the duty desk, or 120 or 110.",
)
END = Words("再见。", "Goodbye.")
NOT_FOUND = Words(
    "没有找到这条通知，请打电话到值班室。再见。",
    "We cannot find this message. Please telephone the duty desk. Goodbye.",
)


def opening(text: str, language: str, can_press: bool, can_ring: bool = False) -> str:
    """Return what a call says first: the message, and how to answer it (see `menu`).

    A text that names its own keys (to a resident, or of a drill) gets no others.
    """
    return "".join(parts(text, language, can_press, can_ring))


def parts(text: str, language: str, can_press: bool, can_ring: bool = False) -> tuple[str, str]:
    """Return the message, and how the person who hears it can answer."""
    for own in _OWN_MENUS:
        said = own.said(language)
        if text.endswith(said):
            body = text.removesuffix(said)
            if can_press:
                return body, said
            return body, NOT_BY_KEY.said(language) if own is ASK_MENU else ""
    return text, menu(language, can_press, can_ring)


def keys(purpose: Purpose) -> dict[str, Answer]:
    """Return what the keys of a call mean, by what the call is for."""
    if purpose is Purpose.QUESTION:
        return RESIDENT_KEYS
    if purpose is Purpose.DRILL:
        return DRILL_KEYS
    return {} if purpose is Purpose.TOLD else KEYS


def menu(language: str, can_press: bool, can_ring: bool = False) -> str:
    """Return how the person who hears this can answer.

    Args:
        language: of the sentence.
        can_press: keys are heard.
        can_ring: to ring back and to hang up is an answer here.
    """
    if can_press:
        return MENU.said(language)
    return BY_SMS.said(language) + (BY_RINGING.said(language) if can_ring else "")


def goodbye(purpose: Purpose) -> Words:
    """Return the last words of a call in which no key was pressed."""
    if purpose is Purpose.QUESTION:
        return NO_KEY_FROM_RESIDENT
    return END if purpose in (Purpose.TOLD, Purpose.DRILL) else GOODBYE


def several(count: int) -> Words:
    """Say how many incidents wait for this person; the newest is said after it."""
    return Words(f"有{count}件事等您答复。先说一件：", f"{count} incidents wait for you. One is: ")


def desk(phone: str) -> Words:
    """Say the desk's number, if there is one."""
    if not phone:
        return Words("", "")
    return Words(f"值班电话{phone}。", f"The duty desk's number is {phone}. ")
