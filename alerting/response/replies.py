"""What a person's text message means; which incident it is about is told in `which`.

Whole messages are compared, not words found somewhere inside them: "还没到" holds "到" and
"can't go" holds "go". What is not understood is asked about, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import msgspec

from alerting.events import Answer

TEXT_CHARACTERS_MAX = 200
"""Nobody needs more to say that they are going; the rest is not read."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What somebody answered."""

    answer: Answer | None
    """None: not understood."""
    code: str
    """The incident's number or the home's code, as written (upper case); empty: none."""
    digit: Answer | None = None
    """What the number means as an answer, where it may be one: `ok 2` is `there`, or number 2."""
    number: str = ""
    """The incident's number beside a home's code, as written; empty: none."""
    other: Said | None = None
    """Another reading: of `A1004 1 2` either is the number; `A1004 2` may name one of two."""


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
    Answer.MISTAKE: [
        "0",
        "误报",
        "是误报",
        "误触",
        "弄错了",
        "搞错了",
        "按错了",
        "误按",
        "虚惊",
        "虚惊一场",
    ],
    Answer.REPEAT: [
        "9",
        "重发",
        "再发一次",
        "再发一遍",
        "重听",
        "再说一遍",
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
    Answer.MISTAKE: [
        "false alarm",
        "a false alarm",
        "mistake",
        "by mistake",
        "a mistake",
        "zero",
    ],
    Answer.REPEAT: [
        "again",
        "repeat",
        "say again",
        "nine",
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
"""Words that only say that the message came: a digit beside them says more."""
_POLITE = re.compile(r"谢谢[您你]?|辛苦了?|thanks|thank you|please")
_QUESTION = re.compile("[?？؟]")
_BEFORE = re.compile(r"^(?:回复|回|按|选|reply|press) ?(?=\d)")
_WORD_FIRST = re.compile(r"(\D+?) ?(\d{1,8})", re.ASCII)
_WORD_LAST = re.compile(r"(\d) ?(\D+)", re.ASCII)
_MARK = r"(?:编号|no|nr|#)"
_HOME = r"[a-z]{1,6}\d{0,6}-?\d{1,8}"
_CODE = re.compile(rf"{_MARK}?\s*({_HOME}|\d{{1,8}})", re.ASCII)
_ANSWER_FIRST = re.compile(rf"([01239])\s*(?:{_MARK}|\s)\s*({_HOME}|\d{{1,8}})", re.ASCII)
_ANSWER_LAST = re.compile(rf"{_MARK}?\s*({_HOME}|\d{{1,8}})\s+([01239])", re.ASCII)
_GLUED = re.compile(rf"([01239])({_HOME})", re.ASCII)
_SAYS_NOTHING = {"的", "号", "号的", "件", "那件", "家", "家的", "编号", "home", "number"}
_BETWEEN = re.compile(r"(?:[ -]|#(?! ?\d))*", re.ASCII)


class _Pieces(msgspec.Struct, gc=False):
    """A message taken apart."""

    homes: list[str] = []
    numbers: set[str] = set()
    """Numbers that cannot be an answer: `编号2`, `2号`, the 2 of `A1004-2`."""
    digits: list[str] = []
    words: list[str] = []
    is_home_first: bool = False
    """No bare digit comes before the home."""


def parse(text: str, codes: Collection[str] = ()) -> Said:
    """Return what the message says.

    Understood: 1 going, 2 there, 3 cannot, 0 a false alarm, 9 say it again, as the keys in a
    call; also as full-width digits; the usual words in Chinese and English, several if they mean
    the same; a number or a home's code after it or before it: `1 7`, `2 A1001`, `编号7 1`; or
    both, in any order: `1 A1004-2`, `1 A1004 2`, `A1004 编号2 1`, `收到 A1004 2号`.

    No answer: a question ("误报？"), the name of a home alone, and "no A1004 2" (a number?).

    Args:
        text: the message.
        codes: what the homes in question are called; they may be any words and digits.
    """
    text = text[:TEXT_CHARACTERS_MAX]
    plain = _plain(text)
    plain = _BEFORE.sub("", " ".join(_POLITE.sub(" ", plain).split()))
    said = _understood(plain, [name for code in codes if (name := as_written(code).casefold())])
    is_asked = bool(_QUESTION.search(text)) and said.answer is not Answer.REPEAT
    is_no = plain.startswith("no ") and said.answer is not Answer.CANNOT
    is_either = is_no and bool(said.code) and not said.code.isdecimal()
    return Said(None, "") if is_asked or is_either else said


def _understood(plain: str, codes: Collection[str]) -> Said:
    if answer := _MEANING.get(plain.replace(" ", "")) or _MEANING.get(plain):
        return Said(answer, "")
    if plain in codes:
        return Said(None, "")
    for pattern in (_ANSWER_FIRST, _GLUED):
        if found := pattern.fullmatch(plain):
            return Said(_MEANING[found[1]], found[2].upper())
    if found := _ANSWER_LAST.fullmatch(plain):
        return _behind(found[1].upper(), found[2])
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
    if len(together) == 1 and (answer := together.pop()):
        return Said(answer, "")
    pieces = _pieces(plain, codes)
    return (_put_together(pieces) if pieces else None) or Said(None, "")


def _pieces(plain: str, codes: Collection[str]) -> _Pieces | None:
    """Take a message apart; None if it holds what belongs to no answer."""
    known = "|".join([*(re.escape(code) for code in sorted(codes, key=len, reverse=True)), _HOME])
    after = r"第?(?P<after>\d{1,8})[号件]"
    token = re.compile(
        rf"(?P<home>{known})(?!\d)(?:-(?P<of>\d{{1,8}})(?!\d))?"
        rf"|{after}|(?P<digits>\d{{1,8}})(?!\d)|(?P<word>[a-z]+"
        rf"|[^\x00-\x7f]+?(?=$|[\x00-\x7f]|编号|第\d|{known}))",
        re.ASCII,
    )
    marked = re.compile(rf"{_MARK} ?(\d{{1,8}})(?!\d)", re.ASCII)
    pieces, at = _Pieces(), 0
    while at < len(plain):
        if found := marked.match(plain, at):
            pieces.numbers.add(found[1].lstrip("0"))
        elif not (found := token.match(plain, at)):
            return None
        elif home := found["home"]:
            pieces.is_home_first = pieces.is_home_first or not pieces.digits
            pieces.homes.append(home.upper())
            if found["of"]:
                pieces.numbers.add(found["of"].lstrip("0"))
        elif number := found["after"]:
            pieces.numbers.add(number.lstrip("0"))
        elif digits := found["digits"]:
            pieces.digits.append(digits)
        elif (word := found["word"]) not in _SAYS_NOTHING:
            pieces.words.append(word)
        at = between.end() if (between := _BETWEEN.match(plain, found.end())) else found.end()
    return pieces


def _put_together(pieces: _Pieces) -> Said | None:
    """Return what the pieces say together; None if they do not say one thing."""
    if len(set(pieces.homes)) > 1 or len(pieces.numbers) > 1:
        return None
    home = pieces.homes[0] if pieces.homes else ""
    number = next(iter(pieces.numbers), "")
    if pieces.words:
        return _with_words(pieces, home, number)
    answers = [_MEANING.get(digits) for digits in pieces.digits]
    match answers:
        case [Answer()] if home and not number and pieces.is_home_first:
            return _behind(home, pieces.digits[0])
        case [Answer() as answer]:
            return Said(answer, home, number=number)
        case [first, second] if not number:
            ahead = Said(first, home, number=pieces.digits[1]) if first else None
            behind = Said(second, home, number=pieces.digits[0]) if second else None
            if not pieces.is_home_first or not home or ahead == behind:
                return ahead or behind
            if ahead and behind:
                return Said(behind.answer, home, number=behind.number, other=ahead)
            return behind or ahead
    return None


def _with_words(pieces: _Pieces, home: str, number: str) -> Said | None:
    meanings = {_MEANING.get(word) for word in pieces.words}
    answer = _MEANING.get(" ".join(pieces.words)) or (
        meanings.pop() if len(meanings) == 1 else None
    )
    if answer is None:
        return None
    if not pieces.digits:
        return Said(answer, home, number=number)
    first, *others = pieces.digits
    digit = _MEANING.get(first)
    if digit is not answer and not _MILD.issuperset(pieces.words):
        digit = None
    match others, number:
        case [], "":
            return Said(answer, home, digit, number=first)
        case ([], _) if digit:
            return Said(digit, home, number=number)
        case ([last], "") if digit:
            return Said(digit, home, number=last)
    return None


def _behind(home: str, digit: str) -> Said:
    """Return what a digit behind a home means: of two open there, it may name the second."""
    other = Said(None, home, number=digit) if digit == "2" and not home.isdecimal() else None
    return Said(_MEANING[digit], home, other=other)


def _beside(answer: Answer, word: str, code: str) -> Said:
    """Return what a word with a number means, where the number may be an answer as well."""
    digit = _MEANING[code] if code in {"0", "1", "2", "3"} else None
    if digit is not answer and word not in _MILD:
        digit = None
    return Said(answer, code, digit)


def as_written(code: str) -> str:
    """Return a home's code or an incident's id as `Said.code` would hold it."""
    return _plain(code).upper()


def _plain(text: str) -> str:
    """Return the message in small letters and narrow digits, without punctuation."""
    narrow = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    kept = [letter if letter.isalnum() or letter in "-#" else " " for letter in narrow]
    return " ".join("".join(kept).split())
