"""SMS through a modem of our own: PDUs out, status reports back."""

from __future__ import annotations

import zlib
from datetime import datetime

from alerting.delivery.channels import modem_errors
from alerting.delivery.channels.channel import Account, Message, Progress
from alerting.delivery.pdu import submit
from alerting.events import DeliveryState

VALIDITY_SECONDS_MIN = 300
VALIDITY_SECONDS_MAX = 900
"""A carrier's own default is days: an alarm that late would only mislead."""

SENT = "sent"
"""The modem has handed it to the network."""
REPORT = "report"
"""A status report came; its TP-Status is the code."""
REFUSED = "refused"
"""+CMS ERROR; its code is the code."""


class ModemSms:
    """Encodes and decodes SMS."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "sms"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "modem"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the PDUs, one for each part, in order.

        The reference that holds the parts together follows from the message's key: the
        same message sent twice is put together once by many phones.

        Raises:
            PduError: the number cannot be dialled, or the text is far too long.
        """
        left = int((message.expires_at - at).total_seconds())
        validity = min(max(left, VALIDITY_SECONDS_MIN), VALIDITY_SECONDS_MAX)
        reference = zlib.crc32(message.key.encode()) & 0xFF
        return {
            "to": message.address,
            "pdus": submit(message.address, message.text, reference, validity),
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: a text that was taken is on its way."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what the modem, or the carrier through it, says of a message."""
        number = code if isinstance(code, int) else 0
        if status == REPORT:
            error = modem_errors.of_report(number)
            if error is not None:
                detail = f"status report 0x{number:02x}"
                return Progress(DeliveryState.UNDELIVERED, True, error, code, detail)
            if number in modem_errors.STILL_TRYING:
                detail = f"the carrier still tries (0x{number:02x})"
                return Progress(DeliveryState.ACCEPTED, detail=detail)
            return Progress(DeliveryState.DELIVERED, final=True)
        if status == REFUSED:
            error = modem_errors.of_cms(number)
            return Progress(DeliveryState.FAILED, True, error, code, f"+CMS ERROR: {number}")
        detail = "" if status == SENT else f"unknown status {status[:40]!r}"
        return Progress(DeliveryState.ACCEPTED, detail=detail)
