"""A county writes its own words into the file, and that is what its people hear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.delivery.catalogue import Own
from alerting.events import Configured, Drill, Notify, Purpose
from alerting.household import Device, Household, IncidentKind, Resident, Role
from alerting.incident import Response
from devices.observation import HelpCall
from gateway.config.problems import Problems
from gateway.config.wording import WordingSection, read_wording
from tests import waves
from tests.builders import DAUGHTER, LADDER, SOS, Life, at, household
from tests.fakes.answering import DAUGHTER as WANG_FANG
from tests.fakes.answering import World, home
from tests.fakes.modem import person, until
from tests.fakes.ringing import GRANDMA, Exchange
from tests.fakes.sim_county import BY_SIM, sim_county

FILE = """
[zh]
"home.received" = "您按的铃我们听见了。"
"home.calling.who" = "正在给{who}打电话，您坐着别动。"
"home.coming.within" = "{who}出门了，{minutes}分钟里头就到。"
"home.phone.hello" = "[1|{called}，]这里是{signature}。"
"home.phone.fall" = "[1|{called}，]这里是{signature}。刚才家里有响动。"
"keys.alarm" = "去的请按1，到了请按2，去不了请按3，弄错了请按0，再听一遍请按9。"
"keys.question" = "好好的就按1，要人帮就按2，再听一遍按9。"
"keys.told" = "没听清请按9。"
"keys.drill" = "听见了请按1，再听一遍请按9。"
"keys.hotline" = "{called}，出事了按1，要帮忙做事按2。"
"said.going" = "记下了，您慢点开车。到了请发短信2。"
"said.hotline.emergency" = "晓得了，马上叫人。"
"reply.on_scene" = "记下了：您到了，辛苦。"
"reply.not_understood" = "没看明白。去回1，到了回2，去不了回3，弄错了回0。"
"sms.drill" = "【{signature}】【演练】试一下通知，没有事。看到请回1。"
"call.drill" = "演练。演练。{signature}试一下电话，没有事。"
"""
ELDER = "+8613800000009"
WANG = Resident("王秀兰", "王奶奶", phone="+85251000099")
"""Her telephone abroad, which every provider of the tests may ring."""
WATCH = Device("watch", "native", Role.WEARABLE, worn="waist")
NAMED = msgspec.structs.replace(DAUGHTER, relation="女儿")


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Return the words of the file, as the configuration reads them."""
    (tmp_path / "own.toml").write_text(FILE, "utf-8")
    problems, warnings = Problems(), Problems()
    section = WordingSection(file="own.toml")
    found = read_wording(section, {"zh": "language"}, tmp_path, problems, warnings)
    assert problems.found == [], "nothing is wrong with them"
    return found


def grandmas(own: Own, **fields: Any) -> Household:
    step = msgspec.structs.replace(LADDER.steps[0], responders=(NAMED,))
    ladder = msgspec.structs.replace(LADDER, steps=(step,))
    given: dict[str, Any] = {"residents": (Resident("王秀兰", "王奶奶", phone=ELDER),), **fields}
    plan = {IncidentKind.EMERGENCY: ladder}
    return household(SOS, policies=plan, wording=dict(own), **given)


async def test_she_presses_and_both_telephones_speak_the_countys_words(
    tmp_path: Path, own: Own
) -> None:
    people = (
        person(ELDER, "helpful", keys=(), replies=()),
        person(NAMED.phone, "helpful", replies=()),
    )
    where = grandmas(own, paths=BY_SIM)
    async with sim_county(tmp_path, *people, home=where, wording=own) as county:
        county.press()
        elder, daughter = county.phone(ELDER), county.phone(NAMED.phone)
        await until(lambda: county.is_now(Response.CLAIMED))
        await until(lambda: "记下了，您慢点开车" in "".join(daughter.heard))
        asked = "".join(daughter.heard)
        assert "去的请按1，到了请按2，去不了请按3，弄错了请按0，再听一遍请按9。" in asked
        assert "前往请按1" not in asked, "one menu, and it is theirs"
        await until(lambda: "您的女儿王芳出门了，20分钟里头就到。" in "".join(elder.heard))
        assert "王奶奶，这里是桃花关爱。" in "".join(elder.heard)
        assert "没听清请按9。" in "".join(elder.heard)


def test_the_elder_is_asked_and_told_in_them(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerting.detection.fall.OVERWHELMING", 9.0)
    life = Life(household(WATCH, SOS, residents=(WANG,), wording=dict(own)), "day 1 08:59")
    life.happens(waves.knock(at("day 1 09:00")))
    (question,) = [one for one in life.effects if isinstance(one, Notify)]
    assert question.purpose is Purpose.QUESTION
    assert question.text == (
        "王奶奶，这里是桃花关爱。刚才家里有响动。好好的就按1，要人帮就按2，再听一遍按9。"
    )


def test_a_press_is_received_in_them(own: Own) -> None:
    life = Life(grandmas(own, residents=(WANG,)), "day 1 08:59")
    life.happens(HelpCall(at("day 1 09:00"), "sos"))
    (told,) = [e for e in life.effects if isinstance(e, Notify) and e.purpose is Purpose.TOLD]
    assert told.text == (
        "王奶奶，这里是桃花关爱。您按的铃我们听见了。"
        "正在给您的女儿王芳打电话，您坐着别动。没听清请按9。"
    )


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("sms", "【桃花关爱】【演练】试一下通知，没有事。看到请回1。"),
        ("voice", "演练。演练。桃花关爱试一下电话，没有事。听见了请按1，再听一遍请按9。"),
    ],
)
def test_a_drill_is_one_in_them(own: Own, channel: str, text: str) -> None:
    life = Life(household(wording=dict(own)), "day 1 09:00")
    life.happens(Drill(at("day 1 10:00"), "daughter", channel))
    (asked,) = [effect for effect in life.effects if isinstance(effect, Notify)]
    assert asked.text == text


async def test_answers_are_confirmed_in_them(own: Own) -> None:
    world = World()
    where = msgspec.structs.replace(home("h1"), wording=dict(own))
    world.step("h1", Configured(world.clock.now(), where))
    world.press()
    await world.says(WANG_FANG.phone, "什么事")
    await world.says(WANG_FANG.phone, "1")
    await world.says(WANG_FANG.phone, "2")
    assert [answer.text for answer in world.answers] == [
        "【桃花关爱】没看明白。去回1，到了回2，去不了回3，弄错了回0。",
        "【桃花关爱】A101 已记录：您正在前往。到场请回2。",
        "【桃花关爱】A101 记下了：您到了，辛苦。",
    ], "what the county did not reword is said as it is built in"


async def test_the_hotline_speaks_them(own: Own) -> None:
    county = Exchange()
    where = msgspec.structs.replace(county.engines["h1"].household, wording=dict(own))
    county.step("h1", Configured(county.clock.now(), where))
    call, heard = await county.rings(GRANDMA)
    assert heard.text == "王奶奶，出事了按1，要帮忙做事按2。"
    heard = await county.presses(call, "1")
    assert heard.text == "晓得了，马上叫人。"
