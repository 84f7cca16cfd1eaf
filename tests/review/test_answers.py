"""Answers of people that must reach the incident they meant, and no other."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from alerting.events import Answer, Configured, ErrorClass
from alerting.household import IncidentKind, Policy
from alerting.incident import Response
from gateway.transports.transport import SendError, Text
from tests.fakes.answering import DAUGHTER, SON, World, home


@pytest.fixture
def world() -> World:
    return World()


class Mailbox:
    """What the provider lists, by its own clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.texts_: list[Text] = []
        self.is_down = False
        self.behind = timedelta()
        """How far the provider's clock is behind ours."""

    def says(self, body: str, who: str = DAUGHTER.phone) -> None:
        at = self.world.clock.now() - self.behind
        self.texts_.append(Text("twilio", f"SM{len(self.texts_)}", who, body, at))

    async def texts(self, since: datetime) -> list[Text]:
        if self.is_down:
            raise SendError(ErrorClass.TRANSIENT, "no answer")
        return [text for text in self.texts_ if text.at is not None and text.at > since]


async def polling(world: World, mailbox: Mailbox) -> asyncio.Task[None]:
    task = asyncio.create_task(world.inbound.poll(mailbox, "twilio", lambda provider, error: None))
    await world.clock.advance(5)
    return task


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_somebody_taken_out_of_the_plan_can_answer_what_they_were_told(world: World) -> None:
    incident = world.press()
    policy = home("h1").policies[IncidentKind.EMERGENCY]
    step = msgspec.structs.replace(policy.steps[0], responders=(SON,))
    smaller = msgspec.structs.replace(
        home("h1"), policies={IncidentKind.EMERGENCY: Policy((step,))}
    )
    for id in ("h1", "h2"):
        world.step(id, Configured(world.clock.now(), msgspec.structs.replace(smaller, id=id)))
    await world.says(DAUGHTER.phone, "1")
    assert world.response() is Response.CLAIMED
    assert [row.address for row in world.answers] == [DAUGHTER.phone], "and hears so"
    words = asyncio.create_task(world.inbound.key(world.call(incident), Answer.ON_SCENE))
    await world.clock.advance(1)
    assert "现场" in (await words).zh


async def test_an_answer_held_up_with_the_provider_claims_no_incident_that_came_after_it(
    world: World,
) -> None:
    mailbox = Mailbox(world)
    task = await polling(world, mailbox)
    first = world.press()
    mailbox.is_down = True
    mailbox.says("1")
    await world.clock.advance(1_800)
    world.close(first)
    second = world.press().rpartition("-")[2].lstrip("0")
    mailbox.is_down = False
    await world.clock.advance(60)
    assert world.response() is Response.OPEN
    assert f"1 A101-{second}" in world.answers[-1].text, "they are asked which they mean"
    mailbox.says(f"1 {second}")
    await world.clock.advance(10)
    assert world.response() is Response.CLAIMED
    await stop(task)


async def test_answers_are_found_although_our_clock_was_set_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = Mailbox(world)
    mailbox.behind = timedelta(hours=3)
    monkeypatch.setattr(world.clock, "ahead", lambda: timedelta(hours=3))
    task = await polling(world, mailbox)
    world.press()
    mailbox.says("1")
    await world.clock.advance(10)
    assert world.response() is Response.CLAIMED
    await stop(task)
