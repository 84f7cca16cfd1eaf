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
NOT_FOUND = Words(
    "没有找到这条通知，请打电话到值班室。再见。",
    "We cannot find this message. Please telephone the duty desk. Goodbye.",
)


def opening(text: str, language: str, can_press: bool) -> str:
    """Return what a call says first: the message, and how to answer it."""
    return text + menu(language, can_press)


def menu(language: str, can_press: bool) -> str:
    """Return how the person who hears this can answer."""
    return (MENU if can_press else BY_SMS).said(language)
