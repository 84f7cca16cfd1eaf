"""What a person who answered by text message reads back."""

from __future__ import annotations

from alerting.delivery import wording
from alerting.delivery.parts import SIGNATURE_EN, SIGNATURE_UNITS_MAX, cut
from alerting.events import Answer, Change
from alerting.words import Words

NOT_UNDERSTOOD = Words(
    "没看懂您的回复。前往回1，到场回2，不能去回3，误报回0。",
    "Sorry, we did not understand. "
    "Reply 1 if going, 2 if there, 3 if you cannot go, 0 if a false alarm.",
)
NOTHING_OPEN = Words(
    "目前没有等您答复的通知。",
    "No message is waiting for your answer now.",
)
_ENOUGH = Words(
    "您的回复仍未看懂。请打值班电话{desk}，或接听来电后按1、2、3。",
    "Still not understood. Please call the desk{desk}, or press 1, 2 or 3 in our call.",
)
NOTED = Words("已记下您的留言。", "Your note is kept.")

_RECORDED: dict[Change, Words] = {
    Change.CLAIMED: Words(
        "已记录：您正在前往。到场请回2。", "recorded: you are going. Reply 2 when there."
    ),
    Change.ALSO_COMING: Words(
        "已记录，已有人在前往，您去也很好。",
        "recorded. Somebody is already going; you are welcome.",
    ),
    Change.ON_SCENE: Words("已记录：您已到场，谢谢。", "recorded: you are there. Thank you."),
    Change.DECLINED: Words(
        "已记录：您不能去，会联系其他人。", "recorded: you cannot go. We call others."
    ),
    Change.LAPSED: Words(
        "已记录：您不去了，会联系其他人。", "recorded: you are not going. We call others."
    ),
    Change.CLOSED: Words(
        "已记录：误报，已结案，会告知其他人。",
        "recorded: a false alarm. It is closed; the others are told.",
    ),
}
_OTHERWISE = Words("已记录，谢谢。", "recorded. Thank you.")


def enough(desk_phone: str) -> Words:
    """Return the last words to somebody whose texts keep failing: how else to answer."""
    number = cut(desk_phone, wording.DESK_UNITS_MAX)
    return Words(
        _ENOUGH.zh.replace("{desk}", number),
        _ENOUGH.en.replace("{desk}", f", {number}" if number else ""),
    )


def recorded(
    change: Change | None, answer: Answer, code: str, is_one_of_several: bool = False
) -> Words:
    """Return the confirmation that an answer is written down.

    Args:
        change: what it changed first; None if nothing.
        answer: what the person said.
        code: what messages call the home.
        is_one_of_several: this person has several to answer, so a bare 2 would be asked about.
    """
    if answer is Answer.NOTE:
        return NOTED
    words = _RECORDED.get(change, _OTHERWISE) if change is not None else _OTHERWISE
    if is_one_of_several and code and change is Change.CLAIMED:
        words = Words(
            f"已记录：您正在前往。到场请回“2 {code}”。",
            f'recorded: you are going. Reply "2 {code}" when there.',
        )
    return Words(f"{code} {words.zh}", f"{code} {words.en}") if code else words


def signed(words: Words, signature: str, language: str) -> str:
    """Return the text message, with the signature the operators insist on."""
    if language == "en":
        return wording.gsm7(f"{SIGNATURE_EN}: {words.en}")[: wording.EN_CHARACTERS_MAX]
    short = cut(signature, SIGNATURE_UNITS_MAX)
    return cut(f"【{short}】{words.zh}", wording.ZH_UNITS_MAX)
