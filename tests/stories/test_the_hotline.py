"""The resident rings the gateway from her own telephone, and what the duty officer sees."""

from __future__ import annotations

from alerting.household import IncidentKind
from alerting.incident import Response, Urgency
from tests.fakes.answering import DAUGHTER, STRANGER
from tests.fakes.ringing import GRANDMA, Exchange


async def test_she_presses_one_and_her_family_is_called_before_she_hangs_up() -> None:
    county = Exchange()
    call, heard = await county.rings(GRANDMA)
    assert heard.text == "王奶奶，紧急请按1，服务请按2。"
    assert heard.wants_key
    assert county.open_in("h1") == []
    heard = await county.presses(call, "1")
    assert "正在通知家人" in heard.text
    assert not heard.wants_key
    (incident,) = county.open_in("h1")
    assert (incident.kind, incident.urgency) == (IncidentKind.EMERGENCY, Urgency.HIGH)
    assert incident.reason.zh == "王奶奶打来热线，按1（紧急）"
    letters = county.told_of(incident.id)
    assert {(letter.responder, letter.channel) for letter in letters} >= {
        ("daughter", "sms"),
        ("daughter", "voice"),
    }
    assert "打来热线呼救" in next(one for one in letters if one.responder == "daughter").text
    await county.waits(40)
    assert len(county.open_in("h1")) == 1
    assert county.open_in("h1")[0].findings == 1


async def test_she_presses_two_and_somebody_sees_to_it_without_ringing_the_bells() -> None:
    county = Exchange()
    call, _ = await county.rings(GRANDMA)
    heard = await county.presses(call, "2")
    assert "服务需求已经登记" in heard.text
    (incident,) = county.open_in("h1")
    assert incident.kind is IncidentKind.SERVICE
    assert incident.urgency is not Urgency.HIGH
    assert {letter.channel for letter in county.told_of(incident.id)} == {"sms"}
    assert (await county.presses(call, "")).text == "再见。"
    await county.waits(40)
    assert [one.kind for one in county.open_in("h1")] == [IncidentKind.SERVICE]


async def test_after_two_she_may_still_press_one() -> None:
    county = Exchange()
    call, _ = await county.rings(GRANDMA)
    await county.presses(call, "2")
    await county.presses(call, "1")
    kinds = {one.kind for one in county.open_in("h1")}
    assert kinds == {IncidentKind.SERVICE, IncidentKind.EMERGENCY}


async def test_she_presses_nothing_and_hangs_up_and_is_taken_to_be_in_need() -> None:
    county = Exchange()
    await county.rings(GRANDMA)
    await county.waits(29)
    assert county.open_in("h1") == []
    await county.waits(2)
    (incident,) = county.open_in("h1")
    assert incident.kind is IncidentKind.EMERGENCY
    assert incident.reason.zh == "王奶奶打来热线，没有按键，按紧急处理"


async def test_she_says_nothing_until_the_call_gives_up_asking() -> None:
    county = Exchange()
    call, _ = await county.rings(GRANDMA)
    await county.presses(call, "")
    assert [one.kind for one in county.open_in("h1")] == [IncidentKind.EMERGENCY]


async def test_a_wrong_key_is_asked_again_and_still_counts_as_need_in_the_end() -> None:
    county = Exchange()
    call, _ = await county.rings(GRANDMA)
    heard = await county.presses(call, "7")
    assert "无效" in heard.text
    assert heard.wants_key
    await county.waits(31)
    assert [one.kind for one in county.open_in("h1")] == [IncidentKind.EMERGENCY]


async def test_a_module_that_hears_no_keys_takes_her_call_for_an_emergency_at_once() -> None:
    county = Exchange()
    _, heard = await county.rings(GRANDMA, can_press=False)
    assert "正在通知家人" in heard.text
    assert [one.kind for one in county.open_in("h1")] == [IncidentKind.EMERGENCY]


async def test_the_same_call_reported_twice_is_one_call_even_after_a_restart() -> None:
    county = Exchange()
    await county.rings(GRANDMA, id="CA1", can_press=False)
    await county.rings(GRANDMA, id="CA1", can_press=False)
    again = Exchange()
    again.notes, again.engines = county.notes, county.engines
    again.inbound._store = county.notes
    before = county.open_in("h1")[0].findings
    await again.rings(GRANDMA, id="CA1", can_press=False)
    assert county.open_in("h1")[0].findings == before == 1


async def test_her_call_joins_the_alarm_that_is_open_and_whoever_comes_hears_so() -> None:
    county = Exchange()
    county.press("h1")
    await county.says(DAUGHTER.phone, "1")
    await county.waits(130)
    call, _ = await county.rings(GRANDMA)
    await county.presses(call, "1")
    (incident,) = county.open_in("h1")
    assert incident.findings == 2
    assert incident.response is Response.CLAIMED
    assert any("又一次" in letter.text for letter in county.told_of(incident.id))


async def test_a_stranger_hears_the_desk_s_number_and_nothing_is_opened() -> None:
    county = Exchange()
    call, heard = await county.rings(STRANGER)
    assert heard.text == "桃花关爱，值班电话023-12345678。紧急求助请按1。"
    assert (await county.presses(call, "")).text == "再见。"
    assert county.open_in("gateway") == []
    assert county.counters.total("call from a stranger") == 1
    assert county.answers == [], "whoever can make us send texts can make us pay for them"


async def test_somebody_in_need_at_a_neighbour_s_telephone_is_rung_back() -> None:
    county = Exchange()
    call, _ = await county.rings("+8613800000099")
    heard = await county.presses(call, "1")
    assert "马上回电" in heard.text
    (incident,) = county.open_in("gateway")
    assert incident.kind is IncidentKind.EMERGENCY
    assert incident.reason.zh == "陌生电话+8613800000099打来热线，按1（紧急）"
    text = next(one for one in county.told_of(incident.id) if one.channel == "sms").text
    assert "来电求助：GW1" in text
    assert " 13800000099。请立即回电。" in text
    assert len(text) <= 70


async def test_a_stranger_who_rings_again_and_again_raises_one_alarm_and_many_have_an_end() -> None:
    county = Exchange()
    for _ in range(3):
        call, _ = await county.rings(STRANGER)
        await county.presses(call, "1")
    assert len(county.open_in("gateway")) == 1
    said = ""
    for number in range(10):
        call, _ = await county.rings(f"+8613800001{number:03}")
        said = (await county.presses(call, "1")).text
    assert len(county.open_in("gateway")) == 6
    assert "请直接打值班电话" in said
    assert "023-12345678" in said
    assert county.counters.total("too many unknown callers") == 5


async def test_a_withheld_number_is_told_that_nobody_can_ring_it_back() -> None:
    county = Exchange()
    call, heard = await county.rings("")
    assert heard.text == "您的号码没有显示，我们无法回电。值班电话023-12345678。再见。"
    assert not heard.wants_key
    await county.presses(call, "1")
    assert county.open_in("gateway") == []
