"""The bytes between paho and the broker: read much at once, send what gathers in one turn.

paho reads a packet in three system calls, makes a dozen objects of it and answers with
one more call: 25 us for a message of which we need four fields. So PUBLISH packets of
QoS 0 and 1 are taken out of the stream here and their acknowledgements put into it;
everything else (CONNECT, SUBSCRIBE, PING, our own publishing), and whatever looks odd, is
paho's as before. The format is that of MQTT 3.1.1 and 5, section 3.3.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

READ_BYTES = 65_536
WHOLE_BYTES_MAX = 65_536
"""A longer message is gathered by paho, and refused later."""
UNSENT_BYTES_MAX = 1_000_000
SEND_AGAIN_SECONDS = 0.002

OnMessage = Callable[[bytes, bytes, int, bool, int], None]
"""Topic, payload, QoS, retained, message id."""

_PUBLISH = 0x30
_QOS = 0x06
_QOS_1 = 0x02
_RETAIN = 0x01
_LENGTH_BYTES_MAX = 4


class Stream:
    """Stands in for paho's non-blocking socket."""

    def __init__(
        self,
        stream: socket.socket,
        on_message: OnMessage,
        on_bytes: Callable[[], None],
        has_properties: bool,
    ) -> None:
        """Take over a connected socket.

        Args:
            stream: non-blocking, and past the broker's CONNACK.
            on_message: gets every PUBLISH of QoS 0 and 1; must not raise.
            on_bytes: called whenever something has come.
            has_properties: True for MQTT 5.
        """
        self._stream = stream
        self._on_message = on_message
        self._on_bytes = on_bytes
        self._has_properties = has_properties
        self._loop = asyncio.get_running_loop()
        self._got = b""
        self._read = 0
        self._theirs = 0
        """How many of the next bytes belong to a packet that paho is reading."""
        self._is_cut = False
        """What is left is the beginning of a packet; the rest has not come yet."""
        self._unsent = bytearray()
        self._sending = False

    def pending(self) -> int:
        """Return how much can be read without asking the system."""
        return 0 if self._is_cut else len(self._got) - self._read

    def recv(self, bufsize: int) -> bytes:
        """Return up to `bufsize` bytes of what is paho's.

        Takes the messages before it on the way: at most what one system call brings, so
        that a flood lets everybody else have a turn.

        Raises:
            BlockingIOError: there is nothing for paho now.
        """
        if self._is_cut or self._read == len(self._got):
            more = self._stream.recv(READ_BYTES)
            if not more:
                return b""  # the broker has hung up
            self._on_bytes()
            self._got = self._got[self._read :] + more
            self._read = 0
            self._is_cut = False
        if not self._theirs:
            self._take_messages()
        if not self._theirs:
            raise BlockingIOError
        begin = self._read
        part = self._got[begin : begin + min(bufsize, self._theirs)]
        self._read = begin + len(part)
        self._theirs -= len(part)
        return part

    def _take_messages(self) -> None:
        """Hand over every whole PUBLISH up to the first packet that is paho's."""
        got, begin, size = self._got, self._read, len(self._got)
        while begin < size:
            body, end = _bounds(got, begin)
            if end > size and _is_message(got[begin]) and end - begin <= WHOLE_BYTES_MAX:
                end = 0
            if end == 0:  # the rest of it has not come yet
                self._is_cut = True
                return
            message = self._message(got, body, end) if _is_message(got[begin]) else None
            if message is None:
                self._theirs = (end if end > 0 else size) - begin
                return
            begin = self._read = end
            self._on_message(*message)

    def _message(
        self, got: bytes, body: int, end: int
    ) -> tuple[bytes, bytes, int, bool, int] | None:
        """Return what a PUBLISH says; None if it is odd or too long: paho knows what to do."""
        topic = body + 2
        if topic > end or end > len(got):
            return None
        at = topic + (got[body] << 8 | got[body + 1])
        name = got[topic:at]
        kind = got[self._read]
        id = 0
        if kind & _QOS:
            if at + 2 > end:
                return None
            id = got[at] << 8 | got[at + 1]
            if id == 0:
                return None
            at += 2
        if self._has_properties:
            at, more = _length(got, at, end)
            at += more
        if at > end or not name:
            return None
        return name, got[at:end], 1 if id else 0, bool(kind & _RETAIN), id

    def acknowledge(self, message_id: int) -> None:
        """Tell the broker that a QoS 1 message is ours to keep now (PUBACK)."""
        self._put(bytes((0x40, 2, message_id >> 8, message_id & 0xFF)))

    def send(self, data: bytes) -> int:
        """Take `data`, to be sent with what else comes in this turn of the event loop.

        Raises:
            BlockingIOError: the broker does not read; try again later.
        """
        if len(self._unsent) > UNSENT_BYTES_MAX:
            raise BlockingIOError
        self._put(data)
        return len(data)

    def _put(self, data: bytes) -> None:
        self._unsent += data
        if not self._sending:
            self._sending = True
            self._loop.call_soon(self._send)

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


def _is_message(kind: int) -> bool:
    """Tell whether a packet of this first byte is a PUBLISH of QoS 0 or 1."""
    return kind & 0xF0 == _PUBLISH and kind & _QOS <= _QOS_1


def _bounds(got: bytes, begin: int) -> tuple[int, int]:
    """Return where the body of the packet at `begin` starts and ends.

    The end is 0 while its length has not come, and -1 if that is no length.
    """
    size = len(got)
    first = begin + 1
    if first < size and got[first] < 0x80:  # nearly every message
        return first + 1, first + 1 + got[first]
    length = 0
    for place in range(_LENGTH_BYTES_MAX):
        at = first + place
        if at >= size:
            return at, 0
        length |= (got[at] & 0x7F) << 7 * place
        if got[at] < 0x80:
            return at + 1, at + 1 + length
    return first, -1


def _length(got: bytes, begin: int, end: int) -> tuple[int, int]:
    """Return where the variable length at `begin` ends, and the length; past `end` if odd."""
    length = 0
    for place in range(_LENGTH_BYTES_MAX):
        at = begin + place
        if at >= end:
            break
        length |= (got[at] & 0x7F) << 7 * place
        if got[at] < 0x80:
            return at + 1, length
    return end + 1, 0
