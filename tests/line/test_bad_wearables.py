"""Raw acceleration that cannot be: named and counted on the desk, no alarm, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from devices.accel import AccelBatch, encode_batch
from devices.topic import native_topic
from tests import waves
from tests.line.world import Message, Plan, World, village

pytestmark = pytest.mark.line

HOME = 1
DAY_BATCHES = 864
"""A day, in batches of 100 s."""


def on_the_wire(batches: Sequence[AccelBatch], home: int = HOME) -> list[Message]:
    topic = native_topic(f"h{home}", f"b{home}", "accel")
    return [(topic, encode_batch(batch)) for batch in batches]


def run(boot: str, wave: waves.Wave, range_g: int = 16) -> list[AccelBatch]:
    """One run of a device that sends `wave`, whatever it is."""
    counts = np.rint(wave * (32768 / range_g)).clip(-32768, 32767).astype(np.int16)
    made = waves.sent(np.zeros_like(wave), boot=boot)
    cut = np.split(counts, range(50, len(counts), 50))
    return [
        msgspec.structs.replace(one, samples=samples, range_g=range_g)
        for one, samples in zip(made, cut, strict=True)
    ]


def at_clock(
    batches: Sequence[AccelBatch], begins: datetime, pace: float = 1.0
) -> list[AccelBatch]:
    return [
        msgspec.structs.replace(one, start=begins + timedelta(seconds=pace * number))
        for number, one in enumerate(batches)
    ]


CALM = waves.standing(70)
FLIP = np.where(np.arange(1500) % 2, 1.0, -1.0)[:, None] * np.ones(3)
STREAMS: dict[str, list[AccelBatch]] = {
    "milli-g instead of counts": run("mg", CALM[:600] * np.float32(1000 / 2048)),
    "m/s² instead of g": run("ms2", CALM[:600] * np.float32(9.81)),
    "full scale all the time": run("full", np.full((600, 3), 40.0, np.float32)),
    "full scale with changing sign": run("flip", (FLIP * 40).astype(np.float32)),
    "the samples never change": run("same", np.tile(np.array([0, 1, 0], np.float32), (3500, 1))),
    "its time stamps say 40 Hz": at_clock(
        run("rate", CALM), datetime(2026, 3, 1, tzinfo=UTC), 1.25
    ),
    "the device&#39;s clock jumped": [
        *at_clock(run("jump", CALM)[:9], datetime(2026, 3, 1, tzinfo=UTC)),
        *at_clock(run("jump", CALM)[9:19], datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        *at_clock(run("jump", CALM)[19:29], datetime(2106, 2, 7, tzinfo=UTC)),
    ],
    "began anew without a new boot": [
        *[msgspec.structs.replace(one, seq=one.seq + 500) for one in run("anew", CALM)[:9]],
        *run("anew", CALM)[:9],
    ],
    "the sequence jumped by": [
        run("far", CALM)[0],
        msgspec.structs.replace(run("far", CALM)[1], seq=2**31),
    ],
}


async def test_acceleration_that_cannot_be_end_to_end(tmp_path: Path) -> None:
    async with village(tmp_path, Plan(homes=4)) as world:
        await world.start()
        for batches in STREAMS.values():
            await in_order(world, on_the_wire(batches))
        order = [0, 1, 2, 2, 4, 3, 5, 8, 9]
        calm = run("order", CALM)
        await in_order(world, on_the_wire([calm[number] for number in order]))
        topic = native_topic(f"h{HOME}", f"b{HOME}", "accel")
        broken = encode_batch(calm[20])
        await in_order(world, [(topic, broken[:50]), (topic, broken[:3] + b"\x07" + broken[4:])])

        await world.until(lambda: batches_heard(world) >= 1, "nothing arrived")
        page = await shown(world, "repeated batch")
        for said in STREAMS:
            assert said in page, said
        for said in ("单位是毫 g", "单位是 m/s²", "一直满量程", "设备时钟跳变", "批次号跳了"):
            assert said in page, said
        for what in ("重复的批次", "迟到的批次", "穿戴设备丢失批次", "读不懂的消息"):
            assert what in page, what
        assert "2 batches lost: blind for about 2.0 s" in page, "6 and 7"

        # a whole day at once, and a press in another home meanwhile
        still = np.concatenate([one.samples for one in run("day", waves.standing(20))])
        day = at_clock(
            [
                msgspec.structs.replace(calm[0], seq=number, rate_hz=10.0, samples=still)
                for number in range(DAY_BATCHES)
            ],
            datetime.now(UTC) - timedelta(days=1),
            100.0,
        )
        async with asyncio.TaskGroup() as together:
            together.create_task(in_order(world, on_the_wire(day, 2)))
            await asyncio.sleep(0.3)
            await world.publish(world.press(3))
            await world.all_told([3], 15)
        page = await shown(world, "late wearable")
        assert "穿戴设备补传" in page
        why = world.gateway.ask("select body from incident where household in ('h1', 'h2')")
        assert not world.told([HOME, 2]), f"numbers alone call nobody: {why}"
        alarms = "select kind, household from incident where household in ('h1', 'h2')"
        assert {kind for kind, _ in world.gateway.ask(alarms)} <= {"technical"}
        assert not world.gateway.has_ended


async def in_order(world: World, messages: Sequence[Message]) -> None:
    """Publish one after the other, as a device does."""
    for begin in range(0, len(messages), 500):
        await world.publish(*messages[begin : begin + 500])


def batches_heard(world: World) -> int:
    return world.gateway.count("select count(*) from journal where household = 'h1'")


async def shown(world: World, what: str) -> str:
    """Return the technical page once it names `what`."""
    for _ in range(100):
        page = await world.technical()
        if what in page:
            return page
        await asyncio.sleep(0.3)
    raise AssertionError(f"{what!r} is not shown: {world.gateway.said()[-2000:]}")
