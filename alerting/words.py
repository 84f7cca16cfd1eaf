"""A sentence in both of our languages."""

from __future__ import annotations

import msgspec


class Words(msgspec.Struct, frozen=True, gc=False):
    """One sentence, written where the decision was made."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """Return the sentence in `language` (`zh` or `en`)."""
        return self.en if language == "en" else self.zh


def units(text: str) -> int:
    """Return the length of `text` as SMS counts it: UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
