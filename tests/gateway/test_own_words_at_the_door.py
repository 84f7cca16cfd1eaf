"""What is said at the door after a key, or without one, is in the installation's words."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from alerting.events import Purpose
from gateway.door import FrontDoor
from gateway.store.rows import OutboxRow
from tests.fakes.answering import World

OWN = {
    "zh": {
        "keys.alarm": "去按1，到按2，不去按3，错了按0，再听按9。",
        "keys.question": "好好的按1，要人帮按2，再听按9。",
        "said.wrong_key": "按错了。",
        "said.goodbye": "回头再打。",
        "said.goodbye.question": "这就叫人来看您。",
        "said.not_found": "没找到。",
    }
}
ASKED = "您没事请按1，需要帮忙请按2，重听请按9。"
"""The menu as it was when the question was written down."""


class Rows:
    """The outbox, as far as the door needs it."""

    def __init__(self, row: OutboxRow | None) -> None:
        self._row = row

    def row(self, key: str) -> OutboxRow | None:
        return self._row

    def heard(self, key: str) -> None:
        """Nothing follows from it here."""


async def pressed(row: OutboxRow | None, digit: str) -> str:
    world, door = World(), FrontDoor(OWN)
    door.open(world.inbound, Rows(row))
    task = asyncio.create_task(door.key("h1-0001/0/daughter/voice", digit))
    await world.clock.advance(0)
    return task.result().text


@pytest.fixture
async def row() -> OutboxRow:
    world = World()
    return world.call(world.press())


async def test_an_alarms_call_ends_and_repeats_in_them(row: OutboxRow) -> None:
    assert await pressed(row, "") == "回头再打。"
    assert await pressed(row, "9") == "x" + OWN["zh"]["keys.alarm"]
    assert await pressed(row, "7") == "按错了。x" + OWN["zh"]["keys.alarm"]
    assert await pressed(None, "1") == "没找到。"


async def test_a_question_keeps_its_menu_and_ends_in_them(row: OutboxRow) -> None:
    asked = msgspec.structs.replace(row, purpose=Purpose.QUESTION, text="您好。" + ASKED)
    assert await pressed(asked, "9") == "您好。" + ASKED
    assert await pressed(asked, "") == "这就叫人来看您。"
