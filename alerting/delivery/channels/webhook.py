"""A message to another system, as JSON that it can act upon.

What leaves the house is what the person would read, and what the incident is: no name, no
number, no reading. Signing it is the shell's (docs/webhook.md).
"""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels.channel import Account, Message, Progress
from alerting.delivery.variables import KINDS
from alerting.events import DeliveryState, ErrorClass
from alerting.orders import About

KIND_OF_EVENT = "guanai.message"
"""The `type` of every request; another kind of request would have another."""

STATES: dict[str, str] = {
    About.ALARM: "open",
    About.ESCALATED: "open",
    About.AGAIN: "claimed",
    About.CLAIM_RUNS_OUT: "claimed",
    About.STILL_THERE: "on_scene",
    About.COMING: "claimed",
    About.ARRIVED: "on_scene",
    About.OVER: "closed",
    About.RECOVERED: "closed",
}
"""How the incident stands, where the message says so; of the others, empty."""

ERRORS: dict[int, ErrorClass] = {
    400: ErrorClass.CONFIGURATION,
    401: ErrorClass.CONFIGURATION,
    403: ErrorClass.CONFIGURATION,
    404: ErrorClass.CONFIGURATION,
    405: ErrorClass.CONFIGURATION,
    408: ErrorClass.TRANSIENT,
    410: ErrorClass.CONTACT,  # gone: it wants nothing more from us (Standard Webhooks)
    413: ErrorClass.BLOCKED,
    415: ErrorClass.CONFIGURATION,
    422: ErrorClass.BLOCKED,
    425: ErrorClass.TRANSIENT,
    429: ErrorClass.TRANSIENT,
}
"""What an HTTP status asks of us; of the rest, 3xx and 4xx are our configuration."""


class Webhook:
    """Encodes messages to other systems."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "webhook"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "webhook"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the fields of the JSON body; every one is text."""
        kind = KINDS.get(message.variables.get("kind", ""))
        return {
            "type": KIND_OF_EVENT,
            "key": message.key,
            "at": (message.at or at).isoformat(),
            "expires_at": message.expires_at.isoformat(),
            "incident": message.incident,
            "code": message.variables.get("code", ""),
            "kind": "" if kind is None else kind.value,
            "urgency": message.urgency.value,
            "purpose": message.purpose.value,
            "about": message.template,
            "state": STATES.get(message.template, ""),
            "text": message.text,
            "language": message.language,
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: what was taken is taken; the end of it is a message of its own."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what an HTTP status means: taken at most, for a machine proves no human."""
        if not (len(status) == 3 and status.isascii() and status.isdigit()):
            detail = f"unknown status {status[:40]!r}" if status else ""
            return Progress(DeliveryState.ACCEPTED, detail=detail)
        number = int(status)
        if 200 <= number < 300:
            return Progress(DeliveryState.ACCEPTED, final=True, detail="taken by the other system")
        if number >= 500:
            error = ErrorClass.TRANSIENT
        else:
            error = ERRORS.get(number, ErrorClass.CONFIGURATION)
        return Progress(
            DeliveryState.FAILED, final=True, error=error, code=number, detail=f"HTTP {number}"
        )
