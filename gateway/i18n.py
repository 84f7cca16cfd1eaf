"""The languages people read us in: English in the source, Chinese in a catalogue.

`python -m gateway.locale` collects the marked texts and compiles the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("zh", "en")
"""What can be chosen; the first is what everybody gets who has not chosen."""

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "guanai"
WORDING_DOMAIN = "wording"
"""The messages people get; their catalogues are in `gateway.locale.wording`."""


def gettext_for(language: str) -> Callable[[str], str]:
    """Return the function that says a marked English text in `language`.

    A language we do not have, and a text without translation, come back in English.
    """
    return translations(language).gettext


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of `language`; an empty one for English and for the unknown."""
    compiled = LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if language not in LANGUAGES or not compiled.is_file():
        return NullTranslations()
    with compiled.open("rb") as file:
        return GNUTranslations(file)


def noted(text: str) -> str:
    """Mark a text for the catalogue that is said in somebody's language later."""
    return text
