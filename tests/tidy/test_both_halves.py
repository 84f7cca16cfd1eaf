"""What a part says of its fault in two languages, `中文 / English`, says as much in each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

GATEWAY = Path(__file__).parents[2] / "gateway"
WORDS_ONLY = {"error", "again", "failed"}
"""An error's own words are English, and stay out of the Chinese sentence."""


def test_each_half_names_what_the_other_names() -> None:
    halves = list(_halves())
    assert len(halves) > 10, "the convention is still in use"
    for place, zh, en in halves:
        assert _said(en).isascii(), f"{place}: Chinese in the English half"
        left_out = (_names(zh) ^ _names(en)) - WORDS_ONLY
        assert not left_out, f"{place}: only one half says {left_out}"


def _halves() -> Iterator[tuple[str, list[ast.expr], list[ast.expr]]]:
    for file in sorted(GATEWAY.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) or (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and " / " in node.value
            ):
                parts: list[ast.expr] = node.values if isinstance(node, ast.JoinedStr) else [node]
                for sentence in _split(parts, "; "):
                    sides = _split(sentence, " / ")
                    if len(sides) > 1 and not _said(sides[0]).isascii():
                        en = [part for side in sides[1:] for part in side]
                        yield f"{file.name}:{node.lineno}", sides[0], en


def _split(parts: list[ast.expr], at: str) -> list[list[ast.expr]]:
    out: list[list[ast.expr]] = [[]]
    for part in parts:
        if not isinstance(part, ast.Constant):
            out[-1].append(part)
            continue
        first, *more = str(part.value).split(at)
        out[-1].append(ast.Constant(first))
        out += [[ast.Constant(text)] for text in more]
    return out


def _said(parts: list[ast.expr]) -> str:
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))


def _names(parts: list[ast.expr]) -> set[str]:
    values = [part.value for part in parts if isinstance(part, ast.FormattedValue)]
    return {
        ast.unparse(name)
        for value in values
        for name in ast.walk(value)
        if isinstance(name, ast.Name | ast.Attribute) and not isinstance(name.ctx, ast.Store)
    } - {"len"}
