"""What is wrong with a message that cannot be read or written."""

from __future__ import annotations

SHOWN_CHARS_MAX = 60


class PduError(ValueError):
    """A message in PDU form that cannot be used.

    Attributes:
        what: which part of it is wrong.
        expected: what would be right.
        got: the beginning of what came.
    """

    def __init__(self, what: str, expected: str, got: str) -> None:
        shown = got if len(got) <= SHOWN_CHARS_MAX else f"{got[:SHOWN_CHARS_MAX]}…"
        super().__init__(f"{what}; expected {expected} (got {len(got)} characters: {shown!r})")
        self.what = what
        self.expected = expected
        self.got = shown
