"""The provider's REST interface as a function: request and moment in, answer out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol

import msgspec

from simulators.carrier import parameters as known
from simulators.carrier.calls import Calls
from simulators.carrier.faults import AFTER_ACCEPTING, ON_REQUEST, Fault, FaultKind, Target
from simulators.carrier.listing import Row, chosen_calls, chosen_messages, page
from simulators.carrier.messages import Messages
from simulators.carrier.network import Network
from simulators.carrier.parameters import Pairs, Parameters
from simulators.carrier.refusal import Refused, meaning, not_found
from simulators.carrier.resources import VERSION, Json, base, call_json, message_json
from simulators.carrier.studio import Studio
from simulators.carrier.studiorest import ROOT, StudioRest


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


STUDIO = "Studio"


class _Keeper(Protocol[Row]):
    """What keeps texts, or calls."""

    def create(self, now: datetime, given: Parameters) -> Row: ...

    def all(self) -> list[Row]: ...

    def get(self, sid: str, path: str) -> Row: ...

    def update(self, now: datetime, sid: str, path: str, given: Parameters) -> Row: ...

    def delete(self, sid: str, path: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class _Resource(Generic[Row]):
    """One kind of resource: who keeps it, its parameters, and how it is written."""

    name: str
    keeper: _Keeper[Row]
    create: frozenset[str]
    update: frozenset[str]
    filters: frozenset[str]
    chosen: Callable[[Sequence[Row], Parameters], list[Row]]
    to_json: Callable[[str, Row], Json]


class Rest:
    """Routes, authentication, parameters, faults."""

    def __init__(self, network: Network, messages: Messages, calls: Calls, studio: Studio) -> None:
        self._network = network
        self._studio = StudioRest(studio, network.account.sid)
        self._texts = _Resource(
            name="Messages",
            keeper=messages,
            create=known.CREATE_MESSAGE,
            update=known.UPDATE_MESSAGE,
            filters=known.LIST_MESSAGES,
            chosen=chosen_messages,
            to_json=message_json,
        )
        self._calls = _Resource(
            name="Calls",
            keeper=calls,
            create=known.CREATE_CALL,
            update=known.UPDATE_CALL,
            filters=known.LIST_CALLS,
            chosen=chosen_calls,
            to_json=call_json,
        )

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
        if request.path.startswith(ROOT):
            return STUDIO, ""
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
            if kind == STUDIO:
                status, body = self._studio.answer(
                    now, request.method, request.path, request.query, request.form
                )
                return Answer(status=status, body=body)
            if kind == self._texts.name:
                return self._answered(now, request, sid, self._texts)
            return self._answered(now, request, sid, self._calls)
        except Refused as refused:
            return _refusal(refused)

    def _answered(self, now: datetime, request: Request, sid: str, kept: _Resource[Row]) -> Answer:
        return self._one(now, request, sid, kept) if sid else self._many(now, request, kept)

    def _many(self, now: datetime, request: Request, kept: _Resource[Row]) -> Answer:
        """Make one, or list them."""
        account = self._network.account.sid
        match request.method:
            case "POST":
                made = kept.keeper.create(now, _form(request, kept.create))
                return Answer(status=201, body=kept.to_json(account, made))
            case "GET":
                given = Parameters(request.query, kept.filters)
                rows = kept.chosen(kept.keeper.all(), given)
                path = f"{base(account)}/{kept.name}.json"
                body = page(
                    rows, given, request.query, path, kept.name.lower(),
                    lambda row: kept.to_json(account, row),
                )  # fmt: skip
                return Answer(status=200, body=body)
        raise _not_allowed(request)

    def _one(self, now: datetime, request: Request, sid: str, kept: _Resource[Row]) -> Answer:
        """Fetch, change or forget one."""
        match request.method:
            case "GET":
                Parameters(request.query, known.NONE)
                row = kept.keeper.get(sid, request.path)
            case "POST":
                row = kept.keeper.update(now, sid, request.path, _form(request, kept.update))
            case "DELETE":
                kept.keeper.delete(sid, request.path)
                return Answer(status=204)
            case _:
                raise _not_allowed(request)
        return Answer(status=200, body=kept.to_json(self._network.account.sid, row))


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
