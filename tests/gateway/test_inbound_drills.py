"""Answers to drills, and keys of residents: never taken for an answer to something else."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from alerting.delivery.channels import spoken
from alerting.events import Answer, Configured, Drill, Purpose
from alerting.household import Resident
from alerting.incident import Response
from gateway.door import FrontDoor
from gateway.store.rows import OutboxRow
from tests.fakes.answering import DAUGHTER, SON, World, home


@pytest.fixture
def world() -> World:
    return World()


def drill(world: World, household: str = "h1") -> str:
    world.step(household, Drill(world.clock.now(), "daughter", "sms"))
    return world.engines[household].beside.drills[0].id


async def test_one_answers_the_drill_where_nothing_real_is_open(world: World) -> None:
    drill(world)
    await world.says(DAUGHTER.phone, "1")
    assert [reply.answer for reply in world.replies] == [Answer.HEARD]
    assert world.engines["h1"].beside.drills == ()
    assert [note.outcome for note in world.notes.kept] == ["a drill's"]
    (thanks,) = world.answers
    assert "正在前往" not in thanks.text


async def test_something_real_goes_first(world: World) -> None:
    drill(world)
    world.press("h2")
    await world.says(DAUGHTER.phone, "1")
    assert world.response("h2") is Response.CLAIMED
    assert [reply.answer for reply in world.replies] == [Answer.GOING]


async def test_another_person_and_nonsense_answer_no_drill(world: World) -> None:
    drill(world)
    await world.says(SON.phone, "1")
    await world.says(DAUGHTER.phone, "什么演练")
    assert world.replies == []
    assert world.engines["h1"].beside.drills


class Rows:
    """The outbox, as far as the door needs it."""

    def __init__(self, row: OutboxRow) -> None:
        self._row = row
        self.listened: list[str] = []

    def row(self, key: str) -> OutboxRow | None:
        return self._row

    def heard(self, key: str) -> None:
        self.listened.append(key)


async def pressed(world: World, row: OutboxRow, digit: str) -> str:
    door = FrontDoor()
    door.open(world.inbound, Rows(row))
    task = asyncio.create_task(door.key(row.key, digit))
    await world.clock.advance(0)
    return task.result().text


async def test_the_keys_of_a_resident_mean_well_and_help(world: World) -> None:
    where = home("h1")
    where = msgspec.structs.replace(
        where, residents=(Resident("王秀兰", "王奶奶", phone="+85251000099"),)
    )
    world.step("h1", Configured(world.clock.now(), where))
    incident = world.press()
    row = msgspec.structs.replace(
        world.call(incident), responder="resident:1", purpose=Purpose.QUESTION
    )
    assert await pressed(world, row, "2") == spoken.RECORDED[Answer.HELP].zh
    assert await pressed(world, row, "1") == spoken.RECORDED[Answer.WELL].zh
    assert [(reply.responder, reply.answer) for reply in world.replies] == [
        ("resident:1", Answer.HELP),
        ("resident:1", Answer.WELL),
    ]
    assert world.response() is Response.OPEN, "people were called already: they make sure"
    assert "没有收到您的按键" in await pressed(world, row, "")
    assert "无效" in await pressed(world, row, "3")


async def test_a_resident_who_is_only_told_cannot_claim_by_key(world: World) -> None:
    incident = world.press()
    row = msgspec.structs.replace(world.call(incident), purpose=Purpose.TOLD)
    await pressed(world, row, "1")
    assert world.replies == []


async def test_the_key_of_a_drill_is_no_claim(world: World) -> None:
    id = drill(world)
    incident = world.press("h2")
    row = msgspec.structs.replace(
        world.call(incident), household="h1", incident=id, purpose=Purpose.DRILL
    )
    assert await pressed(world, row, "1") == spoken.RECEIVED.zh
    assert world.response("h2") is Response.OPEN


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_that_names_its_keys_gets_no_others(language: str) -> None:
    for menu in (spoken.ASK_MENU, spoken.DRILL_MENU, spoken.HEAR_AGAIN):
        text = "x" + menu.said(language)
        assert spoken.opening(text, language, can_press=True) == text
        without = spoken.opening(text, language, can_press=False)
        assert menu.said(language) not in without
    assert spoken.opening("x", language, True) == "x" + spoken.MENU.said(language)
