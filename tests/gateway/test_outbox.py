"""A message on its way, on the virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.incident import Urgency
from gateway.store.rows import RowState
from gateway.transports.transport import SendError
from tests.fakes.provider import (
    ACCEPTED,
    AMBIGUOUS,
    BAD_ACCOUNT,
    BAD_NUMBER,
    BUSY,
    DELIVERED,
    PICKED_UP,
    REFUSED_500,
    SPAM,
    TRANSIENT,
    VOICEMAIL,
)
from tests.fakes.sending import DAUGHTER, NEIGHBOUR, World, sending


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with sending() as world:
        yield world


# ---------------------------------------------------------------------- all is well


async def test_a_message_goes_out_at_once_and_every_change_is_told(world: World) -> None:
    world.outbox.owe([world.row()])
    await world.clock.advance(0)
    assert world.provider.sent == ["h1-0001/0/wang-daughter/sms"]
    await world.clock.advance(20)
    assert world.told == [(DeliveryState.ACCEPTED, None), (DeliveryState.DELIVERED, None)]
    assert world.state() is RowState.DELIVERED
    kept = world.store.rows["h1-0001/0/wang-daughter/sms"]
    assert kept.state is RowState.DELIVERED
    assert kept.final_at is not None
    assert kept.provider_id == "id-0"
    assert world.outbox.owing() == []


async def test_the_same_key_is_sent_once(world: World) -> None:
    world.outbox.owe([world.row()])
    world.outbox.owe([world.row()])
    await world.clock.advance(60)
    assert len(world.provider.sent) == 1


async def test_every_incident_has_one_message_out_before_any_has_two(world: World) -> None:
    world.provider.sends_at_once_max = 1
    world.provider.seconds = 1.0
    outbox = world.open()
    ways = [(f"h{n}-0001/0/p{n}/{way}", n) for n in range(4) for way in ("sms", "voice")]
    rows = [world.row(key, f"+852510{n:05}") for key, n in ways]
    newest = world.clock.now() + timedelta(minutes=1)
    outbox.owe([msgspec.structs.replace(row, created_at=newest) for row in rows[:2]])
    outbox.owe(rows[2:])
    for _ in range(10):
        await world.clock.advance(1)
    incidents = [key.partition("-")[0] for key in world.provider.sent]
    assert sorted(incidents[:4]) == ["h0", "h1", "h2", "h3"]
    assert sorted(incidents) == sorted(["h0", "h1", "h2", "h3"] * 2)


async def test_one_request_that_hangs_delays_nobody(world: World) -> None:
    world.provider.hangs.add(DAUGHTER)
    world.outbox.owe([world.row()])
    await world.clock.advance(0)
    world.outbox.owe([world.row("h1-0001/0/wang-neighbour/sms", NEIGHBOUR)])
    await world.clock.advance(0)
    assert world.provider.sent == ["h1-0001/0/wang-neighbour/sms"]


async def test_alarms_go_before_news_and_the_newest_alarm_first(world: World) -> None:
    world.provider.seconds = 1.0
    full = [
        world.row(f"h1-{n:04}/0/p{n}/sms", f"+852510{n:05}", urgency=Urgency.MEDIUM)
        for n in range(64)
    ]
    world.outbox.owe(full)
    await world.clock.advance(0.1)
    world.outbox.owe([world.row("h2-0001/0/a/sms", NEIGHBOUR, Purpose.NEWS)])
    world.outbox.owe([world.row("h3-0001/0/b/sms", NEIGHBOUR)])
    await world.clock.advance(0.1)
    world.outbox.owe([world.row("h4-0001/0/c/sms", NEIGHBOUR)])
    await world.clock.advance(2)
    order = [key for _, key in world.provider.tried[64:]]
    assert order == ["h4-0001/0/c/sms", "h3-0001/0/b/sms", "h2-0001/0/a/sms"]
    assert world.provider.at_once_most == 64


# ---------------------------------------------------------------------- retries


async def test_a_passing_fault_is_tried_again_in_seconds(world: World) -> None:
    world.provider.troubles = [TRANSIENT, TRANSIENT, TRANSIENT]
    start = world.clock.monotonic()
    world.outbox.owe([world.row()])
    await world.clock.advance(30)
    assert [round(at - start) for at, _ in world.provider.tried] == [0, 1, 3, 7]
    assert world.provider.looked == []  # these certainly did not go out
    assert world.state() is RowState.DELIVERED
    assert [attempt.state for attempt in world.store.attempts] == [
        RowState.QUEUED,
        RowState.QUEUED,
        RowState.QUEUED,
        RowState.SUBMITTED,
    ]


async def test_five_presses_survive_a_provider_that_answers_500_for_14_seconds(
    world: World,
) -> None:
    world.provider.down = REFUSED_500
    for n in range(5):
        world.outbox.owe([world.row(f"h1-{n:04}/0/wang-daughter/sms", DAUGHTER)])
        await world.clock.advance(2)
    await world.clock.advance(4)
    world.provider.down = None
    await world.clock.advance(20)
    assert len(set(world.provider.sent)) == 5
    assert len(world.provider.sent) == 5


async def test_a_500_after_the_message_was_taken_does_not_double_it(world: World) -> None:
    world.provider.troubles = [REFUSED_500]
    world.provider.swallows = True
    world.outbox.owe([world.row()])
    await world.clock.advance(30)
    assert len(world.provider.taken) == 1
    assert world.state() is RowState.DELIVERED


async def test_the_wait_a_provider_asks_for_is_kept(world: World) -> None:
    world.provider.troubles = [
        SendError(ErrorClass.TRANSIENT, "HTTP 429", code=20429, retry_after=17.0)
    ]
    start = world.clock.monotonic()
    world.outbox.owe([world.row()])
    await world.clock.advance(60)
    assert [at - start for at, _ in world.provider.tried] == [0, 17.0]


async def test_a_busy_phone_is_rung_again_in_minutes_and_the_household_knows(
    world: World,
) -> None:
    world.provider.fates[DAUGHTER] = [BUSY]
    start = world.clock.monotonic()
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/voice")])
    await world.clock.advance(10)
    assert world.told[-1] == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
    world.provider.fates[DAUGHTER] = [PICKED_UP, DELIVERED]
    await world.clock.advance(300)
    again = world.provider.tried[1][0] - start
    assert 120 <= again <= 310
    assert world.state("h1-0001/0/wang-daughter/voice") is RowState.DELIVERED


@pytest.mark.parametrize("error", [BAD_NUMBER, BAD_ACCOUNT, SPAM])
async def test_what_will_never_work_is_told_at_once_and_not_tried_again(
    world: World, error: SendError
) -> None:
    world.provider.troubles = [error]
    world.outbox.owe([world.row()])
    await world.clock.advance(600)
    assert len(world.provider.tried) == 1
    assert world.told == [(DeliveryState.FAILED, error.error)]
    assert world.state() is RowState.FAILED
    part = "reach/wang-daughter" if error is BAD_NUMBER else "provider"
    assert part in world.broken()


async def test_a_person_reached_again_is_no_fault_any_more(world: World) -> None:
    world.provider.troubles = [BAD_NUMBER]
    world.outbox.owe([world.row()])
    await world.clock.advance(1)
    assert world.broken() == ["reach/wang-daughter"]
    world.outbox.owe([world.row("h1-0001/1/wang-daughter/sms")])
    await world.clock.advance(30)
    assert world.broken() == []


# ---------------------------------------------------------------------- nobody can tell


async def test_an_ambiguous_send_is_told_at_once_then_found(world: World) -> None:
    world.provider.troubles = [AMBIGUOUS]
    world.provider.swallows = True
    start = world.clock.monotonic()
    world.outbox.owe([world.row()])
    await world.clock.advance(0)
    assert world.told == [(DeliveryState.AMBIGUOUS, ErrorClass.AMBIGUOUS)]
    assert world.state() is RowState.UNKNOWN
    await world.clock.advance(60)
    assert [at - start for at, _ in world.provider.looked] == [10.0]
    assert len(world.provider.tried) == 1
    assert world.told[-1] == (DeliveryState.DELIVERED, None)


async def test_an_ambiguous_send_that_is_not_found_twice_goes_out_again(world: World) -> None:
    world.provider.troubles = [AMBIGUOUS]
    start = world.clock.monotonic()
    world.outbox.owe([world.row()])
    await world.clock.advance(60)
    assert [at - start for at, _ in world.provider.looked] == [10.0, 30.0]
    assert [at - start for at, _ in world.provider.tried] == [0.0, 30.0]


async def test_two_equal_texts_are_not_taken_for_each_other(world: World) -> None:
    world.outbox.owe([world.row(text="the same")])
    await world.clock.advance(1)
    world.provider.troubles = [AMBIGUOUS]
    world.outbox.owe([world.row("h1-0001/1/wang-daughter/sms", text="the same")])
    await world.clock.advance(60)
    assert len(world.provider.taken) == 2


# ---------------------------------------------------------------------- calls


async def test_one_phone_is_rung_once_at_a_time(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED] * 3 + [PICKED_UP] * 2 + [DELIVERED]
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/voice")])
    world.outbox.owe([world.row("h2-0001/0/wang-daughter/voice")])
    await world.clock.advance(5)
    assert world.provider.sent == ["h1-0001/0/wang-daughter/voice"]
    await world.clock.advance(55)
    assert len(world.provider.sent) == 2


async def test_a_call_that_never_ends_holds_a_phone_for_a_minute_only(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/voice")])
    world.outbox.owe([world.row("h2-0001/0/wang-daughter/voice")])
    await world.clock.advance(61)
    assert len(world.provider.sent) == 2


async def test_voicemail_is_not_a_human(world: World) -> None:
    world.provider.fates[DAUGHTER] = [PICKED_UP, DELIVERED, VOICEMAIL]
    world.outbox.owe([world.row("h1-0001/0/wang-daughter/voice")])
    await world.clock.advance(30)
    assert world.told == [
        (DeliveryState.ACCEPTED, None),
        (DeliveryState.DELIVERED, None),
        (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE),
    ]


async def test_a_key_press_beats_every_status(world: World) -> None:
    key = "h1-0001/0/wang-daughter/voice"
    world.provider.fates[DAUGHTER] = [PICKED_UP, DELIVERED]
    world.outbox.owe([world.row(key)])
    await world.clock.advance(1)
    world.outbox.heard(key)
    await world.clock.advance(0)
    assert world.told[-1] == (DeliveryState.HEARD, None)
    world.outbox.push("fake", "id-0", VOICEMAIL)
    world.outbox.push("fake", "id-0", DELIVERED)
    await world.clock.advance(60)
    assert world.state(key) is RowState.HEARD
    assert world.told[-1] == (DeliveryState.HEARD, None)


# ---------------------------------------------------------------------- pushed statuses


async def test_pushed_statuses_may_come_twice_late_and_in_any_order(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.outbox.owe([world.row()])
    await world.clock.advance(0)
    for news in (DELIVERED, ACCEPTED, DELIVERED, ACCEPTED):
        assert world.outbox.push("fake", "id-0", news)
        await world.clock.advance(1)
    assert world.told == [(DeliveryState.ACCEPTED, None), (DeliveryState.DELIVERED, None)]
    assert world.state() is RowState.DELIVERED


async def test_a_status_that_overtakes_our_own_answer_is_kept(world: World) -> None:
    world.provider.seconds = 2.0
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.outbox.owe([world.row()])
    await world.clock.advance(1)
    assert not world.outbox.push("fake", "id-0", DELIVERED)
    await world.clock.advance(2)
    assert world.state() is RowState.DELIVERED


async def test_statuses_of_strangers_are_bounded(world: World) -> None:
    for n in range(2_000):
        assert not world.outbox.push("fake", f"nobody-{n}", DELIVERED)


async def test_a_carrier_that_never_says_is_asked_for_an_hour(world: World) -> None:
    world.provider.fates[DAUGHTER] = [ACCEPTED]
    world.outbox.owe([world.row()])
    await world.clock.advance(4_000)
    row = world.outbox.row("h1-0001/0/wang-daughter/sms")
    assert row is not None
    assert row.state is RowState.ACCEPTED
    assert row.final_at is not None
    assert world.outbox.owing() == []


async def test_blocked_content_is_a_fault_until_a_text_arrives(world: World) -> None:
    filtered = Progress(DeliveryState.UNDELIVERED, True, ErrorClass.BLOCKED, 30007, "filtered")
    world.provider.fates[DAUGHTER] = [filtered]
    world.outbox.owe([world.row()])
    await world.clock.advance(5)
    assert world.broken() == ["provider"]
    assert len(world.provider.sent) == 1
    world.outbox.owe([world.row("h1-0002/0/wang-neighbour/sms", NEIGHBOUR)])
    await world.clock.advance(30)
    assert world.broken() == []


# ---------------------------------------------------------------------- calls to a resident


async def test_the_latest_news_end_a_call_that_still_rings(world: World) -> None:
    """A resident's phone rings once, with what is true now."""
    phone = "+85251000099"
    first = world.row("h1-0001/1/resident:1/voice", phone, Purpose.TOLD)
    second = world.row("h1-0001/2/resident:1/voice", phone, Purpose.TOLD)
    other = world.row("h2-0001/1/resident:1/voice", "+85251000098", Purpose.TOLD)
    world.outbox.owe([first, other])
    await world.clock.advance(1)
    world.outbox.owe([second])
    await world.clock.advance(90)
    assert first.key in world.provider.recalled
    assert other.key not in world.provider.recalled
    assert second.key in world.provider.sent


async def test_a_question_is_withdrawn_once_it_is_answered(world: World) -> None:
    world.provider.seconds = 5.0
    question = world.row("h1-0001/1/resident:1/voice", "+85251000099", Purpose.QUESTION)
    world.outbox.owe([question])
    world.outbox.withdraw("h1-0001")
    await world.clock.advance(60)
    assert world.state(question.key) in (RowState.WITHDRAWN, RowState.UNDELIVERED)
