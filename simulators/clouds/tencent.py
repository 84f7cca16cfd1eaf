"""Tencent's face: sms 2021-01-11 and vms 2020-09-02, as far as a gateway uses them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from simulators.clouds.core import Clouds
from simulators.clouds.records import Answer, Call, FaultKind, Reply, Request, Sms
from simulators.clouds.rules import (
    LINK,
    MOBILE,
    TENCENT_A_DAY_MAX,
    TENCENT_CALLS,
    TENCENT_HOLE,
    TENCENT_SAME,
    TENCENT_VALUE_MAX,
    local,
    since,
    today,
    written,
)
from simulators.clouds.settings import Filing, Template, Tenant
from simulators.clouds.signing import tc3_wrong

SERVICES = {
    "sms.tencentcloudapi.com": (
        "2021-01-11",
        (
            "SendSms",
            "PullSmsSendStatusByPhoneNumber",
            "PullSmsReplyStatusByPhoneNumber",
            "DescribeSmsTemplateList",
        ),
    ),
    "vms.tencentcloudapi.com": ("2020-09-02", ("SendTtsVoice",)),
}
SENDS = {"SendSms": "sms", "SendTtsVoice": "voice"}
FAILURES = {"off": 1, "busy": 10, "no-answer": 5, "void": 8}

Given = dict[str, Any]


class TencentFace:
    """Answers as Tencent does: always 200, errors inside."""

    def __init__(self, clouds: Clouds, tenant: Tenant) -> None:
        self._clouds = clouds
        self._tenant = tenant

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request."""
        action = request.headers.get("x-tc-action", "")
        tenant = self._tenant
        wrong = tc3_wrong(request.headers, request.body, tenant.key_id, tenant.secret, now)
        if wrong is not None:
            return _error(*wrong)
        version, actions = SERVICES.get(request.host, ("", ()))
        if action not in actions or request.headers.get("x-tc-version") != version:
            return _error("InvalidAction", f"{action} is not found")
        try:
            given = json.loads(request.body)
        except ValueError:
            return _error("InvalidParameter", "The body is not JSON")
        self._clouds.asked.append(action)
        channel = SENDS.get(action, "")
        numbers = given.get("PhoneNumberSet") or [given.get("CalledNumber", "")]
        fault = self._clouds.strike("tencent", channel, str(numbers[0]), reads=not channel)
        if fault is not None and fault.kind is FaultKind.REFUSE:
            return self._refusal(action, fault.code, str(numbers[0]))
        if fault is not None and not self._clouds.is_after(fault):
            return self._clouds.spoilt(fault)
        answer = self._carry_out(now, action, given)
        return self._clouds.spoilt(fault) if fault is not None else answer

    def _refusal(self, action: str, code: str, number: str) -> Answer:
        if action == "SendSms":
            return _statuses(code, number)
        return _error(code, "simulated")

    def _carry_out(self, now: datetime, action: str, given: Given) -> Answer:
        match action:
            case "SendSms":
                return self._send(now, given)
            case "SendTtsVoice":
                return self._call(now, given)
            case "DescribeSmsTemplateList":
                return self._templates(given)
            case "PullSmsSendStatusByPhoneNumber":
                return self._receipts(given)
            case _:
                return self._replies(given)

    # ---------------------------------------------------------------- texts

    def _send(self, now: datetime, given: Given) -> Answer:
        tenant, number = self._tenant, str(given["PhoneNumberSet"][0])
        if given.get("SmsSdkAppId") != tenant.sms_app:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId")
        if not MOBILE.fullmatch(local(number)):
            return _statuses("InvalidParameterValue.IncorrectPhoneNumber", number)
        filing = tenant.signatures.get(str(given.get("SignName", "")))
        if filing is not Filing.REVIEWED:
            return _statuses("FailedOperation.SignatureIncorrectOrUnapproved", number)
        template = tenant.templates.get(str(given.get("TemplateId", "")))
        if template is None or template.channel != "sms" or template.filing is not Filing.REVIEWED:
            return _statuses("FailedOperation.TemplateIncorrectOrUnapproved", number)
        content = _filled(template, given.get("TemplateParamSet") or [])
        if content.startswith("!"):
            return _statuses(content[1:], number)
        content = f"【{given['SignName']}】{content}"
        mine = [t for t in self._clouds.texts if (t.provider, t.number) == ("tencent", number)]
        if since([t.at for t in mine if t.content == content], now, TENCENT_SAME):
            return _statuses("LimitExceeded.PhoneNumberThirtySecondLimit", number)
        if today([t.at for t in mine], now) >= TENCENT_A_DAY_MAX:
            return _statuses("LimitExceeded.PhoneNumberDailyLimit", number)
        if tenant.balance <= 0:
            return _statuses("FailedOperation.InsufficientBalanceInSmsPackage", number)
        tenant.balance -= 1
        text = Sms(
            provider="tencent",
            id=f"5000:{1_000_000_000 + self._clouds.next_id()}",
            reference=str(given.get("SessionContext", "")),
            number=number,
            content=content,
            template=template.code,
            at=now,
        )
        self._clouds.send(now, text)
        return _statuses("Ok", number, text)

    def _receipts(self, given: Given) -> Answer:
        begin, end = given.get("BeginTime", 0), given.get("EndTime", 0)
        listed = [
            {
                "UserReceiveTime": int(one.received_at.timestamp()),
                "CountryCode": "86",
                "SubscriberNumber": local(one.number),
                "PhoneNumber": one.number,
                "SerialNo": one.id,
                "ReportStatus": "SUCCESS" if one.status == "delivered" else "FAIL",
                "Description": one.code or "DELIVRD",
                "SessionContext": one.reference if self._tenant.returns_context else "",
            }
            for one in self._clouds.texts
            if one.provider == "tencent"
            and one.number == given.get("PhoneNumber")
            and one.received_at is not None
            and begin <= one.at.timestamp() <= end
        ]
        return _response(PullSmsSendStatusSet=listed[-int(given.get("Limit", 0)) :])

    def _replies(self, given: Given) -> Answer:
        begin, end = given.get("BeginTime", 0), given.get("EndTime", 0)
        listed = [
            {
                "ExtendCode": "",
                "CountryCode": "86",
                "PhoneNumber": one.number,
                "SignName": "",
                "ReplyContent": one.content,
                "ReplyTime": int(one.at.timestamp()),
                "SubscriberNumber": local(one.number),
            }
            for one in self._clouds.replies
            if one.provider == "tencent"
            and one.number == given.get("PhoneNumber")
            and begin <= int(one.at.timestamp()) <= end
        ]
        return _response(PullSmsReplyStatusSet=listed[-int(given.get("Limit", 0)) :])

    def _templates(self, given: Given) -> Answer:
        listed = [
            {
                "TemplateId": int(template.code),
                "International": 0,
                "StatusCode": {Filing.REVIEWED: 0, Filing.UNFILED: 2}.get(template.filing, 1),
                "TemplateContent": template.text,
            }
            for id in given.get("TemplateIdSet", [])
            if (template := self._tenant.templates.get(str(id))) is not None
        ]
        return _response(DescribeTemplateStatusSet=listed)

    # ---------------------------------------------------------------- calls

    def _call(self, now: datetime, given: Given) -> Answer:
        tenant, number = self._tenant, str(given.get("CalledNumber", ""))
        if given.get("VoiceSdkAppid") != tenant.voice_app:
            return _error("UnauthorizedOperation.VoiceSdkAppidVerifyFail", "VoiceSdkAppid")
        if not number.startswith("+86") or not local(number).isdigit():
            return _error("InvalidParameterValue.CalledNumberVerifyFail", number)
        template = tenant.templates.get(str(given.get("TemplateId", "")))
        if template is None or template.channel != "voice":
            return _error("FailedOperation.TemplateIncorrectOrUnapproved", "TemplateId")
        if given.get("PlayTimes") not in (None, 1, 2, 3):
            return _error("FailedOperation.InvalidParameters", "PlayTimes")
        content = _filled(template, given.get("TemplateParamSet") or [])
        if content.startswith("!"):
            return _error(content[1:], "TemplateParamSet")
        times = [c.at for c in self._clouds.calls if (c.provider, c.number) == ("tencent", number)]
        for most, span in TENCENT_CALLS:
            if since(times, now, span) >= most:
                return _error("LimitExceeded.DeliveryFrequencyLimit", "命中频率限制策略")
        if tenant.balance <= 0:
            return _error("FailedOperation.InsufficientBalanceInVoicePackage", "套餐包余量不足")
        tenant.balance -= 1
        call = Call(
            provider="tencent",
            id=f"12582bce-403c-11eb-96b8-{self._clouds.next_id():012}",
            reference=str(given.get("SessionContext", "")),
            number=number,
            content=content,
            takes_keys=True,
            at=now,
        )
        self._clouds.call(now, call)
        return _response(SendStatus={"CallId": call.id, "SessionContext": call.reference})

    # ---------------------------------------------------------------- what it pushes

    def receipt(self, now: datetime, text: Sms) -> None:
        """Push what became of a text."""
        report = {
            "user_receive_time": written(text.received_at),
            "nationcode": "86",
            "mobile": local(text.number),
            "report_status": "SUCCESS" if text.status == "delivered" else "FAIL",
            "errmsg": text.code or "DELIVRD",
            "description": "",
            "sid": text.id,
        }
        self._clouds.push(now, "tencent", "sms-status", [report])

    def replied(self, now: datetime, reply: Reply) -> None:
        """Push a reply."""
        body = {
            "extend": "",
            "mobile": local(reply.number),
            "nationcode": "86",
            "sign": "",
            "text": reply.content,
            "time": int(reply.at.timestamp()),
        }
        self._clouds.push(now, "tencent", "sms-reply", body)

    def pressed(self, now: datetime, call: Call, key: str) -> None:
        """Push a key."""
        body = {**_about(call), "keypress": key}
        self._clouds.push(now, "tencent", "voice", {"voicekey_callback": body})

    def ended(self, now: datetime, call: Call) -> None:
        """Push how a call went."""
        if call.status != "heard":
            why = {**_about(call), "failure_code": FAILURES[call.status], "failure_reason": ""}
            self._clouds.push(now, "tencent", "voice", {"voice_failure_callback": why})
        body = {**_about(call), "result": "0" if call.status == "heard" else "1", "fee": "1"}
        self._clouds.push(now, "tencent", "voice", {"voiceprompt_callback": body})


def _about(call: Call) -> dict[str, Any]:
    return {
        "callid": call.id,
        "call_from": "",
        "mobile": local(call.number),
        "nationcode": "86",
    }


def _filled(template: Template, values: list[Any]) -> str:
    """Return the message; beginning with `!`: the code of what is wrong."""
    names = TENCENT_HOLE.findall(template.text)
    if len(values) != len(names) or not all(isinstance(v, str) and v for v in values):
        return "!FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if any(len(value) > TENCENT_VALUE_MAX for value in values):
        return "!InvalidParameterValue.TemplateParameterLengthLimit"
    if any(LINK.search(value) for value in values):
        return "!InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
    return TENCENT_HOLE.sub(lambda match: values[int(match[1]) - 1], template.text)


def _statuses(code: str, number: str, text: Sms | None = None) -> Answer:
    status = {
        "SerialNo": text.id if text is not None else "",
        "PhoneNumber": number,
        "Fee": 1 if text is not None else 0,
        "SessionContext": text.reference if text is not None else "",
        "Code": code,
        "Message": "send success" if text is not None else "simulated",
        "IsoCode": "CN",
    }
    return _response(SendStatusSet=[status])


def _error(code: str, message: str) -> Answer:
    return _response(Error={"Code": code, "Message": message})


def _response(**fields: Any) -> Answer:
    body = {"Response": {**fields, "RequestId": "0000"}}
    return Answer(body=json.dumps(body, ensure_ascii=False).encode())
