"""Telephone calls through Twilio's Calls resource.

A call that was picked up and ended is not a human: voicemail picks up too. Only a key
press is (`DeliveryState.HEARD`), and that does not come from a status.
"""

from __future__ import annotations

from datetime import datetime

from alerting.delivery.channels import twilio_errors
from alerting.delivery.channels.channel import STATUS_PATH, Account, Message, Progress
from alerting.events import DeliveryState, ErrorClass

RING_SECONDS = 45
CALL_SECONDS_MAX = 180
MACHINES = ("machine_", "fax")
"""How `AnsweredBy` begins when no human answered."""

_EVENTS = ("initiated", "ringing", "answered", "completed")
_UNDER_WAY = frozenset({"queued", "initiated", "ringing"})
_NOBODY = frozenset({"busy", "no-answer"})


class TwilioVoice:
    """Encodes and decodes calls."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "voice"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "twilio"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of POST Calls.json, without what is said."""
        parameters: dict[str, str | tuple[str, ...]] = {
            "To": message.address,
            "From": account.sender,
            "Timeout": str(RING_SECONDS),
            "TimeLimit": str(CALL_SECONDS_MAX),
        }
        if account.public_url:
            parameters["StatusCallback"] = account.public_url + STATUS_PATH
            parameters["StatusCallbackEvent"] = _EVENTS
        if account.detect_machines:
            # asynchronous: the person who answers does not wait in silence for the verdict
            parameters["MachineDetection"] = "Enable"
            parameters["AsyncAmd"] = "true"
            if account.public_url:
                parameters["AsyncAmdStatusCallback"] = account.public_url + STATUS_PATH
        return parameters

    def recall(self) -> dict[str, str]:
        """Return what ends a call that is queued or rings; one in progress goes on.

        Source: the Calls resource, `Status` of an update: `completed` would cut off a person
        who is pressing keys, `canceled` does not.
        """
        return {"Status": "canceled"}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a call status means; `answered_by` is the machine detection's verdict."""
        if answered_by.startswith(MACHINES):
            return _missed(f"answered by {answered_by[:40]}", machine=True)
        if status in _NOBODY:
            return _missed(status)
        if status == "in-progress":
            return Progress(DeliveryState.DELIVERED)
        if status == "completed":
            return Progress(
                DeliveryState.DELIVERED, final=True, detail="the call ended without a key press"
            )
        if status == "failed":
            error = twilio_errors.by_code(code)
            detail = f"twilio error {code}" if code else "the call could not be put through"
            return Progress(
                DeliveryState.UNDELIVERED, final=True, error=error, code=code, detail=detail
            )
        if status == "canceled":
            return _missed(status, canceled=True)
        detail = "" if status in _UNDER_WAY else f"unknown status {status[:40]!r}"
        return Progress(DeliveryState.ACCEPTED, detail=detail)


def _missed(why: str, machine: bool = False, canceled: bool = False) -> Progress:
    return Progress(
        DeliveryState.UNDELIVERED,
        final=True,
        error=ErrorClass.UNREACHABLE,
        detail=why,
        machine=machine,
        canceled=canceled,
    )
