"""Calls through Aliyun: a registered text that is read out, with or without a menu of keys.

With a menu (`IvrCall`) the key arrives by push only; a plain call (`SingleCallByTts`) takes no
keys. That a call was heard to its end proves no human: voicemail listens, too.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from alerting.delivery.channels import aliyun_errors
from alerting.delivery.channels.channel import (
    Account,
    Message,
    Progress,
    national,
    reference,
)
from alerting.delivery.registered import RULES, find, values
from alerting.events import DeliveryState

PLAY_TIMES = "2"
KEY_MILLISECONDS = "5000"
MENU_KEYS = ("1", "2", "3")

PICKED_UP = frozenset({"200000", "200001", "200008"})
"""Heard to the end; hung up before it; no key was pressed in time."""
ENDED = "200100"
"""The call is over. Whether anybody took it, its length tells."""
_UNDER_WAY = frozenset({"200101", "200102", "200103", "200201", "300000"})


def status(state: str, seconds: int) -> str:
    """Return the state by which a call that lasted `seconds` ended."""
    return "200003" if state == ENDED and seconds <= 0 else state


class AliyunVoice:
    """Encodes and decodes calls."""

    @property
    def name(self) -> str:
        """Name the medium."""
        return "voice"

    @property
    def provider(self) -> str:
        """Name the provider."""
        return "aliyun"

    def request(
        self, message: Message, account: Account, at: datetime
    ) -> dict[str, str | tuple[str, ...]]:
        """Return the parameters of IvrCall where keys can come back, else of SingleCallByTts.

        Sources: help.aliyun.com, Dyvmsapi 2017-05-25; `OutId` takes 15 bytes there.

        Raises:
            Unsayable: no registered text says this, or the number is not of the mainland.
        """
        number = national(message.address, landlines=True)
        text = find(account.texts, self.name, message.template, message.language, message.address)
        filled = msgspec.json.encode(values(text, RULES[self.provider], message.variables)).decode()
        parameters: dict[str, str | tuple[str, ...]] = {
            "CalledNumber": number,
            "PlayTimes": PLAY_TIMES,
            "OutId": reference(message.key),
        }
        if account.shown_number:
            parameters["CalledShowNumber"] = account.shown_number
        if not account.can_press:
            return parameters | {"TtsCode": text.code, "TtsParam": filled}
        parameters |= {
            "StartCode": text.code,
            "StartTtsParams": filled,
            "Timeout": KEY_MILLISECONDS,
            "ByeCode": account.key_text,
        }
        for place, key in enumerate(MENU_KEYS, start=1):
            parameters[f"MenuKeyMap.{place}.Key"] = key
            parameters[f"MenuKeyMap.{place}.Code"] = account.key_text
        return parameters

    def recall(self) -> dict[str, str]:
        """Return nothing: whether it would cut off who is listening is not documented."""
        return {}

    def progress(self, status: str, code: int | str = 0, answered_by: str = "") -> Progress:
        """Return what a state of a call means."""
        if status in PICKED_UP or status == ENDED:
            return Progress(DeliveryState.DELIVERED, final=True)
        error = aliyun_errors.CALLS.get(status)
        if error is not None:
            return Progress(
                DeliveryState.UNDELIVERED,
                final=True,
                error=error,
                code=status,
                detail=f"aliyun call state {status}",
            )
        detail = "" if status in _UNDER_WAY else f"unknown status {status[:40]!r}"
        return Progress(DeliveryState.ACCEPTED, detail=detail)
