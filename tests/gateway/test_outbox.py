"""A message on its way, on the virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, ErrorClass, Purpose, Receipt
from alerting.incident import Urgency
from gateway.outbox import Outbox
from gateway.store.errors import StoreError, Trouble
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.transport import SendError
from tests.fakes.clock import FakeClock
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
    FakeProvider,
    FakeRows,
)

DAUGHTER = "+85251000001"
NEIGHBOUR = "+85251000002"
MAINLAND = "+8613800000006"


class World:
    """An outbox with its provider, its store and everybody it tells."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(self.clock)
        self.store = FakeRows()
        self.receipts: list[Receipt] = []
        self.faults: list[tuple[str, bool, str]] = []
        self.outbox = self.open()

    def open(self) -> Outbox:
        return Outbox(
            self.clock,
            self.store,
            (self.provider,),
            lambda household, receipt: self.receipts.append(receipt),
            self.fault,
            luck=lambda: 0.5,
        )

    def fault(self, part: str, active: bool, detail: str, source: str = "") -> None:
        self.faults.append((part, active, detail))

    def row(
        self,
        key: str = "h1-0001/0/wang-daughter/sms",
        address: str = DAUGHTER,
        purpose: Purpose = Purpose.ALARM,
        urgency: Urgency = Urgency.HIGH,
        minutes: float = 10,
        text: str = "",
    ) -> OutboxRow:
        incident, _, responder, channel = key.split("/")
        now = self.clock.now()
        return OutboxRow(
            key=key,
            household="h1",
            incident=incident,
            responder=responder,
            channel=channel,
            address=address,
            purpose=purpose,
            urgency=urgency,
            text=text or f"text of {key}",
            language="zh",
            state=RowState.LEASED,
            created_at=now,
            due_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )

    @property
    def told(self) -> list[tuple[DeliveryState, ErrorClass | None]]:
        return [(receipt.state, receipt.error) for receipt in self.receipts]

    def state(self, key: str = "h1-0001/0/wang-daughter/sms") -> RowState:
        row = self.outbox.row(key)
        assert row is not None
        return row.state

    def broken(self) -> list[str]:
        """Parts that are broken now."""
        latest = {part: active for part, active, _ in self.faults}
        return [part for part, active in latest.items() if active]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    yield world
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert world.provider.closed


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
    assert world.provider.sent == ["h1-0001/96/wang-daughter/sms"]
    states = [row.state for row in world.store.rows.values()]
    assert states.count(RowState.EXPIRED) == 96
    assert len(states) == 97
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
    assert world.provider.sent == []
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


async def test_a_newer_alarm_to_the_same_person_replaces_one_still_waiting(world: World) -> None:
    world.provider.down = TRANSIENT
    world.outbox.owe([world.row()])
    await world.clock.advance(5)
    world.outbox.owe([world.row("h1-0001/1/wang-daughter/sms")])
    world.provider.down = None
    await world.clock.advance(60)
    assert world.provider.sent == ["h1-0001/1/wang-daughter/sms"]


async def test_news_leaves_the_mainland_quota_to_alarms(world: World) -> None:
    for n in range(3):
        world.outbox.owe([world.row(f"h1-000{n}/n/liu/sms", MAINLAND, Purpose.NEWS)])
        await world.clock.advance(60)
    world.outbox.owe([world.row("h1-0009/0/liu/sms", MAINLAND)])
    await world.clock.advance(1)
    assert world.provider.sent == ["h1-0000/n/liu/sms", "h1-0001/n/liu/sms", "h1-0009/0/liu/sms"]
    assert world.state("h1-0002/n/liu/sms") is RowState.WITHDRAWN


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
