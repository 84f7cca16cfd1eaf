"""The provider's REST interface as a function: request and moment in, answer out."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from enum import StrEnum

import msgspec

from simulators.carrier import parameters as known
from simulators.carrier.calls import Calls
from simulators.carrier.faults import AFTER_ACCEPTING, ON_REQUEST, Fault, FaultKind, Target
from simulators.carrier.listing import chosen_calls, chosen_messages, page
from simulators.carrier.messages import Messages
from simulators.carrier.network import Network
from simulators.carrier.parameters import Pairs, Parameters
from simulators.carrier.refusal import Refused, meaning, not_found
from simulators.carrier.resources import VERSION, Json, base, call_json, message_json


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, already taken apart."""

    method: str
    path: str
    query: Pairs = ()
    form: Pairs = ()
    username: str = ""
    password: str = ""


class Wire(StrEnum):
    """What happens to the connection."""

    ANSWER = "answer"
    HANG = "hang"
    DROP = "drop"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What to send back, when, and whether at all."""

    status: int
    body: Json | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    wire: Wire = Wire.ANSWER
    delay_s: float = 0.0


_PATH = re.compile(
    rf"/{VERSION}/Accounts/(?P<account>[^/]+)/(?P<kind>Messages|Calls)(/(?P<sid>[^/]+))?\.json"
)


class Rest:
    """Routes, authentication, parameters, faults."""

    def __init__(self, network: Network, messages: Messages, calls: Calls) -> None:
        self._network = network
        self._messages = messages
        self._calls = calls

    def handle(self, now: datetime, request: Request) -> Answer:
        """Carry out one request; never raises."""
        try:
            kind, sid = self._admit(request)
            return self._faulty(now, request, kind, sid)
        except Refused as refused:
            return _refusal(refused)

    def _admit(self, request: Request) -> tuple[str, str]:
        account = self._network.account
        right = hmac.compare_digest(request.password.encode(), account.token.encode())
        if request.username != account.sid or not right:
            raise Refused(401, 20003, "Authenticate")
        match = _PATH.fullmatch(request.path)
        if match is None or match["account"] != account.sid:
            raise not_found(request.path)
        return match["kind"], match["sid"] or ""

    def _faulty(self, now: datetime, request: Request, kind: str, sid: str) -> Answer:
        """Let a fault have its way, before or after the request is carried out."""
        target = Target.SMS if kind == "Messages" else Target.VOICE
        target = Target.READS if request.method == "GET" else target
        numbers = dict(request.form).get("To", ""), dict(request.query).get("To", "")
        fault = self._network.faults.strike(ON_REQUEST, target, numbers)
        if fault is None:
            return self._carry_out(now, request, kind, sid)
        if fault.kind not in AFTER_ACCEPTING:
            return _struck(fault, Answer(status=500))
        return _struck(fault, self._carry_out(now, request, kind, sid))

    def _carry_out(self, now: datetime, request: Request, kind: str, sid: str) -> Answer:
        try:
            if kind == "Messages":
                return self._message(now, request, sid) if sid else self._texts(now, request)
            return self._call(now, request, sid) if sid else self._placed(now, request)
        except Refused as refused:
            return _refusal(refused)

    def _texts(self, now: datetime, request: Request) -> Answer:
        account = self._network.account.sid
        match request.method:
            case "POST":
                given = _form(request, known.CREATE_MESSAGE)
                return Answer(
                    status=201, body=message_json(account, self._messages.create(now, given))
                )
            case "GET":
                given = Parameters(request.query, known.LIST_MESSAGES)
                rows = chosen_messages(self._messages.all(), given)
                path = f"{base(account)}/Messages.json"
                body = page(
                    rows, given, request.query, path, "messages",
                    lambda row: message_json(account, row),
                )  # fmt: skip
                return Answer(status=200, body=body)
        raise _not_allowed(request)

    def _message(self, now: datetime, request: Request, sid: str) -> Answer:
        account = self._network.account.sid
        match request.method:
            case "GET":
                Parameters(request.query, known.NONE)
                message = self._messages.get(sid, request.path)
            case "POST":
                given = _form(request, known.UPDATE_MESSAGE)
                message = self._messages.update(now, sid, request.path, given)
            case "DELETE":
                self._messages.delete(sid, request.path)
                return Answer(status=204)
            case _:
                raise _not_allowed(request)
        return Answer(status=200, body=message_json(account, message))

    def _placed(self, now: datetime, request: Request) -> Answer:
        account = self._network.account.sid
        match request.method:
            case "POST":
                given = _form(request, known.CREATE_CALL)
                return Answer(status=201, body=call_json(account, self._calls.create(now, given)))
            case "GET":
                given = Parameters(request.query, known.LIST_CALLS)
                rows = chosen_calls(self._calls.all(), given)
                path = f"{base(account)}/Calls.json"
                body = page(
                    rows, given, request.query, path, "calls",
                    lambda row: call_json(account, row),
                )  # fmt: skip
                return Answer(status=200, body=body)
        raise _not_allowed(request)

    def _call(self, now: datetime, request: Request, sid: str) -> Answer:
        account = self._network.account.sid
        match request.method:
            case "GET":
                Parameters(request.query, known.NONE)
                call = self._calls.get(sid, request.path)
            case "POST":
                given = _form(request, known.UPDATE_CALL)
                call = self._calls.update(now, sid, request.path, given)
            case "DELETE":
                self._calls.delete(sid, request.path)
                return Answer(status=204)
            case _:
                raise _not_allowed(request)
        return Answer(status=200, body=call_json(account, call))


def _form(request: Request, allowed: frozenset[str]) -> Parameters:
    Parameters(request.query, known.NONE)
    return Parameters(request.form, allowed)


def _not_allowed(request: Request) -> Refused:
    return Refused(405, 20004, f"Method {request.method} is not allowed for {request.path}")


def _refusal(refused: Refused) -> Answer:
    return Answer(status=refused.status, body=refused.body(), headers=refused.headers)


def _struck(fault: Fault, answer: Answer) -> Answer:
    """Return what the other side gets to see of an answer."""
    match fault.kind:
        case FaultKind.REFUSE:
            code = fault.code or 20001
            return _refusal(Refused(fault.status or 400, code, meaning(code)))
        case FaultKind.THROTTLE:
            retry = {"Retry-After": str(round(fault.seconds))}
            return _refusal(Refused(429, fault.code or 20429, "Too Many Requests", retry))
        case FaultKind.ERROR_BEFORE | FaultKind.ERROR_AFTER:
            status = fault.status or 503
            code = fault.code or (20500 if status == 500 else 20503)
            return _refusal(Refused(status, code, meaning(code)))
        case FaultKind.HANG_BEFORE | FaultKind.HANG_AFTER:
            return msgspec.structs.replace(answer, wire=Wire.HANG)
        case FaultKind.DROP_BEFORE | FaultKind.DROP_AFTER:
            return msgspec.structs.replace(answer, wire=Wire.DROP)
        case FaultKind.SLOW:
            return msgspec.structs.replace(answer, delay_s=fault.seconds)
    raise AssertionError(f"{fault.kind} does not strike requests")
