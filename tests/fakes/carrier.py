"""A running carrier for a test, and the unmodified twilio library pointed at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulators.carrier.core import Carrier
from simulators.carrier.live import LiveCarrier, live
from simulators.carrier.server import CarrierServer, serving
from simulators.carrier.settings import DEMO_NUMBER, HURRIED, Account, Timing
from simulators.phones.expect import Phones
from simulators.phones.people import Person

FROM = DEMO_NUMBER
PROVIDER = "https://api.twilio.com"


class SyncHttp(TwilioHttpClient):  # type: ignore[misc]  # the library is untyped
    """The library's own client; only the base address is another."""

    def __init__(self, base: str, timeout: float = 10) -> None:
        super().__init__(timeout=timeout)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace(PROVIDER, self._base), *args, **kwargs)


class AsyncHttp(AsyncTwilioHttpClient):  # type: ignore[misc]  # the library is untyped
    """The library's own asynchronous client; only the base address is another."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        # not a coroutine itself: the library's deprecated aiohttp call must be awaited by the
        # library, so that the warning is put down to it
        return super().request(method, url.replace(PROVIDER, self._base), *args, **kwargs)


class Running:
    """A carrier that is up: its core, its live shell, its server, its phones."""

    def __init__(self, carrier: LiveCarrier, server: CarrierServer, phones: Phones) -> None:
        self.live = carrier
        self.core = carrier.core
        self.server = server
        self.url = server.url
        self.phone = phones

    async def live_moment(self) -> None:
        """Let the carrier live a little, in a loop that waits for something."""
        await asyncio.sleep(0.01)

    def sync_library(self, timeout: float = 10) -> Client:
        account = self.core.account
        return Client(account.sid, account.token, http_client=SyncHttp(self.url, timeout))

    @asynccontextmanager
    async def library(self) -> AsyncIterator[Client]:
        account = self.core.account
        http = AsyncHttp(self.url)
        try:
            yield Client(account.sid, account.token, http_client=http)
        finally:
            await http.close()


@asynccontextmanager
async def running_carrier(
    people: Iterable[Person] = (),
    *,
    timing: Timing = HURRIED,
    account: Account | None = None,
    seed: int = 0,
) -> AsyncIterator[Running]:
    core = Carrier(people, account, timing, seed)
    async with live(core) as carrier, serving(carrier) as server:
        phones = Phones(carrier)
        try:
            yield Running(carrier, server, phones)
        finally:
            phones.close()
