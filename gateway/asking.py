"""Asks a provider for what people sent us, where it does not come by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from alerting.incident import Urgency
from gateway.clock import Clock
from gateway.counters import Counters
from gateway.phonebook import PhoneBook
from gateway.transports.transport import Mailbox, SendError, Text

POLL_SECONDS: dict[Urgency | None, float] = {
    Urgency.HIGH: 3.0,
    Urgency.MEDIUM: 15.0,
    Urgency.LOW: 15.0,
    None: 60.0,
}
"""How often we ask for text messages, by the most urgent open incident."""
LOOK_BACK_FIRST = timedelta(hours=24)
"""What was sent while we were down."""
LOOK_BACK = timedelta(minutes=10)
FRESH_SECONDS_MAX = 300.0
"""What we see for the first time after a longer silence of the provider may be old news."""
AFTER_ALARM_SECONDS = 0.1  # first its own messages go out

_log = logging.getLogger(__name__)


class Asking:
    """Asks for ever, more often while an incident is open."""

    def __init__(
        self,
        clock: Clock,
        book: PhoneBook,
        counters: Counters,
        take: Callable[[Text, bool], Awaitable[None]],
    ) -> None:
        """Make it.

        Args:
            clock: the time.
            book: knows what is open.
            counters: counts texts that met an error of ours.
            take: deals with a text, and hears whether it may be old news.
        """
        self._clock = clock
        self._book = book
        self._counters = counters
        self._take = take
        self._wake = asyncio.Event()

    def soon(self) -> None:
        """Look again how often to ask: something has changed."""
        self._clock.call_later(AFTER_ALARM_SECONDS, self._wake.set)

    async def run(
        self,
        mailbox: Mailbox,
        provider: str,
        link: Callable[[str, SendError | None], None],
        pushed: bool,
    ) -> None:
        """Ask until cancelled; for the parameters see `Inbound.poll`."""
        since = self._clock.now() - self._clock.ahead() - LOOK_BACK_FIRST
        last: float | None = None
        while True:
            # the provider's clock is the world's; ours may be ahead of it for a while
            asked = self._clock.now() - self._clock.ahead()
            late = last is None or self._clock.monotonic() - last > FRESH_SECONDS_MAX
            try:
                texts = await mailbox.texts(since)
            except SendError as error:
                link(provider, error)
            else:
                link(provider, None)
                for text in texts:
                    await self._dealt_with(text, late)
                since, last = asked - LOOK_BACK, self._clock.monotonic()
            await self._pause(pushed)

    async def _dealt_with(self, text: Text, late: bool) -> None:
        try:
            await self._take(text, late)
        except Exception:  # one text must not keep us from the others
            _log.exception("text message %s met an error of ours", text.id)
            self._counters.count("reply met an error of ours", text.sender, text.id)

    async def _pause(self, pushed: bool) -> None:
        """Wait for the next question; an incident that opens makes it come sooner."""
        begun = self._clock.monotonic()
        while True:
            self._wake.clear()
            seconds = POLL_SECONDS[self._book.most_urgent()] * (4 if pushed else 1)
            left = begun + seconds - self._clock.monotonic()
            if left <= 0:
                return
            timer = self._clock.call_later(left, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()
