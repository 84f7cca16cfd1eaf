"""A message as one line of text, with named holes and pieces that may be left out.

`{name}` is a hole. `[2|...]` is a piece that is there only while there is room, and only if
none of its holes is empty; of several, the lower rank enters first. Everything else is
always there. One line holds a whole sentence, so that a translator sees what it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from alerting.delivery.parts import Part
from alerting.words import Words

_PIECE = re.compile(r"\[(?P<rank>[^|\[\]]*)\|(?P<text>[^\[\]]*)\]")
_HOLE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z_]*")
RANK_MAX = 9


class TemplateError(ValueError):
    """A template that cannot be read; `words` says what is wrong."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a template; rank 0 is always there."""

    text: str
    rank: int = 0
    split: tuple[str, ...] = ()
    """The text taken apart at its holes: what is said, a hole's name, what is said, ..."""

    @property
    def holes(self) -> tuple[str, ...]:
        """Return the names of its holes, in order."""
        return self.split[1::2]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with its holes filled; raises KeyError for a value there is none of."""
        said = list(self.split)
        for index in range(1, len(said), 2):
            said[index] = values[said[index]]
        return "".join(said)


def _piece(text: str, rank: int = 0) -> Piece:
    return Piece(text, rank, tuple(_HOLE.split(text)))


@cache
def parse(template: str) -> tuple[Piece, ...]:
    """Return the pieces of a template.

    Raises:
        TemplateError: brackets or braces do not match, a rank is no digit from 1 to 9, or a
            hole has no proper name.
    """
    pieces = tuple(_pieces(template))
    for piece in pieces:
        bare = _HOLE.sub("", piece.text)
        for sign in "[]{}":
            if sign in bare:
                raise TemplateError(
                    Words(f"“{sign}”不成对", f"'{sign}' has no partner, or stands inside another")
                )
        for name in piece.holes:
            if not _NAME.fullmatch(name):
                raise TemplateError(
                    Words(
                        f"{{{name}}} 不是变量名；只用小写字母和下划线",
                        f"{{{name}}} is no variable; names have small letters and underscores",
                    )
                )
    return pieces


def holes(template: str) -> frozenset[str]:
    """Return the names of all holes; raises TemplateError."""
    return frozenset(name for piece in parse(template) for name in piece.holes)


def fill(template: str, values: Mapping[str, str]) -> list[Part]:
    """Return the message in parts; a piece one of whose values is empty is left out.

    Raises:
        TemplateError: the template cannot be read.
        KeyError: it names a value there is none of.
    """
    return [
        Part(piece.filled(values), piece.rank)
        for piece in parse(template)
        if not piece.rank or all(values[name] for name in piece.holes)
    ]


def whole(template: str, values: Mapping[str, str]) -> str:
    """Return the message with every piece that can be there: for what has no limit."""
    return "".join(
        piece.filled(values)
        for piece in parse(template)
        if not piece.rank or all(values[name] for name in piece.holes)
    )


def _pieces(template: str) -> Iterator[Piece]:
    end = 0
    for found in _PIECE.finditer(template):
        if found.start() > end:
            yield _piece(template[end : found.start()])
        rank = found["rank"]
        if not (len(rank) == 1 and rank in "123456789"):
            raise TemplateError(
                Words(
                    f"“[{rank}|”的次序应是 1 到 {RANK_MAX} 的一位数字",
                    f"'[{rank}|' must begin with one digit, 1 to {RANK_MAX}",
                )
            )
        yield _piece(found["text"], int(rank))
        end = found.end()
    if end < len(template):
        yield _piece(template[end:])
