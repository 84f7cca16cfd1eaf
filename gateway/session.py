"""Our session with the broker: always the same one, whatever happens in between.

Fixed client id and a persistent session: what is published while we are away waits for
us. A message is acknowledged only when whoever got it says so; what was not acknowledged
when the connection broke comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway import paho_ack
from gateway.acks import Acknowledge, Acknowledgements
from gateway.brokers.address import BrokerAddress
from gateway.clock import Clock

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 10
RECONNECT_SECONDS = 0.5
CONNECT_SECONDS_MAX = 5.0
PUBLISH_SECONDS_MAX = 5.0
SUBSCRIBE_SECONDS_MAX = 30.0
"""A broker may first send all that has waited for us."""
IN_FLIGHT_MAX = 1_000
"""Unacknowledged messages we take from a broker that asks (MQTT 5)."""
SESSION_SECONDS = 0xFFFF_FFFF
"""MQTT 5: the session never expires."""
_REFUSED_VERSION = {1, 132}
"""Reason codes of a broker that does not speak this version of MQTT."""
_REFUSED = 0x80
"""Codes from here on mean that a subscription was not granted."""

OnMessage = Callable[[bytes, bytes, bool, Acknowledge | None], None]
"""Topic, payload, retained, and how to acknowledge it (None: at most once, nothing to do)."""


class NotConnected(Exception):
    """Nothing can be published: there is no connection to the broker."""


class Listener(Protocol):
    """Who wants to know how the session goes."""

    def heard(self, topic: bytes, payload: bytes, retained: bool, ack: Acknowledge | None) -> None:
        """Take a message; must not raise."""

    def connected(self, deaf_since: datetime | None) -> None:
        """Hear that the broker is there, before the first message; None: the first time."""


class Session:
    """Keeps the connection, and gives every message to `listener`."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        topics: Sequence[tuple[str, int]],
        listener: Listener,
        clock: Clock,
        protocol: str = "3.1.1",
        at_once: bool = True,
    ) -> None:
        """Make the session; nothing happens before `run`.

        Args:
            address: where the broker is.
            client_id: names the session at the broker; never change it.
            topics: what we subscribe to, each with its QoS.
            listener: gets the messages.
            clock: waits and says how long we were deaf.
            protocol: `3.1.1`, `5`, or `auto` (5 if the broker speaks it).
            at_once: take all that has come in one turn of the event loop. Not while a
                recording is fed: hours may pass in it, and each message has its own.
        """
        self._at_once = at_once
        self._address = address
        self._client_id = client_id
        self._topics = tuple(topics)
        self._listener = listener
        self._clock = clock
        self._version = "5" if protocol == "auto" else protocol
        self._falls_back = protocol == "auto"
        self._client: aiomqtt.Client | None = None
        self._acks = Acknowledgements(clock, lambda id: None)
        self._heard: datetime | None = None
        self.refused: tuple[str, ...] = ()
        """Topics the broker did not let us subscribe to: whoever speaks there is not heard."""
        self._down_since: float | None = clock.monotonic()

    @property
    def is_connected(self) -> bool:
        """True while the broker is there."""
        return self._client is not None

    @property
    def heard_until(self) -> datetime | None:
        """When the last connection was lost; None before that."""
        return self._heard

    @property
    def protocol(self) -> str:
        """The version of MQTT we speak."""
        return self._version

    @property
    def address(self) -> BrokerAddress:
        """Where the broker is."""
        return self._address

    @property
    def seconds_down(self) -> float:
        """How long there has been no connection; 0 while there is one."""
        return 0.0 if self._down_since is None else self._clock.monotonic() - self._down_since

    async def run(self) -> None:
        """Be connected, again and again, until cancelled."""
        at_once = True
        while True:
            _be_cancelled()
            try:
                await self._live()
            except aiomqtt.exceptions.MqttConnectError as error:
                if self._falls_back and _code(error) in _REFUSED_VERSION:
                    log.info("the broker does not speak MQTT 5; going on with 3.1.1")
                    self._version, self._falls_back = "3.1.1", False
                    continue
                if at_once:
                    log.warning("%s refuses us: %s", self._address, error)
            except (aiomqtt.MqttError, OSError) as error:
                if at_once:
                    log.warning("no connection to %s: %s", self._address, error)
            at_once = self._down_since is None
            if at_once:  # it was there a moment ago: try again at once, then each half second
                self._down_since = self._clock.monotonic()
            else:
                await self._clock.sleep(RECONNECT_SECONDS)

    async def publish(self, topic: str, payload: bytes, qos: int = 1) -> None:
        """Return once the broker has the message.

        Raises:
            NotConnected: there is no connection.
            aiomqtt.MqttError: the broker did not take it in time.
        """
        if self._client is None:
            raise NotConnected(f"no connection to {self._address}")
        await self._client.publish(topic, payload, qos, timeout=PUBLISH_SECONDS_MAX)

    def pause(self) -> None:
        """Leave messages with the broker until `go_on`."""
        if self._client is not None:
            paho_ack.stop_reading(self._client)

    def go_on(self) -> None:
        """Take messages again."""
        if self._client is not None:
            paho_ack.read_again(self._client)

    async def _live(self) -> None:
        client = self._make()
        paho_ack.take_over(client, self._message, partial(self._up, client), self._at_once)
        try:
            async with client:
                _be_cancelled()
                await self._subscribe(client)
                _be_cancelled()
                # our callback gets the messages; this only ends with the connection
                async for _ in client.messages:
                    pass
        finally:
            paho_ack.discard(client)
            if self._client is client:
                self._heard = self._clock.now()
                self._client = None

    async def _subscribe(self, client: aiomqtt.Client) -> None:
        """Subscribe; give up at once if the connection breaks, late if the broker is busy."""
        asking = asyncio.ensure_future(
            client.subscribe(list(self._topics), timeout=SUBSCRIBE_SECONDS_MAX)
        )
        try:
            await asyncio.wait((asking, paho_ack.lost(client)), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise aiomqtt.MqttError("the connection broke while subscribing")
            granted = asking.result()
        finally:
            asking.cancel()
        codes = [one.value if isinstance(one, ReasonCode) else one for one in granted]
        self.refused = tuple(
            topic for (topic, _), code in zip(self._topics, codes, strict=False) if code >= _REFUSED
        )
        if self.refused:
            log.error("%s does not let us hear %s", self._address, ", ".join(self.refused))

    def _make(self) -> aiomqtt.Client:
        arguments = self._address.client_arguments()
        arguments |= {
            "identifier": self._client_id,
            "keepalive": KEEPALIVE_SECONDS,
            "timeout": CONNECT_SECONDS_MAX,
        }
        if self._version != "5":
            return aiomqtt.Client(**arguments, clean_session=False)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_SECONDS
        properties.ReceiveMaximum = IN_FLIGHT_MAX
        return aiomqtt.Client(
            **arguments,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
        )

    def _up(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._acks = Acknowledgements(self._clock, partial(self._acknowledge, client))
        self._down_since = None
        log.info("connected to %s (MQTT %s)", self._address, self._version)
        self._listener.connected(self._heard)

    def _message(
        self,
        topic: bytes,
        payload: bytes,
        qos: int,
        retained: bool,
        id: int,
    ) -> None:
        self._listener.heard(topic, payload, retained, self._acks.expect(id) if qos else None)

    def _acknowledge(self, client: aiomqtt.Client, id: int) -> None:
        # on a new connection the number may mean another message: there it comes again
        if client is self._client:
            paho_ack.acknowledge(client, id)


def _be_cancelled() -> None:
    """End now, if somebody asked for it while aiomqtt was waiting.

    Its `asyncio.wait_for` (before Python 3.12) loses a cancellation that comes in the
    same turn as what it waits for, and we would never stop.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _code(error: aiomqtt.exceptions.MqttConnectError) -> int | None:
    return error.rc.value if isinstance(error.rc, ReasonCode) else error.rc
