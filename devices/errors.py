"""Errors a caller of this package can handle."""

from __future__ import annotations


class PayloadError(ValueError):
    """A device sent something its profile does not describe.

    Attributes:
        device: who sent it.
        payload: the bytes as they came.
        reason: what is wrong with them.
        expected: what would have been right.
    """

    def __init__(self, device: str, payload: bytes, reason: str, expected: str) -> None:
        shown = payload[:60]
        super().__init__(
            f"{device}: {reason}; expected {expected} (got {len(payload)} bytes: {shown!r})"
        )
        self.device = device
        self.payload = payload
        self.reason = reason
        self.expected = expected


class RecordingError(ValueError):
    """A line of a recording is not what it should be.

    Attributes:
        number: of the line, the header being line 1.
        line: as it stands in the file.
        reason: what is wrong with it.
        expected: what would have been right.
    """

    def __init__(self, number: int, line: str, reason: str, expected: str) -> None:
        super().__init__(f"line {number}: {reason}; expected {expected} (got {line[:80]!r})")
        self.number = number
        self.line = line
        self.reason = reason
        self.expected = expected


class PackError(ValueError):
    """A pack of recordings is not what it should be.

    Attributes:
        name: of the pack.
        reason: what is wrong with it.
        expected: what would have been right.
    """

    def __init__(self, name: str, reason: str, expected: str) -> None:
        super().__init__(f"{name}: {reason}; expected {expected}")
        self.name = name
        self.reason = reason
        self.expected = expected
