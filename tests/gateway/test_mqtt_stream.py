"""Messages taken out of the stream are those paho itself reads, however the bytes are cut."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion

from gateway.mqtt_stream import WHOLE_BYTES_MAX, Stream

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x03\x00\x01\x01"


def length(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def publish(
    topic: bytes, payload: bytes, qos: int = 1, id: int = 7, v5: bytes | None = None, flags: int = 0
) -> bytes:
    body = struct.pack("!H", len(topic)) + topic + (struct.pack("!H", id) if qos else b"")
    body += (length(len(v5)) + v5 if v5 is not None else b"") + payload
    return bytes([0x30 | qos << 1 | flags]) + length(len(body)) + body


class FakeSocket:
    """Gives out what a test puts in, piece by piece; remembers what was sent."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.sent = bytearray()

    def recv(self, bufsize: int) -> bytes:
        if not self.pieces:
            raise BlockingIOError
        piece = self.pieces.pop(0)
        if len(piece) > bufsize:
            self.pieces.insert(0, piece[bufsize:])
        return piece[:bufsize]

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)


class Heard:
    """What came out on both sides."""

    def __init__(self, pieces: list[bytes], v5: bool = False) -> None:
        self.messages: list[tuple[bytes, bytes, int, bool, int]] = []
        self.paho = bytearray()
        self.socket = FakeSocket(pieces)
        self.came = 0
        stream: Any = self.socket
        self.stream = Stream(stream, lambda *got: self.messages.append(got), self._came, v5)

    def _came(self) -> None:
        self.came += 1

    def read_all(self) -> None:
        """Read as paho does: a byte, then what the packet still lacks."""
        while True:
            try:
                self.paho += self.stream.recv(1)
            except BlockingIOError:
                assert self.stream.pending() == 0 or self.socket.pieces
                if not self.socket.pieces:
                    return


packets = st.one_of(
    st.sampled_from([PINGRESP, SUBACK]),
    st.builds(
        publish,
        st.binary(min_size=1, max_size=40),
        st.binary(max_size=300),
        st.integers(0, 2),
        st.integers(1, 65535),
        flags=st.sampled_from([0, 1, 8]),
    ),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def by_paho(packet: bytes, protocol: MQTTProtocolVersion) -> tuple[bytes, bytes, int, bool, int]:
    body = packet[next(i for i in range(1, 5) if packet[i] < 0x80) + 1 :]
    read = _packet.decode_publish(packet[0], bytearray(body), protocol)
    return bytes(read.topic), bytes(read.payload), read.qos, bool(read.retain), read.mid


@given(st.lists(packets, max_size=12), st.lists(st.integers(0, 10_000), max_size=12))
async def test_the_same_messages_however_the_bytes_are_cut(
    sent: list[bytes], places: list[int]
) -> None:
    heard = Heard(cut(b"".join(sent), places))
    heard.read_all()
    ours = [one for one in sent if one[0] & 0xF0 == 0x30 and one[0] & 6 < 4]
    theirs = [one for one in sent if one not in ours]
    assert heard.messages == [by_paho(one, MQTTProtocolVersion.MQTTv311) for one in ours]
    assert heard.paho == b"".join(theirs)


@given(st.lists(st.binary(max_size=30), max_size=5), st.lists(st.integers(0, 999), max_size=5))
async def test_properties_of_mqtt_5_are_passed_over(texts: list[bytes], places: list[int]) -> None:
    properties = b"".join(b"\x03" + struct.pack("!H", len(t)) + t for t in (b"json",))
    sent = [publish(b"a/b", text, 1, 9, properties) for text in texts]
    sent += [publish(b"a/b", b"x", 0, 0, b"")]
    heard = Heard(cut(b"".join(sent), places), v5=True)
    heard.read_all()
    assert heard.messages == [by_paho(one, MQTTProtocolVersion.MQTTv5) for one in sent]


@given(st.binary(max_size=400), st.booleans())
async def test_garbage_goes_to_paho_or_is_a_message_and_never_raises(data: bytes, v5: bool) -> None:
    heard = Heard([data], v5)
    heard.read_all()
    assert all(name for name, *_ in heard.messages)


@pytest.mark.parametrize(
    "odd",
    [
        publish(b"", b"no topic"),
        publish(b"a", b"no id", 1, 0),
        b"\x32\x03\x00\x09a",
        b"\x30\x01\x00",
        b"\x32\x04\x00\x01a\x00",
    ],
)
async def test_an_odd_message_is_paho_s(odd: bytes) -> None:
    heard = Heard([odd + PINGRESP + publish(b"a", b"x")])
    heard.read_all()
    assert heard.paho == odd + PINGRESP
    assert heard.messages == [(b"a", b"x", 1, False, 7)]


async def test_a_very_long_message_is_gathered_by_paho() -> None:
    long = publish(b"a", b"x" * WHOLE_BYTES_MAX)
    heard = Heard([long[:50_000], long[50_000:] + publish(b"b", b"y")])
    heard.read_all()
    assert heard.paho == long
    assert [topic for topic, *_ in heard.messages] == [b"b"]


async def test_the_broker_hangs_up() -> None:
    heard = Heard([])
    heard.socket.recv = lambda bufsize: b""  # type: ignore[method-assign]
    assert heard.stream.recv(1) == b""


async def test_every_arrival_proves_that_the_broker_lives() -> None:
    heard = Heard([publish(b"a", b"x")[:4], publish(b"a", b"x")[4:]])
    heard.read_all()
    assert heard.came == 2
    assert len(heard.messages) == 1
