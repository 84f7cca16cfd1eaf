"""SMS and calls through Aliyun (Dysmsapi and Dyvmsapi, 2017-05-25).

Receipts of texts and states of calls are asked for. Replies and keys are pushed only
(`gateway.web.hooks_aliyun`): without a public address this way out is one-way.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from alerting.delivery.channels import Progress, aliyun_errors
from alerting.delivery.channels.aliyun_sms import FAILED
from alerting.delivery.channels.aliyun_voice import status
from alerting.delivery.channels.channel import national, reference
from alerting.events import DeliveryState, ErrorClass
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.cloud import (
    BEIJING,
    BY_REFERENCE,
    Cloud,
    beijing,
    decoded,
    items,
    refused,
)
from gateway.transports.cloud_http import Wire
from gateway.transports.cloud_sign import acs3, query
from gateway.transports.settings import CloudAccess
from gateway.transports.transport import CLOCKS_APART, Door, SendError, Submitted

NAME = "aliyun"
SMS_HOST = "dysmsapi.aliyuncs.com"
VOICE_HOST = "dyvmsapi.aliyuncs.com"
VERSION = "2017-05-25"
LISTED_MAX = "50"
PRODUCT_TTS = "11010000138001"
PRODUCT_IVR = "11000000300005"
"""`ProdId` of QueryCallDetailByCallId for SingleCallByTts and IvrCall."""
APPROVED = "1"
"""`TemplateStatus` of GetSmsTemplate."""
NOT_THERE = frozenset({"isv.DATA_NOT_EXIST", "DATA_NOT_EXIST", "isv.NO_RECORD"})
"""Asked about a message or call it does not list (yet)."""


class Aliyun(Cloud):
    """The provider, by requests we sign ourselves."""

    name = NAME

    def __init__(
        self,
        access: CloudAccess,
        clock: Clock,
        door: Door,
        wire: Wire | None = None,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        """Make it; `nonce` returns what was never returned before."""
        super().__init__(access, clock, door, wire)
        self._nonce = nonce

    async def warm(self) -> None:
        """Open a connection and check the credentials, without sending anything.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """
        for text in self.access.account.texts:
            if text.channel == "sms":
                await self._call(SMS_HOST, "GetSmsTemplate", {"TemplateCode": text.code})
                return
        try:
            await self._call_detail("0^0", self._now())
        except SendError as error:
            if error.code not in NOT_THERE:
                raise

    async def unlike(self) -> list[str]:
        """Return the codes of texts that are not approved, or read otherwise than configured.

        Raises:
            SendError: the provider cannot be reached or refuses us.
        """
        wrong = []
        for text in self.access.account.texts:
            if text.channel != "sms":
                continue
            found = await self._call(SMS_HOST, "GetSmsTemplate", {"TemplateCode": text.code})
            is_approved = str(found.get("TemplateStatus")) == APPROVED
            if not is_approved or str(found.get("TemplateContent", "")).strip() != text.text:
                wrong.append(text.code)
        return wrong

    async def send(self, row: OutboxRow) -> Submitted:
        """Send the text, or begin the call.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        parameters = {name: str(value) for name, value in self._parameters(row).items()}
        if row.channel == "sms":
            host, action, id = SMS_HOST, "SendSms", "BizId"
        else:
            action = "IvrCall" if "StartCode" in parameters else "SingleCallByTts"
            host, id = VOICE_HOST, "CallId"
        fields = await self._call(host, action, parameters, changes=True)
        provider_id = str(fields.get(id) or "")
        if not provider_id:
            raise SendError(ErrorClass.AMBIGUOUS, "the answer names no message")
        self._remember(row, provider_id)
        return Submitted(provider_id, Progress(DeliveryState.ACCEPTED, detail=self.text_of(row)))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Look a text up by number, day and our reference; calls are listed nowhere.

        Raises:
            SendError: the provider did not answer.
        """
        if row.channel != "sms":
            return None
        mine, earliest = reference(row.key), self._theirs(since) - CLOCKS_APART
        found = [
            one
            for day in _days(earliest, self._now())
            for one in await self._details(row.address, day)
            if one.get("OutId") == mine and _sent(one) >= earliest
        ]
        if not found:
            return None
        newest = max(found, key=_sent)
        provider_id = BY_REFERENCE + mine
        self._remember(row, provider_id)
        return Submitted(provider_id, self._of_detail(newest, row))

    async def progress(self, row: OutboxRow) -> Progress:
        """Ask what became of a message.

        Raises:
            SendError: the provider did not answer.
        """
        self._remember(row)
        at = self._theirs(row.submitted_at or row.created_at)
        try:
            if row.channel == "sms":
                return await self._sms_progress(row, at)
            data = await self._call_detail(row.provider_id, at, self._product())
        except SendError as error:
            if error.code not in NOT_THERE:
                raise
            return Progress(DeliveryState.ACCEPTED)
        seconds = data.get("duration")
        length = int(str(seconds)) if str(seconds).isascii() and str(seconds).isdigit() else 0
        state = status(str(data.get("state") or ""), length)
        return self.with_text(self.channel("voice").progress(state), row)

    async def _sms_progress(self, row: OutboxRow, at: datetime) -> Progress:
        mine, is_ours = reference(row.key), row.provider_id.startswith(BY_REFERENCE)
        for day in _days(at - CLOCKS_APART, at + CLOCKS_APART):
            biz_id = "" if is_ours else row.provider_id
            found = [
                one
                for one in await self._details(row.address, day, biz_id)
                if one.get("OutId") in (mine, "", None)
            ]
            if found:
                return self._of_detail(max(found, key=_sent), row)
        return Progress(DeliveryState.ACCEPTED)

    def _of_detail(self, detail: dict[str, Any], row: OutboxRow) -> Progress:
        state, code = str(detail.get("SendStatus") or ""), str(detail.get("ErrCode") or "")
        news = self.channel("sms").progress(state, code if state == FAILED else "")
        return self.with_text(news, row, str(detail.get("Content") or ""))

    def _product(self) -> str:
        return PRODUCT_IVR if self.access.account.can_press else PRODUCT_TTS

    async def _details(self, address: str, day: datetime, biz_id: str = "") -> list[dict[str, Any]]:
        parameters = {
            "PhoneNumber": national(address),
            "SendDate": f"{day:%Y%m%d}",
            "PageSize": LISTED_MAX,
            "CurrentPage": "1",
        }
        if biz_id:
            parameters["BizId"] = biz_id
        fields = await self._call(SMS_HOST, "QuerySendDetails", parameters)
        return items(decoded(fields.get("SmsSendDetailDTOs")).get("SmsSendDetailDTO"))

    async def _call_detail(
        self, call_id: str, at: datetime, product: str = PRODUCT_TTS
    ) -> dict[str, Any]:
        since = int((at - CLOCKS_APART).timestamp() * 1_000)
        parameters = {"CallId": call_id, "ProdId": product, "QueryDate": str(since)}
        fields = await self._call(VOICE_HOST, "QueryCallDetailByCallId", parameters)
        return decoded(fields.get("Data"))

    async def _call(
        self, host: str, action: str, parameters: dict[str, str], changes: bool = False
    ) -> dict[str, Any]:
        """Make one request; once more if only our clock was wrong.

        Raises:
            SendError: it was refused, or there is no answer.
        """
        encoded = query(parameters)
        for is_last in (False, True):
            headers = acs3(
                host=host,
                action=action,
                version=VERSION,
                query=encoded,
                key_id=self.access.key_id,
                secret=self.access.secret,
                at=self._now(),
                nonce=self._nonce(),
            )
            answer = await self._http.post(host, encoded, headers, b"", changes)
            code = str(answer.fields.get("Code") or "")
            if code == aliyun_errors.OK:
                return answer.fields
            is_clock = code in aliyun_errors.CLOCK_WRONG and not is_last
            if is_clock and self._learn_time(answer.at):
                continue
            if not code and answer.status < 400:
                kind = ErrorClass.AMBIGUOUS if changes else ErrorClass.TRANSIENT
                raise SendError(kind, f"{NAME}: the answer has no Code")
            message = answer.fields.get("Message")
            raise refused(NAME, aliyun_errors.by_code(code), code, message, answer.status)
        raise AssertionError("the second turn returns or raises")


def _days(first: datetime, last: datetime) -> list[datetime]:
    """Return the days in Beijing from one moment to another, at most two: the ends."""
    begin, end = first.astimezone(BEIJING), last.astimezone(BEIJING)
    return [begin] if begin.date() >= end.date() else [end, begin]


def _sent(detail: dict[str, Any]) -> datetime:
    """Return when a listed text was sent; what has no time might be of any."""
    at = beijing(str(detail.get("SendDate") or ""))
    return at or datetime.max.replace(tzinfo=BEIJING) - timedelta(days=1)
