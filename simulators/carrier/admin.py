"""The switchboard's back room: faults, habits and records over HTTP, as JSON.

GET  _admin/state                 everything: people, texts, calls with transcripts, faults
GET  _admin/warnings              the caller's mistakes, as the provider's debugger lists them
POST _admin/faults                {"kind": "throttle", "number": "+852..", "seconds": 2, ...}
DELETE _admin/faults[/{id}]       take one back, or all
POST _admin/outage                {"seconds": 30}: refuse connections; 0 ends it
POST _admin/numbers               {"number": "+852..", "sms_url": "http://..", "sms_method": ..}
POST _admin/calls                 {"number": "+852..", "to": "+852..", "voice_url": "http://.."}
                                  a phone dials us; with voice_url alone: who answers from now on
POST _admin/habit                 {"number": "+852..", "habit": "voicemail"}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.carrier.faults import Fault
from simulators.carrier.live import LiveCarrier
from simulators.carrier.resources import call_json, message_json
from simulators.phones.exchange import PhoneError
from simulators.phones.people import HABITS, PeopleError

BODY_BYTES_MAX = 16 * 1024
OUTAGE_SECONDS_MAX = 86_400.0


class Outages(Protocol):
    """Something that can stop taking connections for a while."""

    async def outage(self, seconds: float) -> None:
        """Refuse connections for so long; 0 ends an outage at once."""
        ...


class _Numbers(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    sms_url: str
    sms_method: str = "POST"


class _Dial(msgspec.Struct, forbid_unknown_fields=True):
    number: str = ""
    to: str = ""
    voice_url: str | None = None


class _Habit(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    habit: str


class _Outage(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float


Handler = Callable[[Request], Awaitable[Response]]


def admin_routes(carrier: LiveCarrier, server: Outages) -> list[Route]:
    """Return the routes of the back room, relative to `_admin`."""
    return [*_looking(carrier), *_breaking(carrier, server), *_changing(carrier)]


def _looking(carrier: LiveCarrier) -> list[Route]:
    core = carrier.core

    async def state(_: Request) -> Response:
        sid = core.account.sid
        calls = [
            call_json(sid, call) | {"lines": msgspec.to_builtins(call.lines)}
            for call in core.calls()
        ]
        return JSONResponse(
            {
                "people": msgspec.to_builtins(core.people()),
                "messages": [message_json(sid, message) for message in core.messages()],
                "calls": calls,
                "faults": msgspec.to_builtins(core.faults.active()),
                "habits": list(HABITS),
            }
        )

    async def warnings(_: Request) -> Response:
        return JSONResponse({"warnings": msgspec.to_builtins(core.warnings())})

    return [Route("/state", _safe(state)), Route("/warnings", _safe(warnings))]


def _breaking(carrier: LiveCarrier, server: Outages) -> list[Route]:
    core = carrier.core

    async def add_fault(request: Request) -> Response:
        fault = core.faults.add(await _body(request, Fault))
        return JSONResponse(msgspec.to_builtins(fault), status_code=201)

    async def list_faults(_: Request) -> Response:
        return JSONResponse({"faults": msgspec.to_builtins(core.faults.active())})

    async def remove_faults(request: Request) -> Response:
        if "id" in request.path_params:
            core.faults.remove(request.path_params["id"])
        else:
            core.faults.clear()
        return Response(status_code=204)

    async def outage(request: Request) -> Response:
        wanted = await _body(request, _Outage)
        if not 0 <= wanted.seconds <= OUTAGE_SECONDS_MAX:
            raise ValueError(f"{wanted.seconds} seconds; expected 0 to {OUTAGE_SECONDS_MAX:.0f}")
        await server.outage(wanted.seconds)
        return JSONResponse({"seconds": wanted.seconds})

    return [
        Route("/faults", _safe(list_faults), methods=["GET"]),
        Route("/faults", _safe(add_fault), methods=["POST"]),
        Route("/faults", _safe(remove_faults), methods=["DELETE"]),
        Route("/faults/{id:int}", _safe(remove_faults), methods=["DELETE"]),
        Route("/outage", _safe(outage), methods=["POST"]),
    ]


def _changing(carrier: LiveCarrier) -> list[Route]:
    core = carrier.core

    async def numbers(request: Request) -> Response:
        wanted = await _body(request, _Numbers)
        core.set_sms_url(wanted.number, wanted.sms_url, wanted.sms_method)
        return JSONResponse(msgspec.to_builtins(wanted))

    async def calls(request: Request) -> Response:
        wanted = await _body(request, _Dial)
        if wanted.voice_url is not None:
            core.set_voice_url(wanted.to or core.account.numbers[0], wanted.voice_url)
        if wanted.number:
            carrier.dial(wanted.number, wanted.to)
        return JSONResponse(msgspec.to_builtins(wanted))

    async def habit(request: Request) -> Response:
        wanted = await _body(request, _Habit)
        core.set_habit(wanted.number, wanted.habit)
        return JSONResponse(msgspec.to_builtins(wanted))

    return [
        Route("/numbers", _safe(numbers), methods=["POST"]),
        Route("/calls", _safe(calls), methods=["POST"]),
        Route("/habit", _safe(habit), methods=["POST"]),
    ]


T = TypeVar("T", bound=msgspec.Struct)


async def _body(request: Request, type_: type[T]) -> T:
    """Return the JSON body; JSON only, so that no other site's form can post here."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ValueError("expected a body of type application/json")
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise ValueError(f"{len(body)} bytes; expected {BODY_BYTES_MAX} at most")
    return msgspec.json.decode(body, type=type_)


def _safe(handler: Handler) -> Handler:
    """Turn a wrong request into a 400 that says what was expected."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, PhoneError, PeopleError, msgspec.MsgspecError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)

    return guarded
