"""The carrier on a clock that is told: for storms and stories that do not wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulators.carrier.core import Carrier
from simulators.carrier.resources import Json, base
from simulators.carrier.rest import Answer, Request
from simulators.carrier.webhooks import CameBack, Webhook

Site = Callable[[datetime, Webhook], CameBack]
"""Whoever answers the carrier's requests: a moment and a request in, an answer out."""

START = datetime(2026, 3, 2, 8, 31, tzinfo=UTC)
ROUNDS_MAX = 1_000_000


def nobody_there(_: datetime, __: Webhook) -> CameBack:
    """Answer nothing: no connection."""
    return CameBack(failure="ct")


class VirtualCarrier:
    """Drives a core through time; every request it makes is answered by `site` at once."""

    def __init__(self, core: Carrier, site: Site = nobody_there, start: datetime = START) -> None:
        self.core = core
        self.site = site
        self.now = start
        self.requested: list[Webhook] = []

    def run(self, seconds: float) -> None:
        """Let so much time pass, doing everything that falls due at its own moment."""
        self.run_until(self.now + timedelta(seconds=seconds))

    def run_until(self, moment: datetime) -> None:
        """Let time pass until a moment (aware UTC)."""
        for _ in range(ROUNDS_MAX):
            self._serve()
            due = self.core.deadline()
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            self.core.advance(self.now)
        else:
            raise AssertionError(f"still busy after {ROUNDS_MAX} rounds")
        self.now = max(self.now, moment)

    def _serve(self) -> None:
        while webhooks := self.core.take_webhooks():
            for webhook in webhooks:
                self.requested.append(webhook)
                self.core.came_back(self.now, webhook, self.site(self.now, webhook))

    # ---------------------------------------------------------------- the provider

    def ask(self, method: str, path: str, *pairs: tuple[str, str]) -> Answer:
        """Make a request as the account: `path` as in `Messages.json`."""
        account = self.core.account
        request = Request(
            method=method,
            path=f"{base(account.sid)}/{path}",
            query=pairs if method == "GET" else (),
            form=pairs if method == "POST" else (),
            username=account.sid,
            password=account.token,
        )
        return self.core.handle(self.now, request)

    def send(self, to: str, body: str, **more: str) -> Json:
        """Send a text; returns the answer's JSON, be it a refusal."""
        return self._create("Messages.json", To=to, Body=body, **more)

    def call(self, to: str, **more: str) -> Json:
        """Place a call; returns the answer's JSON, be it a refusal."""
        return self._create("Calls.json", To=to, **more)

    def _create(self, path: str, **given: str) -> Json:
        given.setdefault("From", self.core.account.numbers[0])
        body = self.ask("POST", path, *given.items()).body
        assert body is not None
        return body

    def fetch(self, path: str) -> Json:
        """Return the JSON of one resource: `path` as in `Calls/CA...json`."""
        body = self.ask("GET", path).body
        assert body is not None
        return body
