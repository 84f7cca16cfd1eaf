"""The outbox with a modem: what is urgent does not wait for what stands in the modem's queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alerting.events import Purpose
from gateway.outbox import Outbox
from tests.fakes.modem import DAUGHTER, World, modem_world, person, until
from tests.fakes.provider import FakeRows

OTHERS = [f"+8613900000{n:03}" for n in range(80)]


async def test_an_alarm_passes_the_news_that_wait_for_the_sim(tmp_path: Path) -> None:
    people = [person(), *(person(number) for number in OTHERS)]
    async with modem_world(tmp_path, people) as world:
        outbox = Outbox(
            world.clock, FakeRows(), (world.modem,), lambda *said: None, lambda *said: None
        )
        running = asyncio.create_task(outbox.run())
        outbox.owe([world.row(to=number, purpose=Purpose.NEWS) for number in OTHERS])
        await until(lambda: _arrived(world) >= 3)
        outbox.owe([world.row()])
        before = _arrived(world)
        await until(lambda: bool(world.emulator.network.phone(DAUGHTER).texts))
        assert _arrived(world) - before <= 5
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _arrived(world: World) -> int:
    return sum(len(world.emulator.network.phone(number).texts) for number in OTHERS)
