"""A whole gateway with an app, a centre and another system beside the telephone."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import psutil
import pytest

from gateway.transports.signing import check, signed
from simulators.arc import Centre, receiving
from tests.fakes.http_sink import HttpSink, http_sink
from tests.line.world import Plan, World, phone, village

pytestmark = pytest.mark.line

SECRET = b"k" * 32
WRITTEN = "whsec_" + base64.b64encode(SECRET).decode()


class Targets(Plan):
    """Home 1's relative has every kind of target beside the telephone."""

    def __init__(self, sink: HttpSink, centre: Centre) -> None:
        super().__init__(homes=2, channels='"sms", "push", "scaip", "webhook"')
        self.sink = sink
        self.centre = centre

    def write(self, folder: Path, broker: int, desk: int, provider: str) -> Path:
        path = super().write(folder, broker, desk, provider)
        host = f"127.0.0.1:{self.sink.port}"
        tables = (
            f'[push.targets]\napp = "json://{host}/push"\n'
            f'[scaip.targets.county]\nhost = "127.0.0.1"\nport = {self.centre.port}\n'
            'controller = "100000"\n'
            f'[webhook.targets.town]\nurl = "http://{host}/alarms"\nsecret = "{WRITTEN}"\n'
            "answers = true\n"
        )
        number = f'phone = "{phone(1)}"\n'
        text = path.read_text()
        assert number in text
        text = text.replace(number, f'{number}push = "app"\nscaip = "county"\nwebhook = "town"\n')
        head, mark, rest = text.partition("[[responder]]")
        path.write_text(head + tables + mark + rest)
        return path


@asynccontextmanager
async def county(folder: Path) -> AsyncIterator[tuple[World, HttpSink, Centre]]:
    async with (
        http_sink() as sink,
        receiving(Centre()) as centre,
        village(folder, Targets(sink, centre)) as world,
    ):
        await world.start()
        yield world, sink, centre


def came(sink: HttpSink, path: str) -> list[tuple[dict[str, str], bytes]]:
    return [(headers, body) for at, headers, body in sink.requests if at.startswith(path)]


def alarms(centre: Centre) -> list[dict[str, str]]:
    return [said for said in centre.heard if said["mty"] == "ME"]


async def test_a_press_is_told_by_every_way_and_another_system_takes_it(tmp_path: Path) -> None:
    async with county(tmp_path) as (world, sink, centre):
        await world.publish(world.press(1))
        await world.until(
            lambda: (
                world.texts(phone(1))
                and came(sink, "/push")
                and came(sink, "/alarms")
                and alarms(centre)
            ),
            lambda: (
                f"{world.texts(phone(1))} {sink.requests} {centre.heard} {world.gateway.said()}"
            ),
        )
        assert any(said["mty"] == "PI" for said in centre.heard)
        assert alarms(centre)[0]["stc"] == "0010"
        headers, body = came(sink, "/alarms")[0]
        assert check((SECRET,), headers, body, datetime.now(UTC))
        key = json.loads(body)["key"]
        states = "select channel, state from outbox where responder = 'r1' and final_at is not null"
        await world.until(
            lambda: (
                dict(world.gateway.ask(states)).items()
                >= {"push": "accepted", "scaip": "delivered", "webhook": "accepted"}.items()
            ),
            lambda: str(world.gateway.ask("select channel, state, detail from outbox")),
        )
        taken = "select count(*) from incident where response = 'claimed'"
        assert world.gateway.count(taken) == 0, "a machine that took it is nobody who goes"
        await world.until(lambda: world.has_desk(), "the desk is not open")
        answer = json.dumps({"key": key, "answer": "going"}).encode()
        async with aiohttp.ClientSession() as session:
            sent = signed((SECRET,), "a-1", datetime.now(UTC), answer)
            async with session.post(
                f"{world.desk}/webhook/answer", data=answer, headers=sent
            ) as response:
                assert response.status in (200, 202), await response.text()
            async with session.post(f"{world.desk}/webhook/answer", data=answer) as response:
                assert response.status == 403
        await world.until(lambda: world.gateway.count(taken) == 1, "nobody is going")


async def test_the_process_of_pushes_killed_costs_nobody_a_text(tmp_path: Path) -> None:
    async with county(tmp_path) as (world, sink, _):
        await world.until(lambda: bool(children(world)), "no process for pushes")
        (child,) = children(world)
        sink.script = ["hang"]
        await world.publish(world.press(1))
        await world.until(lambda: came(sink, "/push"), "no push")
        os.kill(child, signal.SIGKILL)
        sink.script = ["200"]
        await world.until(lambda: world.texts(phone(1)), "no text")
        pushed = "select count(*) from outbox where channel = 'push' and state = 'accepted'"
        await world.until(
            lambda: world.gateway.count(pushed) >= 1,
            lambda: str(world.gateway.ask("select key, state, detail from outbox")),
            60,
        )
        assert children(world) not in ([], [child])
        assert not world.gateway.has_ended


def children(world: World) -> list[int]:
    return [
        one.pid
        for one in psutil.Process(world.gateway.pid).children()
        if "gateway.push_child" in one.cmdline()
    ]
