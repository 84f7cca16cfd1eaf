"""Signed requests to other systems: what they hold, and every way in which they fail."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from alerting.events import DeliveryState, ErrorClass
from gateway.outbox import Outbox
from gateway.store.rows import RowState
from gateway.transports.signing import Unsigned, check, signed
from gateway.transports.targets import WebhookAccess, WebhookTarget
from gateway.transports.transport import SendError
from gateway.transports.webhook import Webhooks
from tests.fakes.clock import START, FakeClock
from tests.fakes.http_sink import HttpSink, http_sink
from tests.fakes.provider import FakeRows
from tests.fakes.rows import row

FIRST, SECOND = b"1" * 32, b"2" * 32
ROW = row("webhook", "town")


@pytest.fixture
async def sink() -> AsyncIterator[HttpSink]:
    async with http_sink() as sink:
        yield sink


@pytest.fixture
async def hooks(sink: HttpSink) -> AsyncIterator[Webhooks]:
    target = WebhookTarget(url=f"{sink.url}/alarms", secrets=(FIRST, SECOND))
    hooks = Webhooks(WebhookAccess(targets={"town": target}), FakeClock(), total_seconds=0.5)
    yield hooks
    await hooks.close()


class TestSignature:
    def test_it_is_the_one_of_the_specification(self) -> None:
        """As `standardwebhooks` 1.1.0 signs the specification's example."""
        key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        at = datetime.fromtimestamp(1614265330, UTC)
        headers = signed((key,), "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        assert headers["webhook-timestamp"] == "1614265330"

    def test_either_secret_is_enough_while_they_are_exchanged(self) -> None:
        headers = signed((FIRST, SECOND), "id", START, b"body")
        assert check((FIRST,), headers, b"body", START) == "id"
        assert check((SECOND,), headers, b"body", START) == "id"

    @pytest.mark.parametrize(
        ("change", "body", "seconds"),
        [
            ({}, b"another body", 0),
            ({"webhook-id": "another"}, b"body", 0),
            ({}, b"body", 301),
            ({}, b"body", -301),
            ({"webhook-timestamp": "soon"}, b"body", 0),
            ({"webhook-timestamp": "9" * 400}, b"body", 0),
            ({"webhook-signature": ""}, b"body", 0),
            ({"webhook-signature": "v1"}, b"body", 0),
            ({"webhook-signature": "v1,签名"}, b"body", 0),
            ({"webhook-signature": "v2,AAAA"}, b"body", 0),
            ({"webhook-signature": "v1,AAAA " * 1_000}, b"body", 0),
        ],
    )
    def test_nothing_else_is_believed(
        self, change: dict[str, str], body: bytes, seconds: float
    ) -> None:
        headers = {**signed((FIRST,), "id", START, b"body"), **change}
        with pytest.raises(Unsigned):
            check((FIRST,), headers, body, START + timedelta(seconds=seconds))


class TestRequest:
    async def test_it_says_what_happened_and_nothing_of_the_person(
        self, sink: HttpSink, hooks: Webhooks
    ) -> None:
        submitted = await hooks.send(ROW)
        assert submitted.progress.state is DeliveryState.ACCEPTED
        (body,) = sink.bodies
        assert body == {
            "type": "guanai.message",
            "key": "h1-0001/0/wang-daughter/webhook",
            "at": "2026-03-02T08:00:00+00:00",
            "expires_at": "2026-03-02T08:10:00+00:00",
            "incident": "h1-0001",
            "code": "A1001",
            "kind": "emergency",
            "urgency": "high",
            "purpose": "alarm",
            "about": "alarm",
            "state": "open",
            "text": ROW.text,
            "language": "zh",
        }

    async def test_it_is_signed_and_bears_the_key_at_every_try(
        self, sink: HttpSink, hooks: Webhooks
    ) -> None:
        sink.script = ["503", "200"]
        with pytest.raises(SendError):
            await hooks.send(ROW)
        await hooks.send(ROW)
        for _, headers, body in sink.requests:
            assert check((FIRST,), headers, body, START) == ROW.key
            assert headers["content-type"] == "application/json"


FAILURES = [
    ("400", ErrorClass.CONFIGURATION),
    ("401", ErrorClass.CONFIGURATION),
    ("404", ErrorClass.CONFIGURATION),
    ("302", ErrorClass.CONFIGURATION),
    ("408", ErrorClass.TRANSIENT),
    ("410", ErrorClass.CONTACT),
    ("413", ErrorClass.BLOCKED),
    ("429", ErrorClass.TRANSIENT),
    ("500", ErrorClass.TRANSIENT),
    ("502", ErrorClass.TRANSIENT),
    ("hang", ErrorClass.AMBIGUOUS),
    ("cut", ErrorClass.AMBIGUOUS),
    ("slow", ErrorClass.AMBIGUOUS),
]


class TestFailure:
    @pytest.mark.parametrize(("word", "error"), FAILURES)
    async def test_each_has_its_class(
        self, sink: HttpSink, hooks: Webhooks, word: str, error: ErrorClass
    ) -> None:
        sink.script = [word]
        with pytest.raises(SendError) as caught:
            await hooks.send(ROW)
        assert caught.value.error is error
        assert sink.url not in str(caught.value)

    async def test_a_redirect_is_not_followed(self, sink: HttpSink, hooks: Webhooks) -> None:
        sink.script = ["307", "200"]
        with pytest.raises(SendError):
            await hooks.send(ROW)
        assert [path for path, _, _ in sink.requests] == ["/alarms"]

    async def test_it_may_ask_us_to_wait(self, sink: HttpSink, hooks: Webhooks) -> None:
        sink.script, sink.retry_after = ["429"], "30"
        with pytest.raises(SendError) as caught:
            await hooks.send(ROW)
        assert caught.value.retry_after == 30

    async def test_nobody_there(self, hooks: Webhooks) -> None:
        nowhere = WebhookTarget(url="http://127.0.0.1:9", secrets=(FIRST,))
        hooks = Webhooks(WebhookAccess(targets={"town": nowhere}), FakeClock())
        with pytest.raises(SendError) as caught:
            await hooks.send(ROW)
        assert caught.value.error is ErrorClass.TRANSIENT
        await hooks.close()

    async def test_a_target_nobody_configured(self, hooks: Webhooks) -> None:
        with pytest.raises(SendError) as caught:
            await hooks.send(row("webhook", "city"))
        assert caught.value.error is ErrorClass.CONFIGURATION


async def test_what_was_taken_is_accepted_and_never_more(hooks: Webhooks) -> None:
    """Through the outbox: a machine's 2xx proves nothing, so that the ladder goes on."""
    told: list[DeliveryState] = []
    faults: list[str] = []
    outbox = Outbox(
        FakeClock(),
        FakeRows(),
        (hooks,),
        lambda household, receipt: told.append(receipt.state),
        lambda part, active, detail, source="": faults.append(part) if active else None,
    )
    outbox.owe([ROW])
    (job,) = outbox._register
    assert job.task is not None
    await job.task
    end = outbox.row(ROW.key)
    assert end is not None
    assert end.state is RowState.ACCEPTED
    assert end.final_at is not None
    assert told == [DeliveryState.ACCEPTED]
    assert faults == []
