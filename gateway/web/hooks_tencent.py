"""Where Tencent pushes receipts, replies, results of calls and keys.

Sources: cloud.tencent.com/document/product/382/43547 (receipts), /43548 (replies),
/document/product/1128/51534 (results of calls), /51535 (keys), /51536 (why a call failed).
"""

from __future__ import annotations

from typing import Any, ClassVar

from starlette.routing import Route

from alerting.delivery.channels.tencent_voice import FAILURE
from gateway.transports.tencent import reply
from gateway.web.cloud_hooks import CloudHooks, text


class TencentHooks(CloudHooks):
    """Tencent's way in."""

    done: ClassVar[dict[str, object]] = {"result": 0, "errmsg": "OK"}

    def routes(self) -> list[Route]:
        """Return the routes; they need no log-in and no CSRF token, they have a secret."""
        return [
            self.route("sms-status", self._status),
            self.route("sms-reply", self._reply),
            self.route("voice", self._voice),
        ]

    async def _status(self, item: dict[str, Any]) -> None:
        """Take in what became of a text."""
        sid, status = text(item, "sid"), text(item, "report_status")
        if not sid or not status:
            raise ValueError(f"no receipt: {sorted(item)}")
        news = self.cloud.channel("sms").progress(status, text(item, "errmsg"))
        self.told(news, sid)

    async def _reply(self, item: dict[str, Any]) -> None:
        """Take in a reply; the same that is asked for."""
        number = text(item, "mobile")
        nation = text(item, "nationcode")
        full = f"+{nation}{number}" if nation and not number.startswith("+") else number
        found = reply({**item, "full": full if number else ""}, "full", "text", "time")
        if found is None:
            raise ValueError(f"no reply: {sorted(item)}")
        await self.cloud.door.text(found)

    async def _voice(self, item: dict[str, Any]) -> None:
        """Take in how a call went, or a key."""
        voice = self.cloud.channel("voice")
        for name, body in item.items():
            if not isinstance(body, dict):
                continue
            call_id = text(body, "callid")
            if not call_id:
                raise ValueError(f"no call: {sorted(body)}")
            match name:
                case "voicekey_callback":
                    await self.press(text(body, "keypress"), call_id, call_id)
                case "voiceprompt_callback":
                    news = voice.progress(text(body, "result"))
                    self.told(news, call_id)
                case "voice_failure_callback":
                    code = body.get("failure_code")
                    news = voice.progress(FAILURE, code if isinstance(code, int) else 0)
                    self.told(news, call_id)
                case _:
                    raise ValueError(f"unknown push {name[:40]!r}")
            return
        raise ValueError(f"no call: {sorted(item)}")
