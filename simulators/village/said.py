"""A sentence in both languages of the pages."""

from __future__ import annotations

import msgspec


class Said(msgspec.Struct, frozen=True, gc=False):
    """The same words in Chinese and in English."""

    zh: str
    en: str
