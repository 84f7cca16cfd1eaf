"""What the messages arrive at: an HTTP provider that answers at once and notes the time.

Speaks just enough for every peer: a Twilio-shaped answer to form posts (the
destination number identifies the press), and 200 to JSON posts (their "id" does).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import urllib.parse

_ID = re.compile(rb'"id"\s*:\s*"([^"]+)"')
_TO = re.compile(rb"(?:^|&)To=([^&]+)")


class Sink:
    """Answers and remembers `(monotonic ns, id)` of every request."""

    def __init__(self) -> None:
        self.log: list[tuple[int, str]] = []

    async def serve(self, port: int) -> asyncio.Server:
        """Listen on loopback."""
        return await asyncio.start_server(self._talk, "127.0.0.1", port, limit=1 << 20)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length:\s*(\d+)", head, re.I)
                body = await reader.readexactly(int(length[1])) if length else b""
                status, answer = self._answer(head.split(b" ", 2)[1], body)
                writer.write(
                    b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (status, len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: bytes, body: bytes) -> tuple[int, bytes]:
        now = time.monotonic_ns()
        if path.startswith(b"/__log"):
            return 200, json.dumps(self.log).encode()
        if path.startswith(b"/__reset"):
            self.log.clear()
            return 200, b"{}"
        if found := _ID.search(body):
            self.log.append((now, found[1].decode()))
            return 200, b'{"status":"queued"}'
        if found := _TO.search(body):
            to = urllib.parse.unquote_plus(found[1].decode())
            self.log.append((now, to))
            sid = f"SM{len(self.log):032x}"
            return 201, json.dumps({"sid": sid, "status": "queued", "to": to}).encode()
        name = b"calls" if b"/Calls" in path else b"messages"
        empty = b'{"%b":[],"next_page_uri":null,"page":0,"page_size":50}'
        return 200, empty % name


async def main(port: int) -> None:
    """Serve until killed."""
    server = await Sink().serve(port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
