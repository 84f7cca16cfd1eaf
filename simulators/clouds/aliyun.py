"""Aliyun's face: Dysmsapi and Dyvmsapi, 2017-05-25, as far as a gateway uses them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from simulators.clouds.core import Clouds
from simulators.clouds.records import Answer, Call, FaultKind, Reply, Request, Sms
from simulators.clouds.rules import (
    ALIYUN_CALLS,
    ALIYUN_HOLE,
    ALIYUN_SAME_A_DAY_MAX,
    ALIYUN_VALUE_MAX,
    BEIJING,
    LANDLINE,
    LINK,
    MOBILE,
    local,
    since,
    today,
    written,
)
from simulators.clouds.settings import Filing, Template, Tenant
from simulators.clouds.signing import acs3_wrong

SERVICES = {
    "dysmsapi.aliyuncs.com": ("SendSms", "QuerySendDetails", "GetSmsTemplate"),
    "dyvmsapi.aliyuncs.com": ("SingleCallByTts", "IvrCall", "QueryCallDetailByCallId"),
}
SENDS = {"SendSms": "sms", "SingleCallByTts": "voice", "IvrCall": "voice"}
STATES = {
    "heard": "200000",
    "no-answer": "200003",
    "busy": "200002",
    "off": "200010",
    "void": "200004",
}
STATUS = {"waiting": 1, "failed": 2, "delivered": 3}

Given = dict[str, str]


class AliyunFace:
    """Answers as Aliyun does."""

    def __init__(self, clouds: Clouds, tenant: Tenant) -> None:
        self._clouds = clouds
        self._tenant = tenant

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request."""
        given = dict(request.pairs)
        action = request.headers.get("x-acs-action", "")
        tenant = self._tenant
        wrong = acs3_wrong(
            request.headers, request.pairs, request.body, tenant.key_id, tenant.secret, now
        )
        if wrong is not None:
            return _refused(*wrong, status=400)
        if action not in SERVICES.get(request.host, ()):
            return _refused("InvalidAction.NotFound", f"{action} is not found.", status=404)
        self._clouds.asked.append(action)
        channel = SENDS.get(action, "")
        number = f"+86{local(given.get('PhoneNumbers', given.get('CalledNumber', '')))}"
        fault = self._clouds.strike("aliyun", channel, number, reads=not channel)
        if fault is not None and fault.kind is FaultKind.REFUSE:
            return _refused(fault.code, "simulated")
        if fault is not None and not self._clouds.is_after(fault):
            return self._clouds.spoilt(fault)
        answer = self._carry_out(now, action, given)
        return self._clouds.spoilt(fault) if fault is not None else answer

    def _carry_out(self, now: datetime, action: str, given: Given) -> Answer:
        match action:
            case "SendSms":
                return self._send(now, given)
            case "QuerySendDetails":
                return self._details(given)
            case "GetSmsTemplate":
                return self._template(given)
            case "QueryCallDetailByCallId":
                return self._call_detail(given)
            case _:
                return self._call(now, action, given)

    # ---------------------------------------------------------------- texts

    def _send(self, now: datetime, given: Given) -> Answer:
        number, sign = local(given.get("PhoneNumbers", "")), given.get("SignName", "")
        if not MOBILE.fullmatch(number):
            return _refused("isv.MOBILE_NUMBER_ILLEGAL", f"{number}invalid mobile number")
        filing = self._tenant.signatures.get(sign)
        if filing is None or filing is Filing.PENDING:
            return _refused("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
        code = given.get("TemplateCode", "")
        template = self._tenant.templates.get(code)
        if template is None or template.channel != "sms" or template.filing is Filing.PENDING:
            return _refused("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        content = self._filled(template, given.get("TemplateParam", ""))
        if isinstance(content, Answer):
            return content
        same = [
            one.at
            for one in self._clouds.texts
            if one.provider == "aliyun" and one.number == f"+86{number}" and one.template == code
        ]
        if today(same, now) >= ALIYUN_SAME_A_DAY_MAX:
            return _refused("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:50")
        if self._tenant.balance <= 0:
            return _refused("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
        if filing is Filing.UNFILED or template.filing is Filing.UNFILED:
            return _refused("PORT_NOT_REGISTERED", "签名未报备")
        self._tenant.balance -= 1
        biz_id = f"{100_000_000_000_000 + self._clouds.next_id()}^0"
        text = Sms(
            provider="aliyun",
            id=biz_id,
            reference=given.get("OutId", ""),
            number=f"+86{number}",
            content=f"【{sign}】{content}",
            template=code,
            at=now,
        )
        self._clouds.send(now, text)
        return _ok(BizId=biz_id)

    def _filled(self, template: Template, param: str) -> str | Answer:
        names = ALIYUN_HOLE.findall(template.text)
        try:
            values = json.loads(param) if param else {}
        except ValueError:
            return _refused("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
        is_text = isinstance(values, dict) and all(isinstance(v, str) for v in values.values())
        if not is_text:
            return _refused("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
        for name in names:
            if not values.get(name):
                return _refused("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少对应参数值:{name}")
            if len(values[name]) > ALIYUN_VALUE_MAX:
                return _refused("isv.PARAM_LENGTH_LIMIT", f"参数超过长度限制:{ALIYUN_VALUE_MAX}")
            if LINK.search(values[name]):
                return _refused("isv.PARAM_NOT_SUPPORT_URL", "变量不支持URL")
        return ALIYUN_HOLE.sub(lambda match: values[match[1]], template.text)

    def _details(self, given: Given) -> Answer:
        number = f"+86{local(given.get('PhoneNumber', ''))}"
        day, biz_id = given.get("SendDate", ""), given.get("BizId", "")
        found = [
            {
                "PhoneNum": local(one.number),
                "SendStatus": STATUS[one.status],
                "ErrCode": one.code or ("DELIVERED" if one.status == "delivered" else ""),
                "TemplateCode": one.template,
                "Content": one.content,
                "SendDate": written(one.at),
                "ReceiveDate": written(one.received_at),
                "OutId": one.reference,
            }
            for one in reversed(self._clouds.texts)
            if one.provider == "aliyun"
            and one.number == number
            and f"{one.at.astimezone(BEIJING):%Y%m%d}" == day
            and biz_id in ("", one.id)
        ]
        size = int(given.get("PageSize") or 10)
        listed = {"SmsSendDetailDTO": found[:size]}
        return _ok(SmsSendDetailDTOs=listed, TotalCount=str(len(found)))

    def _template(self, given: Given) -> Answer:
        template = self._tenant.templates.get(given.get("TemplateCode", ""))
        if template is None:
            return _refused("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        status = "0" if template.filing is Filing.PENDING else "1"
        return _ok(TemplateCode=template.code, TemplateContent=template.text, TemplateStatus=status)

    # ---------------------------------------------------------------- calls

    def _call(self, now: datetime, action: str, given: Given) -> Answer:
        number = given.get("CalledNumber", "")
        if not (MOBILE.fullmatch(number) or LANDLINE.fullmatch(number)):
            return _refused("isv.MOBILE_NUMBER_ILLEGAL", "号码格式非法")
        is_menu = action == "IvrCall"
        shown = given.get("CalledShowNumber", "")
        if (is_menu or shown) and shown not in self._tenant.shown_numbers:
            return _refused("isv.DISPLAY_NUMBER_ILLEGAL", "号显不合法")
        if len(given.get("OutId", "").encode()) > 15:
            return _refused("isv.INVALID_PARAMETERS", "OutId 长度为 1~15 个字节")
        code = given.get("StartCode" if is_menu else "TtsCode", "")
        others = [given["ByeCode"]] if given.get("ByeCode") else []
        menu = {key: value for key, value in given.items() if key.startswith("MenuKeyMap.")}
        others += [value for key, value in menu.items() if key.endswith(".Code")]
        for one in (code, *others):
            template = self._tenant.templates.get(one)
            if template is None or template.channel != "voice":
                return _refused("isv.TTS_TEMPLATE_ILLEGAL", f"TTS模板不合法:{one}")
        if is_menu and not menu:
            return _refused("isv.INVALID_PARAMETERS", "MenuKeyMap 必填")
        param = given.get("StartTtsParams" if is_menu else "TtsParam", "")
        content = self._filled(self._tenant.templates[code], param)
        if isinstance(content, Answer):
            return content
        dialled = f"+86{number.removeprefix('0')}"
        times = [
            one.at
            for one in self._clouds.calls
            if one.provider == "aliyun" and one.number == dialled
        ]
        for most, span, said in ALIYUN_CALLS:
            if since(times, now, span) >= most:
                return _refused("isv.BUSINESS_LIMIT_CONTROL", said)
        if self._tenant.balance <= 0:
            return _refused("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
        self._tenant.balance -= 1
        call = Call(
            provider="aliyun",
            id=f"{100_000_000_000 + self._clouds.next_id()}^{200_000 + len(times)}",
            reference=given.get("OutId", ""),
            number=dialled,
            content=content,
            takes_keys=is_menu,
            at=now,
        )
        self._clouds.call(now, call)
        return _ok(CallId=call.id)

    def _call_detail(self, given: Given) -> Answer:
        call_id = given.get("CallId", "")
        found = next(
            (c for c in self._clouds.calls if c.provider == "aliyun" and c.id == call_id), None
        )
        if found is None:
            return _refused("isv.DATA_NOT_EXIST", "没有查到记录")
        data = {
            "callId": found.id,
            "callee": local(found.number),
            "state": STATES.get(found.status, "200101"),
            "duration": found.seconds,
            "startDate": written(found.answered_at),
            "endDate": written(found.ended_at),
        }
        return _ok(Data=json.dumps(data, ensure_ascii=False))

    # ---------------------------------------------------------------- what it pushes

    def receipt(self, now: datetime, text: Sms) -> None:
        """Push what became of a text (SmsReport)."""
        report = {
            "phone_number": local(text.number),
            "send_time": written(text.at),
            "report_time": written(text.received_at),
            "success": text.status == "delivered",
            "err_code": text.code or "DELIVERED",
            "err_msg": "",
            "sms_size": "1",
            "biz_id": text.id,
            "out_id": text.reference,
        }
        self._clouds.push(now, "aliyun", "sms-report", [report])

    def replied(self, now: datetime, reply: Reply) -> None:
        """Push a reply (SmsUp)."""
        up = {
            "phone_number": local(reply.number),
            "content": reply.content,
            "send_time": written(reply.at),
            "dest_code": "0001",
            "sequence_id": reply.id,
        }
        self._clouds.push(now, "aliyun", "sms-up", [up])

    def pressed(self, now: datetime, call: Call, key: str) -> None:
        """Push a key while the call goes on (VoiceCallReport)."""
        self._clouds.push(now, "aliyun", "voice", [self._step(now, call, "300000", dtmf=key)])

    def ended(self, now: datetime, call: Call) -> None:
        """Push that a call is over, and its record (VoiceReport)."""
        self._clouds.push(now, "aliyun", "voice", [self._step(now, call, "200100")])
        record = self._step(now, call, STATES[call.status], duration=str(call.seconds))
        if call.keys:
            record["dtmf"] = call.keys
        self._clouds.push(now, "aliyun", "voice", [record])

    @staticmethod
    def _step(now: datetime, call: Call, state: str, **more: str) -> dict[str, Any]:
        step = {"call_id": call.id, "out_id": call.reference, "status_code": state}
        return step | {"status_time": written(now)} | more


def _ok(**fields: Any) -> Answer:
    return _answer({"Code": "OK", "Message": "OK", "RequestId": "0000", **fields})


def _refused(code: str, message: str, status: int = 200) -> Answer:
    return _answer({"Code": code, "Message": message, "RequestId": "0000"}, status)


def _answer(body: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(body, ensure_ascii=False).encode())
