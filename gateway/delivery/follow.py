"""Learns what became of a message that a provider has, until that is final."""

from __future__ import annotations

import logging
from collections.abc import Callable

from alerting.delivery import progress
from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState
from gateway.clock import Clock
from gateway.delivery.courier import Courier
from gateway.delivery.job import Job
from gateway.delivery.register import Register
from gateway.transports.transport import SendError

RECALL_TRIES_MAX = 3
RECALL_AGAIN_SECONDS = 2.0
"""A call rings for 45 s: what did not work within some seconds need not be tried any more."""

POLL_SECONDS: dict[str, tuple[float, ...]] = {
    "sms": (2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0),
    "voice": (2.0, 3.0, 5.0, 5.0, 5.0, 10.0),
    # a centre that holds an alarm wants it repeated every 5 to 20 s
    "scaip": (5.0, 5.0, 10.0, 10.0, 20.0),
}
"""Waits between questions after a message was taken; the last one again and again."""
POLL_SECONDS_WHEN_PUSHED: tuple[float, ...] = (15.0, 30.0, 60.0, 120.0)
"""The same where the provider tells us by itself: only what got lost is asked for."""
FOLLOW_SECONDS_MAX = 3_600.0
"""Some carriers never say whether a text arrived; after this we stop asking."""
VERDICT_SECONDS = 5.0
"""After a call: when to ask once more whether a machine had answered it."""

_log = logging.getLogger(__name__)


class Follower:
    """Asks after messages."""

    def __init__(
        self, register: Register, clock: Clock, has_another: Callable[[Job], bool]
    ) -> None:
        """Make it.

        Args:
            register: where news are written down.
            clock: the time, and waiting for it.
            has_another: whether a message that did not arrive goes another way at once.
        """
        self._register = register
        self._clock = clock
        self._has_another = has_another

    async def handed(self, job: Job, courier: Courier) -> Progress:
        """Return what became of a message on a path that keeps no track of it."""
        return self._take_in(job) or await courier.handed(job)

    async def final(self, job: Job, courier: Courier) -> Progress | None:
        """Return the last word on a message; None if there never is one."""
        often = POLL_SECONDS.get(job.row.channel, POLL_SECONDS["sms"])
        waits = POLL_SECONDS_WHEN_PUSHED if courier.pushed else often
        give_up = self._clock.monotonic() + FOLLOW_SECONDS_MAX
        turn = 0
        while True:
            end = self._take_in(job)
            if end is not None or self._clock.monotonic() >= give_up:
                return end
            if job.recalls and await self._recall(job, courier):
                continue
            wait = waits[min(turn, len(waits) - 1)]
            if job.recalls:
                wait = min(wait, RECALL_AGAIN_SECONDS)
            asks_at = self._clock.monotonic() + wait
            await job.pause(self._clock, wait)
            if self._clock.monotonic() >= asks_at:
                turn += 1
                await courier.ask(job)

    async def verdict(self, job: Job, courier: Courier, end: Progress) -> Progress:
        """Wait for the last word on who picked up: it comes after the end of the call."""
        asks_at = self._clock.monotonic() + VERDICT_SECONDS
        while not job.news and (left := asks_at - self._clock.monotonic()) > 0:
            await job.pause(self._clock, left)
        if not job.news:
            await courier.ask(job)
        return self._take_in(job) or end

    async def _recall(self, job: Job, courier: Courier) -> bool:
        """End what nobody has taken yet; return True if there is news of it.

        Failing harms nothing: the phone rings on as it did before, and is followed on.
        """
        job.recalls -= 1
        if job.known is not None and job.known.state is not DeliveryState.ACCEPTED:
            job.recalls = 0  # somebody is listening
            return False
        try:
            news = await courier.recall(job)
        except SendError as error:
            _log.info("%s was not called back: %s", job.row.key, error)
            return False
        job.recalls = 0
        if news is None:
            return False
        job.news.append(news)
        return True

    def _take_in(self, job: Job) -> Progress | None:
        """Go through what we learned; return the final word, if it is among it."""
        while job.news:
            news = job.news.pop(0)
            if news.canceled and job.withdrawn:  # by us: nothing failed
                news = Progress(DeliveryState.RECALLED, final=True)
            if progress.advances(job.known, news):
                self._register.learned(job, news, has_another=self._has_another(job))
        return job.known if job.known is not None and job.known.final else None
