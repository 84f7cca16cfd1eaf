"""Opens the duty desk on what the rest of the gateway knows. Imported after the alarm path."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from starlette.routing import BaseRoute

from alerting.delivery.router import CANARY
from gateway.board import Board
from gateway.config import Settings
from gateway.counters import Counters
from gateway.deadman import Peers
from gateway.inbound import Inbound
from gateway.outbox import Outbox
from gateway.runtime import Runtime
from gateway.store.errors import StoreError
from gateway.store.rows import Proof
from gateway.store.store import Store
from gateway.transports.settings import TwilioAccess
from gateway.web.access import Access
from gateway.web.app import build_app
from gateway.web.context import DeskContext, Health, Home
from gateway.web.records import Records
from gateway.web.serve import DeskServer

log = logging.getLogger(__name__)


def hooks(
    access: TwilioAccess | None, outbox: Outbox, inbound: Inbound | None, counters: Counters
) -> tuple[BaseRoute, ...]:
    """Return the provider's way in; none without a public address to sign."""
    if access is None or inbound is None or not access.account.public_url:
        return ()
    from gateway.web.hooks import Hooks

    return tuple(Hooks(access, outbox, inbound, counters).routes())


def alive(peers: Peers | None, counters: Counters) -> tuple[BaseRoute, ...]:
    """Return where other gateways say that they live; none where none is watched."""
    if peers is None:
        return ()
    from gateway.web.alive import routes

    def stranger(address: str) -> None:
        counters.count("ping of a stranger", address, "unknown token")

    return routes(peers.heard, stranger)


async def open_desk(
    settings: Settings,
    data: Path,
    *,
    board: Board,
    runtime: Runtime,
    store: Store,
    health: Callable[[], Health],
    now: Callable[[], datetime],
    routes: tuple[BaseRoute, ...],
    proofs: Callable[[], Sequence[Proof]] = lambda: (),
) -> DeskServer:
    """Return the desk, listening but not yet served.

    Raises:
        OSError: its address is taken.
    """
    try:
        access = await Access.open(store, data)
    except StoreError as error:
        log.error("the desk opens with a pass phrase until the next start: %s", error)
        access = await Access.temporary(store, data)
    context = DeskContext(
        board=board,
        offer=runtime.offer,
        homes=lambda: _homes(runtime),
        health=health,
        now=now,
        records=Records(store.reader),
        access=access,
        language=settings.language,
        zone=settings.zone,
        title=settings.signature,
        deaf_since=lambda: runtime.deaf_since,
        https_only=settings.desk.public_url.startswith("https://"),
        routes=routes,
        proofs=proofs,
    )
    return DeskServer(build_app(context), board, settings.desk.host, settings.desk.port)


def _homes(runtime: Runtime) -> Mapping[str, Home]:
    return {
        id: Home(
            household=engine.household,
            presence=engine.presence,
            muted=engine.silences,
            coverage=engine.coverage,
            trial_until=engine.beside.test_until,
        )
        for id, engine in runtime.engines.items()
        if id != CANARY
    }
