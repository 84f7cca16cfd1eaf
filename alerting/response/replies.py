"""What a person's text message means, and which incident it is about.

Whole messages are compared, not words found somewhere inside them: "还没到" holds "到" and
"can't go" holds "go". What is not understood is asked about, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import msgspec

from alerting.events import Answer
from alerting.incident import Incident
from alerting.words import Words

TEXT_CHARACTERS_MAX = 200
"""Nobody needs more to say that they are going; the rest is not read."""
LISTED_MAX = 4
"""So many incidents fit into one question."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What somebody answered."""

    answer: Answer | None
    """None: not understood."""
    code: str
    """The incident's number or the home's code, as written (upper case); empty: none."""
    digit: Answer | None = None
    """What the code means as an answer, where it may be one: `ok 2` is `there`, or number 2."""


_CHINESE: dict[Answer, list[str]] = {
    Answer.GOING: [
        "1",
        "收到",
        "好",
        "好的",
        "好的收到",
        "好嘞",
        "好滴",
        "行",
        "可以",
        "知道了",
        "晓得了",
        "明白",
        "接单",
        "我去",
        "我去看看",
        "去",
        "马上去",
        "马上到",
        "马上来",
        "马上过去",
        "我过去",
        "我这就去",
        "我这就过去",
        "这就过去",
        "正在过去",
        "赶过去",
        "正在赶来",
        "我马上去",
        "我马上到",
        "我来",
        "来了",
        "这就去",
        "这就来",
        "就来",
        "在路上",
        "在路上了",
        "正在路上",
        "路上",
        "出发",
        "出发了",
        "已出发",
        "还没到",
        "快到了",
    ],
    Answer.ON_SCENE: [
        "2",
        "到了",
        "已到",
        "到",
        "我到了",
        "到场",
        "已到场",
        "已经到了",
        "到达",
        "已到达",
        "在现场",
        "见到了",
        "见到人了",
        "已见面",
    ],
    Answer.CANNOT: [
        "3",
        "9",
        "不能去",
        "去不了",
        "不去",
        "不去了",
        "我不去",
        "去不了了",
        "我去不了",
        "不能",
        "来不了",
        "不行",
        "没空",
        "我没空",
        "有事",
        "有事去不了",
        "不在",
        "不在家",
        "不方便",
        "在外地",
        "我在外地",
        "我不能去",
        "没时间",
        "走不开",
    ],
}
_ENGLISH: dict[Answer, list[str]] = {
    Answer.GOING: [
        "ok",
        "okay",
        "yes",
        "y",
        "going",
        "i am going",
        "im going",
        "i go",
        "coming",
        "i am coming",
        "im coming",
        "on my way",
        "omw",
        "got it",
        "will do",
        "claim",
        "one",
    ],
    Answer.ON_SCENE: [
        "here",
        "there",
        "arrived",
        "i am here",
        "im here",
        "i am there",
        "im there",
        "on scene",
        "on site",
        "two",
    ],
    Answer.CANNOT: [
        "no",
        "n",
        "cannot",
        "cant",
        "i cannot",
        "i cant",
        "cannot go",
        "cant go",
        "i cannot go",
        "i cant go",
        "not possible",
        "busy",
        "unable",
        "three",
    ],
}
_MEANING: dict[str, Answer] = {
    word: answer
    for table in (_CHINESE, _ENGLISH)
    for answer, words in table.items()
    for word in words
}
_MILD = frozenset(
    {"收到", "好", "好的", "好嘞", "好滴", "行", "可以", "知道了", "晓得了", "明白"}
    | {"ok", "okay", "yes", "y", "got it"}
)
"""Words that only say that the message came: a 1, 2 or 3 beside them says more."""
_POLITE = re.compile(r"谢谢[您你]?|辛苦了?|thanks|thank you|please")
_BEFORE = re.compile(r"^(?:回复|回|按|选|reply|press) ?(?=\d)")
_WORD_FIRST = re.compile(r"(\D+?) ?(\d{1,8})", re.ASCII)
_WORD_LAST = re.compile(r"(\d) ?(\D+)", re.ASCII)
_MARK = r"(?:编号|no|nr|#)"
_HOME = r"[a-z]{1,6}\d{0,6}-?\d{1,8}"
_CODE = re.compile(rf"{_MARK}?\s*({_HOME}|\d{{1,8}})", re.ASCII)
_ANSWER_FIRST = re.compile(rf"([1239])\s*(?:{_MARK}|\s)\s*({_HOME}|\d{{1,8}})", re.ASCII)
_ANSWER_LAST = re.compile(rf"{_MARK}?\s*({_HOME}|\d{{1,8}})\s+([1239])", re.ASCII)
_GLUED = re.compile(rf"([1239])({_HOME})", re.ASCII)


def parse(text: str) -> Said:
    """Return what the message says.

    Understood: 1 going, 2 there, 3 (or 9) cannot, also as full-width digits; the usual words
    in Chinese and English, several if they mean the same; a number or a home's code after it
    or before it: `1 7`, `2 A1001`, `编号7 1`, `收到 7`.
    """
    plain = _plain(text[:TEXT_CHARACTERS_MAX])
    plain = _BEFORE.sub("", " ".join(_POLITE.sub(" ", plain).split()))
    if answer := _MEANING.get(plain.replace(" ", "")) or _MEANING.get(plain):
        return Said(answer, "")
    for pattern in (_ANSWER_FIRST, _GLUED):
        if found := pattern.fullmatch(plain):
            return Said(_MEANING[found[1]], found[2].upper())
    if found := _ANSWER_LAST.fullmatch(plain):
        return Said(_MEANING[found[2]], found[1].upper())
    if found := _WORD_FIRST.fullmatch(plain) or _WORD_LAST.fullmatch(plain):
        word, code = found.groups() if found[2].isdecimal() else (found[2], found[1])
        if answer := _MEANING.get(word):
            return _beside(answer, word, code)
    head, _, tail = plain.rpartition(" ")
    if (answer := _MEANING.get(head)) and (found := _CODE.fullmatch(tail)):
        return Said(answer, found[1].upper())
    head, _, tail = plain.partition(" ")
    if (answer := _MEANING.get(tail)) and (found := _CODE.fullmatch(head)):
        return Said(answer, found[1].upper())
    together = {_MEANING.get(word) for word in plain.split(" ")}
    return Said(together.pop() if len(together) == 1 else None, "")


def _beside(answer: Answer, word: str, code: str) -> Said:
    """Return what a word with a number means, where the number may be an answer as well."""
    digit = _MEANING[code] if code in {"1", "2", "3"} else None
    if digit is not answer and word not in _MILD:
        digit = None
    return Said(answer, code, digit)


def in_view_of(said: Said, candidates: Sequence[Incident]) -> Said:
    """Return what was said once it is known which incidents it can be about.

    A number that none of them has, and that may be an answer, is one.
    """
    if said.digit is None or any(_fits(said.code, incident) for incident in candidates):
        return said
    return Said(said.digit, "")


def choose(said: Said, candidates: Sequence[Incident]) -> Incident | Words:
    """Return the incident meant, or the words to ask the person with.

    Without a code the only open one is meant; with several, the person is asked which.

    Args:
        said: what they answered.
        candidates: the incidents that are open and of which this person was told.
    """
    if not candidates:
        return Words("目前没有等您答复的事件。", "Nothing is waiting for your answer now.")
    meant = [incident for incident in candidates if _fits(said.code, incident)]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        return _ask(candidates, Words("没有这个编号。", "No such number. "))
    return ask(meant)


def ask(candidates: Sequence[Incident]) -> Words:
    """Return the words to ask with which of the open incidents a person means."""
    return _ask(candidates, Words("", ""))


def _fits(code: str, incident: Incident) -> bool:
    if not code:
        return True
    return code.lstrip("0") == incident.number or code in (
        incident.code.upper(),
        incident.id.upper(),
    )


def _ask(incidents: Sequence[Incident], first: Words) -> Words:
    shown = incidents[:LISTED_MAX]
    numbers = [incident.number for incident in incidents]
    is_plain = len(set(numbers)) == len(numbers)
    by = [incident.number if is_plain else incident.code for incident in shown]
    zh = "、".join(f"{b}（{i.code}）" if is_plain else b for b, i in zip(by, shown, strict=True))
    en = ", ".join(f"{b} ({i.code})" if is_plain else b for b, i in zip(by, shown, strict=True))
    more = len(incidents) > len(shown)
    return Words(
        f"{first.zh}有{len(incidents)}件：{zh}{'等' if more else ''}。请回复如“1 {by[0]}”。",
        f"{first.en}{len(incidents)} open: {en}{', ...' if more else ''}. "
        f'Please reply e.g. "1 {by[0]}".',
    )


def _plain(text: str) -> str:
    """Return the message in small letters and narrow digits, without punctuation."""
    narrow = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    kept = [letter if letter.isalnum() or letter in "-#" else " " for letter in narrow]
    return " ".join("".join(kept).split())
