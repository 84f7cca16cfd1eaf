"""SMS through Twilio's Messages resource."""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels import twilio_errors
from alerting.delivery.channels.channel import STATUS_PATH, Account, Message, Progress
from alerting.events import DeliveryState, ErrorClass

VALIDITY_SECONDS_MIN = 300
VALIDITY_SECONDS_MAX = 900
"""Twilio's own default is ten hours: an alarm that late would only mislead."""

_UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
_ARRIVED = frozenset({"delivered", "read", "partially_delivered"})


class TwilioSms:
    """Encodes and decodes SMS."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "sms"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "twilio"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of POST Messages.json."""
        left = int((message.expires_at - at).total_seconds())
        validity = min(max(left, VALIDITY_SECONDS_MIN), VALIDITY_SECONDS_MAX)
        parameters: dict[str, str | tuple[str, ...]] = {
            "To": message.address,
            "Body": message.text,
            "ValidityPeriod": str(validity),
        }
        if account.messaging_service:
            parameters["MessagingServiceSid"] = account.messaging_service
        else:
            parameters["From"] = account.sender
        if account.public_url:
            parameters["StatusCallback"] = account.public_url + STATUS_PATH
        return parameters

    def recall(self) -> dict[str, str]:
        """Return nothing: a text that was taken is on its way."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a message status means."""
        if status in _ARRIVED:
            return Progress(DeliveryState.DELIVERED, final=True)
        if status == "undelivered":
            return _lost(DeliveryState.UNDELIVERED, code)
        if status == "failed":
            return _lost(DeliveryState.FAILED, code)
        if status == "canceled":
            return Progress(
                DeliveryState.FAILED, final=True, error=ErrorClass.UNREACHABLE, detail="canceled"
            )
        detail = "" if status in _UNDER_WAY else f"unknown status {status[:40]!r}"
        return Progress(DeliveryState.ACCEPTED, detail=detail)


def _lost(state: DeliveryState, code: int | str) -> Progress:
    detail = f"twilio error {code}" if code else "twilio gave no reason"
    return Progress(state, final=True, error=twilio_errors.by_code(code), code=code, detail=detail)
