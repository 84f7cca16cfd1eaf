"""Other systems answer for the responders they stand for: signed, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette

from alerting.events import Answer, Event, Reply
from alerting.incident import Outcome
from gateway.counters import Counters
from gateway.transports.signing import signed
from gateway.transports.targets import WebhookAccess, WebhookTarget
from gateway.web import webhook_answers
from gateway.web.webhook_answers import BODY_BYTES_MAX, PATH, WebhookAnswers
from tests.builders import person
from tests.fakes import asgi
from tests.fakes.clock import START, FakeClock

TOWN, CITY = b"t" * 32, b"c" * 32
KEY = "h1-0001/0/town-desk/webhook"
PEOPLE = {
    "town-desk": person("town-desk", addresses={"webhook": "town"}),
    "daughter": person("daughter"),
}


class Desk:
    """A gateway behind the hook: it remembers what reached it, and writes it at once."""

    def __init__(self, clock: FakeClock | None = None, writes: bool = True) -> None:
        self.clock = clock or FakeClock()
        self.replies: list[tuple[str, Event]] = []
        self.counters = Counters(self.clock.now)
        self.writes = writes
        access = WebhookAccess(
            targets={
                "town": WebhookTarget(url="http://127.0.0.1/", secrets=(TOWN,), answers=True),
                "city": WebhookTarget(url="http://127.0.0.1/", secrets=(CITY,)),
            }
        )
        hook = WebhookAnswers(
            access, PEOPLE, lambda: {"h1": None}, self.offer, self.clock, self.counters
        )
        self.app = Starlette(routes=hook.routes())

    def offer(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        self.replies.append((household, event))
        if self.writes and acknowledge is not None:
            acknowledge()

    async def post(
        self,
        body: object,
        secret: bytes = TOWN,
        id: str = "answer-1",
        at: datetime = START,
        **headers: str,
    ) -> asgi.Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**signed((secret,), id, at, data), **headers}
        return await asgi.ask(
            self.app, "POST", PATH, data, {name: text.encode() for name, text in sent.items()}
        )


@pytest.mark.parametrize(
    ("word", "answer"),
    [("going", Answer.GOING), ("on_scene", Answer.ON_SCENE), ("cannot", Answer.CANNOT)],
)
async def test_it_takes_the_incident_for_its_responder(word: str, answer: Answer) -> None:
    desk = Desk()
    said = await desk.post({"key": KEY, "answer": word})
    assert said.status == 200
    assert desk.replies == [("h1", Reply(START, "h1-0001", "town-desk", answer, "webhook"))]


async def test_it_closes_with_how_it_ended() -> None:
    desk = Desk()
    await desk.post({"key": KEY, "answer": "close", "outcome": "safe", "note": "老人平安"})
    ((_, reply),) = desk.replies
    assert isinstance(reply, Reply)
    assert (reply.answer, reply.outcome) == (Answer.CLOSE, Outcome.SAFE)
    assert reply.note == "老人平安"


async def test_twice_is_harmless() -> None:
    desk = Desk()
    for _ in range(3):
        assert (await desk.post({"key": KEY, "answer": "going"})).status == 200
    assert len(desk.replies) == 1


FORGED = [
    {"secret": CITY},
    {"secret": b"x" * 32},
    {"at": START - timedelta(minutes=6)},
    {"at": START + timedelta(minutes=6)},
]


@pytest.mark.parametrize("forged", FORGED)
async def test_what_is_not_signed_by_it_or_not_lately_is_refused_and_counted(
    forged: dict[str, object],
) -> None:
    desk = Desk()
    said = await desk.post({"key": KEY, "answer": "going"}, **forged)  # type: ignore[arg-type]
    assert said.status == 403
    assert desk.replies == []
    assert desk.counters.total("forged webhook") == 1


async def test_an_unsigned_one_is_refused() -> None:
    desk = Desk()
    said = await asgi.ask(desk.app, "POST", PATH, b'{"key": "x", "answer": "going"}')
    assert said.status == 403


@pytest.mark.parametrize(
    "key",
    [
        "h1-0001/0/daughter/webhook",  # went to somebody it does not stand for
        "h1-0001/0/town-desk/sms",
        "h9-0001/0/town-desk/webhook",
        "h1-0001/0/nobody/webhook",
        "",
        "/" * 50,
        "h1",
    ],
)
async def test_it_answers_for_nobody_else(key: str) -> None:
    desk = Desk()
    assert (await desk.post({"key": key, "answer": "going"})).status == 404
    assert desk.replies == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"\xff", b'{"key": 1, "answer": "going"}', b'{"key": "k", "answer": "?"}'],
)
async def test_nonsense_is_refused_and_counted(body: bytes) -> None:
    desk = Desk()
    said = await desk.post(body)
    assert said.status == 422
    assert "Traceback" not in said.text
    assert desk.counters.total("webhook not understood") == 1


async def test_too_much_is_refused() -> None:
    desk = Desk()
    assert (await desk.post(b" " * (BODY_BYTES_MAX + 1))).status == 413


async def test_a_store_that_does_not_write_is_not_called_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_answers, "WRITTEN_SECONDS_MAX", 0.05)
    desk = Desk(writes=False)
    assert (await desk.post({"key": KEY, "answer": "going"})).status == 202
    assert len(desk.replies) == 1
