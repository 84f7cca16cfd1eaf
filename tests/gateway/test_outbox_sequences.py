"""Rare orders of things: a target that is down in a storm, old beside new, look-ups in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path as File

import msgspec
import pytest

from alerting.delivery.retry import RECONCILE_SECONDS, SEND_ATTEMPTS_MAX
from alerting.events import Purpose
from gateway.clock import Clock
from gateway.delivery.job import Job
from gateway.store import reading
from gateway.store.rows import Attempt, OutboxRow, RowState
from gateway.store.store import Store
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


async def test_a_call_of_a_former_life_is_not_taken_for_the_one_that_was_never_placed(
    tmp_path: File,
) -> None:
    """A provider lists calls by number and time only, and both are to the same phone."""
    world, path = World(), tmp_path / "guanai.db"
    store = Store.open(path)
    earlier, busy, owed = (
        world.row(f"h1-000{n}/0/wang-daughter/voice", text="a call says nothing") for n in (1, 2, 3)
    )
    rows, attempts = [owed], []
    for row, state in ((earlier, RowState.DELIVERED), (busy, RowState.EXPIRED)):
        had = await world.provider.send(row)
        now, id = world.clock.now(), had.provider_id
        row = msgspec.structs.replace(row, state=state, provider="fake", submitted_at=now)
        state = RowState.SUBMITTED
        attempts.append(
            Attempt(key=row.key, number=1, at=now, transport="fake", state=state, provider_id=id)
        )
        id = "" if row.key == busy.key else id
        rows.append(msgspec.structs.replace(row, provider_id=id, final_at=now))
    await store.save(rows, attempts)
    since = world.clock.now() - timedelta(hours=1)
    world.outbox.remember(reading.sent_since(path, since), reading.taken_since(path, since))
    await store.close()
    world.store.rows = {owed.key: owed}
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(30)
    assert world.provider.sent == [earlier.key, busy.key, owed.key]
    running.cancel()


async def test_an_alarm_that_expires_while_a_summary_is_being_sent_is_in_the_next_one() -> None:
    async with sending() as world:
        world.provider.down = TRANSIENT
        first = world.row("h1-0001/0/wang-daughter/sms", minutes=1)
        late = world.row("h2-0001/0/wang-daughter/sms", minutes=2.2)
        world.outbox.owe([first, msgspec.structs.replace(late, household="h2")])
        await world.clock.advance(60)
        world.provider.seconds = 9  # from now on it takes its time
        await world.clock.advance(72)
        assert (world.state(late.key), world.provider.at_once) == (RowState.EXPIRED, 1)
        world.provider.down = None
        await world.clock.advance(600)
        texts = [item.row.text for item in world.provider.taken]
        assert any("h2" in text for text in texts)
