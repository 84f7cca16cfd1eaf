"""Rare orders of things: a target that is down in a storm, old beside new, look-ups in between."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from alerting.delivery.retry import RECONCILE_SECONDS
from alerting.events import Purpose
from gateway.clock import Clock
from gateway.delivery.job import Job
from tests.fakes.provider import AMBIGUOUS
from tests.gateway.test_outbox_paths import Paths


async def test_news_that_may_be_out_waits_quietly_for_the_look_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may not go by the other path meanwhile; the event loop must not spin over that."""
    pauses: list[float] = []
    pause = Job.pause

    async def counted(job: Job, clock: Clock, seconds: float) -> None:
        pauses.append(seconds)
        assert len(pauses) < 100, "it spins"
        await pause(job, clock, seconds)

    monkeypatch.setattr(Job, "pause", counted)
    world = Paths("twilio", "modem")
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    world.by["twilio"].troubles = [AMBIGUOUS]
    row = world.way("h1-0001/0/wang-daughter/sms", "twilio", "modem", minutes=60)
    world.outbox.owe([msgspec.structs.replace(row, purpose=Purpose.NEWS)])
    await world.clock.advance(RECONCILE_SECONDS[0] - 1)
    assert len(pauses) <= 2
    await world.clock.advance(RECONCILE_SECONDS[-1])
    assert world.sent_by() == {"modem": [row.key]}
    running.cancel()
