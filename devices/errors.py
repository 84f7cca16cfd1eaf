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
