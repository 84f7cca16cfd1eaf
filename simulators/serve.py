"""The parts of the invented world that are asked for, together, for as long as needed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from simulators.carrier.core import Carrier
from simulators.carrier.live import LiveCarrier, live
from simulators.carrier.records import Kept
from simulators.carrier.server import CarrierServer
from simulators.carrier.settings import Timing, account_of
from simulators.config import BrokerAddress, ConfigError, World
from simulators.lines import TwoLines
from simulators.modem.emulator import Emulator
from simulators.modem.hands import SimPhones
from simulators.phones.app import build_phones_app
from simulators.phones.exchange import Exchange
from simulators.phones.people import Person, of_world
from simulators.server import build_app, serving
from simulators.village.page import routes
from simulators.village.said import Said
from simulators.village.village import Village, replace

log = logging.getLogger(__name__)

STATE_FILE = "village.json"
CARRIER_FILE = "carrier.json"
KEEP_SECONDS = 1.0
"""What the carrier knows is written this often at most."""


class Parts(msgspec.Struct, frozen=True):
    """What to start."""

    village: bool = False
    phones: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was asked for."""

    world: World
    parts: Parts
    config: Path
    host: str = "127.0.0.1"
    port: int = 8801
    carrier_port: int = 8802
    broker: str = ""
    speed: float = 1.0
    start: datetime | None = None
    seed: str = ""
    data: Path | None = None
    passwords: Path | None = None
    desk: str = ""
    people: Path | None = None
    sms_url: str = ""
    call_url: str = ""
    modem: bool = False
    language: str = "zh"

    @classmethod
    def of(cls, world: World, parts: Parts, **options: Any) -> Plan:
        """Return the plan; options that were not given keep their defaults."""
        return cls(world=world, parts=parts, **options)


@contextlib.asynccontextmanager
async def serve(plan: Plan) -> AsyncIterator[list[tuple[Said, str]]]:
    """Run what was asked for; yields what it is and where.

    Raises:
        ConfigError: an address or a file of the plan cannot be used.
        ServeError: a port is taken.
    """
    async with contextlib.AsyncExitStack() as stack:
        pages: list[BaseRoute] = []
        links = {"desk": plan.desk}
        addresses: list[tuple[Said, str]] = []
        if plan.parts.phones:
            everybody = of_world(plan.world, plan.people)
            carrier = await _carrier(stack, plan, everybody)
            server = CarrierServer(carrier, plan.host, plan.carrier_port)
            await server.start()
            stack.push_async_callback(server.stop)
            phones = _with_modem(stack, plan, everybody, carrier)
            pages.append(Mount("/phones", build_phones_app(phones, everybody, plan.language)))
            links |= {
                "phones": "/phones/",
                "phones_embedded": "/phones/?embed=1",
                "phones_events": "/phones/events",
            }
            addresses.append((Said("运营商接口", "Carrier"), server.url))
        if plan.parts.village:
            village = _village(plan)
            await village.start()
            stack.push_async_callback(village.stop)
            pages += routes(village, links)
        else:
            pages.append(Route("/", lambda _: RedirectResponse("/phones/")))
        url = await stack.enter_async_context(serving(build_app(pages), plan.host, plan.port))
        if plan.parts.phones:
            addresses.insert(0, (Said("电话", "Phones"), f"{url}/phones/"))
        if plan.parts.village:
            addresses.insert(0, (Said("村庄", "Village"), f"{url}/"))
        yield addresses


async def _carrier(
    stack: contextlib.AsyncExitStack, plan: Plan, everybody: tuple[Person, ...]
) -> LiveCarrier:
    account = account_of(plan.world)
    # another seed at every start: an id must never come twice, the gateway remembers it
    core = Carrier(everybody, account, Timing(), seed=secrets.randbits(64))
    if plan.sms_url:
        core.set_sms_url(account.numbers[0], plan.sms_url)
    if plan.call_url:
        core.set_voice_url(account.numbers[0], plan.call_url)
    if plan.data is not None:
        await stack.enter_async_context(_keeping(core, plan.data / CARRIER_FILE))
    return await stack.enter_async_context(live(core))


def _with_modem(
    stack: contextlib.AsyncExitStack,
    plan: Plan,
    everybody: tuple[Person, ...],
    carrier: LiveCarrier,
) -> Exchange:
    """Add the SIM's line, if it is asked for."""
    if not plan.modem:
        return carrier
    if plan.world.modem is None or not plan.world.modem.number:
        raise ConfigError(f"{plan.config}: has no [modem] with a number, which --modem needs")
    modem = Emulator(Path(plan.world.modem.device), everybody)
    phones = TwoLines(carrier, SimPhones(modem, plan.world.modem.number))
    modem.start()
    stack.callback(modem.stop)
    return phones


@contextlib.asynccontextmanager
async def _keeping(core: Carrier, file: Path) -> AsyncIterator[None]:
    """Recall what the carrier knew, and write it down while it runs and at the end."""
    _recall(core, file)
    changed = asyncio.Event()
    stop = core.listen(lambda number: changed.set())

    async def write() -> None:
        while True:
            await changed.wait()
            changed.clear()
            replace(file, msgspec.json.encode(core.kept()))
            await asyncio.sleep(KEEP_SECONDS)

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        stop()
        writing.cancel()
        replace(file, msgspec.json.encode(core.kept()))


def _recall(core: Carrier, file: Path) -> None:
    if not file.exists():
        return
    try:
        core.recall(datetime.now(UTC), msgspec.json.decode(file.read_bytes(), type=Kept))
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read (%s): the carrier starts afresh", file, error)


def _village(plan: Plan) -> Village:
    return Village(
        plan.world,
        broker=BrokerAddress.parse(plan.broker) if plan.broker else None,
        speed=plan.speed,
        start=plan.start.replace(tzinfo=_zone(plan.world)) if plan.start else None,
        seed=plan.seed,
        state_file=plan.data / STATE_FILE if plan.data else None,
        passwords=_passwords(plan.passwords),
    )


def _zone(world: World) -> ZoneInfo:
    """The village's time zone: its first home's."""
    return ZoneInfo(world.homes[0].zone if world.homes else "UTC")


def _passwords(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        rows = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from None
    passwords = {}
    for number, row in enumerate(rows, start=1):
        name, colon, password = row.partition(":")
        if row and not row.startswith("#"):
            if not (name and colon and password):
                raise ConfigError(f"{file}: line {number}: expected name:password")
            passwords[name] = password
    return passwords
