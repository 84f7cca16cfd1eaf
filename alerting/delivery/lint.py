"""What a message must say, must not say, and how long it may become at worst.

The rules are those of docs/wording.md: one message whatever happens, the signature first, a way to
answer in every alarm, no diagnosis and no reading, and nothing that the operators' filters
take for a link or an account (mainland filters stop English words in Chinese texts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from alerting.delivery import english, lint_said, wording
from alerting.delivery.catalogue import texts as laid_over
from alerting.delivery.parts import SIGNATURE_UNITS_MAX
from alerting.delivery.sentences import Texts
from alerting.delivery.templates import Piece, TemplateError, parse
from alerting.words import Words, units

CALL_UNITS_MAX = 220
"""A call is heard in 45 seconds: at three to four characters a second (domain facts, §3.1)."""

_TEXT = frozenset({"signature", "level", "code", "when", "now", "short", "act", "waited", "who"})
_TEXT |= {"outcome", "number", "desk", "place", "elder", "mistake"}
_CALL = (_TEXT - {"when", "now", "number", "desk", "elder", "mistake"}) | {"time", "called"}
_OWN_HOLES: dict[str, frozenset[str]] = {
    "home": frozenset({"called", "who", "ask"}),
    "waited": frozenset({"count"}),
    "time": frozenset({"hour", "hh", "mm", "month", "day", "dd", "time"}),
}
_NEWS_OF = ("coming", "arrived")

_LINK = re.compile(r"https?:|www\.|://|\.(?:com|cn|net|org|io)\b", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z]{2,}")
_ID_NUMBER = re.compile(r"\d{15,}")
_READING = re.compile(
    r"(?:血压|血糖|血氧|心率|脉搏|体温|体重|pressure|glucose|oxygen|pulse|heart rate|temperature)"
    r"[^\d。，.,]{0,6}\d|\d\s*(?:mmHg|mmol|bpm|次/分|毫米汞柱|摄氏度|℃|°C|%)",
    re.IGNORECASE,
)
DIAGNOSES = [
    "高血压",
    "低血压",
    "糖尿病",
    "低血糖",
    "心脏病",
    "心梗",
    "心绞痛",
    "冠心病",
    "心衰",
    "房颤",
    "中风",
    "脑梗",
    "脑溢血",
    "脑卒中",
    "癫痫",
    "痴呆",
    "阿尔茨海默",
    "帕金森",
    "肺炎",
    "哮喘",
    "癌",
    "肿瘤",
    "骨折",
    "休克",
    "昏迷",
    "抑郁",
    "精神病",
    "hypertension",
    "diabetes",
    "diabetic",
    "hypoglycaemia",
    "infarction",
    "angina",
    "fibrillation",
    "stroke",
    "epilepsy",
    "dementia",
    "alzheimer",
    "parkinson",
    "pneumonia",
    "asthma",
    "cancer",
    "tumour",
    "fracture",
    "coma",
]
"""What only a doctor may say of a person; said to others it is a breach as well."""
_DIAGNOSIS = re.compile("|".join(re.escape(word) for word in DIAGNOSES), re.IGNORECASE)


class Flaw(msgspec.Struct, frozen=True, gc=False):
    """One thing wrong with one template."""

    name: str
    words: Words


def lint(own: Mapping[str, str], language: str) -> list[Flaw]:
    """Return everything wrong with the templates `own`, laid over those of `language`.

    Args:
        own: the installation's templates by name, or a whole catalogue.
        language: whose built-in templates stand where `own` has none.
    """
    flaws = [
        Flaw(name, Words("没有这条消息", "there is no message of this name"))
        for name in own
        if name not in english.TEMPLATES
    ]
    known = {name: text for name, text in own.items() if name in english.TEMPLATES}
    broken = []
    for name, text in known.items():
        try:
            parse(text)
        except TemplateError as error:
            flaws.append(Flaw(name, error.words))
            broken.append(name)
    whole = {name: text for name, text in known.items() if name not in broken}
    texts = laid_over({language: whole}, language)
    # a longer word may make every message that holds it too long
    lengths = english.TEMPLATES if len(whole) != len([n for n in whole if _is_message(n)]) else ()
    for name in english.TEMPLATES:
        if name in whole:
            flaws += [Flaw(name, words) for words in _words_of(name, whole[name], texts)]
            is_ours = language in wording.BUILT_IN
            said = lint_said.flaws(name, whole[name], texts["base"], is_ours)
            flaws += [Flaw(name, words) for words in said]
        if name in whole or (name in lengths and _is_message(name)):
            flaws += [Flaw(name, words) for words in _length_of(name, texts)]
    return flaws


def worst(texts: Texts) -> dict[str, str]:
    """Return the longest value of every hole, in the language of `texts`."""
    is_en = texts["base"] == "en"
    short = wording.EN_SHORT_CHARACTERS_MAX if is_en else wording.SHORT_UNITS_MAX
    name = wording.EN_NAME_CHARACTERS_MAX if is_en else wording.NAME_UNITS_MAX
    wide = "W" if is_en else "宽"
    values = {
        "signature": wide * SIGNATURE_UNITS_MAX,
        "code": "A" * wording.CODE_UNITS_MAX,
        "when": "12-31 08:42",
        "now": "08:42",
        "time": "12-31 08:42",
        "short": wide * short,
        "who": wide * name,
        "elder": wide * name,
        "number": "99999",
        "desk": "0" * wording.DESK_UNITS_MAX,
        "place": wide * short,
        "called": wide * name,
        "count": "9999",
        "mistake": texts["mistake"],
        "ask": wide * short,
        "outcome": _longest(texts, "outcome."),
        "waited": _waited(texts, "waited."),
    }
    return values | dict.fromkeys(("hour", "hh", "mm", "day", "dd", "month"), "12")


def length(name: str, texts: Texts) -> tuple[int, int]:
    """Return how long a message is at worst without what may be left out, and how long it may be.

    The level goes with what is to be done, so that only pairs that occur are measured.
    """
    values = worst(texts)
    if lint_said.measures(name):
        return lint_said.length(name, texts, values)
    if not name.startswith("sms."):
        values["waited"] = _waited(texts, "waited.call.")
    most = 0
    for level, act in _pairs(texts):
        filled = values | {"level": texts[f"level.{level}"], "act": texts[f"act.{act}"]}
        if level == "caller":
            filled["when"] += " "
            filled["short"] = max(filled["short"], "+" + "9" * 15, key=units)
        always = "".join(_filled(piece, filled) for piece in parse(texts[name]) if not piece.rank)
        most = max(most, units(always.rstrip()))
    if not name.startswith("sms."):
        return most, CALL_UNITS_MAX
    is_en = texts["base"] == "en"
    return most, wording.EN_CHARACTERS_MAX if is_en else wording.ZH_UNITS_MAX


def _is_message(name: str) -> bool:
    return name.startswith(("sms.", "call.", "home.", *lint_said.MEASURED))


def _waited(texts: Texts, prefix: str) -> str:
    long = [texts[prefix + unit].replace("{count}", "9999") for unit in ("yet", "minutes", "hours")]
    return max(long, key=units)


def _longest(texts: Texts, prefix: str) -> str:
    return max((text for name, text in texts.items() if name.startswith(prefix)), key=units)


def _pairs(texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield every level with everything that is asked for at it."""
    kinds = ("inactivity", "health", "technical", "service", "visit")
    yield from ((kind, kind) for kind in kinds)
    yield "high", "call_now"
    yield "caller", "caller"
    hazards = [name.partition(".")[2] for name in texts if name.startswith("act.")]
    for act in hazards:
        if act not in (*kinds, "call_now", "caller"):
            yield from ((level, act) for level in ("high", "check"))


def _filled(piece: Piece, values: Mapping[str, str]) -> str:
    text = piece.text
    for hole in piece.holes:
        text = text.replace(f"{{{hole}}}", values.get(hole, ""))
    return text


def _allowed(name: str) -> frozenset[str]:
    if lint_said.covers(name):
        return lint_said.allowed(name)
    group = name.partition(".")[0]
    if group == "sms":
        return _TEXT
    return _CALL if group == "call" else _OWN_HOLES.get(group, frozenset())


def _words_of(name: str, text: str, texts: Texts) -> Iterator[Words]:
    """Yield what is wrong with the words and the holes of one template."""
    pieces = parse(text)
    held = [hole for piece in pieces for hole in piece.holes]
    allowed = _allowed(name)
    for hole in dict.fromkeys(held):
        if hole not in allowed:
            listed = ", ".join(sorted(allowed)) or "-"
            yield Words(
                f"没有变量 {{{hole}}}；可用：{listed}",
                f"there is no {{{hole}}} here; there are: {listed}",
            )
    for hole in sorted(_needed(name) - set(held)):
        yield Words(f"缺少 {{{hole}}}", f"{{{hole}}} is missing")
    if not text.strip():
        yield Words("是空的", "is empty")
    bare = "".join(re.sub(r"\{[^{}]*\}", " ", piece.text) for piece in pieces)
    yield from _forbidden(name, bare, texts)
    if name.startswith("sms."):
        yield from _as_text(name, pieces, texts)


def _needed(name: str) -> frozenset[str]:
    """Return the holes without which a message does not say what it is there for.

    They are those that the built-in message always has, by the source's own rule.
    """
    if lint_said.covers(name):
        return lint_said.needed(name)
    source = parse(english.TEMPLATES[name])
    return frozenset(
        hole
        for piece in source
        if not piece.rank
        for hole in piece.holes
        if hole not in ("when", "now", "act", "level", "time", "hh", "mm", "month", "dd")
    )


def _forbidden(name: str, bare: str, texts: Texts) -> Iterator[Words]:
    if found := _LINK.search(bare):
        yield Words(f"含链接“{found[0]}”", f"holds a link: {found[0]}")
    elif name != "base" and texts["base"] != "en" and (found := _LATIN.search(bare)):
        yield Words(
            f"含英文“{found[0]}”：运营商会拦截",
            f"holds Latin letters, which operators filter: {found[0]}",
        )
    if found := _ID_NUMBER.search(bare):
        yield Words(f"含证件号码“{found[0]}”", f"holds an id number: {found[0]}")
    if found := _READING.search(bare):
        yield Words(f"含具体数值“{found[0]}”", f"holds an exact reading: {found[0]}")
    if found := _DIAGNOSIS.search(bare):
        yield Words(f"含诊断“{found[0]}”", f"holds a diagnosis: {found[0]}")


def _as_text(name: str, pieces: tuple[Piece, ...], texts: Texts) -> Iterator[Words]:
    """Yield what is wrong with a text message: its signature, and how to answer it."""
    head = "{signature}" if texts["base"] == "en" else "【{signature}】"
    is_marked_first = name.startswith("sms.drill") and texts["base"] == "en"
    if not is_marked_first and not pieces[0].text.startswith(head):
        yield Words(f"开头应是 {head}", f"must begin with {head}")
    asks_answer = name in (
        "sms.alarm",
        "sms.escalated",
        "sms.again",
        "sms.reinforce",
        "sms.claim_runs_out",
    )
    if asks_answer:
        said = "".join(piece.text for piece in pieces if piece.rank <= _HINT_RANK_MAX)
        for digit in "123":
            if digit not in re.sub(r"\{[^{}]*\}", "", said):
                yield Words(
                    f"没说回复 {digit}（次序不低于 {_HINT_RANK_MAX}）",
                    f"does not say what a reply of {digit} is, at rank {_HINT_RANK_MAX} or before",
                )
    if name.endswith(".one_way") and re.search(r"回复?\s*\d|[Rr]eply \d", "".join(_texts(pieces))):
        yield Words("收不到回复，却请人回复", "asks for a reply that cannot reach us")


_HINT_RANK_MAX = 2


def _texts(pieces: Iterable[Piece]) -> Iterator[str]:
    return (piece.text for piece in pieces)


def _length_of(name: str, texts: Texts) -> Iterator[Words]:
    if not _is_message(name):
        return
    found, most = length(name, texts)
    if found > most and lint_said.measures(name):
        yield Words(
            f"最长 {found} 个单位，最多 {most}；请缩短",
            f"may take {found} units, {most} at most; shorten it",
        )
    elif found > most:
        yield Words(
            f"必有的部分最长 {found} 个单位，最多 {most}；请缩短，或放进 [1|...]",
            f"may take {found} units without its optional pieces, {most} at most; "
            "shorten it, or put something into [1|...]",
        )
