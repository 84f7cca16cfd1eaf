"""A message in pieces, and how it is made to fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from alerting.household import IncidentKind
from alerting.incident import Outcome, Urgency
from alerting.words import units


class Part(msgspec.Struct, frozen=True, gc=False):
    """A piece of a message; what is not always there enters by rank while there is room."""

    text: str
    rank: int = 0
    """0: always there; 1 is the first to be added."""


CALLER = "call "
"""Begins the group of what an unknown caller raised; the few words are their number."""


ZH_UNITS_MAX = 70
"""A Chinese text with its signature, in UTF-16 units: one message."""
EN_CHARACTERS_MAX = 160
SIGNATURE_UNITS_MAX = 12
SIGNATURE_EN = "Guanai"
"""Stands for a signature that English messages cannot carry."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The variables of every template, cut to length and in the reader's language."""

    kind: IncidentKind
    group: str
    urgency: Urgency
    outcome: Outcome | None
    signature: str
    code: str
    when: str
    """When it happened, e.g. `08:42`, or `3-07 08:42` on another day."""
    now: str
    short: str
    """What happened, in a few words."""
    who: str
    """Of whom the message speaks; empty: the duty desk."""
    minutes: int
    """For how many whole minutes nobody has had it."""
    number: str
    """The incident's short number, for the reply."""
    desk: str
    """The duty desk's telephone number."""
    place: str
    """Where to go; empty where the message must not say."""
    called: str
    """How the resident is addressed; empty when there are several."""
    can_reply: bool
    """An answer can come back the way the message went."""
    elder: str = ""
    """The resident with all but the surname hidden; empty where the message must not say."""
    can_be_mistaken: bool = False
    """It may have been a mistake, and the person can say so."""
    is_call: bool = False


def cut(text: str, most: int) -> str:
    """Return as much of `text` as fits into `most` UTF-16 units, never half a character."""
    if units(text) <= most:
        return text
    kept, used = [], 0
    for letter in text:
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > most:
            break
        kept.append(letter)
    return "".join(kept)


def cut_name(name: str, most: int) -> str:
    """Return as many whole words of `name` as fit into `most` UTF-16 units, at least a part."""
    kept = cut(name, most)
    if kept != name and not name[len(kept)].isspace():
        kept = kept.rpartition(" ")[0] or kept
    return kept.rstrip()


COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "司徒",
        "东方",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "端木",
        "百里",
        "呼延",
        "南宫",
    ]
)
_WHOLE_NAME_MAX = 4


def mask(name: str) -> str:
    """Return a name with all but the surname hidden: 张*老人, Zhang *; empty for no name.

    Of a name in one Latin word nothing tells the surname, so one letter is left of it.
    """
    name = name.strip()
    if not name:
        return ""
    if name[0].isascii():
        first, blank, _ = name.partition(" ")
        return f"{first} *" if blank else f"{name[0]}*"
    compound = name[:2] in COMPOUND_SURNAMES and 2 < len(name) <= _WHOLE_NAME_MAX
    return f"{name[: 2 if compound else 1]}*老人"


ANSWER_RANK = 2
"""Of this rank is how to answer; it is the last to be left out."""


def fit(parts: Sequence[Part], most: int, length: Callable[[str], int] = units) -> str:
    """Return the parts that are always there and as many others as fit, in their order.

    How to answer comes before all others where there is no room for it behind them. Should even
    those that are always there not fit, the text is cut: one message, whatever happens.
    """
    chosen = _chosen(parts, most, length)
    return cut("".join(parts[index].text for index in sorted(chosen)), most).rstrip()


def can_answer(parts: Sequence[Part], most: int, length: Callable[[str], int] = units) -> bool:
    """Return whether `fit` leaves in how to answer."""
    chosen = _chosen(parts, most, length)
    return all(n in chosen for n, part in enumerate(parts) if part.rank == ANSWER_RANK)


def _chosen(parts: Sequence[Part], most: int, length: Callable[[str], int]) -> set[int]:
    chosen = {index for index, part in enumerate(parts) if part.rank == 0}
    room = most - sum(length(parts[index].text) for index in chosen)
    is_tight = sum(length(part.text) for part in parts if 0 < part.rank <= ANSWER_RANK) > room

    def place(index: int) -> tuple[bool, int]:
        rank = parts[index].rank
        return is_tight and rank != ANSWER_RANK, rank

    for index in sorted(range(len(parts)), key=place):
        size = length(parts[index].text)
        if index not in chosen and size <= room:
            chosen.add(index)
            room -= size
    return chosen
