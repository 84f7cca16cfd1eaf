"""A mistake of ours in one way out: others carry the alarm, and nothing stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from alerting.delivery.channels.channel import Progress
from alerting.events import DeliveryState, Purpose
from gateway.delivery.follow import FOLLOW_SECONDS_MAX
from gateway.store.rows import OutboxRow, RowState
from gateway.transports.transport import Submitted
from tests.fakes.provider import TRANSIENT, FakeProvider
from tests.fakes.sending import DAUGHTER, MAINLAND, NEIGHBOUR
from tests.gateway.test_outbox_paths import SMS, Paths


def wrong(*_: Any, **__: Any) -> Any:
    raise KeyError("a field nobody expected to be missing")


async def wrong_later(*_: Any, **__: Any) -> Any:
    raise KeyError("a field nobody expected to be missing")


def break_(provider: FakeProvider, method: str, by: Callable[..., Any] = wrong_later) -> None:
    setattr(provider, method, by)


@asynccontextmanager
async def running(world: Paths) -> AsyncIterator[Paths]:
    task = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    try:
        yield world
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_send_that_fails_in_our_own_code_goes_by_the_next_path_at_once() -> None:
    async with running(Paths("twilio", "modem")) as world:
        break_(world.by["twilio"], "send")
        world.outbox.owe([world.way(SMS, "twilio", "modem")])
        await world.clock.advance(1)
        assert world.sent_by() == {"modem": [SMS]}
        await world.clock.advance(90)
        assert world.broken() == ["provider"], "the technician hears of it"


async def test_without_another_path_it_is_tried_again_and_the_household_is_told() -> None:
    async with running(Paths("twilio")) as world:
        twilio = world.by["twilio"]
        well = twilio.send
        break_(twilio, "send")
        world.outbox.owe([world.way(SMS, "twilio")])
        await world.clock.advance(1)
        assert [state for state, _ in world.told] == [DeliveryState.AMBIGUOUS]
        twilio.send = well  # type: ignore[method-assign]
        await world.clock.advance(120)
        assert twilio.sent == [SMS]


async def test_its_phone_is_free_for_the_next_call() -> None:
    async with running(Paths("twilio", "modem")) as world:
        break_(world.by["twilio"], "send")
        call = SMS.replace("sms", "voice")
        world.outbox.owe([world.way(call, "twilio")])
        world.outbox.owe([world.way(call.replace("/0/", "/1/"), "modem")])
        await world.clock.advance(1)
        assert world.sent_by() == {"modem": [call.replace("/0/", "/1/")]}


async def test_who_cannot_say_what_it_takes_is_tried_and_holds_nobody_up() -> None:
    async with running(Paths("twilio", "modem")) as world:
        break_(world.by["twilio"], "takes", wrong)
        rows = [world.way(SMS, "twilio"), world.way(SMS.replace("wang", "li"), "modem")]
        world.outbox.owe(rows)
        await world.clock.advance(1)
        assert world.sent_by() == {"twilio": [rows[0].key], "modem": [rows[1].key]}


async def test_one_that_stumbles_at_the_start_leaves_the_others_their_messages() -> None:
    world = Paths("twilio", "modem")
    break_(world.by["twilio"], "takes", wrong)
    break_(world.by["twilio"], "find")
    rows = [world.way(SMS, "twilio"), world.way(SMS.replace("wang", "li"), "modem")]
    world.store.rows = {row.key: row for row in rows}
    async with running(world):
        await world.clock.advance(60)
        assert world.sent_by() == {"twilio": [rows[0].key], "modem": [rows[1].key]}


async def test_a_path_is_asked_on_whether_it_is_there_after_a_mistake_in_asking() -> None:
    async with running(Paths("twilio", "modem")) as world:
        twilio = world.by["twilio"]
        twilio.down, well = TRANSIENT, twilio.warm
        world.outbox.owe([world.way(SMS, "twilio", "modem")])
        await world.clock.advance(1)
        break_(twilio, "warm")
        await world.clock.advance(20)
        assert not world.outbox.standing()[0].is_well
        twilio.warm, twilio.down = well, None  # type: ignore[method-assign]
        await world.clock.advance(61)
        assert world.outbox.standing()[0].is_well


async def test_a_status_nobody_can_read_is_asked_for_only_so_long() -> None:
    async with running(Paths("twilio")) as world:
        break_(world.by["twilio"], "progress")
        world.outbox.owe([world.way(SMS, "twilio", minutes=600)])
        await world.clock.advance(FOLLOW_SECONDS_MAX + 300)
        assert world.outbox.owing() == []
        assert world.state(SMS) is RowState.ACCEPTED


class Handing(FakeProvider):
    """Keeps no track, and does not know what became of anything."""

    name = "push"
    keeps_track = False

    async def send(self, row: OutboxRow) -> Submitted:
        self._take(row)
        return Submitted("id-0", Progress(DeliveryState.DELIVERED))

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        return None

    progress = wrong_later


async def test_what_was_handed_over_is_over_whatever_it_says_of_it() -> None:
    world = Paths("push")
    world.by["push"] = Handing(world.clock, "sms")
    world.outbox = world.open()
    row = world.way(SMS, "push")
    async with running(world):
        world.outbox.owe([row])
        await world.clock.advance(60)
        assert world.outbox.owing() == []


@pytest.mark.parametrize("purpose", [Purpose.DRILL, Purpose.NEWS])
async def test_a_drill_takes_nothing_of_what_is_kept_for_alarms(purpose: Purpose) -> None:
    async with running(Paths("twilio")) as world:
        for number in range(2):
            news = f"h1-000{number}/0/li/sms"
            world.outbox.owe([world.row(news, MAINLAND, Purpose.NEWS)])
            await world.clock.advance(1)
        drill = world.row("h1-drill-1/0/li/sms", MAINLAND, purpose)
        world.outbox.owe([drill])
        await world.clock.advance(1)
        assert drill.key not in world.sent_by()["twilio"]
        alarms = [world.row(f"h1-0009/{n}/li/sms", MAINLAND) for n in range(2)]
        world.outbox.owe(alarms)
        await world.clock.advance(1)
        assert {row.key for row in alarms} <= set(world.sent_by()["twilio"])


async def test_what_names_a_path_that_is_configured_no_more_goes_by_another() -> None:
    async with running(Paths("twilio")) as world:
        world.outbox.owe([world.way(SMS, "modem", "aliyun", address=NEIGHBOUR)])
        world.outbox.owe([world.way(SMS.replace("wang", "li"), "gone", address=DAUGHTER)])
        await world.clock.advance(1)
        assert len(world.by["twilio"].sent) == 2
