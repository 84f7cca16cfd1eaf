"""Where Aliyun pushes receipts, replies and keys (`HTTP 批量推送`).

Sources: SmsReport (help.aliyun.com, document_detail/101867), SmsUp (document_detail/101847),
VoiceReport and VoiceCallReport (document_detail/214640 and the pages beside it). A push that is
not answered with status 200 is repeated after 1, 5 and 10 minutes.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from starlette.routing import Route

from alerting.delivery.channels.aliyun_sms import FAILED, SENT
from alerting.delivery.channels.aliyun_voice import ENDED, status
from gateway.transports.cloud import BY_REFERENCE, beijing, e164
from gateway.transports.transport import Text
from gateway.web.cloud_hooks import CloudHooks, text


class AliyunHooks(CloudHooks):
    """Aliyun's way in."""

    done: ClassVar[dict[str, object]] = {"code": 0, "msg": "OK"}

    def routes(self) -> list[Route]:
        """Return the routes; they need no log-in and no CSRF token, they have a secret."""
        return [
            self.route("sms-report", self._report),
            self.route("sms-up", self._up),
            self.route("voice", self._voice),
        ]

    async def _report(self, item: dict[str, Any]) -> None:
        """Take in what became of a text."""
        success, code = text(item, "success"), text(item, "err_code")
        biz_id, out_id = text(item, "biz_id"), text(item, "out_id")
        if success not in ("true", "false") or not (biz_id or out_id):
            raise ValueError(f"no receipt: {sorted(item)}")
        state = SENT if success == "true" else FAILED
        news = self.cloud.channel("sms").progress(state, code if state == FAILED else "")
        known = bool(biz_id) and self.told(news, biz_id, out_id)
        if not known and out_id:
            self.told(news, BY_REFERENCE + out_id, out_id)

    async def _up(self, item: dict[str, Any]) -> None:
        """Take in a reply."""
        phone, content = text(item, "phone_number"), item.get("content")
        if not phone or not isinstance(content, str):
            raise ValueError(f"no reply: {sorted(item)}")
        at = text(item, "send_time")
        id = text(item, "sequence_id") or _name(phone, at, content)
        await self.cloud.door.text(
            Text(self.cloud.name, id, e164(phone), content, beijing(at) if at else None)
        )

    async def _voice(self, item: dict[str, Any]) -> None:
        """Take in a step of a call, a key, or how it ended."""
        call_id, out_id = text(item, "call_id"), text(item, "out_id")
        state = text(item, "status_code")
        if not call_id or not state:
            raise ValueError(f"no call: {sorted(item)}")
        keys = text(item, "dtmf")
        is_over = "duration" in item
        if not (state == ENDED and not is_over):  # then the record with its length is to come
            seconds = text(item, "duration")
            length = int(seconds) if seconds.isascii() and seconds.isdigit() else 0
            news = self.cloud.channel("voice").progress(status(state, length))
            self.told(news, call_id, out_id)
        if keys:
            # the record at the end names the keys once more: by its call, not by its moment
            await self.press(keys, call_id, out_id, call_id)


def _name(phone: str, at: str, content: str) -> str:
    return hashlib.sha256(f"{phone}/{at}/{content}".encode()).hexdigest()[:32]
