"""What a person who answered by text message reads back."""

from __future__ import annotations

from alerting.delivery import wording
from alerting.delivery.parts import cut
from alerting.events import Answer, Change
from alerting.words import Words

NOT_UNDERSTOOD = Words(
    "没看懂您的回复。前往回1，到场回2，不能去回3。",
    "Sorry, we did not understand. Reply 1 if you are going, 2 if there, 3 if you cannot go.",
)
NOTHING_OPEN = Words(
    "目前没有等您答复的通知。",
    "No message is waiting for your answer now.",
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
}
_OTHERWISE = Words("已记录，谢谢。", "recorded. Thank you.")


def recorded(change: Change | None, answer: Answer, code: str) -> Words:
    """Return the confirmation that an answer is written down.

    Args:
        change: what it changed first; None if nothing.
        answer: what the person said.
        code: what messages call the home.
    """
    if answer is Answer.NOTE:
        return NOTED
    words = _RECORDED.get(change, _OTHERWISE) if change is not None else _OTHERWISE
    return Words(f"{code} {words.zh}", f"{code} {words.en}") if code else words


def signed(words: Words, signature: str, language: str) -> str:
    """Return the text message, with the signature the operators insist on."""
    if language == "en":
        return wording.gsm7(f"{wording.SIGNATURE_EN}: {words.en}")[: wording.EN_CHARACTERS_MAX]
    return cut(f"【{signature}】{words.zh}", wording.ZH_UNITS_MAX)
