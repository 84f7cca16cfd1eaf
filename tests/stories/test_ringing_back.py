"""Somebody who was alarmed rings the gateway's number back."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from alerting.events import Answer, Configured
from alerting.household import IncidentKind, Policy, Responder, Step
from alerting.incident import Response
from tests.fakes.answering import DAUGHTER, MINUTE, SON
from tests.fakes.ringing import Exchange


async def test_she_hears_what_it_is_about_and_presses_one() -> None:
    county = Exchange()
    incident = county.press("h1")
    call, heard = await county.rings(DAUGHTER.phone)
    assert heard.text.startswith("桃花关爱，紧急通知。")
    assert "前往请按1" in heard.text
    assert county.rang_back == [(incident, "daughter")]
    assert county.open_in("h1")[0].response is Response.OPEN, "to ring is not to go"
    heard = await county.presses(call, "1")
    assert "您正在前往" in heard.text
    assert county.open_in("h1")[0].responder == "daughter"
    assert county.answers == [], "who was answered aloud is not sent a text as well"


async def test_she_hangs_up_at_once_and_the_ladder_goes_on() -> None:
    county = Exchange()
    incident = county.press("h1")
    await county.rings(DAUGHTER.phone)
    assert [(r.answer, r.via, r.note) for r in county.replies] == [
        (Answer.NOTE, "ring", "回拨了电话 / rang back")
    ]
    assert county.rang_back == [(incident, "daughter")]
    await county.waits(61)
    assert county.open_in("h1")[0].step > 1


async def test_every_key_means_what_it_means_in_our_call() -> None:
    meant = {"1": Response.CLAIMED, "2": Response.ON_SCENE, "3": Response.OPEN}
    for digit, response in meant.items():
        county = Exchange()
        county.press("h1")
        call, _ = await county.rings(DAUGHTER.phone)
        await county.presses(call, digit)
        assert county.open_in("h1")[0].response is response
    county = Exchange()
    county.press("h1")
    call, first = await county.rings(DAUGHTER.phone)
    assert (await county.presses(call, "9")).text == first.text
    wrong = await county.presses(call, "7")
    assert "无效" in wrong.text
    assert wrong.wants_key
    await county.presses(call, "0")
    assert county.open_in("h1") == []
    assert any("王芳结案，误触" in line for line in county.story("h1"))


async def test_two_alarms_are_heard_one_after_the_other() -> None:
    county = Exchange()
    county.press("h1")
    await county.waits(1)
    county.press("h2")
    call, heard = await county.rings(DAUGHTER.phone)
    assert heard.text.startswith("有2件事等您答复。")
    assert "A102" in heard.text
    heard = await county.presses(call, "5")
    assert "A101" in heard.text
    heard = await county.presses(call, "1")
    assert "已记录" in heard.text
    assert "A102" in heard.text
    assert heard.wants_key
    heard = await county.presses(call, "3")
    assert not heard.wants_key
    assert county.open_in("h1")[0].response is Response.CLAIMED
    assert county.open_in("h2")[0].response is Response.OPEN
    assert "daughter" in county.open_in("h2")[0].declined


async def test_on_a_module_that_hears_no_keys_to_ring_and_hang_up_is_to_go() -> None:
    county = Exchange()
    incident = county.press("h1")
    await county.waits(5)
    await county.rings(DAUGHTER.phone, can_press=False)
    (open_,) = county.open_in("h1")
    assert (open_.response, open_.responder) == (Response.CLAIMED, "daughter")
    assert county.rang_back == [(incident, "daughter")]
    assert county.answers[-1].text == "【桃花关爱】A101 已记录：您正在前往。到场请回2。"


async def test_with_two_alarms_such_a_call_is_asked_about_by_text() -> None:
    county = Exchange()
    county.press("h1")
    county.press("h2")
    await county.rings(DAUGHTER.phone, can_press=False)
    assert county.open_in("h1")[0].response is Response.OPEN
    assert county.answers[-1].text == "【桃花关爱】有2件：A101-1、A102-1。请回复如“1 A101-1”。"


def planned(county: Exchange, policy: Policy) -> None:
    """Let the first home have another policy."""
    home = county.engines["h1"].household
    plan = msgspec.structs.replace(home, policies={IncidentKind.EMERGENCY: policy})
    county.step("h1", Configured(county.clock.now(), plan))


async def test_whoever_cannot_and_rings_to_say_why_does_not_go() -> None:
    county = Exchange()
    planned(county, Policy((Step("家庭", (DAUGHTER,), MINUTE), Step("村", (SON,), MINUTE))))
    county.press("h1")
    await county.says(DAUGHTER.phone, "3")
    assert county.open_in("h1")[0].told == ("daughter", "son")
    await county.rings(DAUGHTER.phone, can_press=False)
    (open_,) = county.open_in("h1")
    assert open_.response is Response.OPEN
    assert county.answers[-1].text == "【桃花关爱】有1件：A101-1。请回复如“1 A101-1”。"


async def test_whoever_is_alarmed_again_after_a_no_goes_by_ringing() -> None:
    county = Exchange()
    county.press("h1")
    await county.says(DAUGHTER.phone, "3")
    await county.waits(61)
    await county.rings(DAUGHTER.phone, can_press=False)
    (open_,) = county.open_in("h1")
    assert (open_.response, open_.responder) == (Response.CLAIMED, "daughter")


async def test_whoever_rings_while_another_goes_does_not_inherit_it() -> None:
    county = Exchange()
    county.press("h1")
    await county.says(SON.phone, "1")
    await county.rings(DAUGHTER.phone, can_press=False)
    await county.says(SON.phone, "3")
    (open_,) = county.open_in("h1")
    assert (open_.response, open_.responder) == (Response.OPEN, "")


async def test_whoever_was_told_for_information_only_does_not_go_by_ringing() -> None:
    county = Exchange()
    helper = Responder("helper", "帮扶干部", "support_official", "+85251000007")
    planned(county, Policy((Step("家庭", (DAUGHTER, SON), MINUTE, copies=(helper,)),)))
    county.press("h1")
    await county.rings(helper.phone, can_press=False)
    assert county.open_in("h1")[0].response is Response.OPEN
    assert county.answers[-1].text == "【桃花关爱】有1件：A101-1。请回复如“1 A101-1”。"


async def test_a_call_from_before_the_alarm_answers_nothing() -> None:
    county = Exchange()
    before = county.clock.now() - timedelta(minutes=5)
    county.press("h1")
    await county.rings(DAUGHTER.phone, can_press=False, at=before)
    assert county.open_in("h1")[0].response is Response.OPEN
    assert county.replies == []


async def test_the_same_missed_call_shown_twice_is_one_answer() -> None:
    county = Exchange()
    county.press("h1")
    await county.rings(DAUGHTER.phone, can_press=False, id="7")
    await county.rings(DAUGHTER.phone, can_press=False, id="7")
    assert len(county.replies) == 1


async def test_whoever_is_second_hears_that_somebody_goes() -> None:
    county = Exchange()
    county.press("h1")
    await county.says(SON.phone, "1")
    _, heard = await county.rings(DAUGHTER.phone)
    assert "正在前往" in heard.text


async def test_a_key_pressed_when_it_is_over_is_told_who_ended_it() -> None:
    county = Exchange()
    incident = county.press("h1")
    call, _ = await county.rings(DAUGHTER.phone)
    county.close(incident)
    heard = await county.presses(call, "1")
    assert "此事已由amy" in heard.text


async def test_with_nothing_open_they_hear_the_desk_s_number_and_may_ask_for_help() -> None:
    county = Exchange()
    call, heard = await county.rings(DAUGHTER.phone)
    assert heard.text == "目前没有等您答复的通知。值班电话023-12345678。紧急求助请按1。"
    await county.presses(call, "1")
    (incident,) = county.open_in("gateway")
    assert incident.reason.zh == "王芳 +85251000001打来热线，按1（紧急）"
