"""Opens the duty desk on what the rest of the gateway knows. Imported after the alarm path."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from starlette.routing import BaseRoute

from alerting.delivery.router import CANARY
from alerting.detection import contacts, names
from gateway.board import Board
from gateway.clock import Clock
from gateway.config import Settings
from gateway.counters import Counters
from gateway.deadman import Peers
from gateway.door import FrontDoor
from gateway.outbox import Outbox
from gateway.runtime import Runtime
from gateway.store.errors import StoreError
from gateway.store.rows import Proof
from gateway.store.store import Store
from gateway.transports.aliyun import Aliyun
from gateway.transports.settings import TwilioAccess
from gateway.transports.tencent import Tencent
from gateway.transports.transport import Transport
from gateway.web.access import Access
from gateway.web.app import build_app
from gateway.web.context import DeskContext, Health, Home
from gateway.web.records import Records
from gateway.web.serve import DeskServer

log = logging.getLogger(__name__)


def hooks(
    access: TwilioAccess | None, outbox: Outbox, door: FrontDoor, counters: Counters
) -> tuple[BaseRoute, ...]:
    """Return the provider's way in; none without a public address to sign."""
    if access is None or not access.account.public_url:
        return ()
    from gateway.web.hooks import Hooks

    return tuple(Hooks(access, outbox, door, counters).routes())


def answers(
    settings: Settings, runtime: Runtime, clock: Clock, counters: Counters
) -> tuple[BaseRoute, ...]:
    """Return where other systems answer; none where none may."""
    if settings.webhook is None:
        return ()
    from gateway.web.webhook_answers import WebhookAnswers

    hook = WebhookAnswers(
        settings.webhook,
        settings.responders,
        lambda: runtime.engines,
        runtime.offer,
        clock,
        counters,
    )
    return tuple(hook.routes())


def cloud_hooks(
    transports: Sequence[Transport], outbox: Outbox, counters: Counters
) -> tuple[BaseRoute, ...]:
    """Return the mainland clouds' ways in; none for one that does not know our address."""
    from gateway.web.hooks_aliyun import AliyunHooks
    from gateway.web.hooks_tencent import TencentHooks

    routes: list[BaseRoute] = []
    for transport in transports:
        if isinstance(transport, Aliyun) and transport.access.hook_secret:
            routes += AliyunHooks(transport, outbox, counters).routes()
        elif isinstance(transport, Tencent) and transport.access.hook_secret:
            routes += TencentHooks(transport, outbox, counters).routes()
    return tuple(routes)


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
    counters: Counters,
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
        rosters=settings.rosters,
        responders=settings.responders,
        deaf_since=lambda: runtime.deaf_since,
        https_only=settings.desk.public_url.startswith("https://"),
        routes=routes,
        public_url=settings.desk.public_url,
        count=counters.count,
        proofs=proofs,
    )
    return DeskServer(build_app(context), board, settings.desk.host, settings.desk.port)


def _homes(runtime: Runtime) -> Mapping[str, Home]:
    return {
        id: Home(
            household=engine.household,
            presence=engine.presence,
            muted=engine.silences,
            muted_by=engine.silenced,
            coverage=engine.coverage,
            contacts=contacts.standing(engine.household, engine.known(names.CONTACTS)),
            trial_until=engine.beside.test_until,
        )
        for id, engine in runtime.engines.items()
        if id != CANARY
    }
