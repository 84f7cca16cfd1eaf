"""The real twilio library, through our own client, against the simulated carrier."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from alerting.delivery.channels import Account, Progress
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from gateway.clock import SystemClock
from gateway.store.rows import OutboxRow, RowState
from gateway.transports import TwilioAccess, open_twilio
from gateway.transports.transport import SendError
from gateway.transports.twilio import READABLE_AFTER, Twilio
from simulators.carrier.faults import Fault, FaultKind, Target
from simulators.phones.people import HABITS, Habit, Line, OnCall, Person
from tests.fakes.carrier import FROM, Running, running_carrier

DAUGHTER = "+85251000001"
LANDLINE = "+85223456789"
MAINLAND = "+8613800000006"
STRANGER = "+85259999999"
PEOPLE = (
    Person(number=DAUGHTER, name="王芳", habit=HABITS["helpful"]),
    Person(number=LANDLINE, name="座机", line=Line.LANDLINE),
    Person(number=MAINLAND, name="刘军"),
    Person(number=STRANGER, name="陌生人"),
)
TEXT = "【桃花关爱】紧急：A1001 08:42呼救。请立即上门。回复1去 2到 3不能。"

clock = SystemClock()


def access(url: str, **changes: Any) -> TwilioAccess:
    settings = TwilioAccess(
        account_sid="AC00000000000000000000000000000001",
        auth_tokens=("demo-token-of-the-simulated-carrier",),
        account=Account(sender=FROM),
        api_url=url,
        connect_seconds=1.0,
        total_seconds=2.0,
    )
    return msgspec.structs.replace(settings, **changes)


def row(channel: str = "sms", address: str = DAUGHTER, text: str = TEXT) -> OutboxRow:
    now = clock.now()
    return OutboxRow(
        key=f"h1-0001/0/wang-daughter/{channel}",
        household="h1",
        incident="h1-0001",
        responder="wang-daughter",
        channel=channel,
        address=address,
        purpose=Purpose.ALARM,
        urgency=Urgency.HIGH,
        text=text,
        language="zh",
        state=RowState.LEASED,
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(minutes=10),
    )


@asynccontextmanager
async def twilio(url: str, **changes: Any) -> AsyncIterator[Twilio]:
    provider = open_twilio(access(url, **changes), clock)
    try:
        yield provider
    finally:
        await provider.close()


@pytest.fixture
async def carrier() -> AsyncIterator[Running]:
    async with running_carrier(PEOPLE) as running:
        yield running


async def until_final(provider: Twilio, message: OutboxRow) -> Progress:
    for _ in range(1_000):
        progress = await provider.progress(message)
        if progress.final:
            return progress
        await asyncio.sleep(0.02)
    raise AssertionError(f"never final: {progress}")


async def refused(provider: Twilio, message: OutboxRow) -> SendError:
    with pytest.raises(SendError) as caught:
        await provider.send(message)
    return caught.value


# ---------------------------------------------------------------------- what works


async def test_a_text_arrives_with_every_character(carrier: Running) -> None:
    carrier.phone(DAUGHTER).expects_sms(TEXT)
    async with twilio(carrier.url) as provider:
        await provider.warm()
        message = row()
        submitted = await provider.send(message)
        assert submitted.progress.state is DeliveryState.ACCEPTED
        sent = msgspec.structs.replace(message, provider_id=submitted.provider_id)
        progress = await until_final(provider, sent)
    assert progress == Progress(DeliveryState.DELIVERED, final=True)
    await carrier.phone.met()
    assert carrier.core.warnings() == ()


async def test_a_call_speaks_chinese_and_a_call_that_ends_is_no_human(carrier: Running) -> None:
    carrier.phone(DAUGHTER).expects_call("王奶奶家", "回复短信").hangs_up()
    async with twilio(carrier.url) as provider:
        message = row("voice", text="桃花关爱，紧急通知。王奶奶家，编号A1001。请立即上门。")
        submitted = await provider.send(message)
        sent = msgspec.structs.replace(message, provider_id=submitted.provider_id)
        progress = await until_final(provider, sent)
    assert progress.state is DeliveryState.DELIVERED
    assert progress.error is None
    await carrier.phone.met()


@pytest.mark.parametrize(
    ("habit", "error"),
    [
        (HABITS["busy"], ErrorClass.UNREACHABLE),
        (HABITS["rejects"], ErrorClass.UNREACHABLE),
        (HABITS["ignores"], ErrorClass.UNREACHABLE),
        (HABITS["off"], ErrorClass.UNREACHABLE),
        (Habit(on_call=OnCall.VOICEMAIL, answers_after_s=1.0), ErrorClass.UNREACHABLE),
    ],
    ids=["busy", "rejects", "ignores", "off", "voicemail"],
)
async def test_a_call_that_reaches_nobody_says_so(
    carrier: Running, habit: Habit, error: ErrorClass
) -> None:
    carrier.core.set_habit(DAUGHTER, habit)
    async with twilio(carrier.url) as provider:
        message = row("voice")
        submitted = await provider.send(message)
        sent = msgspec.structs.replace(message, provider_id=submitted.provider_id)
        progress = await until_final(provider, sent)
    assert progress.state is DeliveryState.UNDELIVERED
    assert progress.error is error


async def test_a_message_the_provider_lost_is_no_fault_of_his_and_goes_out_again(
    carrier: Running,
) -> None:
    lost = msgspec.structs.replace(row("voice"), provider_id="CA" + "0" * 32)
    old = msgspec.structs.replace(lost, submitted_at=clock.now() - 2 * READABLE_AFTER)
    async with twilio(carrier.url) as provider:
        assert not (await provider.progress(lost)).final, "perhaps not readable yet"
        progress = await provider.progress(old)
    assert progress.final
    assert (progress.state, progress.error) == (DeliveryState.UNDELIVERED, ErrorClass.TRANSIENT)


async def test_replies_are_fetched(carrier: Running) -> None:
    async with twilio(carrier.url) as provider:
        since = clock.now() - timedelta(minutes=1)
        await provider.send(row())
        carrier.live.text(DAUGHTER, "１", FROM)
        carrier.live.text(STRANGER, "谢谢😀\r\n<b>", FROM)
        texts = await provider.texts(since)
    assert [(text.sender, text.text) for text in texts] == [
        (DAUGHTER, "１"),
        (STRANGER, "谢谢😀\r\n<b>"),
    ]
    assert len({text.id for text in texts}) == 2


async def test_a_sender_that_is_a_name_has_no_replies(carrier: Running) -> None:
    async with twilio(carrier.url, account=Account(sender="Guanai")) as provider:
        assert await provider.texts(clock.now()) == []


def test_edge_and_region_choose_the_address() -> None:
    async def host(**changes: Any) -> str:
        async with twilio("", **changes) as provider:
            return provider._library().host("https://api.twilio.com/x")

    assert asyncio.run(host()) == "https://api.twilio.com/x"
    assert asyncio.run(host(edge="singapore")) == "https://api.singapore.us1.twilio.com/x"
    assert asyncio.run(host(region="ie1")) == "https://api.ie1.twilio.com/x"


async def test_the_environment_is_not_asked(
    carrier: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "nowhere")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC1")
    async with twilio(carrier.url) as provider:
        assert provider._library().host("https://api.twilio.com/x") == "https://api.twilio.com/x"
        await provider.send(row())


# ---------------------------------------------------------------------- what does not


@pytest.mark.parametrize(
    ("fault", "error", "doubtful"),
    [
        (Fault(kind=FaultKind.THROTTLE, seconds=7), ErrorClass.TRANSIENT, False),
        (Fault(kind=FaultKind.ERROR_BEFORE, status=500), ErrorClass.TRANSIENT, True),
        (Fault(kind=FaultKind.ERROR_AFTER, status=503), ErrorClass.TRANSIENT, True),
        (Fault(kind=FaultKind.HANG_BEFORE), ErrorClass.AMBIGUOUS, True),
        (Fault(kind=FaultKind.HANG_AFTER), ErrorClass.AMBIGUOUS, True),
        (Fault(kind=FaultKind.DROP_BEFORE), ErrorClass.AMBIGUOUS, True),
        (Fault(kind=FaultKind.DROP_AFTER), ErrorClass.AMBIGUOUS, True),
        (Fault(kind=FaultKind.SLOW, seconds=9), ErrorClass.AMBIGUOUS, True),
        (Fault(kind=FaultKind.REFUSE, status=400, code=21610), ErrorClass.CONTACT, False),
        (Fault(kind=FaultKind.REFUSE, status=400, code=21408), ErrorClass.CONFIGURATION, False),
        (Fault(kind=FaultKind.REFUSE, status=400, code=30007), ErrorClass.BLOCKED, False),
        (Fault(kind=FaultKind.REFUSE, status=400, code=39999), ErrorClass.UNREACHABLE, False),
        (Fault(kind=FaultKind.REFUSE, status=400, code=29999), ErrorClass.CONFIGURATION, False),
    ],
    ids=lambda value: value.kind.value + str(value.code or "") if isinstance(value, Fault) else "",
)
async def test_every_failure_has_its_class(
    carrier: Running, fault: Fault, error: ErrorClass, doubtful: bool
) -> None:
    carrier.core.faults.add(fault)
    async with twilio(carrier.url, total_seconds=0.5) as provider:
        met = await refused(provider, row())
    assert (met.error, met.doubtful) == (error, doubtful)
    assert met.code == fault.code or not fault.code
    if fault.kind is FaultKind.THROTTLE:
        assert met.retry_after == 7.0


@pytest.mark.parametrize(
    "kind", [FaultKind.ERROR_AFTER, FaultKind.HANG_AFTER, FaultKind.DROP_AFTER]
)
@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_what_was_taken_after_all_is_found(
    carrier: Running, kind: FaultKind, channel: str
) -> None:
    carrier.core.faults.add(Fault(kind=kind, status=500, times=1))
    started = clock.now()
    async with twilio(carrier.url, total_seconds=0.5) as provider:
        message = row(channel)
        await refused(provider, message)
        found = await provider.find(message, started, ())
        assert found is not None
        assert await provider.find(message, started, {found.provider_id}) is None


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_what_was_not_taken_is_not_found(carrier: Running, channel: str) -> None:
    async with twilio(carrier.url, total_seconds=0.5) as provider:
        await provider.send(row("sms", text="another text"))
        carrier.core.faults.add(Fault(kind=FaultKind.HANG_BEFORE, times=1))
        started = clock.now()
        with pytest.raises(SendError):
            await provider.send(row(channel))
        assert await provider.find(row(channel), started, ()) is None


async def test_a_message_of_long_ago_is_not_taken_for_this_one(carrier: Running) -> None:
    async with twilio(carrier.url) as provider:
        await provider.send(row("voice"))
        later = clock.now() + timedelta(hours=3)
        assert await provider.find(row("voice"), later, ()) is None


async def test_a_provider_that_is_not_there_took_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with twilio(f"http://127.0.0.1:{port}") as provider:
        met = await refused(provider, row())
        with pytest.raises(SendError):
            await provider.warm()
    assert met.error is ErrorClass.TRANSIENT
    assert not met.doubtful


async def test_a_wrong_token_is_our_own_fault_and_shows_at_the_start(carrier: Running) -> None:
    async with twilio(carrier.url, auth_tokens=("wrong",)) as provider:
        with pytest.raises(SendError) as caught:
            await provider.warm()
    assert caught.value.error is ErrorClass.CONFIGURATION
    assert caught.value.code == 20003


async def test_the_mainland_is_not_called_and_a_landline_gets_no_text(carrier: Running) -> None:
    async with twilio(carrier.url) as provider:
        assert (await refused(provider, row("voice", MAINLAND))).error in (
            ErrorClass.CONFIGURATION,
            ErrorClass.CONTACT,
        )
        met = await refused(provider, row("sms", LANDLINE))
    assert met.error is ErrorClass.CONTACT


async def test_a_bad_callback_address_does_not_keep_a_message_back(carrier: Running) -> None:
    carrier.core.faults.add(
        Fault(kind=FaultKind.REFUSE, status=400, code=21609, times=1, target=Target.SMS)
    )
    account = Account(sender=FROM, public_url="https://gone.example.org")
    async with twilio(carrier.url, account=account) as provider:
        await provider.send(row())
        await provider.send(row())
    assert [message.callback for message in carrier.core.messages()] == ["", ""]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", ErrorClass.AMBIGUOUS),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n<x>", ErrorClass.AMBIGUOUS),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>", ErrorClass.AMBIGUOUS),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ErrorClass.TRANSIENT),
        (b"HTTP/1.1 429 Slow\r\nRetry-After: x\r\nContent-Length: 0\r\n\r\n", ErrorClass.TRANSIENT),
        (b"HTTP/1.1 403 No\r\nContent-Length: 1\r\n\r\n\xff", ErrorClass.CONFIGURATION),
        (b"HTTP/1.1 500 E\r\nContent-Length: 2\r\n\r\n[]", ErrorClass.AMBIGUOUS),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", ErrorClass.AMBIGUOUS),
        (b"this is not HTTP\r\n\r\n", ErrorClass.AMBIGUOUS),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n" + b" " * 1_000_001,
            ErrorClass.AMBIGUOUS,
        ),
    ],
)
async def test_answers_no_provider_should_give(answer: bytes, error: ErrorClass) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with twilio(f"http://127.0.0.1:{port}") as provider:
            assert (await refused(provider, row())).error is error
    finally:
        server.close()
        await server.wait_closed()


async def test_requests_hide_the_token_and_use_one_connection() -> None:
    heads: list[bytes] = []
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        body = b'{"sid": "SM0", "status": "queued"}'
        while head := await _head(reader):
            heads.append(head)
            length = int(head.lower().split(b"content-length:")[1].split()[0])
            await reader.readexactly(length)
            size = len(body)
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (size, body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with twilio(f"http://127.0.0.1:{port}") as provider:
        for _ in range(5):
            await provider.send(row())
    server.close()
    await server.wait_closed()
    assert connections == 1
    assert all(b"Authorization: Basic " in head for head in heads)
    assert all(b"demo-token" not in head for head in heads)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
