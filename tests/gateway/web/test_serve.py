"""The desk's server stops, whatever the pages do meanwhile."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Receive, Scope, Send

from gateway.board import Board
from gateway.web.serve import DeskServer


async def test_a_page_that_comes_while_we_stop_does_not_hold_us_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = Board()
    came, closed = asyncio.Event(), asyncio.Event()

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        came.set()
        await closed.wait()  # it listens only after all feeds were ended
        await board.subscribe().next(3600)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = DeskServer(page, board, "127.0.0.1", 0)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /events HTTP/1.1\r\nHost: desk\r\n\r\n")
    await came.wait()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)  # all feeds are ended now
    closed.set()
    with caplog.at_level(logging.ERROR, "uvicorn.error"):
        await stopping
        assert (await reader.readline()).startswith(b"HTTP/1.1 204")
    assert not caplog.records, "nothing had to be cancelled"
    writer.close()
