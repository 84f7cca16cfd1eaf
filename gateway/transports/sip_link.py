"""The wires SIP goes over: a datagram socket, or a connection; one for each request.

A socket for each request finds the centre anew by its name every time, and takes nothing from
anybody but the centre.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Protocol

from gateway.transports.settings import CONNECT_SECONDS
from gateway.transports.sip import MESSAGE_BYTES_MAX

QUEUE_MAX = 32


class Link(Protocol):
    """A way to one centre."""

    name: str
    """As it stands in a Via: UDP, TCP, TLS."""
    is_reliable: bool
    """Nothing has to be sent twice on it."""
    local: tuple[str, int]

    def send(self, data: bytes) -> None:
        """Send one message."""

    async def receive(self) -> bytes:
        """Return the next message, whole.

        Raises:
            OSError: nobody is there, or no longer.
            ValueError: what comes is not SIP.
        """

    def close(self) -> None:
        """Let go."""


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes | OSError] = asyncio.Queue(QUEUE_MAX)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        self._put(exc if isinstance(exc, OSError) else OSError(str(exc)))

    def _put(self, what: bytes | OSError) -> None:
        # of a flood the rest is lost, as datagrams are
        with contextlib.suppress(asyncio.QueueFull):
            self.came.put_nowait(what)


class Datagrams:
    """UDP."""

    name, is_reliable = "UDP", False

    def __init__(self, transport: asyncio.DatagramTransport, protocol: _Datagrams) -> None:
        self._transport = transport
        self._protocol = protocol
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = (str(host), int(port))

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._transport.sendto(data)

    async def receive(self) -> bytes:
        """Return the next datagram.

        Raises:
            OSError: nobody is there.
        """
        came = await self._protocol.came.get()
        if isinstance(came, OSError):
            raise came
        return came

    def close(self) -> None:
        """Let go."""
        self._transport.close()


class Connection:
    """TCP, or TLS on it."""

    is_reliable = True

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_secret: bool
    ) -> None:
        self.name = "TLS" if is_secret else "TCP"
        self._reader = reader
        self._writer = writer
        host, port = writer.get_extra_info("sockname")[:2]
        self.local = (str(host), int(port))

    def send(self, data: bytes) -> None:
        """Send one message."""
        self._writer.write(data)

    async def receive(self) -> bytes:
        """Return the next message of the stream.

        Raises:
            OSError: the connection was closed.
            ValueError: it is longer than a message may be.
        """
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            while not head.strip():  # a keep-alive (RFC 5626, 3.5.1)
                head = await self._reader.readuntil(b"\r\n\r\n")
            return head + await self._reader.readexactly(_length(head))
        except asyncio.IncompleteReadError as error:
            raise OSError("the connection was closed") from error
        except asyncio.LimitOverrunError as error:
            raise ValueError("headers without an end") from error

    def close(self) -> None:
        """Let go."""
        self._writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"content-length", b"l"):
            text = value.strip()
            if text.isdigit() and int(text) <= MESSAGE_BYTES_MAX:
                return int(text)
            raise ValueError("a Content-Length that is none")
    return 0


async def open_link(host: str, port: int, transport: str, context: ssl.SSLContext | None) -> Link:
    """Return a way to `host`.

    Raises:
        OSError: it cannot be reached.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_SECONDS):
        if transport == "udp":
            return Datagrams(
                *await loop.create_datagram_endpoint(_Datagrams, remote_addr=(host, port))
            )
        secret = context or ssl.create_default_context() if transport == "tls" else None
        reader, writer = await asyncio.open_connection(host, port, ssl=secret)
        return Connection(reader, writer, secret is not None)
