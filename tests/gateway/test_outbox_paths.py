"""Several ways out: what one does not take goes by another, and never twice without need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import pytest

from alerting.events import DeliveryState, ErrorClass, Purpose
from alerting.household import Path
from alerting.incident import Urgency
from alerting.words import units
from gateway.config.delivery import DeliverySettings
from gateway.outbox import Outbox
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.transport import SendError
from tests.fakes.provider import (
    ACCEPTED,
    AMBIGUOUS,
    BAD_ACCOUNT,
    BAD_NUMBER,
    BUSY,
    DELIVERED,
    REFUSED_500,
    SPAM,
    TRANSIENT,
    FakeProvider,
)
from tests.fakes.sending import DAUGHTER, MAINLAND, NEIGHBOUR, World

PATHS = (
    Path("twilio", ("sms", "voice")),
    Path("modem", ("sms", "voice"), line="sim"),
    Path("aliyun", ("sms", "voice")),
    Path("tencent", ("sms", "voice")),
)
SMS = "h1-0001/0/wang-daughter/sms"
CALL = "h1-0001/0/wang-daughter/voice"


class Paths(World):
    """A world with several providers, by name."""

    def __init__(self, *names: str, weights: dict[str, int] | None = None) -> None:
        self.names = names
        self.weights = weights or {}
        self.by: dict[str, FakeProvider] = {}
        super().__init__()

    def open(self) -> Outbox:
        for name in self.names:
            if name not in self.by:
                self.by[name] = FakeProvider(self.clock)
                self.by[name].name = name
        self.provider = self.by[self.names[0]]
        return Outbox(
            self.clock,
            self.store,
            tuple(self.by.values()),
            lambda household, receipt: self.receipts.append(receipt),
            self.fault,
            luck=lambda: 0.25,
            settings=DeliverySettings(
                paths=tuple(path for path in PATHS if path.name in self.names),
                weights=self.weights,
            ),
        )

    def way(self, key: str, *names: str, address: str = DAUGHTER, minutes: float = 10) -> OutboxRow:
        row = self.row(
            key.replace("sms-2", "sms"), address, minutes=minutes, text=f"text of {key[:18]}"
        )
        return msgspec.structs.replace(row, key=key, paths=names)

    def sent_by(self) -> dict[str, list[str]]:
        return {name: provider.sent for name, provider in self.by.items() if provider.sent}

    @property
    def lost(self) -> list[DeliveryState]:
        bad = (DeliveryState.FAILED, DeliveryState.UNDELIVERED, DeliveryState.AMBIGUOUS)
        return [receipt.state for receipt in self.receipts if receipt.state in bad]


@asynccontextmanager
async def sending(*names: str, weights: dict[str, int] | None = None) -> AsyncIterator[Paths]:
    world = Paths(*names, weights=weights)
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def world() -> AsyncIterator[Paths]:
    async with sending("twilio", "modem") as world:
        yield world


# ---------------------------------------------------------------------- one path fails


async def test_the_first_path_takes_it_while_it_is_well(world: Paths) -> None:
    world.outbox.owe([world.way(SMS, "modem", "twilio")])
    await world.clock.advance(30)
    assert world.sent_by() == {"modem": [SMS]}
    assert world.state() is RowState.DELIVERED


async def test_an_alarm_waits_for_no_line_that_is_taken_while_another_is_free(
    world: Paths,
) -> None:
    world.by["modem"].talks = True
    call = world.way(CALL, "modem", "twilio")
    reminder = world.way("h2-0001/n/wang-son/voice", "modem", "twilio", address=NEIGHBOUR)
    news = msgspec.structs.replace(reminder, purpose=Purpose.NEWS)
    world.outbox.owe([call, news, world.way(SMS, "modem", "twilio")])
    await world.clock.advance(1)
    assert world.sent_by() == {"twilio": [CALL], "modem": [SMS, news.key]}
    world.by["modem"].talks = False
    again = world.way("h3-0001/0/wang-daughter/voice", "modem", "twilio", address=MAINLAND)
    world.outbox.owe([again])
    await world.clock.advance(1)
    assert world.by["modem"].sent[-1] == again.key


async def test_where_every_line_is_taken_the_first_path_keeps_its_place(world: Paths) -> None:
    for provider in world.by.values():
        provider.talks = True
    world.outbox.owe([world.way(CALL, "modem", "twilio")])
    await world.clock.advance(1)
    assert world.sent_by() == {"modem": [CALL]}


@pytest.mark.parametrize("error", [TRANSIENT, REFUSED_500, BAD_NUMBER, BAD_ACCOUNT, SPAM])
async def test_what_one_path_does_not_take_goes_by_the_next_at_once(
    world: Paths, error: SendError
) -> None:
    world.by["twilio"].refuses = error
    world.outbox.owe([world.way(SMS, "twilio", "modem")])
    await world.clock.advance(0)
    assert world.sent_by() == {"modem": [SMS]}
    await world.clock.advance(600)
    assert world.sent_by() == {"modem": [SMS]}
    assert world.lost == [], "somebody has it: nothing failed"
    assert world.state() is RowState.DELIVERED


async def test_nobody_knows_whether_it_went_out_so_the_other_path_takes_it_too(
    world: Paths,
) -> None:
    world.by["twilio"].troubles, world.by["twilio"].swallows = [AMBIGUOUS], True
    world.outbox.owe([world.way(SMS, "twilio", "modem")])
    await world.clock.advance(0)
    assert world.sent_by() == {"twilio": [SMS], "modem": [SMS]}
    await world.clock.advance(600)
    assert world.sent_by() == {"twilio": [SMS], "modem": [SMS]}, "not blindly again"
    assert world.lost == []


async def test_a_provider_that_hangs_costs_its_time_limit_once(world: Paths) -> None:
    world.by["twilio"].seconds, world.by["twilio"].refuses = 10.0, AMBIGUOUS
    world.outbox.owe([world.way(SMS, "twilio", "modem")])
    await world.clock.advance(10)
    assert world.sent_by() == {"modem": [SMS]}
    other = "h2-0001/0/wang-neighbour/sms"
    world.outbox.owe([world.way(other, "twilio", "modem", address=NEIGHBOUR)])
    await world.clock.advance(0)
    assert world.sent_by() == {"modem": [SMS, other]}, "the next does not wait for it"


async def test_a_phone_that_is_busy_is_rung_by_the_other_path_and_then_again(
    world: Paths,
) -> None:
    world.by["twilio"].fates[DAUGHTER] = [BUSY]
    world.outbox.owe([world.way(CALL, "twilio", "modem")])
    await world.clock.advance(4)
    assert world.sent_by() == {"twilio": [CALL], "modem": [CALL]}
    assert world.lost == []


async def test_failed_is_said_only_when_every_path_has_failed(world: Paths) -> None:
    world.by["twilio"].refuses = world.by["modem"].refuses = BAD_NUMBER
    world.outbox.owe([world.way(SMS, "twilio", "modem")])
    await world.clock.advance(0)
    assert world.told == [(DeliveryState.FAILED, ErrorClass.CONTACT)]
    assert world.state() is RowState.FAILED
    assert [attempt.transport for attempt in world.store.attempts] == ["twilio", "modem"]


async def test_a_message_no_path_takes_for_an_hour_expires(world: Paths) -> None:
    world.by["twilio"].down = world.by["modem"].down = TRANSIENT
    world.outbox.owe([world.way(SMS, "twilio", "modem", minutes=15)])
    await world.clock.advance(3_600)
    assert world.told == [(DeliveryState.FAILED, ErrorClass.EXPIRED)]


async def test_with_the_internet_down_for_an_hour_the_sim_carries_everything() -> None:
    async with sending("twilio", "modem", "aliyun") as world:
        for name in ("twilio", "aliyun"):
            world.by[name].down = TRANSIENT
        for n in range(12):
            key = f"h{n}-0001/0/wang-daughter/sms"
            world.outbox.owe([world.way(key, "twilio", "aliyun", "modem")])
            await world.clock.advance(0)
            assert world.by["modem"].sent[-1] == key
            await world.clock.advance(300)
        tried = world.by["twilio"].tried
        assert len(tried) <= 1, "a path known to be down is not tried for every alarm"
        for name in ("twilio", "aliyun"):
            world.by[name].down = None
        await world.clock.advance(20)
        key = "h99-0001/0/wang-daughter/sms"
        world.outbox.owe([world.way(key, "twilio", "aliyun", "modem")])
        await world.clock.advance(0)
        assert world.by["modem"].sent[-1] != key, "asked now and then, it is known to be back"


async def test_who_waits_for_a_turn_goes_elsewhere_when_the_path_fails(world: Paths) -> None:
    world.by["twilio"].seconds, world.by["twilio"].refuses = 10.0, AMBIGUOUS
    rows = [
        world.way(f"h{n}-0001/0/p{n}/sms", "twilio", "modem", address=f"+852510{n:05}")
        for n in range(200)
    ]
    world.outbox.owe(rows)
    await world.clock.advance(10)
    for _ in range(5):  # as often as the loop has to turn for so many; no time passes
        await world.clock.advance(0)
    assert len(world.by["modem"].sent) == 200
    assert len(world.by["twilio"].tried) == 64


# ---------------------------------------------------------------------- two lines at once


async def test_a_twin_keeps_off_the_line_of_its_sibling(world: Paths) -> None:
    world.by["modem"].refuses = TRANSIENT
    twin = SMS + "-2"
    world.outbox.owe(
        [
            world.way(twin, "twilio", address=MAINLAND),
            world.way(SMS, "modem", "twilio", address=MAINLAND),
        ]
    )
    await world.clock.advance(60)
    assert world.sent_by() == {"twilio": [twin]}, "the same text once a line"
    world.by["modem"].refuses = None
    await world.clock.advance(60)
    assert world.sent_by() == {"twilio": [twin], "modem": [SMS]}


async def test_a_sibling_takes_over_when_the_twin_did_not_arrive(world: Paths) -> None:
    world.by["modem"].refuses = BAD_ACCOUNT
    world.by["twilio"].refuses = SPAM
    world.outbox.owe(
        [
            world.way(SMS, "modem", "twilio", address=MAINLAND),
            world.way(SMS + "-2", "twilio", address=MAINLAND),
        ]
    )
    await world.clock.advance(60)
    assert world.state() is RowState.FAILED
    assert world.state(SMS + "-2") is RowState.FAILED
    assert world.lost == [DeliveryState.FAILED, DeliveryState.FAILED]


# ---------------------------------------------------------------------- restart


async def test_after_a_restart_every_path_that_may_have_it_is_asked() -> None:
    world = Paths("twilio", "modem")
    row = world.way(SMS, "twilio", "modem")
    await world.by["modem"].send(row)
    world.store.rows = {row.key: row}
    await world.clock.advance(3)
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(60)
    assert world.sent_by() == {"modem": [SMS]}
    assert world.state() is RowState.DELIVERED
    running.cancel()


async def test_after_a_restart_a_path_that_is_down_holds_nothing_up() -> None:
    world = Paths("twilio", "modem")
    row = world.way(SMS, "twilio", "modem")
    world.store.rows = {row.key: row}
    world.by["twilio"].down = TRANSIENT
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    assert world.sent_by() == {"modem": [SMS]}
    running.cancel()


# ---------------------------------------------------------------------- shares and quotas


async def test_a_slow_provider_is_drained_and_then_restored() -> None:
    async with sending("aliyun", "tencent", weights={"aliyun": 50, "tencent": 50}) as world:
        for n in range(60):
            if n < 30:
                world.by["aliyun"].fates[f"+86138000{n:05}"] = [ACCEPTED] * 14 + [DELIVERED]
            key = f"h{n}-0001/0/p{n}/sms"
            paths = ("aliyun", "tencent") if n % 2 else ("tencent", "aliyun")
            world.outbox.owe([world.way(key, *paths, address=f"+86138000{n:05}", minutes=60)])
            await world.clock.advance(30)
        points = world.outbox.scales["sms"].points
        assert points["aliyun"] < 50 < points["tencent"], points
        await world.clock.advance(8 * 900)
        assert world.outbox.scales["sms"].points == {"aliyun": 50, "tencent": 50}


async def test_a_used_up_quota_sends_the_call_by_another_path() -> None:
    async with sending("aliyun", "modem") as world:
        keys = [f"h{n}-0001/0/wang-daughter/voice" for n in range(2)]
        for key in keys:
            world.outbox.owe([world.way(key, "aliyun", "modem", address=MAINLAND)])
            await world.clock.advance(20)
        assert world.sent_by() == {"aliyun": keys[:1], "modem": keys[1:]}, "one call a minute"


async def test_what_the_provider_would_refuse_waits_if_nobody_else_is_there() -> None:
    async with sending("aliyun") as world:
        keys = [f"h{n}-0001/0/wang-daughter/voice" for n in range(2)]
        for key in keys:
            world.outbox.owe([world.way(key, "aliyun", address=MAINLAND)])
            await world.clock.advance(20)
        assert world.by["aliyun"].sent == keys[:1]
        await world.clock.advance(25)
        assert world.by["aliyun"].sent == keys


async def test_news_never_uses_what_the_sim_keeps_for_alarms() -> None:
    async with sending("modem") as world:
        for n in range(60):
            row = world.way(f"h{n}-0001/n/p{n}/sms", "modem", address=f"+86138000{n:05}")
            world.outbox.owe([msgspec.structs.replace(row, purpose=Purpose.NEWS)])
        await world.clock.advance(0)
        assert len(world.by["modem"].sent) == 40
        world.outbox.owe([world.way(SMS, "modem", address=MAINLAND)])
        await world.clock.advance(0)
        assert world.by["modem"].sent[-1] == SMS


# ---------------------------------------------------------------------- a long outage


def alarms(world: Paths, hour: int, numbers: Sequence[int]) -> list[OutboxRow]:
    """What the ladder owes in one hour for these incidents: each to one of two people."""
    rows = []
    for n in numbers:
        who = n % 2
        row = world.way(
            f"h{n}-0001/{hour}/p{who}/sms",
            "twilio",
            "modem",
            address=f"+852510000{who:02}",
            minutes=15,
        )
        rows.append(
            msgspec.structs.replace(
                row,
                text=f"【关爱网关】报警{n}",
                variables={"code": f"A{n}", "number": "1"},
                urgency=Urgency.HIGH if n % 5 == 0 else Urgency.MEDIUM,
            )
        )
    return rows


async def test_after_a_day_without_any_path_alarms_go_by_priority_and_old_ones_as_one_text() -> (
    None
):
    async with sending("twilio", "modem") as world:
        for provider in world.by.values():
            provider.down = TRANSIENT
        for hour in range(24):
            world.outbox.owe(alarms(world, hour, range(hour * 21, min(500, hour * 21 + 21))))
            await world.clock.advance(3_600)
        for n in range(100, 500):  # a person has these meanwhile: the desk was told by the gateway
            world.outbox.withdraw(f"h{n}-0001")
        fresh = alarms(world, 24, range(100))
        world.outbox.owe(fresh)
        await world.clock.advance(20)
        for provider in world.by.values():
            provider.down = None
        await world.clock.advance(120)
        sent = [item.row for provider in world.by.values() for item in provider.taken]
        keys = [row.key for row in sent]
        assert len(set(keys)) == len(keys), "each once"
        assert {row.key for row in fresh} <= set(keys), "every alarm that is still one"
        summaries = [row for row in sent if row.key.startswith("reply/missed/")]
        assert sorted(row.responder for row in summaries) == ["p0", "p1"], "one for each person"
        assert len(sent) == len(fresh) + 2
        for row in summaries:
            assert row.text.startswith("【关爱网关】通信中断期间有250起报警")
            assert "其中50起尚无人应答" in row.text
            assert units(row.text) <= 70
        for provider in world.by.values():  # the first showed that the path is well again
            order = [item.row for item in provider.taken][1:]
            ranks = [(row.purpose is not Purpose.ALARM, row.urgency != "high") for row in order]
            assert ranks == sorted(ranks), "emergencies first, the summaries last"
        assert not world.outbox.owing() or all(row.provider_id for row in world.outbox.owing())
        await world.clock.advance(4_000)
        assert [row for row in world.store.rows.values() if row.final_at is None] == []


async def test_a_summary_outlives_a_restart() -> None:
    world = Paths("twilio")
    world.provider.down = TRANSIENT
    running = asyncio.create_task(world.outbox.run())
    world.outbox.owe(alarms(world, 0, range(2)))
    await world.clock.advance(1_000)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    world.outbox = world.open()
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(5)
    world.outbox.owe(alarms(world, 1, range(2, 4)))
    await world.clock.advance(1_000)
    world.provider.down = None
    await world.clock.advance(60)
    texts = [item.row.text for item in world.provider.taken]
    assert len(texts) == 2
    assert all("有2起报警" in text for text in texts)
    running.cancel()


async def test_with_one_line_left_the_same_is_not_told_twice_nor_called_lost() -> None:
    async with sending("twilio", "modem") as world:
        world.by["twilio"].down = TRANSIENT
        first = world.way(SMS, "twilio", "modem")
        second = world.way(f"{SMS}-2", "modem")
        world.outbox.owe([first, second])
        await world.clock.advance(30)
        assert len(world.by["modem"].sent) == 1
        states = {world.state(row.key) for row in (first, second)}
        assert RowState.FAILED not in states
        assert "failed" not in [receipt.state for receipt in world.receipts]
