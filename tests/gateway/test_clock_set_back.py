"""The wall clock was set back: our time is ahead for hours, and others go by the world's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerting.events import ErrorClass
from gateway.clock import SystemClock
from gateway.transports.signing import check
from gateway.transports.targets import WebhookAccess, WebhookTarget
from gateway.transports.transport import SendError
from gateway.transports.twilio import Twilio
from gateway.transports.webhook import Webhooks
from simulators.carrier.faults import Fault, FaultKind
from simulators.clouds.records import FaultKind as CloudFault
from tests.fakes.carrier import running_carrier
from tests.fakes.clock import START, FakeClock
from tests.fakes.clouds import DAUGHTER, InProcess
from tests.fakes.http_sink import http_sink
from tests.fakes.rows import row
from tests.gateway.test_clouds import Bench, both, listening
from tests.gateway.test_twilio import PEOPLE, access
from tests.gateway.test_twilio import row as twilio_row
from tests.gateway.test_webhook_answers import KEY, Desk

SECRET = b"1" * 32
AHEAD = timedelta(hours=1)


class SetBack(FakeClock):
    """A clock whose wall was set back."""

    def __init__(self, ahead: timedelta = AHEAD) -> None:
        super().__init__(START + ahead)
        self.by = ahead

    def ahead(self) -> timedelta:
        return self.by


async def test_another_system_finds_the_signature_fresh() -> None:
    """Else it refuses every alarm as an old one repeated."""
    async with http_sink() as sink:
        target = WebhookTarget(url=f"{sink.url}/alarms", secrets=(SECRET,))
        hooks = Webhooks(WebhookAccess(targets={"town": target}), SetBack())
        await hooks.send(row("webhook", "town"))
        await hooks.close()
    ((_, headers, body),) = sink.requests
    assert check((SECRET,), headers, body, START)


async def test_its_answers_are_believed() -> None:
    desk = Desk(SetBack())
    said = await desk.post({"key": KEY, "answer": "going"}, at=START)
    assert said.status == 200
    ((_, reply),) = desk.replies
    assert reply.at == START + AHEAD


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_twilio_is_asked_for_what_it_took_by_its_own_time(channel: str) -> None:
    wall = SystemClock()
    clock = SystemClock(not_before=wall.now() + AHEAD)
    async with running_carrier(PEOPLE) as carrier:
        carrier.core.faults.add(Fault(kind=FaultKind.HANG_AFTER, times=1))
        provider = Twilio(access(carrier.url, total_seconds=0.5), clock)
        message, since = twilio_row(channel), clock.now()
        with pytest.raises(SendError) as caught:
            await provider.send(message)
        assert caught.value.error is ErrorClass.AMBIGUOUS
        assert await provider.find(message, since, ()) is not None
        await provider.close()


class Ahead(Bench):
    """A cloud's bench whose own clock is so little ahead that no request is refused for it."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider)
        clock = SetBack(timedelta(minutes=4))
        self.clock = self.cloud._clock = clock
        self.cloud._http = InProcess(self.there, self.world)

    def world(self) -> datetime:
        return self.clock.now() - self.clock.ahead()


@both
async def test_a_cloud_is_asked_for_what_it_took_by_its_own_time(provider: str) -> None:
    bench = Ahead(provider)
    bench.fault(CloudFault.HANG_AFTER, times=1)
    message, since = bench.row(), bench.clock.now()
    assert (await bench.refused(message)).error is ErrorClass.AMBIGUOUS
    await bench.clock.advance(10)
    assert await bench.cloud.find(message, since, set()) is not None


async def test_what_people_answer_at_once_is_heard() -> None:
    bench = Ahead("tencent")
    async with listening(bench):
        await bench.cloud.send(bench.row(address=DAUGHTER))
        await bench.clock.advance(5)
        bench.there.text(bench.world(), DAUGHTER, "1")
        await bench.clock.advance(60)
        assert {text.text for text in bench.door.texts} == {"1"}
