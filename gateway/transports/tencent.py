"""SMS and calls through Tencent (sms 2021-01-11, vms 2020-09-02).

Receipts and replies of texts are asked for, number by number: that takes nothing away, so that
a crash between asking and writing loses no answer. What became of a call, and the keys
pressed in it, are pushed only (`gateway.web.hooks_tencent`).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from alerting.delivery.channels import Progress, tencent_errors
from alerting.delivery.channels.channel import reference
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.cloud import BY_REFERENCE, Cloud, e164, items, refused
from gateway.transports.cloud_http import Wire
from gateway.transports.cloud_sign import tc3
from gateway.transports.settings import CloudAccess
from gateway.transports.transport import CLOCKS_APART, Door, SendError, Submitted, Text

NAME = "tencent"
SMS_HOST = "sms.tencentcloudapi.com"
SMS_VERSION = "2021-01-11"
VOICE_HOST = "vms.tencentcloudapi.com"
VOICE_VERSION = "2020-09-02"
LISTED_MAX = 100
NUMBERS_MAX = 5_000

LISTEN_SECONDS = 1.0
"""How often we look whose answers are to be asked for."""
ASKS_A_TURN_MAX = 10
"""Tencent takes 20 such questions a second from one account."""
ASK_AGAIN: tuple[tuple[timedelta, float], ...] = (
    (timedelta(minutes=10), 3.0),
    (timedelta(hours=1), 15.0),
    (timedelta(hours=24), 60.0),
)
"""By how long ago somebody was written to: after how many seconds they are asked about again."""
LOOK_BACK = timedelta(hours=24)
LATE = timedelta(minutes=5)
"""What was written so long before we see it may be older than what it seems to answer."""
_NUMBERS = frozenset({"PlayTimes"})
_OPEN = "the answer to a pull has no list"


class Tencent(Cloud):
    """The provider, by requests we sign ourselves."""

    name = NAME

    def __init__(
        self,
        access: CloudAccess,
        clock: Clock,
        door: Door,
        numbers: Iterable[str] = (),
        wire: Wire | None = None,
    ) -> None:
        """Make it; `numbers` may have answered while we were down."""
        super().__init__(access, clock, door, wire)
        self._asked = OrderedDict((one, 0.0) for one in numbers)
        """When each number is asked about again, on the monotonic clock."""
        if "sms" not in self.channels:
            self._asked.clear()
        self._written: dict[str, datetime] = {}
        """When each number was last written to."""
        self._first: set[str] = set(self._asked)
        """Those not asked about since the start."""

    async def warm(self) -> None:
        """Open a connection and check the credentials, without sending anything.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """
        if "sms" in self.channels:
            await self._templates()

    async def unlike(self) -> list[str]:
        """Return the ids of texts that are not approved, or read otherwise than configured.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """
        if "sms" not in self.channels:
            return []
        found = {str(one.get("TemplateId")): one for one in await self._templates()}
        wrong = []
        for text in self.access.account.texts:
            if text.channel != "sms":
                continue
            one = found.get(text.code, {})
            content = str(one.get("TemplateContent", "")).strip()
            if one.get("StatusCode") != 0 or content != text.text:
                wrong.append(text.code)
        return wrong

    async def send(self, row: OutboxRow) -> Submitted:
        """Send the text, or begin the call.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        parameters = _json(self._parameters(row))
        if row.channel == "sms":
            self._expect(row.address)
            answer = await self._call(SMS_HOST, "SendSms", parameters, changes=True)
            status = next(iter(items(answer.get("SendStatusSet"))), {})
            code = str(status.get("Code") or "")
            if code and code != tencent_errors.OK:
                kind = tencent_errors.by_code(code)
                raise refused(NAME, kind, code, status.get("Message"), 200)
            provider_id = str(status.get("SerialNo") or "")
        else:
            answer = await self._call(VOICE_HOST, "SendTtsVoice", parameters, changes=True)
            status = answer.get("SendStatus") or {}
            provider_id = str(status.get("CallId") or "") if isinstance(status, dict) else ""
        if not provider_id:
            raise SendError(ErrorClass.AMBIGUOUS, "the answer names no message")
        self._remember(row, provider_id)
        return Submitted(provider_id, Progress(DeliveryState.ACCEPTED, detail=self.text_of(row)))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look a text up by its number and our reference; calls are listed nowhere.

        A receipt bears our reference only where Tencent has switched that on for the account.
        Without it nothing is found, and the message goes out again: twice beats never.

        Raises:
            SendError: the provider did not answer.
        """
        if row.channel != "sms":
            return None
        mine = reference(row.key)
        for one in await self._receipts(row.address, since - CLOCKS_APART):
            id = str(one.get("SerialNo") or "")
            if one.get("SessionContext") == mine and id not in taken:
                self._remember(row, id)
                return Submitted(id or BY_REFERENCE + mine, self._of_receipt(one, row))
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Ask what became of a text; of a call nothing can be asked.

        Raises:
            SendError: the provider did not answer.
        """
        self._remember(row)
        if row.channel != "sms":
            return Progress(DeliveryState.ACCEPTED)
        self._expect(row.address, row.submitted_at)
        since = (row.submitted_at or row.created_at) - CLOCKS_APART
        for one in await self._receipts(row.address, since):
            if one.get("SerialNo") == row.provider_id:
                return self._of_receipt(one, row)
        return Progress(DeliveryState.ACCEPTED)

    # ------------------------------------------------------------------ replies

    async def listen(self) -> None:
        """Ask for the replies of everybody who was written to lately, for ever."""
        while True:
            now = self._clock.monotonic()
            due = [number for number, at in self._asked.items() if at <= now]
            for number in due[:ASKS_A_TURN_MAX]:
                await self._hear(number)
            await self._clock.sleep(LISTEN_SECONDS)

    async def _hear(self, number: str) -> None:
        now = self._clock.now()
        written = self._written.get(number)
        since = (written or now) - (CLOCKS_APART if number not in self._first else LOOK_BACK)
        again = _again(now - written) if written is not None else None
        if again is None:
            self._asked.pop(number, None)
            self._written.pop(number, None)
        else:
            self._asked[number] = self._clock.monotonic() + again
            self._asked.move_to_end(number)
        try:
            found = await self.replies(number, since)
        except SendError:  # asked again in a moment; sending shows whether the link is broken
            self._asked[number] = self._clock.monotonic() + (again or ASK_AGAIN[-1][1])
            return
        self._first.discard(number)
        for text in found:
            is_late = text.at is not None and self._now() - text.at > LATE
            await self.door.text(text, is_late)

    async def replies(self, number: str, since: datetime) -> list[Text]:
        """Return what `number` wrote to us since then, oldest first.

        Raises:
            SendError: the provider did not answer.
        """
        found = await self._pull(
            "PullSmsReplyStatusByPhoneNumber", "PullSmsReplyStatusSet", number, since
        )
        texts = [reply(one, "PhoneNumber", "ReplyContent", "ReplyTime") for one in found]
        return sorted((t for t in texts if t is not None), key=lambda t: t.at or since)

    def _expect(self, number: str, at: datetime | None = None) -> None:
        """Ask for the replies of somebody who is written to."""
        at = at or self._clock.now()
        if number not in self._written or self._written[number] < at:
            self._written[number] = at
        self._asked.setdefault(number, self._clock.monotonic())
        while len(self._asked) > NUMBERS_MAX:
            oldest, _ = self._asked.popitem(last=False)
            self._written.pop(oldest, None)

    # ------------------------------------------------------------------ requests

    async def _receipts(self, number: str, since: datetime) -> list[dict[str, Any]]:
        return await self._pull(
            "PullSmsSendStatusByPhoneNumber", "PullSmsSendStatusSet", number, since
        )

    def _of_receipt(self, receipt: dict[str, Any], row: OutboxRow) -> Progress:
        status = str(receipt.get("ReportStatus") or "")
        code = str(receipt.get("Description") or "")
        return self.with_text(self.channel("sms").progress(status, code), row)

    async def _pull(
        self, action: str, name: str, number: str, since: datetime
    ) -> list[dict[str, Any]]:
        parameters = {
            "BeginTime": int(self._theirs(since).timestamp()),
            "EndTime": int((self._now() + CLOCKS_APART).timestamp()),
            "Offset": 0,
            "Limit": LISTED_MAX,
            "PhoneNumber": number,
            "SmsSdkAppId": self.access.account.app,
        }
        answer = await self._call(SMS_HOST, action, parameters)
        if name not in answer:
            raise SendError(ErrorClass.TRANSIENT, f"{NAME}: {_OPEN}")
        return items(answer[name])

    async def _templates(self) -> list[dict[str, Any]]:
        codes = [text.code for text in self.access.account.texts if text.channel == "sms"]
        parameters: dict[str, Any] = {
            "International": 0,
            "TemplateIdSet": [int(code) for code in codes if code.isascii() and code.isdigit()],
        }
        answer = await self._call(SMS_HOST, "DescribeSmsTemplateList", parameters)
        return items(answer.get("DescribeTemplateStatusSet"))

    async def _call(
        self, host: str, action: str, parameters: dict[str, Any], changes: bool = False
    ) -> dict[str, Any]:
        """Make one request; once more if only our clock was wrong.

        Raises:
            SendError: it was refused, or there is no answer.
        """
        body = msgspec.json.encode(parameters)
        for is_last in (False, True):
            headers = tc3(
                host=host,
                action=action,
                version=SMS_VERSION if host == SMS_HOST else VOICE_VERSION,
                region=self.access.region,
                body=body,
                key_id=self.access.key_id,
                secret=self.access.secret,
                at=self._now(),
            )
            answer = await self._http.post(host, "", headers, body, changes)
            response = answer.fields.get("Response")
            if not isinstance(response, dict):
                kind = ErrorClass.AMBIGUOUS if changes else ErrorClass.TRANSIENT
                raise SendError(kind, f"{NAME}: HTTP {answer.status}: the answer has no Response")
            error = response.get("Error")
            if not isinstance(error, dict):
                return response
            code = str(error.get("Code") or "")
            is_clock = code in tencent_errors.CLOCK_WRONG and not is_last
            if is_clock and self._learn_time(answer.at):
                continue
            kind = tencent_errors.by_code(code)
            raise refused(NAME, kind, code, error.get("Message"), answer.status)
        raise AssertionError("the second turn returns or raises")


def reply(fields: dict[str, Any], phone: str, content: str, time: str) -> Text | None:
    """Return the text of a reply, pulled or pushed; None: it lacks something.

    Replies have no id: who wrote what in which second stands for one, so that what is pulled
    and pushed is the same.
    """
    number, text, at = fields.get(phone), fields.get(content), fields.get(time)
    if not isinstance(number, str) or not number or not isinstance(text, str):
        return None
    written = str(at)
    is_stamp = written.isascii() and written.isdigit() and len(written) < 40
    stamp = int(written) if is_stamp else 0
    sender = e164(number)
    id = hashlib.sha256(f"{sender}/{stamp}/{text}".encode()).hexdigest()[:32]
    return Text(NAME, id, sender, text, _moment(stamp) if stamp else None)


def _moment(stamp: int) -> datetime | None:
    """Return the moment of a time stamp; None: it is none, and the text is heard all the same."""
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _again(age: timedelta) -> float | None:
    """Return after how many seconds a number is asked about again; None: no more."""
    return next((seconds for until, seconds in ASK_AGAIN if age <= until), None)


def _json(parameters: dict[str, str | tuple[str, ...]]) -> dict[str, Any]:
    return {
        name: int(value) if name in _NUMBERS and isinstance(value, str) else value
        for name, value in parameters.items()
    }
