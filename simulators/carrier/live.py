"""The carrier on the real clock: wakes when something is due, makes the requests."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import aiohttp
from yarl import URL

from simulators.carrier.core import Carrier
from simulators.carrier.rest import Answer, Request
from simulators.carrier.webhooks import ANSWER_BYTES_MAX, CameBack, Webhook
from simulators.phones.exchange import Handset, PhoneError, Way
from simulators.phones.people import Person

log = logging.getLogger(__name__)

WEBHOOKS_AT_ONCE_MAX = 64
INTERNET = "internet"
"""How the way to this carrier is called."""


class LiveCarrier:
    """A carrier that lives in real time; fulfils the phones' `Exchange`.

    Use inside `async with live(core) as carrier`.
    """

    def __init__(self, core: Carrier) -> None:
        self.core = core
        self.switch: Callable[[bool], Awaitable[None]] | None = None
        """Refuses or takes connections again; None where nothing can cut us off."""
        self._cut = False
        self._started = datetime.now(UTC)
        self._monotonic = monotonic()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(WEBHOOKS_AT_ONCE_MAX)
        self._session: aiohttp.ClientSession | None = None

    def now(self) -> datetime:
        """Return the moment; never goes backwards (aware UTC)."""
        return self._started + timedelta(seconds=monotonic() - self._monotonic)

    # ---------------------------------------------------------------- the provider

    def handle(self, request: Request) -> Answer:
        """Carry out one request of the REST interface."""
        answer = self.core.handle(self.now(), request)
        self._wake.set()
        return answer

    def stir(self) -> None:
        """Look again at what is due: somebody used the core directly."""
        self._wake.set()

    # ---------------------------------------------------------------- the phones

    def people(self) -> tuple[Person, ...]:
        """Return everybody with a phone."""
        return self.core.people()

    def handset(self, number: str) -> Handset:
        """Return what a phone shows."""
        return self.core.handset(number)

    def listen(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Call `told(number)` at every change of a phone; returns how to stop."""
        return self.core.listen(told)

    def answer(self, number: str) -> None:
        """Take the ringing call."""
        self.core.answer(self.now(), number)
        self._wake.set()

    def reject(self, number: str) -> None:
        """Refuse the ringing call."""
        self.core.reject(self.now(), number)
        self._wake.set()

    def hang_up(self, number: str) -> None:
        """End the call in progress."""
        self.core.hang_up(self.now(), number)
        self._wake.set()

    def press(self, number: str, key: str) -> None:
        """Press one key during a call."""
        self.core.press(self.now(), number, key)
        self._wake.set()

    def dial(self, number: str, to: str = "") -> None:
        """Call a number of the account."""
        self.core.dial(self.now(), number, to)
        self._wake.set()

    def text(self, number: str, body: str, to: str = "") -> None:
        """Send a text from a phone."""
        self.core.text(self.now(), number, body, to)
        self._wake.set()

    def set_habit(self, number: str, name: str) -> None:
        """Give the person another habit."""
        self.core.set_habit(number, name)

    def ways(self) -> tuple[Way, ...]:
        """Return the line to us, where it can be cut."""
        if self.switch is None:
            return ()
        return (Way(id=INTERNET, number=self.core.account.numbers[0], up=not self._cut),)

    async def set_way(self, id: str, up: bool) -> None:
        """Cut the gateway off from us, both ways, or join it again."""
        if self.switch is None or id != INTERNET:
            raise PhoneError(id, "no such line", "one of the page")
        self._cut = not up
        await self.switch(up)
        self.core.changed("")

    # ---------------------------------------------------------------- life

    async def run(self) -> None:
        """Drive the core until cancelled."""
        async with aiohttp.ClientSession(auto_decompress=True) as session:
            self._session = session
            try:
                while True:
                    self._wake.clear()
                    self.core.advance(self.now())
                    for webhook in self.core.take_webhooks():
                        task = asyncio.create_task(self._request(webhook))
                        self._tasks.add(task)
                        task.add_done_callback(self._tasks.discard)
                    await self._doze()
            finally:
                for task in tuple(self._tasks):
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _doze(self) -> None:
        due = self.core.deadline()
        seconds = math.inf if due is None else max(0.0, (due - self.now()).total_seconds())
        with suppress(TimeoutError):
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._wake.wait()

    async def _request(self, webhook: Webhook) -> None:
        async with self._slots:
            result = await self._fetch(webhook)
        if result.failure or result.status >= 400:
            log.info("%s %s: %s", webhook.purpose, webhook.url, result.failure or result.status)
        self.core.came_back(self.now(), webhook, result)
        self._wake.set()

    async def _fetch(self, webhook: Webhook) -> CameBack:
        assert self._session is not None
        if self._cut:
            return CameBack(failure="ct")
        patience = aiohttp.ClientTimeout(
            total=webhook.connect_timeout_s + webhook.read_timeout_s,
            sock_connect=webhook.connect_timeout_s,
            sock_read=webhook.read_timeout_s,
        )
        try:
            async with self._session.request(
                webhook.method,
                _exact(webhook.url),
                data=dict(webhook.form) if webhook.method == "POST" else None,
                headers=dict(webhook.headers),
                timeout=patience,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(ANSWER_BYTES_MAX + 1)
                content_type = response.headers.get("Content-Type", "")
                return CameBack(status=response.status, content_type=content_type, body=body)
        except (aiohttp.ServerTimeoutError, TimeoutError) as error:
            connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
            return CameBack(failure="ct" if connecting else "rt")
        except (aiohttp.ClientError, OSError, ValueError):
            return CameBack(failure="ct")


def _exact(url: str) -> URL:
    """Return the address byte for byte: what was signed is what is asked for."""
    return URL(url, encoded=True)


@asynccontextmanager
async def live(core: Carrier) -> AsyncIterator[LiveCarrier]:
    """Run a core on the real clock for as long as the block lasts."""
    carrier = LiveCarrier(core)
    task = asyncio.create_task(carrier.run())
    try:
        yield carrier
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
