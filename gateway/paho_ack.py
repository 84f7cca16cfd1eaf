"""The only place that reaches into aiomqtt and paho, tested against the installed versions.

Why at all:

* aiomqtt acknowledges a message before we have it on disk: of 200 queued presses a
  kill -9 lost 160. paho can leave it to us (`manual_ack`), but aiomqtt has no word for it,
  and it has to be set before connecting.
* aiomqtt wakes a task for every message. A callback costs a third of that.
* paho reads a packet in three system calls and answers each with one more. A buffer
  before its socket makes that one per burst. aiomqtt's reader asks a socket whether
  something is `pending` and goes on reading, as TLS sockets need it; so does ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

import aiomqtt
from paho.mqtt.client import Client, MQTTMessage

READ_BYTES = 65_536
UNSENT_BYTES_MAX = 1_000_000
SEND_AGAIN_SECONDS = 0.002

OnMessage = Callable[[bytes, bytes, int, bool, int], None]
"""Topic, payload, QoS, retained, message id."""


def take_over(
    client: aiomqtt.Client, on_message: OnMessage, on_connected: Callable[[], None]
) -> None:
    """Let `on_message` have every message, and leave acknowledging to `acknowledge`.

    Call it before connecting. `on_connected` is called before the first message of a
    connection. Neither may raise.
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
            _buffer(paho)
            on_connected()

    they_hang_up = cast("Callable[..., None]", paho.on_disconnect)

    def disconnected(*arguments: Any) -> None:
        they_hang_up(*arguments)
        connecting = client._connected  # noqa: SLF001
        if not connecting.done():  # the library would wait for its whole timeout
            error = aiomqtt.MqttError("the broker hung up before it answered")
            connecting.set_exception(error)

    paho.on_message = message
    paho.on_disconnect = disconnected
    paho.on_connect = connected


def acknowledge(client: aiomqtt.Client, message_id: int) -> None:
    """Tell the broker that a QoS 1 message is ours to keep now."""
    _paho(client).ack(message_id, 1)


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
        if isinstance(stream, _Buffered) and stream.pending():
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


def _buffer(paho: Client) -> None:
    stream = paho._sock  # noqa: SLF001
    if isinstance(stream, socket.socket):
        with contextlib.suppress(OSError):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not isinstance(stream, ssl.SSLSocket):
            paho._sock = cast("socket.socket", _Buffered(stream))  # noqa: SLF001


class _Buffered:
    """A non-blocking socket that reads much at once and sends what gathers in one turn."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._got = b""
        self._read = 0
        self._unsent = bytearray()
        self._sending = False

    def pending(self) -> int:
        """Return how much can be read without asking the system."""
        return len(self._got) - self._read

    def recv(self, bufsize: int) -> bytes:
        """Return up to `bufsize` bytes.

        Raises:
            BlockingIOError: there are none yet.
        """
        if self._read == len(self._got):
            self._got, self._read = self._stream.recv(READ_BYTES), 0
        begin = self._read
        part = self._got[begin : begin + bufsize]
        self._read = begin + len(part)
        return part

    def send(self, data: bytes) -> int:
        """Take `data`, to be sent with what else comes in this turn of the event loop.

        Raises:
            BlockingIOError: the broker does not read; try again later.
        """
        if len(self._unsent) > UNSENT_BYTES_MAX:
            raise BlockingIOError
        self._unsent += data
        if not self._sending:
            self._sending = True
            self._loop.call_soon(self._send)
        return len(data)

    def _send(self) -> None:
        self._sending = False
        try:
            sent = self._stream.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # reading will notice, too
            self._unsent.clear()
            return
        del self._unsent[:sent]
        if self._unsent:
            self._sending = True
            self._loop.call_later(SEND_AGAIN_SECONDS, self._send)

    def close(self) -> None:
        """Send what is left, if it goes at once, and close."""
        with contextlib.suppress(OSError):
            self._stream.send(self._unsent)
        self._unsent.clear()
        self._stream.close()

    def fileno(self) -> int:
        """Return the socket's number."""
        return self._stream.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
