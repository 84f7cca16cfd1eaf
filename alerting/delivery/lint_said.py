"""What is wrong with what surrounds an alarm: menus, confirmations, drills, the elder's sentences.

What a key does is in the code, so that a menu may put it in other words, and may neither leave
a key out nor name one that does nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from alerting.delivery import answering, chinese, english, parts
from alerting.delivery.elder import NAME_CHARACTERS_MAX, SENTENCE_CHARACTERS_MAX
from alerting.delivery.sentences import Texts
from alerting.delivery.templates import Piece, holes, parse
from alerting.words import Words, units

SAID_ZH_UNITS_MAX = 80
SAID_EN_CHARACTERS_MAX = 160
"""A menu is said three times over, and a person who listens is on the way or in need."""
PHONE_UNITS_MAX = 140
"""A question to the resident, whose keys follow: together about a minute at most."""
MEASURED = ("keys.", "said.", "reply.")
"""Groups that are measured here, beside what is said to the resident."""

_GROUPS = (*MEASURED, "named.", "role.", "sms.drill", "call.drill", "home.phone.")
_NAMES_PEOPLE = ("home.calling.who", "home.nobody_yet.who", "home.coming.within", "home.coming.who")
_KEYED = (*MEASURED, "sms.drill", "call.drill", "home.phone.")
_KEY = re.compile(r"(?<!\d)\d(?!\d)(?!\s*(?:分钟|秒|小时|天|次|件|min|sec|hour|day))")
"""A digit by itself that counts nothing."""
_DRILL = re.compile("演练|演練|演习|测试|測試|drill|test|exercise", re.IGNORECASE)
_BEGINS_TEXT = re.compile(r"【\{signature\}】【([^【】]+)】")
_BEGINS = re.compile(r"([^{}]+)\{signature\}")
"""How a drill begins: its mark, and whose it is."""


def covers(name: str) -> bool:
    """Return whether the rules about the holes of this message are here."""
    return name.startswith(_GROUPS) or name in _NAMES_PEOPLE


def measures(name: str) -> bool:
    """Return whether the rule about the length of this message is here."""
    return name.startswith((*MEASURED, "home.phone.")) or name in _NAMES_PEOPLE


def has_code(name: str) -> bool:
    """Return whether the home's code is written before this confirmation."""
    return name in answering.CONFIRMATIONS


def allowed(name: str) -> frozenset[str]:
    """Return the holes this message may have: those for which there is a value."""
    built_in = holes(english.TEMPLATES[name]) | holes(chinese.TEMPLATES[name])
    return built_in | {"called", "signature"} if name.startswith("home.") else built_in


def needed(name: str) -> frozenset[str]:
    """Return the holes without which it does not say what it is there for."""
    built_in = holes(english.TEMPLATES[name])
    return built_in - {"called"} if name.startswith("home.") else built_in


def flaws(name: str, text: str, base: str, is_ours: bool) -> Iterator[Words]:
    """Yield what is wrong with the keys it names, and with how a drill begins.

    Args:
        name: of the message.
        text: the template.
        base: the language whose rules hold, `zh` or `en`.
        is_ours: it is in a language whose words for a drill we know.
    """
    if name.startswith(_KEYED):
        yield from _keys_wrong(name, keys_in(parse(text)))
    if name.startswith(("sms.drill", "call.drill")):
        yield from _mark_wrong(name, text, base, is_ours)


def keys_in(pieces: Sequence[Piece]) -> list[str]:
    """Return the keys that are named whatever else is left out, in order."""
    always = (piece for piece in pieces if not piece.rank or not piece.holes)
    said = " ".join(" ".join(piece.split[::2]) for piece in always)
    return [str(unicodedata.digit(found)) for found in _KEY.findall(said)]


def _keys_wrong(name: str, found: Sequence[str]) -> Iterator[Words]:
    there_are = keys_in(parse(english.TEMPLATES[name]))
    zh, en = "、".join(there_are) or "没有", ", ".join(there_are) or "none"
    for key in there_are:
        if key not in found:
            yield Words(f"没说 {key}；应说到：{zh}", f"does not name {key}; it must name: {en}")
    for key in dict.fromkeys(found):
        if key not in there_are:
            yield Words(
                f"说了 {key}，在这里不起作用；起作用的：{zh}",
                f"names {key}, which does nothing here; what does: {en}",
            )
        elif found.count(key) > 1 and name.startswith("keys."):
            yield Words(
                f"{key} 说了 {found.count(key)} 次；应说一次",
                f"names {key} {found.count(key)} times; it must be named once",
            )


def _mark_wrong(name: str, text: str, base: str, is_ours: bool) -> Iterator[Words]:
    """Yield that a drill does not say first of all that it is one."""
    is_text = name.startswith("sms.") and base != "en"  # there the signature comes first
    form = _BEGINS_TEXT if is_text else _BEGINS
    found = form.match(text)
    mark = found[1].strip() if found else ""
    if not (_DRILL.search(mark) if is_ours else mark):
        known = english.TEMPLATES if base == "en" else chinese.TEMPLATES
        ours = form.match(known[name])
        begins = ours[0] if ours else known[name]
        yield Words(
            f"没有一开头就说是演练；如 {begins}",
            f"does not say first of all that it is a drill, as in: {begins}",
        )


def length(name: str, texts: Texts, values: Mapping[str, str]) -> tuple[int, int]:
    """Return how long a message is at worst, all of it, and how long it may be.

    Args:
        name: one that is measured here.
        texts: all templates of the language.
        values: the longest value of every hole.
    """
    is_en = texts["base"] == "en"
    if name in _NAMES_PEOPLE:
        values = {**values, "who": _people(texts), "minutes": "999"}
    said = "".join(
        part if index % 2 == 0 else values.get(part, "")
        for piece in parse(texts[name])
        for index, part in enumerate(piece.split)
    ).strip()
    if name in _NAMES_PEOPLE:
        return len(said), SENTENCE_CHARACTERS_MAX
    if name.startswith("home."):
        return units(said), PHONE_UNITS_MAX
    if not name.startswith("reply."):
        return units(said), SAID_EN_CHARACTERS_MAX if is_en else SAID_ZH_UNITS_MAX
    head = f"{parts.SIGNATURE_EN}: " if is_en else f"【{values['signature']}】"
    if has_code(name):
        head += f"{values['code']} "
    return units(head + said), parts.EN_CHARACTERS_MAX if is_en else parts.ZH_UNITS_MAX


def _people(texts: Texts) -> str:
    """Return the longest way of saying who is called."""
    wide = ("W" if texts["base"] == "en" else "宽") * NAME_CHARACTERS_MAX
    roles = [text for name, text in texts.items() if name.startswith("role.")]
    filled = [texts["named.relation"].replace("{relation}", wide)]
    filled += [texts["named.role"].replace("{role}", role) for role in roles]
    longest = max((one.replace("{name}", wide) for one in filled), key=len)
    return f"{longest}, {longest} and 99 more"
