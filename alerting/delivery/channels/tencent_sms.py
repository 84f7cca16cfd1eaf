"""SMS through Tencent's SendSms: a registered text and what fills it, by position."""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels import tencent_errors
from alerting.delivery.channels.channel import (
    Account,
    Message,
    Progress,
    national,
    reference,
)
from alerting.delivery.registered import RULES, find, values
from alerting.events import DeliveryState

SUCCESS, FAIL = "SUCCESS", "FAIL"
"""`ReportStatus` of a receipt."""


class TencentSms:
    """Encodes and decodes SMS."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "sms"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "tencent"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of SendSms.

        Source: cloud.tencent.com/document/product/382/55981 (version 2021-01-11).

        Raises:
            Unsayable: no registered text says this, or the number is not of the mainland.
        """
        national(message.address)
        text = find(account.texts, self.name, message.template, message.language, message.address)
        filled = values(text, RULES[self.provider], message.variables)
        return {
            "PhoneNumberSet": (message.address,),
            "SmsSdkAppId": account.app,
            "SignName": account.sender,
            "TemplateId": text.code,
            "TemplateParamSet": tuple(filled.values()),
            "SessionContext": reference(message.key),
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: a text that was taken is on its way."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a `ReportStatus` means, with the operator's code beside it."""
        if status == SUCCESS:
            return Progress(DeliveryState.DELIVERED, final=True)
        if status == FAIL:
            error = tencent_errors.by_receipt(code)
            detail = f"tencent receipt {str(code)[:40]}" if code else "tencent gave no reason"
            return Progress(
                DeliveryState.UNDELIVERED, final=True, error=error, code=code, detail=detail
            )
        detail = f"unknown status {status[:40]!r}" if status else ""
        return Progress(DeliveryState.ACCEPTED, detail=detail)
