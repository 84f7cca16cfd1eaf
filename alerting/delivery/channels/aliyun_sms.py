"""SMS through Aliyun's SendSms: a registered text and what fills it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerting.delivery.channels import aliyun_errors
from alerting.delivery.channels.carrier_receipts import ARRIVED
from alerting.delivery.channels.channel import (
    Account,
    Message,
    Progress,
    national,
    reference,
)
from alerting.delivery.registered import RULES, find, values
from alerting.events import DeliveryState

WAITING, FAILED, SENT = "1", "2", "3"
"""`SendStatus` of QuerySendDetails; 3 means: the receipt of the handset is there."""


class AliyunSms:
    """Encodes and decodes SMS."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "sms"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "aliyun"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of SendSms.

        Source: help.aliyun.com, Dysmsapi 2017-05-25, SendSms.

        Raises:
            Unsayable: no registered text says this, or the number is not of the mainland.
        """
        number = national(message.address)
        text = find(account.texts, self.name, message.template, message.language, message.address)
        filled = values(text, RULES[self.provider], message.variables)
        return {
            "PhoneNumbers": number,
            "SignName": account.sender,
            "TemplateCode": text.code,
            "TemplateParam": msgspec.json.encode(filled).decode(),
            "OutId": reference(message.key),
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: a text that was taken is on its way."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a `SendStatus` means, with the `ErrCode` beside it."""
        if status == SENT:
            return Progress(DeliveryState.DELIVERED, final=True)
        if status == FAILED and code not in ARRIVED:
            error = aliyun_errors.by_receipt(code)
            detail = f"aliyun receipt {str(code)[:40]}" if code else "aliyun gave no reason"
            return Progress(
                DeliveryState.UNDELIVERED, final=True, error=error, code=code, detail=detail
            )
        detail = "" if status == WAITING else f"unknown status {status[:40]!r}"
        return Progress(DeliveryState.ACCEPTED, detail=detail)
