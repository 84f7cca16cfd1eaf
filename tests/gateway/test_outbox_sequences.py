"""Rare orders of things: a target that is down in a storm, old beside new, look-ups in between."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from alerting.delivery.retry import RECONCILE_SECONDS, SEND_ATTEMPTS_MAX
from alerting.events import Purpose
from gateway.clock import Clock
from gateway.delivery.job import Job
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.transport import Submitted
from tests.fakes.provider import AMBIGUOUS, TRANSIENT
from tests.fakes.sending import NEIGHBOUR, World, sending
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


async def test_a_target_that_is_down_while_another_is_told_of_many_loses_no_alarm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every message the other takes says that the path is well; tries must not run out by it."""
    async with sending() as world:
        send, down = world.provider.send, True

        async def by_target(row: OutboxRow) -> Submitted:
            if down and row.address == NEIGHBOUR:
                world.provider.tried.append((world.clock.monotonic(), row.key))
                raise TRANSIENT
            return await send(row)

        monkeypatch.setattr(world.provider, "send", by_target)
        alarm = world.row("h1-0001/0/wang-neighbour/sms", NEIGHBOUR, minutes=15)
        world.outbox.owe([alarm])
        for n in range(2 * SEND_ATTEMPTS_MAX):
            world.outbox.owe([world.row(f"h1-{n + 2:04}/0/wang-daughter/sms")])
            await world.clock.advance(0.3)
        tries = [key for _, key in world.provider.tried if key == alarm.key]
        assert 6 <= len(tries) <= 20
        down = False
        await world.clock.advance(70)
        assert alarm.key in world.provider.sent


async def test_what_was_owed_before_the_start_replaces_nothing_newer() -> None:
    world = World()
    older = world.row("h1-0001/0/wang-daughter/sms")
    asked = world.row("h1-0001/q/wang/voice", NEIGHBOUR, purpose=Purpose.QUESTION)
    world.store.rows = {row.key: row for row in (older, asked)}
    await world.clock.advance(30)
    newer = world.row("h1-0001/1/wang-daughter/sms")
    told = world.row("h1-0001/t/wang/voice", NEIGHBOUR, purpose=Purpose.TOLD)
    world.provider.down = TRANSIENT
    world.outbox.owe([newer, told])
    await world.clock.advance(0.1)
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(5)
    world.provider.down = None
    await world.clock.advance(60)
    assert sorted(world.provider.sent) == [newer.key, told.key]
    assert world.state(older.key) is world.state(asked.key) is RowState.WITHDRAWN
    running.cancel()
