"""Texts that are registered with a provider before anything can be sent.

The operators of the mainland carry no free text from a cloud: a sentence with a few holes is
approved first, and a message names it and fills the holes. A text that would be refused is
found when it is configured, not when somebody has fallen.

Sources of the rules: Aliyun's rules for notification templates (help.aliyun.com,
document_detail/463270 and /44357: no contact by messenger or mobile number, no brackets of the
signature, holes may not touch, each hole once, 1 to 35 characters, no text of holes only);
Tencent's review standards (cloud.tencent.com/document/product/382/39023: holes {1}, {2}, ... in
order, no links in them, no text of holes only; its FAQ: six characters to a hole); operators
take English words for ids of a messenger (uptime-kuma issue 5993).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from alerting.delivery.variables import NAMES, VARIABLE_UNITS_MAX
from alerting.errors import AlertingError
from alerting.words import Words, units

SMS_UNITS_MAX = 70
"""One message with its signature; a longer one is cut up and charged more than once."""
SPOKEN_UNITS_MAX = 350
"""What Tencent lets a call say (SendTtsVoice, TemplateParamSet); Aliyun: 250 for the holes."""
BRACKETS = 2
"""【 and 】 around the signature."""
SHOWN_CHARACTERS_MAX = 20


class Extra(StrEnum):
    """What may be registered besides what messages of incidents say (`alerting.orders.About`)."""

    RECORDED = "recorded"  # to whoever answered by text: it is written down
    QUESTION = "question"  # to whoever wrote what is not understood: please answer again
    MISSED = "missed"  # so many alarms could not be told in time
    DRILL = "drill"  # a test of the way to a person


FILLED: Mapping[str, tuple[str, ...]] = {
    Extra.RECORDED: ("code", "answer"),
    Extra.QUESTION: (),
    Extra.MISSED: ("count",),
    Extra.DRILL: (),
}
"""What fills the holes of these; those of the others are filled with `NAMES`."""


class Rules(msgspec.Struct, frozen=True, gc=False):
    """What one provider asks of a text."""

    hole: str
    """How a hole is written: a regular expression whose group 1 is its name."""
    written: str
    """The same for people, e.g. `${code}`."""
    value_units_max: int
    is_numbered: bool = False
    """Holes are counted from 1 in the order in which they stand."""
    holes_apart: bool = True
    """Something must stand between two holes."""


RULES: dict[str, Rules] = {
    "aliyun": Rules(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}", "${code}", 35),
    "tencent": Rules(r"\{([0-9]{1,2})\}", "{1}", 6, is_numbered=True, holes_apart=False),
}


class Registered(msgspec.Struct, frozen=True, gc=False):
    """One text as it was approved."""

    channel: str
    about: str
    """What it says (`alerting.orders.About`, or `Extra`)."""
    code: str
    """The provider's id of it."""
    text: str
    """As approved, without the signature."""
    language: str = "zh"
    variables: tuple[str, ...] = ()
    """What fills the holes in their order (`alerting.delivery.variables.NAMES`); empty: the
    holes bear these names themselves."""


class Unsayable(AlertingError):
    """A message that cannot be said with what is registered; says what is missing."""


def find(
    texts: Iterable[Registered], channel: str, about: str, language: str, address: str
) -> Registered:
    """Return the text for this message.

    Raises:
        Unsayable: there is none.
    """
    for one in texts:
        if (one.channel, one.about, one.language) == (channel, about, language):
            return one
    raise Unsayable(f"no {channel} text is registered for {about!r} in {language!r} to {address}")


def holes(text: str, rules: Rules) -> list[str]:
    """Return the names of the holes as they stand."""
    return re.findall(rules.hole, text)


def fills(one: Registered, rules: Rules) -> dict[str, str]:
    """Return which of our variables fills which hole, by the hole's name."""
    names = list(dict.fromkeys(holes(one.text, rules)))
    if not one.variables:
        return {name: name for name in names}
    return dict(zip(names, one.variables, strict=False))


def values(one: Registered, rules: Rules, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in each hole, in order.

    Raises:
        Unsayable: a hole would stay empty, or a value is longer than the provider takes.
    """
    filled = fills(one, rules)
    found: dict[str, str] = {}
    for hole in dict.fromkeys(holes(one.text, rules)):
        value = variables.get(filled.get(hole, ""), "")
        if not value:
            raise Unsayable(f"{one.code}: nothing fills {hole!r} (variable {filled.get(hole)!r})")
        if units(value) > rules.value_units_max:
            raise Unsayable(
                f"{one.code}: {hole!r} has {units(value)} units, at most {rules.value_units_max}"
            )
        found[hole] = value
    return found


def said(one: Registered, rules: Rules, filled: Mapping[str, str], signature: str) -> str:
    """Return the message as it arrives: a text bears the signature, a call does not."""
    text = re.sub(rules.hole, lambda match: filled.get(match[1], match[0]), one.text)
    return f"【{signature}】{text}" if one.channel == "sms" else text


def faults(one: Registered, provider: str, signature: str, can_press: bool) -> list[Words]:
    """Return everything for which this text would be refused or would mislead.

    Args:
        one: the text.
        provider: whose rules hold.
        signature: what stands before a text message.
        can_press: keys pressed in a call come back to us.
    """
    rules = RULES[provider]
    found = [*_holes_wrong(one, rules), *_words_wrong(one)]
    if not found:
        found += _length_wrong(one, rules, signature)
    if one.channel == "voice" and not can_press and _ASKS_FOR_KEY.search(one.text):
        found.append(
            Words(
                "要求按键，但按键回不来；请改为短信回复或回电，或配置 public_url 接收按键",
                "asks for a key, and keys cannot come back: ask for a text or a call instead, "
                "or set up public_url so that keys arrive",
            )
        )
    return found


_ASKS_FOR_KEY = re.compile(r"按\s*[0-9一二三四五六七八九零]|press [0-9]", re.IGNORECASE)
_LINK = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:com|cn|net|org|top|cc|link|me)\b", re.IGNORECASE)
_CONTACT = re.compile(r"微信|威信|[QqＱ]{2}|加群|公众号|抖音|钉钉")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", re.ASCII)
_ENGLISH = re.compile(r"[A-Za-z]{2,}")
_SYMBOLS = re.compile(r"[【】\[\]「」『』〖〗¥★☆※→●•①-⑳]")


def _holes_wrong(one: Registered, rules: Rules) -> list[Words]:
    found: list[Words] = []
    names = holes(one.text, rules)
    bare = re.sub(rules.hole, "", one.text)
    if set("{}$") & set(bare):
        found.append(
            Words(
                f"变量写法不对；应为 {rules.written}",
                f"has a variable that is not written {rules.written}",
            )
        )
    if rules.is_numbered and names != [str(place + 1) for place in range(len(names))]:
        found.append(
            Words("变量须从 {1} 起按顺序各出现一次", "variables must be {1}, {2}, ... in order")
        )
    elif len(set(names)) != len(names):
        found.append(Words("同一变量只能出现一次", "has a variable twice"))
    if rules.holes_apart and re.search(f"{rules.hole}{rules.hole}", one.text):
        found.append(
            Words("两个变量相邻；中间须有文字", "has two variables with nothing between them")
        )
    if not re.search(r"\w", bare):
        found.append(Words("不能全是变量", "may not be variables only"))
    if rules.is_numbered and len(one.variables) != len(names):
        found.append(
            Words(
                f"有 {len(names)} 个变量，variables 写了 {len(one.variables)} 个",
                f"has {len(names)} variables, and variables names {len(one.variables)}",
            )
        )
    elif one.variables and len(one.variables) != len(names):
        found.append(
            Words(
                f"有 {len(names)} 个变量，variables 写了 {len(one.variables)} 个；可不写",
                f"has {len(names)} variables, and variables names {len(one.variables)}; "
                "or leave it out",
            )
        )
    names_here = FILLED.get(one.about, NAMES)
    unknown = sorted({name for name in fills(one, rules).values() if name not in names_here})
    if unknown:
        known = ", ".join(names_here) or "-"
        found.append(
            Words(
                f"没有变量 {'、'.join(unknown)}；可用：{known}",
                f"nothing fills {', '.join(unknown)}; there are: {known}",
            )
        )
    return found


def _words_wrong(one: Registered) -> list[Words]:
    checks = [
        (_LINK, "链接", "a link"),
        (_CONTACT, "微信、QQ 等联系方式", "a messenger's name"),
        (
            _MOBILE,
            "手机号（只能写固话或 400/95 号码）",
            "a mobile number (landlines and 400 may be)",
        ),
        (_SYMBOLS, "不允许的符号", "a sign that is not allowed"),
    ]
    bare = re.sub(r"\$?\{[^}]*\}", "", one.text)
    if one.language == "zh" and one.channel == "sms" and not _LINK.search(bare):
        checks.append((_ENGLISH, "英文单词（运营商会当作微信号拦截）", "an English word"))
    found = []
    for pattern, zh, en in checks:
        match = pattern.search(bare)
        if match:
            shown = match[0][:SHOWN_CHARACTERS_MAX]
            found.append(
                Words(
                    f"含有{zh}：“{shown}”；运营商会拦截",
                    f"contains {en}, {shown!r}: operators block it",
                )
            )
    return found


def _length_wrong(one: Registered, rules: Rules, signature: str) -> list[Words]:
    longest = min(VARIABLE_UNITS_MAX, rules.value_units_max)
    bare = units(re.sub(rules.hole, "", one.text))
    length = bare + longest * len(holes(one.text, rules))
    most = SPOKEN_UNITS_MAX
    if one.channel == "sms":
        length += units(signature) + BRACKETS
        most = SMS_UNITS_MAX
    if length <= most:
        return []
    return [
        Words(
            f"连同签名、变量按最长 {longest} 字算，共 {length} 字；最多 {most}",
            f"is {length} units with its signature and {longest} to a variable; at most {most}",
        )
    ]
