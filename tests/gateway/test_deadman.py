"""The dead-man's switch, over real HTTP on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import aiohttp
import uvicorn
from aiohttp import web
from starlette.applications import Starlette

from alerting.detection.supervision import SupervisionDetector
from alerting.events import Tick
from devices.observation import Fault
from gateway.config.settings import DeadmanSettings, WatchSettings
from gateway.deadman import FAILED_TOLD, Deadman, Peers
from gateway.faults import Faults as AllFaults
from gateway.web.alive import routes
from tests.builders import Life, at, household, told
from tests.fakes.clock import FakeClock
from tests.gateway.lives import until

TOKEN = "0123456789abcdef0123456789abcdef"
SAID = tuple[str, bool, str]


class Switch:
    """A service that is pinged, on a port of its own."""

    def __init__(self) -> None:
        self.status = 200
        self.pings = 0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.pings += 1
        headers = {"Location": "/login"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers)


@asynccontextmanager
async def a_switch() -> AsyncIterator[Switch]:
    switch = Switch()
    app = web.Application()
    app.router.add_get("/ping/secret", switch.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    switch.url = f"http://127.0.0.1:{runner.addresses[0][1]}/ping/secret"
    try:
        yield switch
    finally:
        await runner.cleanup()


def _is(thing: object, name: str, value: int) -> bool:
    return bool(getattr(thing, name) == value)


class Faults:
    def __init__(self) -> None:
        self.said: list[SAID] = []

    def report(
        self, part: str, active: bool, detail: str, source: str = "", insist: bool = False
    ) -> None:
        self.said.append((part, active, detail))


async def test_it_pings_while_all_is_well_and_only_then() -> None:
    clock, faults, well = FakeClock(), Faults(), [True]
    async with a_switch() as switch:
        deadman = Deadman(clock, DeadmanSettings((switch.url,)), lambda: well[0], faults.report)
        task = asyncio.create_task(deadman.run())
        await until(lambda: deadman.sent == 1)
        await clock.advance(60)
        await until(lambda: deadman.sent == 2)
        well[0] = False
        await clock.advance(600)
        assert switch.pings == 2
        well[0] = True
        await clock.advance(60)
        await until(lambda: deadman.sent == 3)
        task.cancel()
    assert faults.said == []


async def test_what_does_not_arrive_is_told_without_the_secret() -> None:
    clock, faults = FakeClock(), Faults()
    async with a_switch() as switch:
        for status in (500, 302):
            switch.status, switch.pings, faults.said = status, 0, []
            deadman = Deadman(clock, DeadmanSettings((switch.url,)), lambda: True, faults.report)
            task = asyncio.create_task(deadman.run())
            for number in range(1, FAILED_TOLD + 1):
                await until(partial(_is, switch, "pings", number))
                await until(lambda: clock._timers)
                await asyncio.sleep(0.05)
                await clock.advance(60)
            await until(lambda: faults.said)
            assert deadman.sent == 0
            ((part, active, detail),) = faults.said
            assert (part, active) == ("watchdog", True)
            assert "secret" not in detail
            switch.status = 200
            await clock.advance(60)
            await until(lambda: len(faults.said) == 2)
            assert faults.said[-1][:2] == ("watchdog", False)
            task.cancel()


async def test_a_closed_port_is_a_failure_and_not_the_end() -> None:
    clock, faults = FakeClock(), Faults()
    urls = ("http://127.0.0.1:9/x", "not an address")
    deadman = Deadman(clock, DeadmanSettings(urls), lambda: True, faults.report)
    task = asyncio.create_task(deadman.run())
    for _ in range(FAILED_TOLD + 2):
        await asyncio.sleep(0.05)
        await clock.advance(60)
    await until(lambda: len(faults.said) == 2)
    assert not task.done()
    task.cancel()


async def test_gateway_b_falls_silent_and_gateway_a_tells() -> None:
    """B pings A over HTTP; B stops; A raises an urgent fault; B comes back."""
    clock, faults, strangers = FakeClock(), Faults(), list[str]()
    watch = WatchSettings("b", "杏花村网关", TOKEN, timedelta(minutes=5))
    peers = Peers(clock, (watch,), faults.report)
    app = Starlette(routes=list(routes(peers.heard, strangers.append)))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    base = f"http://127.0.0.1:{port}/alive"
    well = [True]
    settings = DeadmanSettings((f"{base}/{TOKEN}",))
    b = Deadman(clock, settings, lambda: well[0], Faults().report)
    pinging = asyncio.create_task(b.run())
    await until(lambda: b.sent == 1)
    looking = asyncio.create_task(peers.run())
    for number in range(2, 12):
        await clock.advance(60)
        await until(partial(_is, b, "sent", number))
    assert [said[:2] for said in faults.said] == [("peers", False)], "well, as far as we know"
    faults.said.clear()
    well[0] = False
    await clock.advance(240)
    assert faults.said == []
    await clock.advance(120)
    assert faults.said[0][:2] == ("peers", True)
    assert "杏花村网关已5分钟没有消息" in faults.said[0][2]
    await clock.advance(3_600)
    assert len(faults.said) == 1, "said once"
    well[0] = True
    await clock.advance(60)
    await until(lambda: len(faults.said) == 2)
    assert faults.said[-1][:2] == ("peers", False)
    async with aiohttp.ClientSession() as session, session.get(f"{base}/guess") as answer:
        assert answer.status == 404
    assert strangers == ["127.0.0.1"]
    for task in (pinging, looking):
        task.cancel()
    server.should_exit = True
    await serving


class Gateway:
    """A gateway whose own faults are judged, and which watches two others."""

    def __init__(self) -> None:
        self.clock = FakeClock(at("day 1 09:00"))
        self.home = household(id="gateway", residents=())
        self.life = Life(self.home, "day 1 09:00", (SupervisionDetector(),))
        self.starts()

    def starts(self) -> None:
        tokens = ("0" * 32, "1" * 32)
        watches = [
            WatchSettings(id, f"网关{id}", token, timedelta(minutes=5))
            for id, token in zip("ab", tokens, strict=True)
        ]
        self.tokens = tokens
        faults = AllFaults(self.clock, self.learns)
        self.peers = Peers(self.clock, watches, faults.report)

    def learns(self, fault: Fault) -> None:
        self.life.happens(fault)

    async def waits(self, minutes: int, heard: str = "") -> list[str]:
        """Return who is told while only those `heard` are."""
        before = len(self.life.effects)
        for _ in range(minutes):
            await self.clock.advance(60)
            for number in map(int, heard):
                self.peers.heard(self.tokens[number])
            self.peers.look()
            self.life.happens(Tick(self.clock.now()))
        return told(self.life.effects[before:])


async def test_each_gateway_that_falls_silent_is_told() -> None:
    gateway = Gateway()
    assert await gateway.waits(6, heard="1") == ["technician/sms"]
    assert await gateway.waits(60, heard="1") == []
    assert "technician/sms" in await gateway.waits(8), "and the other, an hour later"


async def test_one_that_came_back_while_we_were_away_is_well_again() -> None:
    gateway = Gateway()
    await gateway.waits(6, heard="1")
    assert gateway.life.incident.response == "open"
    gateway.starts()
    await gateway.waits(1, heard="1")
    assert gateway.life.engine.incidents, "of the silent one nothing is known yet"
    await gateway.waits(1, heard="01")
    assert gateway.life.engine.incidents == []
