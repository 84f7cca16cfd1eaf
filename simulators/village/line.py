"""One connection to the broker: a native device's own, or the bridge's.

Real MQTT over paho, which reconnects by itself and keeps QoS 1 messages meanwhile,
as our firmware does; QoS 0 messages of a lost line are gone, as zigbee2mqtt's are.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterable

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.config import BrokerAddress
from simulators.village.thing import Message

KEEPALIVE_SECONDS = 15
RECONNECT_SECONDS_MIN = 1
RECONNECT_SECONDS_MAX = 5
WAITING_MESSAGES_MAX = 20_000
LAST_WORDS_SECONDS = 1.0

Hear = Callable[[str, bytes], None]
Changed = Callable[[bool], None]


class Line:
    """A connection that stays; callbacks arrive in the event loop it was made in."""

    def __init__(
        self,
        broker: BrokerAddress,
        name: str,
        *,
        password: str = "",
        listens: tuple[str, ...] = (),
        hear: Hear | None = None,
        changed: Changed | None = None,
    ) -> None:
        self.name = name
        self.connected = False
        self.refusal = ""
        """Why the broker does not let us in, in its words; empty: it does, or is not there."""
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self._listens = listens
        self._hear = hear
        self._changed = changed
        self._birth: Callable[[], Iterable[Message]] = tuple
        self._client = self._make(password)
        self._running = False

    def start(self, birth: Callable[[], Iterable[Message]], will: Message) -> None:
        """Connect, and again whenever the line is lost; `birth` is said each time."""
        self._birth = birth
        self._client.will_set(will.topic, will.payload, will.qos, will.retain)
        self._client.reconnect_delay_set(RECONNECT_SECONDS_MIN, RECONNECT_SECONDS_MAX)
        self._client.connect_async(
            self._broker.host, self._broker.port, keepalive=KEEPALIVE_SECONDS
        )
        self._client.loop_start()
        self._running = True

    def send(self, messages: Iterable[Message]) -> None:
        """Publish in order; QoS 1 waits for the line if it is down."""
        for message in messages:
            self._client.publish(message.topic, message.payload, message.qos, message.retain)

    def cut(self, seconds: int) -> None:
        """Lose the line without a word, and stay away for some seconds."""
        if not self._running:
            return
        self._client.reconnect_delay_set(seconds, seconds)
        sock = self._client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def die(self) -> None:
        """Lose the line without a word, and do not come back."""
        if self._running:
            self.cut(RECONNECT_SECONDS_MAX)
            self._client.loop_stop()
            self._running = False
            self._told(False)

    async def close(self, last: Iterable[Message] = ()) -> None:
        """Say the last words and leave politely; the broker says no will."""
        if not self._running:
            return
        if self.connected:
            for message in last:
                said = self._client.publish(
                    message.topic, message.payload, message.qos, message.retain
                )
                await asyncio.to_thread(said.wait_for_publish, LAST_WORDS_SECONDS)
        self._client.disconnect()
        self._running = False
        await asyncio.to_thread(self._client.loop_stop)

    def _make(self, password: str) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.name,
            clean_session=not self._listens,
            protocol=mqtt.MQTTv311,
        )
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        elif password:  # without one, unnamed: a broker with accounts refuses unknown names
            client.username_pw_set(self.name, password)
        if self._broker.tls:
            client.tls_set_context(ssl.create_default_context())
        # no limit: messages that paho holds back can be overtaken by later ones
        client.max_inflight_messages_set(0)
        client.max_queued_messages_set(WAITING_MESSAGES_MAX)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._loop.call_soon_threadsafe(self._refused, str(reason))
            return
        client.reconnect_delay_set(RECONNECT_SECONDS_MIN, RECONNECT_SECONDS_MAX)
        for topic in self._listens:
            client.subscribe(topic, qos=1)
        self._loop.call_soon_threadsafe(self._met)

    def _on_disconnect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            self._loop.call_soon_threadsafe(self._told, False)

    def _on_message(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        if self._hear is not None:
            self._loop.call_soon_threadsafe(self._hear, message.topic, bytes(message.payload))

    def _refused(self, why: str) -> None:
        self.refusal = why
        self._told(False)

    def _met(self) -> None:
        self.refusal = ""
        self.send(self._birth())
        self._told(True)

    def _told(self, connected: bool) -> None:
        self.connected = connected
        if self._changed is not None:
            self._changed(connected)
