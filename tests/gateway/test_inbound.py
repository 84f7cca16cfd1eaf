"""What people send back, from the phone to the engine and back to the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.events import Answer, Purpose
from alerting.incident import Response
from gateway.inbound import TOLD_TO_CALL
from gateway.transports.transport import Text
from tests.fakes.answering import DAUGHTER, SON, STRANGER, World


@pytest.fixture
def world() -> World:
    return World()


# ---------------------------------------------------------------------- answers


async def test_one_means_going_and_is_confirmed_to_the_person(world: World) -> None:
    world.press()
    await world.says(DAUGHTER.phone, " １ ")
    assert world.response() is Response.CLAIMED
    (answer,) = world.answers
    assert answer.address == DAUGHTER.phone
    assert answer.text == "【桃花关爱】A101 已记录：您正在前往。到场请回2。"
    assert answer.purpose is Purpose.NEWS
    assert [note.outcome for note in world.notes.kept] == ["going on h1-0001"]


async def test_a_whole_conversation(world: World) -> None:
    world.press()
    await world.says(SON.phone, "can't go")
    assert world.engines["h1"].incidents[0].declined == ("son",)
    await world.says(DAUGHTER.phone, "收到")
    await world.says(SON.phone, "On my way!")
    await world.says(DAUGHTER.phone, "到了")
    assert world.response() is Response.ON_SCENE
    assert [row.text.split("recorded")[-1] for row in world.answers if row.language == "en"] == [
        ": you cannot go. We call others.",
        ". Somebody is already going; you are welcome.",
    ]
    assert len({row.key for row in world.answers}) == 4


async def test_what_came_too_late_is_told_so(world: World) -> None:
    incident = world.press()
    world.is_slow = True
    await world.says(DAUGHTER.phone, "1")
    world.close(incident)
    world.step("h1", world.replies[0])
    (answer,) = world.answers
    assert answer.address == DAUGHTER.phone
    assert "已记录" not in answer.text


async def test_every_text_is_dealt_with_once_however_often_it_is_shown(world: World) -> None:
    world.press()
    for _ in range(3):
        await world.says(DAUGHTER.phone, "1", id="SM-same")
    world.inbound = world.open()  # a restart
    await world.says(DAUGHTER.phone, "1", id="SM-same")
    assert len(world.replies) == 1


async def test_a_reply_is_noted_only_once_it_is_written(world: World) -> None:
    world.press()
    world.is_slow = True  # the process dies before the runtime gets to it
    await world.says(DAUGHTER.phone, "1", id="SM-1")
    assert world.notes.kept == []
    world.is_slow = False
    world.inbound = world.open()
    await world.says(DAUGHTER.phone, "1", id="SM-1")
    assert world.response() is Response.CLAIMED


async def test_a_broken_store_loses_no_reply(world: World) -> None:
    world.press()
    world.notes.is_broken = True
    await world.says(DAUGHTER.phone, "1")
    assert world.response() is Response.CLAIMED


# ---------------------------------------------------------------------- which one


async def test_two_open_incidents_are_asked_about(world: World) -> None:
    world.press("h1")
    await world.clock.advance(1)
    world.press("h2")
    await world.says(DAUGHTER.phone, "1")
    assert world.replies == []
    assert "A101" in world.answers[0].text
    assert "A102" in world.answers[0].text
    await world.says(DAUGHTER.phone, "1 A102")
    assert world.response("h2") is Response.CLAIMED
    assert world.response("h1") is Response.OPEN


async def test_an_answer_from_before_the_incident_does_not_claim_it(world: World) -> None:
    earlier = world.clock.now() - timedelta(hours=3)
    world.press()
    old = Text("twilio", "SM-old", DAUGHTER.phone, "1", earlier)
    await world.inbound.text(old, late=True)
    assert world.replies == []
    new = Text("twilio", "SM-new", DAUGHTER.phone, "1", world.clock.now())
    await world.inbound.text(new, late=True)
    assert len(world.replies) == 1


# ---------------------------------------------------------------------- nonsense


async def test_a_stranger_is_counted_and_never_answered(world: World) -> None:
    world.press()
    for text in ("1", "hello", "STOP", "😀" * 3_000, ""):
        await world.says(STRANGER, text)
    assert world.answers == []
    assert world.replies == []
    assert world.counters.total("reply from a stranger") == 5
    assert all(len(note.text) <= 500 for note in world.notes.kept)


async def test_free_words_are_kept_with_the_incident_and_help_is_given_five_times(
    world: World,
) -> None:
    world.press()
    for n in range(8):
        await world.says(DAUGHTER.phone, f"我妈妈怎么样了 {n}")
    assert [reply.answer for reply in world.replies] == [Answer.NOTE] * 9
    assert world.response() is Response.OPEN
    assert len(world.answers) == 6
    assert "1" in world.answers[0].text
    assert "023-12345678" in world.answers[5].text
    await world.clock.advance(3_601)
    await world.says(DAUGHTER.phone, "喂")
    assert len(world.answers) == 7


async def test_who_is_still_asked_is_told_how_else_to_answer_and_never_left_in_silence(
    world: World,
) -> None:
    world.press("h1")
    world.press("h2")
    for _ in range(8):
        await world.says(DAUGHTER.phone, "1")
    assert len(world.answers) == 6
    last = world.answers[5].text
    assert last == "【桃花关爱】您的回复仍未看懂。请打值班电话023-12345678，或接听来电后按1、2、3。"
    assert {row.purpose for row in world.answers} == {Purpose.REMINDER}, "never held back as news"
    assert [(reply.incident, reply.note) for reply in world.replies] == [
        (id, f"1 ({TOLD_TO_CALL})") for id in ("h1-0001", "h2-0001")
    ]  # on both homes' timelines
    told = [row for row in world.counters.recent if row.what == "reply not answered"]
    assert told[-1].detail == "told to call the desk or press a key"
    assert world.counters.total("reply not answered") == 3
    await world.says(DAUGHTER.phone, "1 A101-1")
    assert world.response("h1") is Response.CLAIMED, "an answer is taken all the same"
    world.close("h1-0001")
    world.press("h1")
    await world.says(DAUGHTER.phone, "1")
    assert "023-12345678" in world.answers[-1].text, "a new incident is a new question"
    assert len(world.answers) == 8


async def test_with_nothing_open_one_is_told_so(world: World) -> None:
    await world.says(SON.phone, "1")
    assert world.replies == []
    assert world.answers[0].text == "Guanai: No message is waiting for your answer now."


@pytest.mark.parametrize("word", ["STOP", "stop", " Unsubscribe ", "TD", "退订"])
async def test_who_wants_no_more_texts_becomes_somebody_s_business(world: World, word: str) -> None:
    world.press()
    await world.says(DAUGHTER.phone, word)
    assert world.faults == [("reach/daughter", True)]
    assert world.answers == []
    await world.says(DAUGHTER.phone, "START")
    assert world.faults[-1] == ("reach/daughter", False)


async def test_what_was_sent_long_ago_about_nothing_is_not_answered(world: World) -> None:
    old = Text("twilio", "SM-old", SON.phone, "1", world.clock.now() - timedelta(hours=20))
    await world.inbound.text(old, late=True)
    await world.clock.advance(0)
    assert world.answers == []
    assert [note.outcome for note in world.notes.kept] == ["nothing was open"]
