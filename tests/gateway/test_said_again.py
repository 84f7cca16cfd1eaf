"""Nine by text message, as in a call: say it again."""

from __future__ import annotations

import pytest

from alerting.events import Answer, Purpose
from alerting.incident import Response
from tests.fakes.answering import DAUGHTER, SON, World


@pytest.fixture
def world() -> World:
    return World()


async def test_nine_says_again_what_it_is_about(world: World) -> None:
    world.press()
    await world.says(DAUGHTER.phone, "9")
    (answer,) = world.answers
    assert answer.text.startswith("【桃花关爱】紧急：A101")
    assert answer.purpose is Purpose.REMINDER  # no budget of news keeps it back
    assert world.response() is Response.OPEN
    assert [reply.answer for reply in world.replies] == [Answer.REPEAT]


async def test_nine_says_who_is_going_by_now(world: World) -> None:
    world.press()
    await world.says(DAUGHTER.phone, "1")
    await world.says(SON.phone, "9")
    assert "somebody is on it" in world.answers[-1].text


async def test_nine_with_several_open_says_all_of_them(world: World) -> None:
    world.press("h1")
    world.press("h2")
    await world.says(DAUGHTER.phone, "9")
    assert ["A101" in a.text for a in world.answers] == [True, False]
    assert "A102" in world.answers[1].text


async def test_nine_without_end_ends_with_the_desk_s_number(world: World) -> None:
    world.press()
    for _ in range(8):
        await world.says(DAUGHTER.phone, "9")
    assert len(world.answers) == 6
    assert "023-12345678" in world.answers[-1].text


async def test_nought_ends_it_and_says_so(world: World) -> None:
    world.press()
    await world.says(DAUGHTER.phone, "０")
    assert world.engines["h1"].incidents == []
    assert "误报" in world.answers[-1].text


async def test_nought_with_several_open_is_asked_about(world: World) -> None:
    world.press("h1")
    world.press("h2")
    await world.says(DAUGHTER.phone, "0")
    assert world.replies == []
    assert "“0 A101-1”" in world.answers[-1].text
