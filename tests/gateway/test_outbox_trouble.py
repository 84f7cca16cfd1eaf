"""Restarts, outages and broken stores: what is owed goes out, once, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from alerting.events import DeliveryState, ErrorClass, Purpose
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.transport import SendError
from tests.fakes.provider import (
    ACCEPTED,
    AMBIGUOUS,
    BAD_ACCOUNT,
    BUSY,
    DELIVERED,
    PICKED_UP,
    REFUSED_500,
    TRANSIENT,
    VOICEMAIL,
)
from tests.fakes.sending import DAUGHTER, MAINLAND, NEIGHBOUR, World, sending


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with sending() as world:
        yield world


# ---------------------------------------------------------------------- restart


async def test_what_was_being_sent_when_we_died_is_looked_up_first() -> None:
    world = World()
    gone_out, not_gone = world.row(), world.row("h1-0001/0/wang-neighbour/sms", NEIGHBOUR)
    await world.provider.send(gone_out)
    world.store.rows = {row.key: row for row in (gone_out, not_gone)}
    await world.clock.advance(3)
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    assert world.provider.sent == [gone_out.key, not_gone.key]
    assert len(world.provider.looked) == 2
    await world.clock.advance(30)
    assert world.state(gone_out.key) is RowState.DELIVERED
    running.cancel()


async def test_a_message_the_provider_has_is_followed_on_after_a_restart() -> None:
    world = World()
    row = world.row()
    await world.provider.send(row)
    world.store.rows = {
        row.key: msgspec.structs.replace(
            row, state=RowState.SUBMITTED, provider="fake", provider_id="id-0"
        )
    }
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(30)
    assert len(world.provider.taken) == 1
    assert world.state() is RowState.DELIVERED
    running.cancel()


async def test_a_call_that_ended_as_we_died_may_have_been_taken_by_a_machine() -> None:
    """Whether a machine answered is known some seconds after the end: a restart asks again."""
    world = World()
    world.provider.fates[DAUGHTER] = [PICKED_UP, DELIVERED, VOICEMAIL]
    running = asyncio.create_task(world.outbox.run())
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/voice")])
    await world.clock.advance(6)
    assert (DeliveryState.DELIVERED, None) in world.told
    running.cancel()
    await world.clock.advance(0)
    world.outbox = world.open()
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(30)
    assert world.told[-1] == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    running.cancel()


async def test_what_was_owed_is_asked_for_until_the_store_can_be_read() -> None:
    world = World()
    owed, answered = world.row(), world.row("h2-0001/0/wang-neighbour/sms", NEIGHBOUR)
    world.store.rows = {row.key: row for row in (owed, answered)}
    world.store.broken = lambda: StoreError(Path("db"), Trouble.LOCKED, "another process")
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(60)
    assert world.provider.sent == []
    assert world.broken() == ["store"]
    newer = world.row("h1-0001/1/wang-neighbour/sms", NEIGHBOUR)
    world.outbox.owe([newer])
    world.outbox.withdraw("h2-0001")
    await world.clock.advance(60)
    assert world.provider.sent == [newer.key], "what is new waits for nothing"
    world.store.broken = None
    await world.clock.advance(60)
    assert world.provider.sent == [newer.key, owed.key], "once, and not what a person answered"
    assert world.broken() == []
    assert world.store.rows[answered.key].state is RowState.WITHDRAWN
    running.cancel()


async def test_a_provider_that_cannot_be_asked_does_not_hold_up_an_alarm_for_ever() -> None:
    world = World()
    world.store.rows = {"h1-0001/0/wang-daughter/sms": world.row()}

    async def no_list(*_: object) -> None:
        raise SendError(ErrorClass.TRANSIENT, "the list is broken")

    world.provider.find = no_list  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(2)
    assert len(world.provider.sent) == 1
    running.cancel()


async def test_a_provider_gone_for_a_day_gives_no_burst() -> None:
    world = World()
    running = asyncio.create_task(world.outbox.run())
    world.provider.down = TRANSIENT
    for n in range(96):  # the ladder repeats every quarter of an hour; each lives ten minutes
        world.outbox.owe([world.row(f"h1-0001/{n}/wang-daughter/sms")])
        await world.clock.advance(900)
    world.outbox.owe([world.row("h1-0001/96/wang-daughter/sms")])
    await world.clock.advance(5)
    world.provider.down = None
    await world.clock.advance(120)
    assert world.provider.sent[0] == "h1-0001/96/wang-daughter/sms"
    assert len(world.provider.sent) == 2, "and one text that sums up the others"
    assert "1起报警" in world.provider.taken[1].row.text, "one incident, however often told"
    states = [row.state for row in world.store.rows.values()]
    assert states.count(RowState.EXPIRED) == 96
    assert len(states) == 98
    assert world.broken() == []
    assert ("provider", True) in [(part, active) for part, active, _ in world.faults]
    running.cancel()


# ---------------------------------------------------------------------- too late, not needed


async def test_what_expired_is_not_sent_and_says_so(world: World) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe([world.row(minutes=5)])
    await world.clock.advance(301)
    world.provider.down = None
    await world.clock.advance(300)
    assert [key for key in world.provider.sent if key.startswith("h1-")] == []
    assert len(world.provider.sent) == 1, "the person is told that there was an alarm"
    assert world.state() is RowState.EXPIRED
    assert world.told == [(DeliveryState.FAILED, ErrorClass.EXPIRED)]


async def test_a_clock_that_is_set_forward_expires_nothing_that_waits(world: World) -> None:
    world.provider.troubles = [TRANSIENT]
    world.outbox.owe([world.row()])
    await world.clock.advance(0.5)
    world.clock.jump(50 * 365 * 86_400)
    await world.clock.advance(30)
    assert len(world.provider.sent) == 1


async def test_an_alarm_somebody_has_answered_is_kept_back_but_news_is_not(world: World) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe(
        [
            world.row(),
            world.row("h1-0001/n/wang-neighbour/sms", NEIGHBOUR, Purpose.NEWS),
            world.row("h2-0001/0/wang-neighbour/sms", NEIGHBOUR),
        ]
    )
    await world.clock.advance(1)
    world.outbox.withdraw("h1-0001")
    world.provider.down = None
    await world.clock.advance(60)
    assert sorted(world.provider.sent) == [
        "h1-0001/n/wang-neighbour/sms",
        "h2-0001/0/wang-neighbour/sms",
    ]
    assert world.state() is RowState.WITHDRAWN


VOICE = "h1-0001/0/wang-daughter/voice"


async def test_a_call_that_still_rings_is_ended_once_somebody_has_answered(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.outbox.owe([world.row(VOICE), world.row("h2-0001/0/wang-neighbour/voice", NEIGHBOUR)])
    await world.clock.advance(5)
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(0)
    assert world.provider.recalled == [VOICE]
    assert world.state(VOICE) is RowState.WITHDRAWN
    told = [receipt.state for receipt in world.receipts if receipt.key == VOICE]
    assert told == [DeliveryState.ACCEPTED, DeliveryState.RECALLED]
    await world.clock.advance(600)
    assert world.provider.sent.count(VOICE) == 1


async def test_a_call_in_the_act_of_being_placed_is_ended_too(world: World) -> None:
    world.provider.seconds = 3.0
    world.outbox.owe([world.row(VOICE)])
    await world.clock.advance(1)
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(2)
    assert world.provider.recalled == [VOICE]


async def test_who_listens_to_a_call_is_left_to_finish(world: World) -> None:
    world.provider.fates[DAUGHTER] = [PICKED_UP, PICKED_UP, PICKED_UP, DELIVERED]
    world.outbox.owe([world.row(VOICE)])
    await world.clock.advance(3)
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(60)
    assert world.provider.recalled == []
    assert world.state(VOICE) is RowState.DELIVERED


@pytest.mark.parametrize("trouble", [TRANSIENT, AMBIGUOUS, BAD_ACCOUNT], ids=lambda e: e.error)
async def test_a_call_that_cannot_be_ended_rings_on_and_harms_nothing(
    world: World, trouble: SendError
) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED] * 6 + [BUSY]
    world.provider.holds_on = trouble
    world.outbox.owe([world.row(VOICE)])
    await world.clock.advance(5)
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(600)
    assert world.state(VOICE) is RowState.WITHDRAWN
    assert world.provider.sent == [VOICE]
    assert not any(active for _, active, _ in world.faults)


async def test_a_call_that_cannot_be_ended_at_once_is_ended_a_little_later(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.provider.holds_on = TRANSIENT
    world.outbox.owe([world.row(VOICE)])
    await world.clock.advance(5)
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(1)
    world.provider.holds_on = None
    await world.clock.advance(2)
    assert world.provider.recalled == [VOICE]


async def test_a_newer_alarm_to_the_same_person_replaces_one_still_waiting(world: World) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe([world.row()])
    await world.clock.advance(5)
    world.outbox.owe([world.row("h1-0001/1/wang-daughter/sms")])
    world.provider.down = None
    await world.clock.advance(60)
    assert world.provider.sent == ["h1-0001/1/wang-daughter/sms"]


async def test_news_leaves_the_mainland_quota_to_alarms(world: World) -> None:
    world.provider.name = "twilio"  # by name its rules are known
    for n in range(3):
        world.outbox.owe([world.row(f"h1-000{n}/n/liu/sms", MAINLAND, Purpose.NEWS)])
        await world.clock.advance(60)
    world.outbox.owe([world.row("h1-0009/0/liu/sms", MAINLAND)])
    await world.clock.advance(1)
    assert world.provider.sent == ["h1-0000/n/liu/sms", "h1-0001/n/liu/sms", "h1-0009/0/liu/sms"]
    assert world.state("h1-0002/n/liu/sms") is RowState.WITHDRAWN


# ---------------------------------------------------------------------- the store


async def test_a_broken_store_stops_nothing_and_gets_everything_later(world: World) -> None:
    world.store.broken = lambda: StoreError(Path("x"), Trouble.FULL, "disk")
    world.outbox.owe([world.row(), world.row("h1-0001/0/wang-neighbour/sms", NEIGHBOUR)])
    await world.clock.advance(30)
    assert len(world.provider.sent) == 2
    assert world.told[-1] == (DeliveryState.DELIVERED, None)
    assert world.store.rows == {}
    world.store.broken = None
    await world.clock.advance(31)
    assert {row.state for row in world.store.rows.values()} == {RowState.DELIVERED}


async def test_changes_are_written_in_groups(world: World) -> None:
    world.outbox.owe([world.row(f"h1-{n:04}/0/p{n}/sms", f"+852510{n:05}") for n in range(50)])
    await world.clock.advance(0)
    assert len(world.store.rows) == 50
    assert world.store.writes < 10


# ---------------------------------------------------------------------- the provider


async def test_a_minute_without_an_answer_is_a_fault_until_the_next_answer(world: World) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe([world.row()])
    await world.clock.advance(59)
    assert world.broken() == []
    await world.clock.advance(2)
    assert world.broken() == ["provider"]
    world.provider.down = None
    await world.clock.advance(61)
    assert world.broken() == []


async def test_a_provider_that_answers_questions_and_takes_nothing(world: World) -> None:
    """Each answer is not a reason to try again at once: all tries would be used up."""
    world.provider.refuses = REFUSED_500
    for n in range(5):
        world.outbox.owe([world.row(f"h1-{n:04}/0/wang-daughter/sms", DAUGHTER)])
    await world.clock.advance(62)
    assert len(world.provider.tried) <= 5 * 8
    assert world.broken() == ["provider"], "a minute without a message taken is a fault"
    world.provider.refuses = None
    await world.clock.advance(60)
    assert len(world.provider.sent) == len(set(world.provider.sent)) == 5
    assert world.broken() == []


async def test_when_the_provider_is_well_again_nobody_waits_for_his_next_turn(
    world: World,
) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe([world.row(f"h{n}-0001/0/p/sms", f"+8525100000{n}") for n in range(5)])
    await world.clock.advance(100)
    world.provider.down = None
    world.outbox.owe([world.row("h9-0001/0/p/sms", NEIGHBOUR)])
    await world.clock.advance(0)
    assert len(world.provider.sent) == 6


async def test_a_channel_nothing_carries_is_refused_at_once(world: World) -> None:
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/pigeon")])
    await world.clock.advance(0)
    assert world.told == [(DeliveryState.FAILED, ErrorClass.CONFIGURATION)]


async def test_a_mistake_of_ours_costs_no_alarm(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    honest = world.provider.send
    calls = []

    async def stumble(row: OutboxRow) -> object:
        calls.append(row.key)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        return await honest(row)

    world.provider.send = stumble  # type: ignore[method-assign, assignment]
    world.outbox.owe([world.row()])
    await world.clock.advance(30)
    assert world.provider.sent == ["h1-0001/0/wang-daughter/sms"]
    assert "error of ours" in caplog.text


async def test_not_even_a_bug_in_the_store_stops_the_messages(world: World) -> None:
    world.store.broken = lambda: ZeroDivisionError("a bug")
    world.outbox.owe([world.row()])
    await world.clock.advance(5)
    world.outbox.owe([world.row("h2-0001/0/wang-neighbour/sms", NEIGHBOUR)])
    await world.clock.advance(5)
    assert len(world.provider.sent) == 2
    world.store.broken = None
    await world.clock.advance(60)
    assert {row.state for row in world.store.rows.values()} == {RowState.DELIVERED}
