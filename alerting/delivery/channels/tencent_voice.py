"""Calls through Tencent's SendTtsVoice: a registered text that is read out.

What became of a call, and the keys pressed in it, come by push only: nothing can be asked for.
That a call was taken proves no human: voicemail takes calls, too.
"""

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
from alerting.events import DeliveryState, ErrorClass

PLAY_TIMES = "2"

TAKEN, NOT_TAKEN, ABNORMAL = "0", "1", "2"
"""`result` of voiceprompt_callback."""
FAILURE = "failure"
"""Stands for voice_failure_callback, whose `failure_code` is the code."""


class TencentVoice:
    """Encodes and decodes calls."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "voice"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "tencent"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of SendTtsVoice.

        Source: cloud.tencent.com/document/product/1128/51558 (version 2020-09-02).

        Raises:
            Unsayable: no registered text says this, or the number is not of the mainland.
        """
        national(message.address, landlines=True)
        text = find(account.texts, self.name, message.template, message.language, message.address)
        filled = values(text, RULES[self.provider], message.variables)
        return {
            "CalledNumber": message.address,
            "VoiceSdkAppid": account.voice_app,
            "TemplateId": text.code,
            "TemplateParamSet": tuple(filled.values()),
            "PlayTimes": PLAY_TIMES,
            "SessionContext": reference(message.key),
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: the interface cannot end a call."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what the result of a call means."""
        if status == TAKEN:
            return Progress(DeliveryState.DELIVERED, final=True)
        if status in (NOT_TAKEN, ABNORMAL):
            return _missed(ErrorClass.UNREACHABLE, code, f"tencent call result {status}")
        if status == FAILURE:
            known = tencent_errors.CALLS.get(code) if isinstance(code, int) else None
            detail = f"tencent call failure {str(code)[:40]}"
            return _missed(known or ErrorClass.UNREACHABLE, code, detail)
        detail = f"unknown status {status[:40]!r}" if status else ""
        return Progress(DeliveryState.ACCEPTED, detail=detail)


def _missed(error: ErrorClass, code: int | str, detail: str) -> Progress:
    return Progress(DeliveryState.UNDELIVERED, final=True, error=error, code=code, detail=detail)
