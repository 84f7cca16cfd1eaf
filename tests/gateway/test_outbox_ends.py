"""After an incident ended nobody is told anything of it but the end itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.events import Purpose
from gateway.store.rows import RowState
from tests.fakes.provider import TRANSIENT
from tests.fakes.sending import World, sending


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with sending() as made:
        yield made


async def test_after_the_end_only_the_end_is_told(world: World) -> None:
    world.provider.down = TRANSIENT
    keys = {
        "h1-0001/0/wang-daughter/sms": Purpose.ALARM,
        "h1-0001/remind-0/wang-son/sms": Purpose.REMINDER,
        "h1-0001/news-0/wang-aunt/sms": Purpose.NEWS,
        "h1-0001/prompt-1/resident:1/sms": Purpose.TOLD,
        "h1-0002/news-0/wang-aunt/sms": Purpose.NEWS,
    }
    world.outbox.owe([world.row(key, purpose=purpose) for key, purpose in keys.items()])
    await world.clock.advance(5)
    world.outbox.withdraw("h1-0001", world.clock.now())
    world.outbox.owe([world.row("h1-0001/news-1/wang-aunt/sms", purpose=Purpose.NEWS)])
    await world.clock.advance(5)
    world.provider.down = None
    await world.clock.advance(90)
    assert sorted(world.provider.sent) == [
        "h1-0001/news-1/wang-aunt/sms",
        "h1-0002/news-0/wang-aunt/sms",
    ]
    assert world.state("h1-0001/news-0/wang-aunt/sms") is RowState.WITHDRAWN


PARTS = (("0", Purpose.ALARM), ("remind-0", Purpose.REMINDER), ("news-0", Purpose.NEWS))


@given(
    when=st.lists(st.tuples(st.floats(0, 60), st.sampled_from(PARTS)), min_size=1, max_size=12),
    ends=st.floats(0, 90),
    down=st.tuples(st.floats(0, 60), st.floats(0, 90)),
)
@settings(max_examples=60, deadline=None)
def test_nobody_hears_of_what_is_over_but_the_end(
    when: list[tuple[float, tuple[str, Purpose]]], ends: float, down: tuple[float, float]
) -> None:
    asyncio.run(_ends(when, ends, down))


async def _ends(
    when: list[tuple[float, tuple[str, Purpose]]], ends: float, down: tuple[float, float]
) -> None:
    """Owe messages of one incident at these moments, and end it while the provider may be away."""
    world = World()
    running = asyncio.create_task(world.outbox.run())
    begins = world.clock.now()
    moments: list[tuple[float, str]] = [(down[0], "down"), (sum(down), "up"), (ends, "end")]
    moments += [(at, f"{n}") for n, (at, _) in enumerate(when) if at < ends]
    for at, what in sorted(moments):
        wait = at - (world.clock.now() - begins).total_seconds()
        await world.clock.advance(max(0.001, wait))
        if what in ("down", "up"):
            world.provider.down = TRANSIENT if what == "down" else None
        elif what == "end":
            taken = len(world.provider.taken)
            world.outbox.withdraw("h1-0001", world.clock.now())
            world.outbox.owe([world.row("h1-0001/news-9/wang-aunt/sms", purpose=Purpose.NEWS)])
        else:
            part, purpose = when[int(what)][1]
            key = f"h1-0001/{part}/p{what}/sms"
            world.outbox.owe([world.row(key, f"+8525100{int(what):04}", purpose)])
    await world.clock.advance(1_200)
    late = [item.row.key for item in world.provider.taken[taken:]]
    assert late == ["h1-0001/news-9/wang-aunt/sms"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
