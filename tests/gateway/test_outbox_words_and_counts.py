"""What a path can say, and what it has said before, decides which one takes a message."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path as File

import msgspec
import pytest

from alerting.events import Purpose
from gateway.store import reading
from gateway.store.rows import OutboxRow, RowState
from gateway.store.store import Store
from tests.fakes.provider import TRANSIENT, FakeProvider
from tests.fakes.sending import MAINLAND
from tests.gateway.test_outbox_paths import CALL, Paths, alarms


class Registered(FakeProvider):
    """A provider that says what is registered with it, and nothing else."""

    says: tuple[str, ...] = ("alarm",)

    def takes(self, row: OutboxRow) -> bool:
        return row.template in self.says


def registering(*names: str, says: tuple[str, ...] = ("alarm",)) -> Paths:
    """Return a world whose first path takes registered texts only."""
    made = Paths(*names)
    first = Registered(made.clock)
    first.name, first.says = names[0], says
    made.by = {names[0]: first, **{name: made.by[name] for name in names[1:]}}
    made.outbox = made.open()
    return made


@pytest.mark.parametrize(("says", "by"), [(("alarm",), "modem"), (("alarm", "missed"), "aliyun")])
async def test_a_summary_goes_where_it_can_be_said(says: tuple[str, ...], by: str) -> None:
    world = registering("aliyun", "modem", says=says)
    running = asyncio.create_task(world.outbox.run())
    for provider in world.by.values():
        provider.down = TRANSIENT
    rows = [
        msgspec.structs.replace(row, template="alarm", address=MAINLAND)
        for row in alarms(world, 0, range(2))
    ]
    world.outbox.owe(rows)
    await world.clock.advance(1_000)
    for provider in world.by.values():
        provider.down = None
    await world.clock.advance(120)
    (name,) = {name for name, provider in world.by.items() if provider.taken}
    assert name == by
    for item in world.by[by].taken:
        assert item.row.template == "missed"
        assert item.row.variables["count"] == "1"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not [one for one in world.faults if one[0] == "provider" and "carries" in one[2]]


@pytest.mark.parametrize("template", ["", "recorded", "question"])
async def test_an_answer_nobody_can_say_is_not_owed(template: str) -> None:
    world = registering("aliyun")
    running = asyncio.create_task(world.outbox.run())
    await world.clock.advance(0)
    answer = msgspec.structs.replace(
        world.row(purpose=Purpose.NEWS, address=MAINLAND),
        key="reply/1",
        incident="",
        template=template,
    )
    world.outbox.owe([answer])
    await world.clock.advance(60)
    assert world.outbox.row("reply/1") is None
    assert world.store.rows == {}
    assert [one for one in world.faults if one[1]] == []
    world.by["aliyun"].says = ("alarm", template)  # type: ignore[attr-defined]
    world.outbox.owe([answer])
    await world.clock.advance(60)
    assert [item.row.key for item in world.by["aliyun"].taken] == ["reply/1"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_was_sent_before_a_restart_counts(tmp_path: File) -> None:
    """Aliyun takes twenty calls a day to one phone, whoever restarts meanwhile."""
    path = tmp_path / "guanai.db"
    store = Store.open(path)
    world = Paths("aliyun", "modem")
    now = world.clock.now()
    rows = [
        msgspec.structs.replace(
            world.way(f"h1-{n:04}/0/wang-daughter/voice", address=MAINLAND),
            provider="aliyun",
            provider_id=f"C{n}",
            state=RowState.DELIVERED,
            final_at=now,
            submitted_at=now - timedelta(hours=hours),
        )
        for n, hours in enumerate([25, *[h + 0.5 for h in range(20)]])
    ]
    await store.save(rows)
    since = now - timedelta(hours=24)
    sent = reading.sent_since(path, since)
    assert [(one.provider, one.channel, one.address) for one in sent] == [
        ("aliyun", "voice", MAINLAND)
    ] * 20
    plan = reading.connect(path).execute(
        "explain query plan select provider from outbox where submitted_at >= ?", ("2026",)
    )
    assert "outbox_sent" in plan.fetchone()[3], "it is found without reading everything"
    await store.close()
    world.outbox.remember(sent)
    running = asyncio.create_task(world.outbox.run())
    world.outbox.owe([world.way(CALL, "aliyun", "modem", address=MAINLAND)])
    await world.clock.advance(5)
    assert world.sent_by() == {"modem": [CALL]}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
