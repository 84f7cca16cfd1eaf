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


async def test_a_reply_naming_what_is_over_hears_who_ended_it(world: World) -> None:
    ended = world.press("h1")
    world.press("h2")
    world.close(ended)
    for text in ("1 A101", "1 A101-1", "收到 A101 1号"):
        await world.says(DAUGHTER.phone, text)
        assert "此事已由amy于16:00结案" in world.answers[-1].text
    await world.says(DAUGHTER.phone, "1")
    assert world.response("h2") is Response.CLAIMED


async def test_a_bare_reply_after_the_end_hears_who_ended_it_for_a_while(world: World) -> None:
    world.close(world.press("h1"))
    await world.says(DAUGHTER.phone, "1")
    assert "此事已由amy" in world.answers[-1].text
    await world.clock.advance(7_300)
    await world.says(DAUGHTER.phone, "1")
    assert "没有等您答复" in world.answers[-1].text
