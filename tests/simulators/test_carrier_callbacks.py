"""What the carrier sends by itself: signed, retried, late, twice, never, in disorder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator

from simulators.carrier.core import Carrier
from simulators.carrier.faults import Fault, FaultKind, Target
from simulators.carrier.settings import DEMO_TOKEN
from simulators.carrier.virtual import VirtualCarrier
from simulators.carrier.webhooks import CameBack, Webhook
from simulators.phones.people import HABITS, Person
from tests.fakes.carrier import FROM, Running, running_carrier

WANG = "+85251000001"
HOOK = "http://gateway.test/sms/status"


class Received:
    """One request as the gateway's side saw it."""

    def __init__(
        self, url: str, method: str, form: dict[str, str], headers: dict[str, str]
    ) -> None:
        self.url = url
        self.method = method
        self.form = form
        self.headers = headers

    def signed_by(self, token: str) -> bool:
        form = self.form if self.method == "POST" else {}
        signature = self.headers["X-Twilio-Signature"]
        return bool(RequestValidator(token).validate(self.url, form, signature))


@asynccontextmanager
async def website(answers: dict[str, str]) -> AsyncIterator[tuple[str, list[Received]]]:
    """Serve fixed answers on a free port, and keep what was asked."""
    received: list[Received] = []

    async def handle(request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        received.append(Received(str(request.url), request.method, form, dict(request.headers)))
        if request.path not in answers:
            return web.Response(status=204)
        return web.Response(text=answers[request.path], content_type="text/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}", received
    finally:
        await runner.cleanup()


async def arrived(carrier: Running, received: list[Received], count: int) -> None:
    await carrier.phone.until(lambda: len(received) >= count, f"{count} requests")


async def test_every_callback_of_a_text_is_signed_over_the_address_and_the_form() -> None:
    async with (
        website({}) as (base, received),
        running_carrier() as carrier,
        carrier.library() as twilio,
    ):
        hook = f"{base}/status?key=h1-0007%2F2&who=%E7%8E%8B#rc=2&rp=all"
        await twilio.messages.create_async(
            to=WANG, from_=FROM, body="【桃花】你好", status_callback=hook
        )
        while len(received) < 3:
            await carrier.live_moment()
    statuses = [hook.form["MessageStatus"] for hook in received]
    assert sorted(statuses) == ["delivered", "queued", "sent"]
    assert all(hook.signed_by(DEMO_TOKEN) for hook in received)
    assert not any(hook.signed_by("another token") for hook in received)
    assert all("#" not in hook.url for hook in received)
    assert len({hook.headers["I-Twilio-Idempotency-Token"] for hook in received}) == 3


async def test_a_call_is_led_by_signed_requests() -> None:
    documents = {
        "/ask": '<Response><Gather numDigits="1" action="/key?n=1"><Say>Press</Say></Gather>'
        "</Response>",
        "/key": "<Response><Say>Thank you</Say></Response>",
    }
    people = [Person(number=WANG, habit=HABITS["helpful"])]
    async with (
        website(documents) as (base, received),
        running_carrier(people) as carrier,
        carrier.library() as twilio,
    ):
        call = await twilio.calls.create_async(to=WANG, from_=FROM, url=f"{base}/ask")
        while (await call.fetch_async()).status != "completed":
            await carrier.live_moment()
    assert [hook.url.removeprefix(base) for hook in received] == ["/ask", "/key?n=1"]
    assert all(hook.signed_by(DEMO_TOKEN) for hook in received)
    assert received[1].form["Digits"] == "1"


async def test_a_text_from_a_phone_is_announced_and_may_be_answered_at_once() -> None:
    answer = {"/sms": "<Response><Message>收到，谢谢。</Message></Response>"}
    people = [Person(number=WANG)]
    async with website(answer) as (base, received), running_carrier(people) as carrier:
        carrier.core.set_sms_url(FROM, f"{base}/sms")
        carrier.phone(WANG).expects_sms("收到")
        carrier.live.text(WANG, "1")
        await carrier.phone.met()
    (hook,) = received
    assert hook.signed_by(DEMO_TOKEN)
    assert (hook.form["From"], hook.form["To"], hook.form["Body"]) == (WANG, FROM, "1")
    assert hook.form["MessageSid"] == hook.form["SmsMessageSid"]


# ------------------------------------------------------------------ on a clock that is told


class Flaky:
    """Answers with a list of outcomes, the last for ever."""

    def __init__(self, *outcomes: CameBack) -> None:
        self.outcomes = list(outcomes)

    def __call__(self, _: datetime, __: Webhook) -> CameBack:
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


FINE = CameBack(status=204)
NO_CONNECTION = CameBack(failure="ct")
NO_ANSWER = CameBack(failure="rt")
ERROR = CameBack(status=503)


@pytest.mark.parametrize(
    ("fragment", "outcome", "attempts"),
    [
        ("", NO_CONNECTION, 2),
        ("", NO_ANSWER, 1),
        ("", ERROR, 1),
        ("#rc=0", NO_CONNECTION, 1),
        ("#rc=4", NO_CONNECTION, 5),
        ("#rc=9", NO_CONNECTION, 6),
        ("#rc=2&rp=5xx,rt", ERROR, 3),
        ("#rc=2&rp=5xx,rt", NO_ANSWER, 3),
        ("#rc=2&rp=5xx", NO_CONNECTION, 1),
        ("#rc=3&rp=all", CameBack(status=404), 4),
        ("#rc=3&rp=all", FINE, 1),
    ],
)
def test_retries_follow_the_fragment(fragment: str, outcome: CameBack, attempts: int) -> None:
    carrier = VirtualCarrier(Carrier(), Flaky(outcome))
    carrier.core.faults.add(Fault(kind=FaultKind.STUCK))  # one callback only: queued
    carrier.send(WANG, "【桃花】你好", StatusCallback=HOOK + fragment)
    carrier.run(10)
    assert len(carrier.requested) == attempts
    assert len({hook.headers["I-Twilio-Idempotency-Token"] for hook in carrier.requested}) == 1
    assert bool(carrier.core.warnings()) is (outcome is not FINE)


def test_patience_follows_the_fragment_within_the_providers_bounds() -> None:
    carrier = VirtualCarrier(Carrier())
    carrier.send(WANG, "【桃花】你好", StatusCallback=f"{HOOK}#ct=2000&rt=99999&rc=x")
    carrier.run(1)
    hook = carrier.requested[0]
    assert (hook.connect_timeout_s, hook.read_timeout_s) == (2.0, 15.0)


def reported(carrier: VirtualCarrier) -> list[str]:
    return [hook.form["MessageStatus"] for hook in carrier.requested]


def a_reporting_carrier(fault: Fault) -> VirtualCarrier:
    carrier = VirtualCarrier(Carrier(), Flaky(FINE))
    carrier.core.faults.add(fault)
    carrier.send(WANG, "【桃花】你好", StatusCallback=HOOK)
    return carrier


def test_callbacks_may_be_lost() -> None:
    carrier = a_reporting_carrier(Fault(kind=FaultKind.CALLBACK_LOST))
    carrier.run(60)
    assert reported(carrier) == []
    assert carrier.core.messages()[0].status == "delivered"


def test_callbacks_may_come_twice_with_the_same_token() -> None:
    carrier = a_reporting_carrier(Fault(kind=FaultKind.CALLBACK_DUPLICATE))
    carrier.run(60)
    assert reported(carrier) == ["queued", "queued", "sent", "sent", "delivered", "delivered"]
    assert len({hook.headers["I-Twilio-Idempotency-Token"] for hook in carrier.requested}) == 3


def test_callbacks_may_be_late() -> None:
    carrier = a_reporting_carrier(Fault(kind=FaultKind.CALLBACK_LATE, seconds=600))
    carrier.run(500)
    assert reported(carrier) == []
    carrier.run(200)
    assert reported(carrier) == ["queued", "sent", "delivered"]


def test_callbacks_may_come_in_disorder() -> None:
    carrier = a_reporting_carrier(Fault(kind=FaultKind.CALLBACK_DISORDER, seconds=5))
    carrier.run(60)
    assert reported(carrier) == ["delivered", "queued", "sent"]


def test_a_fault_may_be_meant_for_calls_or_for_one_number_only() -> None:
    for fault in (
        Fault(kind=FaultKind.CALLBACK_LOST, target=Target.VOICE),
        Fault(kind=FaultKind.CALLBACK_LOST, number="+85251000002"),
    ):
        carrier = a_reporting_carrier(fault)
        carrier.run(60)
        assert reported(carrier) == ["queued", "sent", "delivered"]


def test_an_address_for_inbound_texts_is_checked() -> None:
    core = Carrier()
    with pytest.raises(ValueError, match="not a number of the account"):
        core.set_sms_url(WANG, "http://x/sms")
    with pytest.raises(ValueError, match=r"expected an http\(s\) address"):
        core.set_sms_url(FROM, "gateway")
    with pytest.raises(ValueError, match="expected GET or POST"):
        core.set_sms_url(FROM, "http://x/sms", "PUT")


def test_a_failing_address_for_inbound_texts_is_noted_and_the_text_stays_in_the_list() -> None:
    carrier = VirtualCarrier(Carrier([Person(number=WANG)]), Flaky(ERROR))
    carrier.core.set_sms_url(FROM, "http://x/sms")
    carrier.core.text(carrier.now, WANG, "1")
    carrier.run(5)
    assert [message.body for message in carrier.core.messages()] == ["1"]
    assert "answered 503" in carrier.core.warnings()[0].message
