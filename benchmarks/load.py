"""MQTT load over raw sockets: cheap enough not to be what is measured."""

from __future__ import annotations

import select
import socket
import struct
import time


def _length(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _text(value: bytes) -> bytes:
    return struct.pack("!H", len(value)) + value


def packet(topic: bytes, payload: bytes, mid: int) -> bytes:
    """Return one QoS 1 PUBLISH packet of MQTT 3.1.1."""
    body = _text(topic) + struct.pack("!H", mid) + payload
    return b"\x32" + _length(len(body)) + body


class Publisher:
    """One QoS 1 connection with a window of unanswered publishes."""

    def __init__(self, port: int, name: str, window: int = 500) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = _text(b"MQTT") + bytes([4, 2]) + struct.pack("!H", 0) + _text(name.encode())
        self._socket.sendall(b"\x10" + _length(len(head)) + head)
        answer = self._socket.recv(4)
        if answer[:1] != b"\x20" or answer[3]:
            raise ConnectionError(f"{name}: the broker answered {answer!r} to CONNECT")
        self._window = window
        self._mid = 0
        self._rest = b""
        self.sent = 0
        self.answered = 0

    def publish(self, topic: str, payload: bytes) -> None:
        """Send, waiting while the window is full."""
        while self.sent - self.answered >= self._window:
            self._collect(1.0)
        self._mid = self._mid % 65535 + 1
        self.sent += 1
        self._socket.sendall(packet(topic.encode(), payload, self._mid))
        self._collect(0.0)

    def burst(self, messages: list[tuple[bytes, bytes]]) -> None:
        """Send many at once, waiting until the window has room for all of them."""
        while self.sent - self.answered + len(messages) > self._window:
            self._collect(1.0)
        out = bytearray()
        for topic, payload in messages:
            self._mid = self._mid % 65535 + 1
            out += packet(topic, payload, self._mid)
        self.sent += len(messages)
        self._socket.sendall(out)

    def drain(self, seconds: float = 30.0) -> int:
        """Wait for the broker's answers; return how many are still missing."""
        end = time.monotonic() + seconds
        while self.answered < self.sent and time.monotonic() < end:
            self._collect(0.2)
        return self.sent - self.answered

    def close(self) -> None:
        """Say goodbye."""
        self._socket.sendall(b"\xe0\x00")
        self._socket.close()

    def _collect(self, seconds: float) -> None:
        if not select.select([self._socket], [], [], seconds)[0]:
            return
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the broker closed the connection")
        data = self._rest + data
        count = len(data) // 4  # a PUBACK has four bytes
        self.answered += count
        self._rest = data[4 * count :]


def torrent(port: int, topics: list[str], total: int) -> float:
    """Publish `total` events as fast as the broker takes them; return the rate, messages/s."""
    publishers = [Publisher(port, f"load-{number}-{time.monotonic_ns()}") for number in range(4)]
    names = [topic.encode() for topic in topics]
    began = time.monotonic()
    for first in range(0, total, 100):
        stamp = time.time_ns() // 1_000_000
        publishers[first // 100 % 4].burst(
            [
                (
                    names[number % len(names)],
                    b'{"v":1,"boot":"b2","seq":%d,"t":%d,"event":"motion","battery":97}'
                    % (number // len(names) + 1, stamp),
                )
                for number in range(first, min(first + 100, total))
            ]
        )
    for publisher in publishers:
        publisher.drain()
    took = time.monotonic() - began
    for publisher in publishers:
        publisher.close()
    return total / took


def flood(port: int, topics: list[str], rate: float, seconds: float) -> None:
    """Publish events round robin over `topics`, `rate` a second."""
    publishers = [Publisher(port, f"load-{number}-{time.monotonic_ns()}") for number in range(4)]
    began = time.monotonic()
    count, total = 0, int(rate * seconds)
    while count < total:
        due = min(total, int((time.monotonic() - began) * rate) + 1)
        if due <= count:
            time.sleep(0.002)
            continue
        for number in range(count, min(due, count + 200)):
            stamp = time.time_ns() // 1_000_000
            payload = (
                b'{"v":1,"boot":"b1","seq":%d,"t":%d,"event":"motion","battery":97,"rssi":-61}'
                % (number // len(topics) + 1, stamp)
            )
            publishers[number % 4].publish(topics[number % len(topics)], payload)
        count = min(due, count + 200)
    for publisher in publishers:
        publisher.drain()
        publisher.close()
