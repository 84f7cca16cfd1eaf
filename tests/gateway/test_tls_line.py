"""An external broker over TLS: heard, acknowledged, and not trusted without its authority."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from gateway.brokers.address import BrokerAddress
from tests.fakes.broker import Mosquitto
from tests.gateway.lives import until
from tests.gateway.test_ingest_line import PRESS, Keeper, answered, press, session

pytestmark = pytest.mark.line

TLS = Path(__file__).parents[1] / "fakes" / "tls"
AUTHORITY = TLS / "broker.pem"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    files = (f"certfile {AUTHORITY}", f"keyfile {TLS / 'broker.key'}")
    async with Mosquitto(tmp_path, *files, durable=False) as one:
        one.address = dataclasses.replace(one.address, tls=True, ca_file=AUTHORITY)
        yield one


async def publish(address: BrokerAddress, payloads: list[bytes]) -> None:
    context = ssl.create_default_context(cafile=AUTHORITY)
    async with aiomqtt.Client(address.host, address.port, tls_context=context) as device:
        for payload in payloads:
            await device.publish(PRESS, payload, qos=1)


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_what_is_not_acknowledged_comes_again(broker: Mosquitto, protocol: str) -> None:
    forgetful = Keeper(acknowledges=False)
    sent = [press(number) for number in range(100)]
    async with session(broker.address, forgetful, protocol) as one:
        await until(lambda: one.is_connected)
        await asyncio.sleep(0.1)
        await publish(broker.address, sent)
        await until(lambda: len(forgetful.heard_payloads) >= 20)
        for acknowledge in list(forgetful.waiting):
            forgetful.acknowledges = True
            acknowledge()
        await until(lambda: len(forgetful.heard_payloads) == 100)
        await answered(one)
    assert forgetful.heard_payloads == sent
    keeper = Keeper()
    async with session(broker.address, keeper, protocol):
        await asyncio.sleep(0.3)
    assert keeper.heard_payloads == []


# paho leaves the socket of a refused broker to the garbage (`gateway.garbage.tidy`)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_of_an_unknown_authority_is_not_trusted(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = dataclasses.replace(broker.address, ca_file=None)
    async with session(stranger, Keeper()) as one:
        await until(lambda: "certificate" in caplog.text.lower())
        assert not one.is_connected
    caplog.clear()  # its records hold the error, and that the socket
    gc.collect()
