"""Telephone calls through a modem of our own.

A modem cannot tell voicemail from people. A call that was picked up and ended is not a
human: only a key press is (`DeliveryState.HEARD`), and that does not come from a status.
"""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels import modem_errors
from alerting.delivery.channels.channel import Account, Message, Progress
from alerting.events import DeliveryState, ErrorClass

RING_SECONDS = 45
CALL_SECONDS_MAX = 180

UNDER_WAY = ("queued", "dialing", "alerting")
ACTIVE = "active"
ENDED = "ended"
FAILED = "failed"
"""It never was picked up; the cause is the code."""
NOBODY = ("busy", "no-answer", "rejected")
CANCELED = "canceled"
LOST = "lost"
"""We were restarted, or the modem was, while it was under way."""
EXPIRED = "expired"
"""Its turn came too late."""
MUTE = "mute"
"""It was picked up, and nothing could be said: the module cannot speak, or would not."""


class ModemVoice:
    """Encodes and decodes calls."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "voice"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "modem"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return whom to dial, and how long at most; what is said the shell knows."""
        return {
            "to": message.address,
            "ring_seconds": str(RING_SECONDS),
            "call_seconds": str(CALL_SECONDS_MAX),
        }

    def recall(self) -> dict[str, str]:
        """Return what ends a call that waits or rings; one in progress goes on."""
        return {"status": CANCELED}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a call's state means; `code` is the cause of its end."""
        if status in UNDER_WAY:
            return Progress(DeliveryState.ACCEPTED)
        if status == ACTIVE:
            return Progress(DeliveryState.DELIVERED)
        if status == ENDED:
            return Progress(
                DeliveryState.DELIVERED, final=True, detail="the call ended without a key press"
            )
        if status in NOBODY:
            return _missed(ErrorClass.UNREACHABLE, status)
        if status == CANCELED:
            return _missed(ErrorClass.UNREACHABLE, status, canceled=True)
        if status == LOST:
            return _missed(ErrorClass.TRANSIENT, "the modem or the gateway was restarted")
        if status == EXPIRED:
            return _missed(ErrorClass.EXPIRED, "the line was taken until it was too late")
        if status == MUTE:
            detail = "it rang and was picked up; this modem could not say anything"
            return Progress(DeliveryState.DELIVERED, final=True, detail=detail)
        if status == FAILED:
            cause = code if isinstance(code, int) else 0
            detail = f"cause {cause}" if cause else "the call could not be put through"
            return _missed(modem_errors.of_call(cause), detail, code)
        return Progress(DeliveryState.ACCEPTED, detail=f"unknown status {status[:40]!r}")


def _missed(error: ErrorClass, why: str, code: int | str = 0, canceled: bool = False) -> Progress:
    return Progress(DeliveryState.UNDELIVERED, True, error, code, detail=why, canceled=canceled)
