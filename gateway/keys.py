"""Answers given by pressing a key in a call, and what the caller hears of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from alerting.delivery.catalogue import NONE, Line
from alerting.delivery.channels import spoken
from alerting.events import Answer, Change, Event, Reply
from alerting.words import Words
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.phonebook import PhoneBook
from gateway.said_back import outcome
from gateway.store.rows import Entry, OutboxRow

KEY_ANSWER_SECONDS_MAX = 3.0
"""How long a person in a call waits to hear what was recorded."""
BY_KEY = "voice"
"""How the reply of a person in a call came."""


class Offer(Protocol):
    """Puts an event into a household's inbox (`Runtime.offer`)."""

    def __call__(
        self, household: str, event: Event, acknowledge: Callable[[], None] | None = None
    ) -> None:
        """Take the event; call `acknowledge` once it is written."""


class Keys:
    """Takes key presses to the engines, and waits a moment for what becomes of them."""

    def __init__(self, clock: Clock, book: PhoneBook, offer: Offer, counters: Counters) -> None:
        """Make it; for the parameters see `Inbound`."""
        self._clock = clock
        self._book = book
        self._offer = offer
        self._counters = counters
        self._pressed: dict[tuple[str, str, Answer], asyncio.Future[Words]] = {}

    async def key(self, row: OutboxRow, answer: Answer) -> Words:
        """Take a key pressed while the message `row` was heard; return what to say to it."""
        if self._book.responder(row.household, row.responder) is None:
            self._counters.count("key press not placed", row.key, row.responder)
            home = self._book.household(row.household)
            return spoken.NOT_FOUND.words(home.wording if home else NONE, row.language)
        return await self.press(row.household, row.incident, row.responder, answer)

    async def press(self, household: str, incident: str, responder: str, answer: Answer) -> Words:
        """Take an answer about an incident; return what to say to it, within seconds."""
        pressed = (incident, responder, answer)
        waiting = self._pressed.get(pressed)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._pressed[pressed] = waiting
            self._offer(household, Reply(self._clock.now(), incident, responder, answer, BY_KEY))
            timer = self._clock.call_later(
                KEY_ANSWER_SECONDS_MAX,
                lambda: _settle(waiting, self._words(spoken.RECEIVED, household, responder)),
            )
            waiting.add_done_callback(lambda _: timer.cancel())
            waiting.add_done_callback(lambda _: self._pressed.pop(pressed, None))
        return await asyncio.shield(waiting)

    def applied(self, entry: Entry, reply: Reply) -> None:
        """Hear that an answer is written: whoever waits in the call is told."""
        pressed = (reply.incident, reply.responder, reply.answer)
        if (waiting := self._pressed.get(pressed)) is not None:
            _settle(waiting, self._spoken(entry, reply))

    def _spoken(self, entry: Entry, reply: Reply) -> Words:
        refused, changed = outcome(entry, reply)
        if refused is not None:
            return refused
        said = spoken.RECORDED.get(reply.answer, spoken.RECEIVED)
        if changed is not None and changed.change is Change.ALSO_COMING:
            said = spoken.ALSO_GOING
        return self._words(said, entry.household, reply.responder)

    def _words(self, said: Line, household: str, responder: str) -> Words:
        """Return a sentence in the words of the home, for the language of the person."""
        known = self._book.responder(household, responder)
        return said if known is None else known.words(said)


def _settle(waiting: asyncio.Future[Words], words: Words) -> None:
    if not waiting.done():
        waiting.set_result(words)
