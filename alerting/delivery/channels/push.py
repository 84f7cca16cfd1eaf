"""A message to an app on somebody's phone, through whoever carries it there.

The services (WeCom, DingTalk, Feishu, Bark, ServerChan, ntfy, e-mail, ...) say at most that
they took it: a push is never proof, and never the only way to somebody.
"""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels.channel import Account, Message, Progress
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from alerting.words import Words

ALARM = Words("【紧急】请查看", "URGENT: please look")
LOOK = Words("请查看", "Please look")
REMINDER = Words("提醒", "Reminder")
NEWS = Words("通报", "News")

FAILURE, WARNING, INFO = "failure", "warning", "info"
"""How loudly the service shows it: types of notification by Apprise's names."""

STATUSES: dict[str, ErrorClass] = {
    "refused": ErrorClass.UNREACHABLE,
    "bad target": ErrorClass.CONFIGURATION,
    "no library": ErrorClass.CONFIGURATION,
    "unknown target": ErrorClass.CONFIGURATION,
    "timeout": ErrorClass.AMBIGUOUS,
    "busy": ErrorClass.TRANSIENT,
}
"""What the child process says of a message it could not hand over.

Apprise tells success from failure and nothing more, so that `refused` may be a wrong key or
a service that is down: it is tried again in minutes, three times.
"""


class Push:
    """Encodes pushes."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "push"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "push"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return target, title, body and how loud; never where the target is."""
        title, loudness = _heading(message)
        return {
            "target": message.address,
            "title": title.said(message.language),
            "body": message.text,
            "type": loudness,
        }

    def recall(self) -> dict[str, str]:
        """Return nothing: what was pushed is on the phone."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what the child's word means: taken at most."""
        if status == "accepted":
            return Progress(DeliveryState.ACCEPTED, final=True, detail="taken by the service")
        error = STATUSES.get(status)
        if error is None:
            detail = f"unknown status {status[:40]!r}" if status else ""
            return Progress(DeliveryState.ACCEPTED, detail=detail)
        return Progress(
            DeliveryState.FAILED, final=True, error=error, code=code, detail=f"push: {status}"
        )


def _heading(message: Message) -> tuple[Words, str]:
    if message.purpose is Purpose.NEWS:
        return NEWS, INFO
    if message.purpose is Purpose.REMINDER:
        return REMINDER, WARNING
    if message.urgency is Urgency.HIGH:
        return ALARM, FAILURE
    return LOOK, WARNING
