"""The clouds behind a real socket: what the network does, and a clock that is wrong."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from alerting.events import DeliveryState, ErrorClass
from gateway.clock import SystemClock
from gateway.transports.aliyun import Aliyun
from gateway.transports.cloud_http import read
from gateway.transports.http_answer import RESPONSE_BYTES_MAX
from gateway.transports.tencent import Tencent
from gateway.transports.transport import SendError
from simulators.clouds.records import Fault, FaultKind
from simulators.clouds.server import CloudServer, serving
from tests.fakes.clock import FakeClock
from tests.fakes.clouds import DAUGHTER, FakeDoor, access, clouds
from tests.gateway.test_clouds import Bench

both = pytest.mark.parametrize("provider", ["aliyun", "tencent"])


@pytest.fixture
async def server() -> AsyncIterator[CloudServer]:
    async with serving(clouds()) as running:
        yield running


def opened(provider: str, url: str, clock: SystemClock | FakeClock) -> Aliyun | Tencent:
    made = access(provider, url)
    door = FakeDoor()
    return Aliyun(made, clock, door) if provider == "aliyun" else Tencent(made, clock, door)


@both
async def test_a_message_goes_over_the_wire_and_is_followed(
    provider: str, server: CloudServer
) -> None:
    clock, bench = SystemClock(), Bench(provider)
    bench.clock = clock  # type: ignore[assignment]  # the stand-in lives in real time here
    cloud = opened(provider, server.url, clock)
    try:
        await cloud.warm()
        for channel in ("sms", "voice"):
            row = bench.row(channel)
            taken = bench.taken(row, await cloud.send(row))
            assert (await cloud.progress(taken)).state in (
                DeliveryState.ACCEPTED,
                DeliveryState.DELIVERED,
            )
        assert [text.number for text in server.clouds.texts] == [DAUGHTER]
    finally:
        await cloud.close()


@both
@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        (FaultKind.HTML, 200, ErrorClass.AMBIGUOUS),
        (FaultKind.HTML_AFTER, 502, ErrorClass.AMBIGUOUS),
        (FaultKind.HANG, 200, ErrorClass.AMBIGUOUS),
        (FaultKind.HANG_AFTER, 200, ErrorClass.AMBIGUOUS),
    ],
)
async def test_every_call_ends_and_says_how(
    provider: str, server: CloudServer, kind: FaultKind, status: int, error: ErrorClass
) -> None:
    clock, bench = SystemClock(), Bench(provider)
    bench.clock = clock  # type: ignore[assignment]
    server.clouds.faults.append(Fault(kind=kind, status=status))
    cloud = opened(provider, server.url, clock)
    try:
        with pytest.raises(SendError) as caught:
            await cloud.send(bench.row())
        assert caught.value.error is error
        assert len(server.clouds.texts) == (1 if "after" in kind else 0)
    finally:
        await cloud.close()


@both
async def test_nobody_there(provider: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    cloud = opened(provider, url, SystemClock())
    try:
        with pytest.raises(SendError) as caught:
            await cloud.send(Bench(provider).row())
        assert caught.value.error is ErrorClass.TRANSIENT
        assert not caught.value.doubtful, "nothing was sent: it may go again at once"
    finally:
        await cloud.close()


@both
async def test_a_clock_that_is_wrong_is_put_right_by_the_clouds(
    provider: str, server: CloudServer
) -> None:
    """After a power cut without a battery: the signature is refused for its time."""
    clock = FakeClock(SystemClock().now() - timedelta(days=3))
    bench = Bench(provider)
    bench.clock = clock
    cloud = opened(provider, server.url, clock)
    try:
        await cloud.send(bench.row())
        assert len(server.clouds.texts) == 1
    finally:
        await cloud.close()


def test_what_is_no_object_is_no_answer() -> None:
    for body in (b"", b"[]", b"null", b'"x"', b"\xff", b"{" * 10_000):
        with pytest.raises(SendError) as caught:
            read(200, body, "", changes=True)
        assert caught.value.error is ErrorClass.AMBIGUOUS
        assert len(caught.value.detail) < 1_000
    assert read(200, b"{}", "nonsense", changes=False).at is None
    assert RESPONSE_BYTES_MAX >= 100_000
