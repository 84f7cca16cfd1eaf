"""The session with a real broker, killed and started again on either side."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiomqtt
import msgspec
import paho.mqtt.client
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from devices.observation import HelpCall
from gateway import paho_ack
from gateway.brokers.address import BrokerAddress
from gateway.clock import SystemClock
from gateway.ingest import Ingest
from gateway.mqtt_stream import Stream
from gateway.session import NotConnected, Session
from tests.fakes.broker import Mosquitto
from tests.fakes.clock import FakeClock
from tests.fakes.engine import household
from tests.gateway.lives import until
from tests.gateway.test_ingest import FakeRuntime, FakeStore

pytestmark = pytest.mark.line

PRESS = "care/v1/h1/h1-button/event"


def press(seq: int) -> bytes:
    return json.dumps({"v": 1, "boot": "b", "seq": seq, "event": "press"}).encode()


class Keeper:
    """Hears everything; acknowledges when the test wants it."""

    def __init__(self, acknowledges: bool = True) -> None:
        self.acknowledges = acknowledges
        self.heard_payloads: list[bytes] = []
        self.waiting: list[Callable[[], None]] = []
        self.ups: list[datetime | None] = []

    def heard(
        self, topic: bytes, payload: bytes, retained: bool, ack: Callable[[], None] | None
    ) -> None:
        self.heard_payloads.append(payload)
        if ack is not None and self.acknowledges:
            ack()
        elif ack is not None:
            self.waiting.append(ack)

    def connected(self, deaf_since: datetime | None) -> None:
        self.ups.append(deaf_since)


@asynccontextmanager
async def session(
    broker: BrokerAddress, keeper: Keeper, protocol: str = "3.1.1"
) -> AsyncIterator[Session]:
    one = Session(broker, "keeper", [("care/v1/#", 1)], keeper, SystemClock(), protocol)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answered(one: Session) -> None:
    """Return when the broker has dealt with everything sent to it so far."""
    await asyncio.sleep(0)
    await one.publish("care/answered", b"", 1)


async def publish(broker: BrokerAddress, *payloads: bytes, topic: str = PRESS) -> None:
    async with aiomqtt.Client(broker.host, broker.port) as device:
        device.pending_calls_threshold = 100_000
        for payload in payloads:
            await device.publish(topic, payload, qos=1)


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """A broker that keeps its queue in memory only: many messages take no time."""
    async with Mosquitto(tmp_path, durable=False) as broker:
        yield broker


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path) as broker:
        yield broker


async def test_the_installed_libraries_still_have_what_we_reach_for(broker: Mosquitto) -> None:
    client = aiomqtt.Client("127.0.0.1", broker.port)
    seen: list[tuple[bytes, bytes, int, bool, int]] = []
    paho_ack.take_over(client, lambda *got: seen.append(got), lambda: None)
    inner = paho_ack._paho(client)
    assert isinstance(inner, paho.mqtt.client.Client)
    assert inner._manual_ack is True
    async with client:
        assert isinstance(inner._sock, Stream)
        await client.subscribe("care/v1/#", qos=1)
        await publish(broker.address, b"x")
        await until(lambda: seen)
    assert seen == [(PRESS.encode(), b"x", 1, False, 1)]


@pytest.mark.parametrize("protocol", ["3.1.1", "5", "auto"])
async def test_what_is_not_acknowledged_comes_again(broker: Mosquitto, protocol: str) -> None:
    forgetful = Keeper(acknowledges=False)
    async with session(broker.address, forgetful, protocol) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        await publish(broker.address, *(press(n) for n in range(10)))
        await until(lambda: len(forgetful.heard_payloads) == 10)
        for ack in forgetful.waiting[:4]:
            ack()
        await answered(one)
    keeper = Keeper()
    async with session(broker.address, keeper, protocol) as again:
        await until(lambda: len(keeper.heard_payloads) >= 6)
        await asyncio.sleep(0.1)
        await answered(again)
    assert keeper.heard_payloads == [press(n) for n in range(4, 10)]
    async with session(broker.address, keeper, protocol):
        await asyncio.sleep(0.2)
    assert len(keeper.heard_payloads) == 6


async def test_an_old_acknowledgement_says_nothing_about_a_new_connection(
    broker: Mosquitto,
) -> None:
    keeper = Keeper(acknowledges=False)
    async with session(broker.address, keeper) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        await publish(broker.address, press(1))
        await until(lambda: keeper.waiting)
        (old,) = keeper.waiting
        await broker.stop()
        await until(lambda: not one.is_connected)
        await broker.start()
        await until(lambda: len(keeper.heard_payloads) == 2)
        old()
        await asyncio.sleep(0.1)
        assert len(keeper.ups) == 2
        assert keeper.ups[0] is None
        assert keeper.ups[1] is not None
    async with session(broker.address, keeper):
        await until(lambda: len(keeper.heard_payloads) == 3)


async def test_a_press_works_soon_after_the_broker_is_back(broker: Mosquitto) -> None:
    keeper = Keeper()
    async with session(broker.address, keeper) as one:
        await until(lambda: one.is_connected)
        begun = time.monotonic()
        await publish(broker.address, press(0))
        await until(lambda: keeper.heard_payloads)
        usual = time.monotonic() - begun
        await broker.kill()
        await until(lambda: not one.is_connected)
        with pytest.raises(NotConnected, match="no connection"):
            await one.publish("care/v1/h1/h1-button/prompt", b"{}")
        await asyncio.sleep(1.2)
        assert one.seconds_down > 1
        await broker.start()
        back = time.monotonic()
        await until(lambda: one.is_connected)
        await publish(broker.address, press(1))
        await until(lambda: len(keeper.heard_payloads) == 2)
        assert time.monotonic() - back < 2 + 5 * usual


async def test_a_broker_that_is_not_there_yet(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path)
    keeper = Keeper()
    async with session(broker.address, keeper, "auto") as one:
        await asyncio.sleep(0.3)
        assert not one.is_connected
        await broker.start()
        await until(lambda: one.is_connected)
        assert one.protocol == "5"
    await broker.stop()


async def test_a_broker_that_speaks_only_311(tmp_path: Path) -> None:
    refused = asyncio.Event()
    ended = asyncio.Semaphore(0)

    async def old_broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await reader.read(1_000)
        level = packet[packet.index(b"MQTT") + 4]
        if level == 5:
            writer.write(b"\x20\x02\x00\x01")  # unacceptable protocol version, the old way
            refused.set()
        else:
            writer.write(b"\x20\x02\x00\x00")
            while await reader.read(1_000):
                pass
        writer.close()
        await writer.wait_closed()
        ended.release()

    server = await asyncio.start_server(old_broker, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with session(BrokerAddress(host="127.0.0.1", port=port), Keeper(), "auto") as one:
        await until(lambda: one.is_connected)
        assert refused.is_set()
        assert one.protocol == "3.1.1"
    for _ in range(2):
        await ended.acquire()
    server.close()
    await server.wait_closed()


async def test_stopping_while_the_broker_hangs_up_before_it_answers_raises_nothing() -> None:
    client = aiomqtt.Client("127.0.0.1", 1)
    paho_ack.take_over(client, lambda *got: None, lambda: None)
    client._connected.cancel()
    hang_up: Callable[..., None] | None = client._client.on_disconnect
    assert hang_up is not None
    hang_up(client._client, None, None, ReasonCode(PacketTypes.DISCONNECT), None)


async def test_a_broker_that_does_not_let_us_hear_a_device_is_a_fault() -> None:
    ended = asyncio.Event()

    async def strict_broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(b"\x20\x02\x00\x00")
        packet = await reader.read(1_000)
        assert packet[0] == 0x82
        at = 2 if packet[1] < 0x80 else 3  # after the length, of one byte or two
        id, begin, codes = packet[at : at + 2], at + 2, b""
        while begin < len(packet):
            end = begin + 2 + int.from_bytes(packet[begin : begin + 2], "big")
            codes += b"\x80" if packet[begin + 2 : end] == b"zigbee2mqtt/button/+" else b"\x01"
            begin = end + 1
        writer.write(b"\x90" + bytes([2 + len(codes)]) + id + codes)
        while await reader.read(1_000):
            pass
        writer.close()
        ended.set()

    server = await asyncio.start_server(strict_broker, "127.0.0.1", 0)
    address = BrokerAddress(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    home = household()
    button = msgspec.structs.replace(
        home.devices["h1-button"], profile="z2m-sos", topic="zigbee2mqtt/button"
    )
    homes = {"h1": msgspec.structs.replace(home, devices={"h1-button": button})}
    runtime = FakeRuntime(FakeClock())
    ingest = Ingest(address, "us", homes, runtime, FakeStore(), SystemClock())
    task = asyncio.create_task(ingest.run())
    await until(lambda: ingest.session.refused)
    ingest.review()
    (fault,) = runtime.reported
    assert fault.active
    assert "zigbee2mqtt/button/+" in fault.detail
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await ended.wait()
    server.close()
    await server.wait_closed()


async def test_pausing_again_and_again_leaves_no_tasks_behind(quick: Mosquitto) -> None:
    keeper = Keeper()
    async with session(quick.address, keeper) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        before = len(asyncio.all_tasks())
        for _ in range(20):
            one.pause()
            one.go_on()
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) <= before


async def test_a_paused_session_leaves_messages_with_the_broker(quick: Mosquitto) -> None:
    broker = quick
    keeper = Keeper()
    async with session(broker.address, keeper) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        one.pause()
        await publish(broker.address, *(press(n) for n in range(100)))
        await asyncio.sleep(0.1)
        before = len(keeper.heard_payloads)
        assert before < 100
        one.go_on()
        await until(lambda: len(keeper.heard_payloads) == 100)
    assert keeper.heard_payloads == [press(n) for n in range(100)]


async def test_we_publish_and_are_heard(broker: Mosquitto) -> None:
    keeper = Keeper()
    async with session(broker.address, keeper) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        await one.publish("care/v1/h1/h1-button/prompt", b'{"key":"k"}')
        await until(lambda: keeper.heard_payloads == [b'{"key":"k"}'])


async def test_a_large_burst_arrives_in_order(quick: Mosquitto) -> None:
    broker = quick
    keeper = Keeper()
    async with session(broker.address, keeper) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        async with aiomqtt.Client("127.0.0.1", broker.port) as device:
            device.pending_calls_threshold = 100_000
            for begin in range(0, 3_000, 100):
                await asyncio.gather(
                    *(device.publish(PRESS, press(n), qos=1) for n in range(begin, begin + 100))
                )
        await until(lambda: len(keeper.heard_payloads) == 3_000, 30)
    assert keeper.heard_payloads == [press(n) for n in range(3_000)]


async def test_from_the_broker_to_the_inbox(broker: Mosquitto) -> None:
    clock = SystemClock()
    runtime = FakeRuntime(clock)  # type: ignore[arg-type]
    ingest = Ingest(broker.address, "door", {"h1": household()}, runtime, FakeStore(), clock)
    task = asyncio.create_task(ingest.run())
    await until(lambda: ingest.session.is_connected)
    await asyncio.sleep(0.1)
    await publish(broker.address, press(7))
    await until(lambda: runtime.offered)
    ((home, event, _),) = runtime.offered
    assert home == "h1"
    assert isinstance(event, HelpCall)
    assert event.id == "b:7"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
