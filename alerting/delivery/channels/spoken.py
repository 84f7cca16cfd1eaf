"""What is said around a message in a call: the keys, and what became of a key press.

What the keys and words mean is said here once, for the calls; SMS wording is in
`alerting.delivery.wording`.
"""

from __future__ import annotations

from alerting.events import Answer
from alerting.words import Words

KEYS: dict[str, Answer] = {
    "1": Answer.GOING,
    "2": Answer.ON_SCENE,
    "3": Answer.CANNOT,
    "0": Answer.MISTAKE,
}
REPEAT_KEY = "9"

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
ALSO_GOING = Words(
    "已记录，谢谢。已经有人在前往，您去也很好。",
    "Recorded, thank you. Somebody else is already going; another pair of hands is welcome.",
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
    """Return what a call says first: the message, and how to answer it (see `menu`)."""
    return text + menu(language, can_press, can_ring)


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


def several(count: int) -> Words:
    """Say how many incidents wait for this person; the newest is said after it."""
    return Words(f"有{count}件事等您答复。先说一件：", f"{count} incidents wait for you. One is: ")


def desk(phone: str) -> Words:
    """Say the desk's number, if there is one."""
    if not phone:
        return Words("", "")
    return Words(f"值班电话{phone}。", f"The duty desk's number is {phone}. ")
