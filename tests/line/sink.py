"""A provider that only answers and notes when: for counting, where the carrier would be slow."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote_plus

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_TO = re.compile(rb"(?:^|&)To=([^&]+)")
_ONE = re.compile(rb"/Messages/(SM[0-9a-f]{32})\.json")


class Sink:
    """Takes every text, and calls it delivered when asked."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        """When (Unix seconds) each number was first written to."""
        self.sent: Counter[str] = Counter()
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                status, said = self._answer(head.split(b" ", 2)[1], body)
                text = json.dumps(said).encode()
                writer.write(
                    b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (status, len(text), text)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: bytes, body: bytes) -> tuple[int, dict[str, object]]:
        if found := _TO.search(body):
            to = unquote_plus(found[1].decode())
            self.first.setdefault(to, time.time())
            self.sent[to] += 1
            return 201, {"sid": f"SM{self.sent.total():032x}", "status": "queued", "to": to}
        if one := _ONE.search(path):
            return 200, {"sid": one[1].decode(), "status": "delivered"}
        return 200, {"messages": [], "calls": [], "next_page_uri": None, "page": 0}


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Run one for as long as the block lasts."""
    counting = Sink()
    server = await asyncio.start_server(counting.talk, "127.0.0.1", 0, backlog=1_000)
    counting.port = server.sockets[0].getsockname()[1]
    try:
        yield counting
    finally:
        server.close()
        await asyncio.sleep(0)
