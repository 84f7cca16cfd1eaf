"""The door by which everything people do comes in, whatever carries it.

The ways out are opened before those who understand answers exist: until `open` is
called, the door waits.
"""

from __future__ import annotations

import asyncio

from alerting.delivery.channels import spoken
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.transports.transport import Ring, Spoken, Text


class FrontDoor:
    """Takes texts, keys and calls to whoever understands them; says what is heard next."""

    def __init__(self) -> None:
        self._open: asyncio.Future[tuple[Inbound, Outbox]] | None = None

    def open(self, inbound: Inbound, outbox: Outbox) -> None:
        """Let in what has waited, and what comes from now on."""
        waiting = self._waiting()
        if not waiting.done():
            waiting.set_result((inbound, outbox))

    async def text(self, text: Text, late: bool = False) -> None:
        """Take in a text message."""
        inbound, _ = await self._waiting()
        await inbound.text(text, late)

    async def key(self, key: str, digit: str) -> Spoken:
        """Take in a key pressed in our call of the message `key`; empty: none was."""
        inbound, outbox = await self._waiting()
        row = outbox.row(key)
        if row is None:
            return Spoken(spoken.NOT_FOUND.said("zh"), "zh")
        if not digit:
            return Spoken(spoken.goodbye(row.purpose).said(row.language), row.language)
        outbox.heard(row.key)
        answer = spoken.keys(row.purpose).get(digit)
        if answer is not None:
            words = await inbound.key(row, answer)
            return Spoken(words.said(row.language), row.language)
        again = spoken.opening(row.text, row.language, can_press=True)
        if digit != spoken.REPEAT_KEY:
            again = spoken.WRONG_KEY.said(row.language) + again
        return Spoken(again, row.language, wants_key=True)

    async def ring(self, ring: Ring) -> Spoken:
        """Take in that somebody is calling; return what they hear once they are answered."""
        await self._waiting()
        return Spoken(spoken.NOT_FOUND.said("zh"), "zh")

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        """Take in a key pressed in a call to us; empty: none was."""
        await self._waiting()
        return Spoken(spoken.NOT_FOUND.said("zh"), "zh")

    def _waiting(self) -> asyncio.Future[tuple[Inbound, Outbox]]:
        if self._open is None:
            self._open = asyncio.get_running_loop().create_future()
        return self._open
