"""A request to an ASGI application without a socket in between."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Message


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


async def ask(
    app: ASGIApp, method: str, path: str, body: bytes = b"", headers: dict[str, bytes] | None = None
) -> Answer:
    """Send one request; `path` is as on the wire, percent signs and query and all."""
    raw, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"localhost:8080"),
            *((name.lower().encode(), value) for name, value in (headers or {}).items()),
        ],
        "client": ("192.0.2.7", 1234),
        "server": ("localhost", 8080),
    }
    parts: list[Message] = [
        {"type": "http.request", "body": body[i : i + 16_384], "more_body": True}
        for i in range(0, len(body), 16_384)
    ]
    parts.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent)
    return Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        content.decode(),
    )
