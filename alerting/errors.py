"""Errors a caller of this package can handle."""

from __future__ import annotations


class AlertingError(Exception):
    """Base of this package's errors."""


class IllegalTransition(AlertingError):
    """An incident was asked to do something its state does not allow."""

    def __init__(self, incident: str, state: str, move: str) -> None:
        super().__init__(f"incident {incident} is {state}; it cannot {move}")
        self.incident = incident
        self.state = state
        self.move = move


class PolicyError(AlertingError):
    """A household or policy that could never reach anybody.

    `path` says where in the configuration, `expected` what would be right.
    """

    def __init__(self, path: str, reason: str, expected: str) -> None:
        super().__init__(f"{path}: {reason}; expected {expected}")
        self.path = path
        self.reason = reason
        self.expected = expected
