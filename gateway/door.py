"""The door by which everything people do comes in, whatever carries it.

The ways out are opened before those who understand answers exist: until `open` is
called, the door waits.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from alerting.delivery.catalogue import NONE, Own
from alerting.delivery.channels import spoken
from alerting.events import Answer
from alerting.words import Words
from gateway.store.rows import OutboxRow
from gateway.transports.transport import Ring, Spoken, Text


class Messages(Protocol):
    """What is needed of the outbox."""

    def row(self, key: str) -> OutboxRow | None:
        """Return a message we carry or carried lately."""

    def heard(self, key: str) -> None:
        """Take note that a human pressed a key during the call `key`."""


class Answers(Protocol):
    """What is needed of whoever understands answers (`Inbound`)."""

    async def text(self, text: Text, late: bool = False) -> None:
        """Deal with a text message."""

    async def key(self, row: OutboxRow, answer: Answer) -> Words:
        """Take a key press; return what to say to it."""


class Calls(Protocol):
    """What is needed of whoever understands calls to us (`CallsIn`)."""

    async def ring(self, ring: Ring) -> Spoken:
        """Take in a call; return what is heard first."""

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        """Take in a key; return what is heard next."""


class FrontDoor:
    """Takes texts, keys and calls to whoever understands them; says what is heard next."""

    def __init__(self, own: Own = NONE) -> None:
        """Make it, closed; `own`: the installation's words."""
        self._own = own
        self._inside: tuple[Answers, Messages, Calls | None] | None = None
        self._opened = asyncio.Event()

    def open(self, inbound: Answers, outbox: Messages, calls: Calls | None = None) -> None:
        """Let in what has waited, and what comes from now on.

        Args:
            inbound: understands texts and keys.
            outbox: knows the messages.
            calls: understands who rings; None: nobody is expected to.
        """
        self._inside = (inbound, outbox, calls)
        self._opened.set()

    async def text(self, text: Text, late: bool = False) -> None:
        """Take in a text message."""
        inbound, _, _ = await self._waiting()
        await inbound.text(text, late)

    async def key(self, key: str, digit: str) -> Spoken:
        """Take in a key pressed in our call of the message `key`; empty: none was."""
        inbound, outbox, _ = await self._waiting()
        row = outbox.row(key)
        if row is None:
            return self._nobody()
        own, language = self._own, row.language
        if not digit:
            return Spoken(spoken.goodbye(row.purpose).worded(own, language), language)
        outbox.heard(row.key)
        answer = spoken.keys(row.purpose).get(digit)
        if answer is not None:
            words = await inbound.key(row, answer)
            return Spoken(words.said(language), language)
        again = spoken.opening(row.text, language, can_press=True, own=own, purpose=row.purpose)
        if digit != spoken.REPEAT_KEY:
            again = spoken.WRONG_KEY.worded(own, language) + again
        return Spoken(again, language, wants_key=True)

    async def ring(self, ring: Ring) -> Spoken:
        """Take in that somebody is calling; return what they hear once they are answered."""
        _, _, calls = await self._waiting()
        return await calls.ring(ring) if calls is not None else self._nobody()

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        """Take in a key pressed in a call to us; empty: none was."""
        _, _, calls = await self._waiting()
        return await calls.ring_key(ring, digit) if calls is not None else self._nobody()

    def _nobody(self) -> Spoken:
        return Spoken(spoken.NOT_FOUND.worded(self._own, "zh"), "zh")

    async def _waiting(self) -> tuple[Answers, Messages, Calls | None]:
        await self._opened.wait()
        assert self._inside is not None, "opened"
        return self._inside
