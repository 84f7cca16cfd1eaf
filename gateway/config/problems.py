"""What is wrong in a configuration, said so that it can be put right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from alerting.words import Words

SHOWN_CHARACTERS_MAX = 60


class Problem(NamedTuple):
    """One thing to change: where it is, and what is wrong with what is expected."""

    where: str
    """Path in the file, e.g. `household[h1].device[h1-door].profile`."""
    words: Words

    def said(self, language: str) -> str:
        """Return one line in `language` (`zh` or `en`)."""
        return (
            f"{self.where}: {self.words.said(language)}"
            if self.where
            else self.words.said(language)
        )


class ConfigError(Exception):
    """A configuration that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, path: Path, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(self.said("en"))

    def said(self, language: str) -> str:
        """Return all problems in `language`, one a line, under a line naming the file."""
        count = len(self.problems)
        if language == "en":
            head = f"{self.path}: {count} problem{'' if count == 1 else 's'}"
        else:
            head = f"{self.path}：{count} 处问题"
        return "\n".join([head, *(f"  {problem.said(language)}" for problem in self.problems)])


class Problems:
    """Collects what is wrong, so that everything is said at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

        self._unread: tuple[str, ...] = ()

    def settle(self) -> None:
        """What could not be read is known now: nothing that follows from it is added any more."""
        self._unread = tuple(problem.where for problem in self.found)

    def _follows(self, where: str) -> bool:
        if any(where == bad or where.startswith((f"{bad}.", f"{bad}[")) for bad in self._unread):
            return True
        return "." in where and any(
            bad.startswith((f"{where}.", f"{where}[")) for bad in self._unread
        )

    def add(self, where: str, zh: str, en: str) -> None:
        """Note one problem at `where`, in both languages."""
        if self._follows(where):
            return
        problem = Problem(where, Words(zh, en))
        if problem not in self.found:  # many homes share one policy, and its fault
            self.found.append(problem)


def shown(value: object) -> str:
    """Return a found value as an error shows it: as the file has it, and never too long."""
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = f'"{value}"'
        case dict():
            text = "{...}"
        case list():
            text = "[...]"
        case _:
            text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[: SHOWN_CHARACTERS_MAX - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> Words:
    """Return a hint to append: the nearest known word, or else the known words if they are few."""
    names = sorted(known)
    near = difflib.get_close_matches(word.lower(), [name.lower() for name in names], 1, 0.6)
    if near:
        best = next(name for name in names if name.lower() == near[0])
        return Words(f"；是否想写“{best}”？", f"; did you mean {best!r}?")
    if 0 < len(names) <= _LISTED_MAX:
        listed = ", ".join(names)
        return Words(f"；可用：{listed}", f"; there are: {listed}")
    return Words("", "")


_LISTED_MAX = 16
