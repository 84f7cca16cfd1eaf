"""Keys pressed in calls, and how often we ask for texts."""

from __future__ import annotations

import asyncio

import pytest

from alerting.delivery.channels import spoken
from alerting.events import Answer
from alerting.household import Responder
from alerting.incident import Response
from gateway.transports.transport import SendError, Text
from tests.fakes.answering import DAUGHTER, SON, STRANGER, World
from tests.fakes.clock import START
from tests.fakes.provider import TRANSIENT, FakeProvider


@pytest.fixture
def world() -> World:
    return World()


# ---------------------------------------------------------------------- keys


async def test_a_key_is_answered_with_what_was_written_down(world: World) -> None:
    incident = world.press()
    first = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    await world.clock.advance(0)
    assert first.result() == spoken.RECORDED[Answer.GOING]
    second = asyncio.create_task(world.inbound.key(world.call(incident, SON), Answer.GOING))
    await world.clock.advance(0)
    assert second.result() == spoken.ALSO_GOING
    assert world.answers == []  # who answered aloud is not sent a text as well


async def test_a_key_pressed_when_all_is_over_is_told_so(world: World) -> None:
    incident = world.press()
    row = world.call(incident)
    world.close(incident)
    pressed = asyncio.create_task(world.inbound.key(row, Answer.GOING))
    await world.clock.advance(0)
    assert pressed.result() not in spoken.RECORDED.values()


async def test_nobody_waits_on_the_phone_for_a_slow_store(world: World) -> None:
    incident = world.press()
    world.is_slow = True
    pressed = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    again = asyncio.create_task(world.inbound.key(world.call(incident), Answer.GOING))
    await world.clock.advance(2.9)
    assert not pressed.done()
    await world.clock.advance(0.2)
    assert pressed.result() == again.result() == spoken.RECEIVED
    assert len(world.replies) == 1


async def test_a_key_of_somebody_no_longer_known_is_told_where_to_turn(world: World) -> None:
    incident = world.press()
    nobody = Responder("nobody", "?", "relative", STRANGER)
    assert await world.inbound.key(world.call(incident, nobody), Answer.GOING) == spoken.NOT_FOUND


# ---------------------------------------------------------------------- polling


class Polls:
    """How often a mailbox was asked, and how that went."""

    def __init__(self, world: World) -> None:
        self.provider = FakeProvider(world.clock)
        self.asked: list[float] = []
        self.links: list[SendError | None] = []
        self._world = world

    async def texts(self, since: object) -> list[Text]:
        self.asked.append(self._world.clock.monotonic())
        self.provider._answer()
        return list(self.provider.inbox)

    def link(self, provider: str, error: SendError | None) -> None:
        self.links.append(error)


async def test_texts_are_asked_for_often_only_while_somebody_is_waited_for(world: World) -> None:
    polls = Polls(world)
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link))
    await world.clock.advance(119)
    assert len(polls.asked) == 2
    world.press()
    await world.clock.advance(0.1)
    assert len(polls.asked) == 3  # the last question was longer ago than three seconds
    await world.clock.advance(30)
    assert len(polls.asked) == 13
    polls.provider.inbox.append(Text("twilio", "SM9", DAUGHTER.phone, "1", world.clock.now()))
    await world.clock.advance(3)
    assert world.response() is Response.CLAIMED
    await world.clock.advance(30)
    assert len(world.replies) == 1
    task.cancel()


async def test_a_mailbox_that_does_not_answer_is_asked_again_and_reported(world: World) -> None:
    polls = Polls(world)
    polls.provider.down = TRANSIENT
    world.press()
    polls.provider.inbox.append(Text("twilio", "SM9", DAUGHTER.phone, "1", START))
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link))
    await world.clock.advance(10)
    polls.provider.down = None
    await world.clock.advance(3)
    assert polls.links[0] is TRANSIENT
    assert polls.links[-1] is None
    assert len(world.replies) == 1
    task.cancel()


async def test_with_webhooks_we_ask_four_times_less(world: World) -> None:
    polls = Polls(world)
    world.press()
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link, pushed=True))
    await world.clock.advance(35)
    assert len(polls.asked) == 3
    task.cancel()


async def test_one_text_that_meets_a_mistake_of_ours_keeps_no_other_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    honest = world.inbound._understand

    def stumble(text: Text, late: bool) -> None:
        if text.id == "SM-bad":
            raise ZeroDivisionError("a bug")
        honest(text, late)

    world.inbound._understand = stumble  # type: ignore[method-assign]
    polls = Polls(world)
    world.press()
    now = world.clock.now()
    polls.provider.inbox += [
        Text("twilio", "SM-bad", DAUGHTER.phone, "1", now),
        Text("twilio", "SM-good", DAUGHTER.phone, "1", now),
    ]
    task = asyncio.create_task(world.inbound.poll(polls, "twilio", polls.link))
    await world.clock.advance(10)
    assert len(world.replies) == 1
    assert world.counters.total("reply met an error of ours") == 1
    assert "a bug" in caplog.text
    task.cancel()
