"""The clouds' way in: the secret or nothing, and harmless in any order."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from alerting.delivery.channels import Progress
from alerting.delivery.channels.channel import reference
from alerting.events import DeliveryState, ErrorClass
from gateway.counters import Counters
from gateway.store.rows import OutboxRow
from gateway.web.cloud_hooks import BODY_BYTES_MAX
from gateway.web.hooks_aliyun import AliyunHooks
from gateway.web.hooks_tencent import TencentHooks
from simulators.phones.people import HABITS, Person
from tests.fakes import asgi
from tests.fakes.clouds import DAUGHTER, HOOK_SECRET, SON
from tests.gateway.test_clouds import Bench

both = pytest.mark.parametrize("provider", ["aliyun", "tencent"])
DONE = {"aliyun": {"code": 0, "msg": "OK"}, "tencent": {"result": 0, "errmsg": "OK"}}
UP: dict[str, tuple[str, Any]] = {
    "aliyun": (
        "sms-up",
        [
            {
                "phone_number": "13800000006",
                "content": "1",
                "send_time": "2026-03-02 16:00:09",
                "dest_code": "0001",
                "sequence_id": "1234567890",
            }
        ],
    ),
    "tencent": (
        "sms-reply",
        {
            "extend": "",
            "mobile": "13800000006",
            "nationcode": "86",
            "sign": "江畔关爱",
            "text": "1",
            "time": 1772438409,
        },
    ),
}


class Book:
    """What is needed of the outbox; remembers what it was told."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.pushed: list[tuple[str, Progress]] = []
        self.known: set[str] = set()
        self.rows: dict[str, OutboxRow] = {}

    def push(self, provider: str, provider_id: str, news: Progress) -> bool:
        assert provider == self.provider
        self.pushed.append((provider_id, news))
        return provider_id in self.known

    def row(self, key: str) -> OutboxRow | None:
        return self.rows.get(key)

    def key_of(self, provider: str, provider_id: str) -> str | None:
        rows = self.rows.values()
        return next((row.key for row in rows if row.provider_id == provider_id), None)


class Pushed(Bench):
    """A cloud that reaches us."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider, public=True)
        self.provider = provider
        self.book = Book(provider)
        self.pushed, self.known = self.book.pushed, self.book.known
        self.counters = Counters(self.clock.now)
        self.there.tenants[provider].push_to = "x"
        self.there.people[SON] = Person(number=SON, name="王强", habit=HABITS["helpful"])
        kind = AliyunHooks if provider == "aliyun" else TencentHooks
        self.app = Starlette(routes=list(kind(self.cloud, self.book, self.counters).routes()))

    async def post(self, path: str, body: Any, secret: str = HOOK_SECRET) -> asgi.Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await asgi.ask(self.app, "POST", f"/{self.provider}/{quote(secret)}/{path}", data)

    async def deliver(self, times: int = 1) -> None:
        """Bring everything the stand-in wants to push, each so often."""
        self.there.advance(self.clock.now())
        for push in self.there.take_pushes():
            for _ in range(times):
                answer = await self.post(push.path, push.body)
                assert answer.status == 200
                assert json.loads(answer.text) == DONE[self.provider]

    def counted(self, what: str) -> int:
        return self.counters.total(what)


@both
async def test_a_reply_comes_in_with_the_secret_only(provider: str) -> None:
    world = Pushed(provider)
    path, body = UP[provider]
    for wrong in ("x", HOOK_SECRET[:-1], HOOK_SECRET + "a", "％" * 26):
        assert (await world.post(path, body, wrong)).status == 403
    assert world.door.texts == []
    assert world.counted("forged webhook") == 4
    answer = await world.post(path, body)
    assert answer.status == 200
    (text,) = world.door.texts
    assert (text.sender, text.text) == (DAUGHTER, "1")
    assert text.at is not None
    await world.post(path, body)
    assert {one.id for one in world.door.texts} == {text.id}, "the same reply has the same id"


@both
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b'"x"', b"\xff", b"[[]]", b"x" * (BODY_BYTES_MAX + 1)]
)
async def test_nonsense_is_counted_and_refused(provider: str, body: bytes) -> None:
    world = Pushed(provider)
    for path in ("voice", UP[provider][0]):
        assert (await world.post(path, body)).status == 400
    assert world.counted("webhook not understood") == 2
    assert world.door.texts == []


async def test_one_bad_entry_of_a_batch_costs_none_of_the_others() -> None:
    world = Pushed("aliyun")
    good = UP["aliyun"][1][0]
    batch = [{}, {"phone_number": 5}, {"content": None, "phone_number": "1"}, good]
    assert (await world.post("sms-up", batch)).status == 200
    assert [text.text for text in world.door.texts] == ["1"]
    assert world.counted("webhook not understood") == 3


@both
async def test_a_receipt_that_is_pushed_says_what_became_of_the_text(provider: str) -> None:
    world = Pushed(provider)
    row = await world.sent(world.row())
    world.known.add(row.provider_id)
    world.book.rows[row.key] = row
    await world.clock.advance(10)
    await world.deliver(times=2)
    (text,) = world.there.texts
    assert {news.detail for _, news in world.pushed} == {text.content}, "what was really said"
    assert {id for id, _ in world.pushed} == {row.provider_id}
    assert all(news.state is DeliveryState.DELIVERED for _, news in world.pushed)


async def test_an_aliyun_receipt_is_known_by_our_reference_too() -> None:
    world = Pushed("aliyun")
    row = await world.sent(world.row())
    await world.clock.advance(10)
    await world.deliver()
    assert world.pushed[-1][0] == f"out:{reference(row.key)}"


@both
async def test_a_key_in_a_call_reaches_the_door_once_however_often_it_is_pushed(
    provider: str,
) -> None:
    world = Pushed(provider)
    row = await world.sent(world.row("voice", SON))
    world.known.add(row.provider_id)
    await world.clock.advance(120)
    await world.deliver(times=3)
    assert world.door.keys == [(row.key, "1")]
    end = world.pushed[-1][1]
    assert (end.state, end.final) == (DeliveryState.DELIVERED, True)


@both
async def test_a_call_nobody_takes(provider: str) -> None:
    world = Pushed(provider)
    row = await world.sent(world.row("voice", DAUGHTER))
    await world.clock.advance(120)
    await world.deliver()
    ends = [news for id, news in world.pushed if id == row.provider_id and news.final]
    assert ends
    assert {end.error for end in ends} == {ErrorClass.UNREACHABLE}
    assert world.door.keys == []


@both
async def test_a_key_in_a_call_we_do_not_know_is_counted(provider: str) -> None:
    world = Pushed(provider)
    bodies = {
        "aliyun": [{"call_id": "9^9", "out_id": "?", "status_code": "300000", "dtmf": "1"}],
        "tencent": {"voicekey_callback": {"callid": "9", "keypress": "1", "mobile": "1"}},
    }
    assert (await world.post("voice", bodies[provider])).status == 200
    assert world.door.keys == []
    assert world.counted("webhook not understood") == 1


async def test_after_a_restart_a_followed_call_is_known_again() -> None:
    world = Pushed("aliyun")
    row = await world.sent(world.row("voice", SON))
    world.cloud._keys.clear()
    assert world.cloud.key_of(row.provider_id) is None
    await world.cloud.progress(row)
    assert world.cloud.key_of(reference(row.key)) == row.key


@both
async def test_a_key_pressed_while_we_were_restarted_is_taken_before_we_ask(provider: str) -> None:
    world = Pushed(provider)
    row = await world.sent(world.row("voice", SON))
    world.book.rows[row.key] = row
    world.cloud._keys.clear()
    await world.clock.advance(120)
    await world.deliver()
    assert world.door.keys == [(row.key, "1")]


@both
async def test_a_push_that_met_an_error_of_ours_is_wanted_again(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Pushed(provider)
    row = await world.sent(world.row("voice", SON))
    bodies = {
        "aliyun": [
            {"call_id": row.provider_id, "status_code": "200000", "dtmf": "1"},
            {"call_id": "9^9", "status_code": "200000", "duration": "5"},
        ],
        "tencent": {"voicekey_callback": {"callid": row.provider_id, "keypress": "1"}},
    }
    key = world.door.key
    monkeypatch.setattr(world.door, "key", None)
    assert (await world.post("voice", bodies[provider])).status == 500
    assert provider == "tencent" or "9^9" in {id for id, _ in world.pushed}
    monkeypatch.setattr(world.door, "key", key)
    for _ in range(2):
        assert (await world.post("voice", bodies[provider])).status == 200
    assert world.door.keys == [(row.key, "1")]
