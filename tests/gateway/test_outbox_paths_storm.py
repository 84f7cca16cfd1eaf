"""Bad days with two lines: every message reaches an end, and goes where it may."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from alerting.events import DeliveryState
from gateway.store.rows import RowState
from tests.fakes.provider import (
    AMBIGUOUS,
    BAD_ACCOUNT,
    BAD_NUMBER,
    BUSY,
    REFUSED_500,
    SPAM,
    TRANSIENT,
    VOICEMAIL,
)
from tests.gateway.test_outbox_paths import Paths

SEEDS = 40
WAYS = (
    ("sms", ("modem", "aliyun", "twilio")),
    ("sms-2", ("twilio", "aliyun")),
    ("voice", ("aliyun", "modem")),
)
ERRORS = (TRANSIENT, REFUSED_500, AMBIGUOUS, BAD_NUMBER, BAD_ACCOUNT, SPAM, None, None)


def mishap(world: Paths, dice: Random) -> None:
    provider = world.by[dice.choice(world.names)]
    match dice.randrange(5):
        case 0:
            provider.down = dice.choice([TRANSIENT, None])
        case 1:
            provider.refuses = dice.choice(ERRORS)
        case 2:
            provider.troubles.append(dice.choice([AMBIGUOUS, REFUSED_500]))
            provider.swallows = dice.random() < 0.5
        case 3:
            provider.fates[f"+861380000000{dice.randrange(5)}"] = [dice.choice([BUSY, VOICEMAIL])]
        case _:
            pass


@pytest.mark.parametrize("seed", range(SEEDS), ids=lambda seed: f"seed{seed}")
async def test_a_bad_day_on_two_lines(seed: int) -> None:
    dice, world = Random(seed), Paths("twilio", "modem", "aliyun")
    running = asyncio.create_task(world.outbox.run())
    owed = []
    for n in range(dice.randint(10, 30)):
        mishap(world, dice)
        for name, paths in WAYS[: dice.randint(1, 3)]:
            key = f"h{n}-0001/0/p{n % 5}/{name}"
            phone = f"+861380000000{n % 5}"
            row = world.way(key, *paths, address=phone, minutes=60)
            owed.append(row.key)
            world.store.rows.setdefault(row.key, row)
            world.outbox.owe([row])
        await world.clock.advance(dice.choice([0.0, 0.5, 12.0, 40.0]))
        if dice.random() < 0.1:  # die without a word, and start again from what was written
            for job in world.outbox._register:
                assert job.task is not None
                job.task.cancel()
            running.cancel()
            world.outbox = world.open()
            running = asyncio.create_task(world.outbox.run())
    for provider in world.by.values():
        provider.down, provider.refuses, provider.troubles = None, None, []
        provider.fates.clear()
    await world.clock.advance(8_000)
    taken = {item.row.key for provider in world.by.values() for item in provider.taken}
    failed = {receipt.key for receipt in world.receipts if receipt.state in LOST}
    for key in owed:
        row = world.store.rows[key]
        assert row.final_at is not None, f"{key} is {row.state}: it never ended"
        assert key in taken or key in failed or row.state is RowState.WITHDRAWN, f"{key}: {row}"
    for provider in world.by.values():
        assert all(item.row.paths for item in provider.taken if item.row.incident)
        for item in provider.taken:
            assert not item.row.paths or provider.name in item.row.paths
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


LOST = (DeliveryState.FAILED, DeliveryState.UNDELIVERED)
