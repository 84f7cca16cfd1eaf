"""A real mosquitto on a free port, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.config import BrokerAddress

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
WAIT_SECONDS_MAX = 20.0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def broker(folder: Path, in_flight_max: int = 1_000) -> Iterator[BrokerAddress]:
    """Run one; 20 messages in flight is what a stock mosquitto allows."""
    if MOSQUITTO is None:
        pytest.fail("mosquitto is not installed: run deploy/tools.sh")
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        f"max_inflight_messages {in_flight_max}\nmax_queued_messages 100000\n"
        "set_tcp_nodelay true\n"
    )
    process = subprocess.Popen(
        [MOSQUITTO, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert process.poll() is None, "mosquitto ended"
            assert time.monotonic() < deadline, "mosquitto does not listen"
            time.sleep(0.02)
        yield BrokerAddress("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait(5)


class Ear:
    """Hears everything that is published, in order."""

    def __init__(self, broker: BrokerAddress) -> None:
        self.heard: list[mqtt.MQTTMessage] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda client, userdata, message: self.heard.append(message)
        subscribed: list[int] = []
        self._client.on_subscribe = lambda *told: subscribed.append(1)
        self._client.connect(broker.host, broker.port)
        self._client.subscribe("#", qos=1)
        self._client.loop_start()
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not subscribed:
            assert time.monotonic() < deadline, "the broker does not answer"
            time.sleep(0.01)

    def topics(self) -> list[str]:
        return [message.topic for message in self.heard]

    def of(self, topic: str) -> list[bytes]:
        return [bytes(message.payload) for message in self.heard if message.topic == topic]

    def say(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextlib.asynccontextmanager
async def ear(broker: BrokerAddress) -> AsyncIterator[Ear]:
    listening = await asyncio.to_thread(Ear, broker)
    try:
        yield listening
    finally:
        await asyncio.to_thread(listening.close)


async def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.02)
