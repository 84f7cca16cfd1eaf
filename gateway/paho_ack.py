"""The only place that reaches into aiomqtt and paho, tested against the installed versions.

Why at all:

* aiomqtt acknowledges a message before we have it on disk: of 200 queued presses a
  kill -9 lost 160. paho can leave it to us (`manual_ack`), but aiomqtt has no word for it,
  and it has to be set before connecting.
* aiomqtt wakes a task for every message. A callback costs a third of that.
* paho takes several system calls and 25 us a message. `gateway.mqtt_stream` stands before
  its socket and takes the messages out. aiomqtt's reader asks a socket whether something
  is `pending` and goes on reading, as TLS sockets need it; so does ours. Over TLS it is
  all left to paho.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

import aiomqtt
from paho.mqtt.client import Client, MQTTMessage, MQTTv5, time_func

from gateway.mqtt_stream import OnMessage, Stream


def take_over(
    client: aiomqtt.Client,
    on_message: OnMessage,
    on_connected: Callable[[], None],
    at_once: bool = True,
) -> None:
    """Let `on_message` have every message, and leave acknowledging to `acknowledge`.

    Call it before connecting. `on_connected` is called before the first message of a
    connection. Neither may raise. `at_once`: many messages may come in one turn of the loop.
    """
    paho = _paho(client)
    paho.manual_ack_set(True)

    def message(_client: Client, _userdata: object, got: MQTTMessage) -> None:
        # not `got.topic`, which decodes it for every message and raises on bad UTF-8
        on_message(got._topic, bytes(got.payload), got.qos, got.retain, got.mid)  # noqa: SLF001

    theirs = cast("Callable[..., None]", paho.on_connect)

    def connected(*arguments: Any) -> None:
        theirs(*arguments)
        if not arguments[3].is_failure:
            if at_once:
                _stand_before(paho, on_message)
            on_connected()

    they_hang_up = cast("Callable[..., None]", paho.on_disconnect)

    def disconnected(*arguments: Any) -> None:
        connecting = client._connected  # noqa: SLF001
        if connecting.cancelled():
            return  # we stopped before the broker answered: nobody waits, and the library raises
        they_hang_up(*arguments)
        if not connecting.done():  # the library would wait for its whole timeout
            error = aiomqtt.MqttError("the broker hung up before it answered")
            connecting.set_exception(error)

    paho.on_message = message
    paho.on_disconnect = disconnected
    paho.on_connect = connected


def acknowledge(client: aiomqtt.Client, message_id: int) -> None:
    """Tell the broker that a QoS 1 message is ours to keep now."""
    paho = _paho(client)
    stream = paho.socket()
    if isinstance(stream, Stream):
        stream.acknowledge(message_id)
    else:
        paho.ack(message_id, 1)


def stop_reading(client: aiomqtt.Client) -> None:
    """Leave what comes with the broker until `read_again`."""
    stream = _paho(client).socket()
    if stream is not None:
        asyncio.get_running_loop().remove_reader(stream.fileno())


def read_again(client: aiomqtt.Client) -> None:
    """Read what has come meanwhile, and go on."""
    paho = _paho(client)
    stream = paho.socket()
    if stream is not None:
        if client._misc_task is not None:  # noqa: SLF001 - it begins another one
            client._misc_task.cancel()  # noqa: SLF001
        client._on_socket_open(paho, None, stream)  # noqa: SLF001
        if isinstance(stream, Stream) and stream.pending():
            asyncio.get_running_loop().call_soon(paho.loop_read)


def lost(client: aiomqtt.Client) -> asyncio.Future[None]:
    """Return what is done when the connection has ended."""
    return client._disconnected  # noqa: SLF001


def discard(client: aiomqtt.Client) -> None:
    """Close what an attempt to connect may have left open."""
    paho = _paho(client)
    if paho.socket() is not None:
        paho._sock_close()  # noqa: SLF001
    ended = lost(client)
    if ended.done() and not ended.cancelled():
        ended.exception()  # nobody waits for it any more


def _paho(client: aiomqtt.Client) -> Client:
    return client._client  # noqa: SLF001


def _stand_before(paho: Client, on_message: OnMessage) -> None:
    stream = paho._sock  # noqa: SLF001
    if isinstance(stream, socket.socket):
        with contextlib.suppress(OSError):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not isinstance(stream, ssl.SSLSocket):

            def came() -> None:  # paho hangs up on a broker it has not heard for long
                paho._last_bytes_received = time_func()  # noqa: SLF001

            has_properties = paho._protocol == MQTTv5  # noqa: SLF001
            ours = Stream(stream, on_message, came, has_properties)
            paho._sock = cast("socket.socket", ours)  # noqa: SLF001
