"""An alarm receiving centre on loopback, for tests and for trying: it speaks SCAIP over SIP.

It reads SIP in its own way, so that two mistakes of one kind do not agree. What it answers is
a script, one word for each request; the last one stays:

* a number: the answer's status (0 it has it, 4 hold, 5 not treated, 6 busy, ...);
* `silent` nothing at all; `empty` SIP's 200 and nothing else; `late` the answer as a message of
  its own; `wrong` an answer to another reference; `garbage`, `cut`, `html` what no centre says;
* `sip-403` and so on: SIP's own refusal; `login` a digest challenge, then the next word.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from xml.etree import ElementTree

USER, PASSWORD, REALM = "guanai", "a-secret", "arc.example.org"
_DIGEST = re.compile(r'(\w+)="?([^",]+)"?')


class Centre:
    """Takes alarms and remembers them."""

    def __init__(self, script: list[str] | None = None, heartbeat_minutes: int = 0) -> None:
        self.script = script or ["0"]
        self.heartbeat_minutes = heartbeat_minutes
        self.heard: list[dict[str, str]] = []
        """The elements of every request, repetitions of SIP's own left out."""
        self.packets = 0
        self.acknowledged = 0
        """200s to messages of our own."""
        self.port = 0
        self._answers: dict[str, bytes] = {}
        self._nonce = secrets.token_hex(8)

    def take(self, packet: bytes, send: Callable[[bytes], object]) -> None:
        """Answer one packet."""
        self.packets += 1
        head, _, body = packet.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        if lines[0].startswith("SIP/2.0 200"):
            self.acknowledged += 1
            return
        fields = [line.partition(":") for line in lines[1:]]
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        if not lines[0].startswith("MESSAGE "):
            send(_response(headers, "405 Method Not Allowed"))
            return
        via = headers.get("via", "")
        if via in self._answers:
            if self._answers[via]:
                # SIP's own repetition: the same answer (RFC 3261, 17.2.2)
                send(self._answers[via])
            return
        if self._word() == "login":
            if not self._is_known(headers, lines[0].split(" ")[1]):
                more = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{self._nonce}", '
                more += 'algorithm=SHA-256, qop="auth"\r\n'
                send(_response(headers, "401 Unauthorized", more=more))
                return
            self._next()
        self._answer(headers, via, body, send)

    def _answer(
        self, headers: dict[str, str], via: str, body: bytes, send: Callable[[bytes], object]
    ) -> None:
        root = ElementTree.fromstring(body)
        elements = {child.tag: child.text or "" for child in root}
        self.heard.append(elements)
        word = self._next()
        ref = elements.get("ref", "")
        if word == "silent":
            self._answers[via] = b""
            return
        if word.startswith("sip-"):
            answer = _response(headers, f"{word[4:]} Refused", more="Retry-After: 7\r\n")
        elif word == "empty":
            answer = _response(headers, "200 OK")
        elif word == "late":
            send(_response(headers, "200 OK"))
            answer = _message(headers, self._xml(ref, "0"))
        elif word == "wrong":
            answer = _response(headers, "200 OK", self._xml("another", "0"))
        elif word == "garbage":
            answer = b"\x00\xff" * 40
        elif word == "cut":
            answer = _response(headers, "200 OK", self._xml(ref, "0"))[:-20]
        elif word == "html":
            answer = _response(headers, "200 OK", b"<html><body>busy</body></html>")
        else:
            answer = _response(headers, "200 OK", self._xml(ref, word))
        if word != "late":
            self._answers[via] = answer
        send(answer)

    def _xml(self, ref: str, status: str) -> bytes:
        every = f"<hbi>{self.heartbeat_minutes}</hbi>" if self.heartbeat_minutes else ""
        return f"<mrs><ref>{ref}</ref><snu>{status}</snu>{every}</mrs>".encode()

    def _word(self) -> str:
        return self.script[0]

    def _next(self) -> str:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def _is_known(self, headers: dict[str, str], uri: str) -> bool:
        said = dict(_DIGEST.findall(headers.get("authorization", "")))
        first = _hash(f"{USER}:{REALM}:{PASSWORD}")
        right = _hash(
            f"{first}:{self._nonce}:{said.get('nc')}:{said.get('cnonce')}:auth:"
            + _hash(f"MESSAGE:{uri}")
        )
        return said.get("response") == right


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _response(headers: dict[str, str], status: str, body: bytes = b"", more: str = "") -> bytes:
    head = (
        f"SIP/2.0 {status}\r\nv: {headers['via']}\r\nf: {headers['from']}\r\n"
        f"t: {headers['to']};tag=arc\r\ni: {headers['call-id']}\r\nCSeq: {headers['cseq']}\r\n"
        f"{more}Content-Type: application/scaip+xml\r\nl: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _message(headers: dict[str, str], body: bytes) -> bytes:
    contact = headers["contact"].strip("<>")
    head = (
        f"MESSAGE {contact} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{secrets.token_hex(6)}\r\n"
        f"Max-Forwards: 70\r\nFrom: {headers['to']};tag=arc\r\nTo: {headers['from']}\r\n"
        f"Call-ID: {secrets.token_hex(6)}\r\nCSeq: 1 MESSAGE\r\n"
        f"Content-Type: application/scaip+xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._centre.take(data, lambda answer: self._transport.sendto(answer, addr))


@asynccontextmanager
async def receiving(centre: Centre, port: int = 0, ssl: Any = None) -> AsyncIterator[Centre]:
    """Serve over UDP and TCP (or TLS) on one port for as long as the block lasts."""
    loop = asyncio.get_running_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(found[1]) if found else 0)
                centre.take(head + body, writer.write)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, ssl=ssl)
    centre.port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Protocol(centre), local_addr=("127.0.0.1", centre.port)
    )
    try:
        yield centre
    finally:
        transport.close()
        server.close()
