"""The one event stream: what is open and sounding, and a beat that proves the link."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from alerting.incident import Response as HumanResponse
from gateway.board import Board, Change
from gateway.web.context import Health
from gateway.web.views import sounds

BEAT_SECONDS = 2.0
"""How often a page hears from us; after three beats missed it shows the red banner."""

SEND_SECONDS_MAX = 10.0
"""A browser that takes nothing for so long is dropped; it comes again by itself."""

STREAMS_MAX = 64

_RETRY = b"retry: 1000\n\n"  # a browser's own wait before it comes again, in milliseconds


class EventStream(Response):
    """Sends server-sent events until the browser leaves, the feed ends, or it is too slow."""

    media_type = "text/event-stream"

    def __init__(
        self,
        board: Board,
        now: Callable[[], datetime],
        health: Callable[[], Health],
        is_welcome: Callable[[], bool],
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        # the length of what is to come is not known
        del self.headers["content-length"]
        self._board = board
        self._now = now
        self._health = health
        self._is_welcome = is_welcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; return when the stream is over."""
        streaming = asyncio.create_task(self._stream(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((streaming, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            streaming.cancel()
            leaving.cancel()
            await asyncio.gather(streaming, leaving, return_exceptions=True)

    async def _stream(self, send: Send) -> None:
        feed = self._board.subscribe()
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            # the first state is sent at once, so that a page that reconnects is right again
            message = _RETRY + _event("state", self.state(()))
            while True:
                body = {"type": "http.response.body", "body": message, "more_body": True}
                await asyncio.wait_for(send(body), SEND_SECONDS_MAX)
                changes = await feed.next(BEAT_SECONDS)
                if feed.is_over or not self._is_welcome():
                    break
                if changes:
                    message = _event("state", self.state(changes))
                else:
                    message = _event("beat", self._beat())
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._board.unsubscribe(feed)

    def state(self, changes: list[Change] | tuple[Change, ...]) -> dict[str, object]:
        """Return what every page has to know: what is open, what sounds, what changed."""
        records = [story.record for story in self._board.open()]
        waiting = (HumanResponse.OPEN, HumanResponse.EXHAUSTED)
        return {
            **self._beat(),
            "open": len(records),
            "waiting": sum(record.response in waiting for record in records),
            "sounding": [
                {"id": record.id, "urgency": record.urgency} for record in records if sounds(record)
            ],
            "incidents": sorted({id for change in changes for id in change.incidents}),
        }

    def _beat(self) -> dict[str, object]:
        health = self._health()
        word = "bad" if health.bad else "good" if health.good else "unknown"
        return {"now": int(self._now().timestamp() * 1000), "health": word}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, data: dict[str, object]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
