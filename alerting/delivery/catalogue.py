"""Where every sentence comes from: the installation's own words first, then those built in.

The built-in ones are `english` and `chinese`; an installation's own arrive as data, with the
household or with what a transport is told (`[wording]` in the configuration).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from types import MappingProxyType

from alerting.delivery import chinese, english
from alerting.delivery.sentences import Texts
from alerting.delivery.templates import TemplateError, whole
from alerting.words import Words

Own = Mapping[str, Texts]
"""Templates of the installation's own by language and name."""
NONE: Own = MappingProxyType({})
BUILT_IN: Own = MappingProxyType({"zh": chinese.TEMPLATES, "en": english.TEMPLATES})
"""The messages every installation has."""


def texts(own: Own, language: str) -> Texts:
    """Return the templates for whoever reads or hears `language`.

    The installation's own come first; where it has none, the language that one is based on.
    """
    mine = own.get(language)
    if mine is None:
        return BUILT_IN.get(language, chinese.TEMPLATES)
    base = BUILT_IN.get(language) or BUILT_IN.get(mine.get("base", ""), chinese.TEMPLATES)
    return ChainMap(mine, base)  # type: ignore[arg-type]  # neither is changed


def in_own_words(own: Own, language: str, made: Callable[[Texts], str]) -> str:
    """Return what `made` makes of the installation's words, or of ours where those cannot be used.

    They were linted when they were configured; but a home may come back from a snapshot that
    another version wrote, and no alarm is lost to a word.
    """
    known = texts(own, language)
    try:
        return made(known)
    except (TemplateError, KeyError):
        return made(BUILT_IN["en" if known["base"] == "en" else "zh"])


class Line(Words, frozen=True, gc=False):
    """A sentence as it is built in, and what the catalogue calls it."""

    name: str

    def worded(self, own: Own, language: str, **values: str) -> str:
        """Return it in the installation's words, with its holes filled."""
        return in_own_words(own, language, lambda known: whole(known[self.name], values))

    def words(self, own: Own, language: str, **values: str) -> Words:
        """Return the same for whoever asks for `language` later (`Words.said`)."""
        zh = "zh" if language == "en" else language
        said = (self.worded(own, zh, **values), self.worded(own, "en", **values))
        return Line(*said, self.name)


def line(name: str) -> Line:
    """Return a sentence of the catalogue, as it is built in."""
    return Line(chinese.TEMPLATES[name], english.TEMPLATES[name], name)
