"""The page with the phones of the village, live, and the hands that use them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from simulators.phones.exchange import Exchange, Handset, LineKind, PhoneCall, PhoneError
from simulators.phones.people import HABITS, PeopleError, Person
from simulators.phones.words import LANGUAGES, words

WEB = Path(__file__).parent / "web"
LOOK = Path(__file__).parent.parent / "static"
HEARTBEAT_SECONDS = 10.0
GATHER_SECONDS = 0.02
RETRY_MS = 1_000
BODY_BYTES_MAX = 8 * 1024
POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    key: str


class _Dial(msgspec.Struct, forbid_unknown_fields=True):
    to: str = ""


class _Up(msgspec.Struct, forbid_unknown_fields=True):
    up: bool


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    body: str


class _Habit(msgspec.Struct, forbid_unknown_fields=True):
    habit: str


T = TypeVar("T", bound=msgspec.Struct)
Handler = Callable[[Request], Awaitable[Response]]


def build_phones_app(
    carrier: Exchange, people: Sequence[Person] = (), language: str = "zh"
) -> Starlette:
    """Return the page as an application to serve or to mount anywhere.

    All its addresses are relative. `people` come first, in this order; whoever else has
    a phone follows. `language` is used unless the page asks for `?lang=`.
    """
    page = _page(language)
    order = tuple(person.number for person in people)

    async def state(_: Request) -> Response:
        return JSONResponse(_all(carrier, order))

    async def events(_: Request) -> Response:
        return StreamingResponse(
            _stream(carrier, order),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return Starlette(
        routes=[
            Route("/", page),
            Route("/state", state),
            Route("/events", events),
            Route("/phone/{number}/{action}", _hand(carrier), methods=["POST"]),
            Route("/line/{id}", _line(carrier), methods=["POST"]),
            Mount("/web", StaticFiles(directory=WEB)),
            Mount("/look", StaticFiles(directory=LOOK)),
        ]
    )


def _page(language: str) -> Handler:
    pages = Environment(
        loader=FileSystemLoader(WEB), autoescape=True, undefined=StrictUndefined
    ).get_template("phones.html")

    async def page(request: Request) -> Response:
        wanted = request.query_params.get("lang", language)
        wanted = wanted if wanted in LANGUAGES else "zh"
        spoken = words(wanted)
        html = pages.render(
            lang=wanted,
            other="zh" if wanted == "en" else "en",
            w=spoken,
            words=json.dumps(spoken, ensure_ascii=False).replace("<", "\\u003c"),
            habits=list(HABITS),
        )
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        return HTMLResponse(html, headers=headers)

    return page


def _hand(carrier: Exchange) -> Handler:
    async def act(request: Request) -> Response:
        number, action = request.path_params["number"], request.path_params["action"]

        async def do() -> Response | None:
            match action:
                case "answer":
                    await _body(request, _Nothing)
                    carrier.answer(number)
                case "reject":
                    await _body(request, _Nothing)
                    carrier.reject(number)
                case "hang-up":
                    await _body(request, _Nothing)
                    carrier.hang_up(number)
                case "dial":
                    carrier.dial(number, (await _body(request, _Dial)).to)
                case "press":
                    carrier.press(number, (await _body(request, _Key)).key)
                case "text":
                    carrier.text(number, (await _body(request, _Text)).body)
                case "habit":
                    carrier.set_habit(number, (await _body(request, _Habit)).habit)
                case _:
                    return JSONResponse({"error": f"no action {action!r}"}, status_code=404)
            return None

        return await _refusing(do)

    return act


def _line(carrier: Exchange) -> Handler:
    async def act(request: Request) -> Response:
        async def do() -> None:
            await carrier.set_way(request.path_params["id"], (await _body(request, _Up)).up)

        return await _refusing(do)

    return act


async def _refusing(do: Callable[[], Awaitable[Response | None]]) -> Response:
    """Do what was asked, and say what is wrong with it."""
    try:
        return await do() or JSONResponse({"ok": True})
    except (PhoneError, PeopleError) as error:
        return JSONResponse({"error": str(error)}, status_code=409)
    except (ValueError, msgspec.MsgspecError) as error:
        return JSONResponse({"error": str(error)}, status_code=400)


async def _body(request: Request, type_: type[T]) -> T:
    """Return the JSON body; JSON only, so that no other site's form can act here."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ValueError("expected a body of type application/json")
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise ValueError(f"{len(body)} bytes; expected {BODY_BYTES_MAX} at most")
    return msgspec.json.decode(body, type=type_)


async def _stream(carrier: Exchange, order: Sequence[str]) -> AsyncIterator[str]:
    """Yield all phones first, then each that changed, and a sign of life in between."""
    dirty: dict[str, None] = {}
    woken = asyncio.Event()

    def told(number: str) -> None:
        dirty[number] = None
        woken.set()

    stop = carrier.listen(told)
    try:
        yield f"retry: {RETRY_MS}\n" + _event("phones", _all(carrier, order))
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await woken.wait()
            woken.clear()
            if not dirty:
                yield _event("beat", {"now": _now_ms()})
                continue
            await asyncio.sleep(GATHER_SECONDS)
            changed = tuple(dirty)
            dirty.clear()
            if "" in changed:  # a line was cut or mended
                yield _event("phones", _all(carrier, order))
                continue
            for number in changed:
                phone = _phone(carrier.handset(number))
                yield _event("phone", {"now": _now_ms(), "phone": phone})
    finally:
        stop()


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _all(carrier: Exchange, order: Sequence[str]) -> dict[str, object]:
    known = [person.number for person in carrier.people()]
    first = [number for number in order if number in known]
    numbers = [*first, *(number for number in known if number not in first)]
    return {
        "now": _now_ms(),
        "lines": msgspec.to_builtins(carrier.ways()),
        "phones": [_phone(carrier.handset(number)) for number in numbers],
    }


def _phone(handset: Handset) -> dict[str, object]:
    person = handset.person
    return {
        "number": person.number,
        "name": person.name or person.number,
        "role": person.role,
        "habit": person.habit_name,
        "texts": [
            {
                "sid": text.sid,
                "at": _ms(text.at),
                "body": text.body,
                "mine": text.mine,
                "lost": text.lost,
                "via": text.via,
            }
            for text in handset.texts
        ],
        "call": _call(handset.call),
    }


def _call(call: PhoneCall | None) -> dict[str, object] | None:
    if call is None:
        return None
    return {
        "sid": call.sid,
        "other": call.other,
        "state": call.state.value,
        "since": _ms(call.since),
        "outgoing": call.outgoing,
        "asked": call.asked,
        "outcome": call.outcome,
        "via": call.via,
        "machine": any(
            line.kind is LineKind.NOTE and line.text == "voicemail" for line in call.lines
        ),
        "lines": [
            {
                "at": _ms(line.at),
                "kind": line.kind.value,
                "text": line.text,
                "language": line.language,
            }
            for line in call.lines
        ],
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _now_ms() -> int:
    return _ms(datetime.now(UTC))
