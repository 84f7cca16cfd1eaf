"""Two neighbours on the mainland, told through Aliyun: by the stand-in that keeps its rules.

The duty officer's words: "Aliyun had its limit and said 200 all the same; the text went out by
the modem in the same second. And when the son wrote back 1, the board showed that he goes."
"""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from alerting.delivery.registered import Registered
from alerting.events import Drill, Purpose
from alerting.household import Device, IncidentKind, Path, Policy, Resident, Role, Step
from alerting.incident import Response
from gateway.drilling import Drilling
from gateway.proven import Proven
from gateway.transports.aliyun import Aliyun
from gateway.transports.tencent import Tencent
from gateway.transports.transport import Ring, Spoken, Text
from gateway.web.hooks_aliyun import AliyunHooks
from simulators.clouds.records import Fault, FaultKind
from simulators.clouds.settings import Template, Timing
from tests import waves
from tests.builders import DAUGHTER, Life, at, household, letters, minutes, told
from tests.fakes import asgi
from tests.fakes.clouds import HOOK_SECRET, SON, InProcess, access, clouds, pressable
from tests.fakes.county import County

MAINLAND_SON = msgspec.structs.replace(DAUGHTER, id="wang-son", name="王强", phone=SON)
ALIYUN = Path("aliyun", ("sms", "voice"))
TENCENT = Path("tencent", ("sms", "voice"))
MODEM = Path("modem", ("sms", "voice"), line="sim")


def home(*paths: Path, channels: tuple[str, ...] = ("sms",)) -> Any:
    policy = Policy((Step("家庭", (MAINLAND_SON,), minutes(10)),), channels=channels)
    made = household(policies={IncidentKind.EMERGENCY: policy})
    return msgspec.structs.replace(made, paths=paths)


class Knocker:
    """Takes what the clouds bring to the county's door, which is opened later."""

    def __init__(self, world: County) -> None:
        self._world = world

    async def text(self, text: Text, late: bool = False) -> None:
        await self._world.door.text(text, late)

    async def key(self, key: str, digit: str) -> Spoken:
        return await self._world.door.key(key, digit)

    async def ring(self, ring: Ring) -> Spoken:
        return await self._world.door.ring(ring)

    async def ring_key(self, ring: Ring, digit: str) -> Spoken:
        return await self._world.door.ring_key(ring, digit)


class Mainland:
    """A county whose way out is the real transport, before a strict stand-in."""

    def __init__(self, folder: File, *paths: Path, channels: tuple[str, ...] = ("sms",)) -> None:
        self.county = County(folder, [home(*paths, channels=channels)])
        self.there = clouds(Timing())
        now = self.county.clock.now
        door, wire = Knocker(self.county), InProcess(self.there, now)
        self.aliyun = Aliyun(pressable(access("aliyun")), self.county.clock, door, wire)
        self.tencent = Tencent(access("tencent"), self.county.clock, door, wire=wire)
        self.there.people.clear()  # nobody answers but by the story's hand
        real = {"aliyun": self.aliyun, "tencent": self.tencent}
        for path in paths:
            if path.name in real:
                self.county.operators[path.name] = real[path.name]  # type: ignore[assignment]

    async def start(self) -> None:
        """Start the gateway; Aliyun has the whole share of what it can carry."""
        await self.county.start()
        for scales in self.county.outbox._dispatch.scales.values():
            scales.points = {name: 100 * (name == "aliyun") for name in scales.points}

    def register(self, about: str, code: str, text: str) -> None:
        """Let Aliyun approve one more text."""
        mine = Registered("sms", about, code, text)
        account = self.aliyun.access.account
        self.aliyun.access = msgspec.structs.replace(
            self.aliyun.access,
            account=msgspec.structs.replace(account, texts=(*account.texts, mine)),
        )
        tenant = self.there.tenants["aliyun"]
        tenant.templates[code] = Template(code=code, text=text, channel="sms")

    async def pushes(self) -> None:
        """Let Aliyun push what it has, as it does over the network."""
        hooks = AliyunHooks(self.aliyun, self.county.outbox, self.county.counters)
        app = Starlette(routes=list(hooks.routes()))
        self.there.tenants["aliyun"].push_to = "https://care.example.org/aliyun"
        self.there.advance(self.county.clock.now())
        for push in self.there.take_pushes():
            path = f"/aliyun/{HOOK_SECRET}/{push.path}"
            asked = asgi.ask(app, "POST", path, msgspec.json.encode(push.body))
            answer = await self.county.within(asked)
            assert answer.status == 200
        await self.county.settle()


async def test_a_limit_in_a_200_answer_costs_no_time(tmp_path: File) -> None:
    """Aliyun says isv.BUSINESS_LIMIT_CONTROL with status 200: the modem carries it at once."""
    world = Mainland(tmp_path, ALIYUN, MODEM)
    await world.start()
    try:
        world.there.faults.append(
            Fault(kind=FaultKind.REFUSE, code="isv.BUSINESS_LIMIT_CONTROL", provider="aliyun")
        )
        pressed = world.county.clock.now()
        await world.county.press()
        await world.county.advance(2)
        assert "SendSms" in world.there.asked, "Aliyun was asked"
        assert world.there.texts == [], "and took nothing"
        got = world.county.phone(SON).got
        assert {one.path for one in got} == {"modem"}
        assert (got[0].at - pressed).total_seconds() < 1, "the next path carries it at once"
        (aliyun,) = [one for one in world.county.outbox.standing() if one.name == "aliyun"]
        assert aliyun.is_well, "one phone's limit is no trouble of Aliyun's"
        assert [one for one in world.county.faults if one[0] == "provider" and one[1]] == []
        asked = world.there.asked.count("SendSms")
        await world.county.press()
        await world.county.advance(2)
        assert world.there.asked.count("SendSms") == asked, "it is not asked at once again"
    finally:
        await world.county.stop()


async def test_no_cloud_takes_it_and_the_other_cloud_does(tmp_path: File) -> None:
    """Aliyun has no money left; Tencent says the same sentence."""
    world = Mainland(tmp_path, ALIYUN, TENCENT)
    await world.start()
    try:
        world.there.tenants["aliyun"].balance = 0
        await world.county.press()
        await world.county.advance(2)
        assert [text.provider for text in world.there.texts] == ["tencent"]
        assert any(
            part == "provider" and active and "余额" in detail
            for part, active, detail in world.county.faults
        ), "the technician hears that the money is gone"
    finally:
        await world.county.stop()


async def test_a_reply_by_sms_up_claims_the_incident(tmp_path: File) -> None:
    """The son writes back 1; Aliyun pushes it (SmsUp), twice; he has it."""
    world = Mainland(tmp_path, ALIYUN)
    await world.start()
    try:
        await world.county.press()
        await world.county.advance(10)
        (text,) = world.there.texts
        assert text.content.startswith("【江畔关爱】紧急：编号")
        world.there.tenants["aliyun"].push_to = "https://care.example.org/aliyun"
        reply = world.there.text(world.county.clock.now(), SON, "1")
        world.there.faces["aliyun"].replied(world.county.clock.now(), reply)  # pushed again
        await world.county.advance(1)
        await world.pushes()
        (incident,) = world.county.open()
        assert incident.response is Response.CLAIMED
        assert incident.responder == "wang-son"
    finally:
        await world.county.stop()


async def test_a_key_in_the_menu_claims_it(tmp_path: File) -> None:
    """He takes the call and presses 1; the key is pushed while he still listens."""
    world = Mainland(tmp_path, ALIYUN, channels=("voice",))
    await world.start()
    try:
        await world.county.press()
        await world.county.advance(2)
        (call,) = world.there.calls
        assert call.takes_keys, "keys come back, so a menu is offered"
        world.there.tenants["aliyun"].push_to = "https://care.example.org/aliyun"
        call.status, call.answered_at = "talking", world.county.clock.now()
        world.there.press(world.county.clock.now(), call, "1")
        await world.county.advance(1)
        await world.pushes()
        (incident,) = world.county.open()
        assert incident.responder == "wang-son"
    finally:
        await world.county.stop()


async def test_what_was_taken_without_a_word_is_not_sent_twice(tmp_path: File) -> None:
    """Aliyun takes the text and its answer is lost: it is looked up by our reference."""
    world = Mainland(tmp_path, ALIYUN)
    await world.start()
    try:
        world.there.faults.append(Fault(kind=FaultKind.HANG_AFTER, provider="aliyun", times=1))
        await world.county.press()
        await world.county.advance(120)
        assert len(world.there.texts) == 1
    finally:
        await world.county.stop()


async def test_an_answer_in_our_own_words_goes_where_free_words_may(tmp_path: File) -> None:
    """He asks something; no cloud may say our answer, so the modem does, and nobody is alarmed."""
    world = Mainland(tmp_path, ALIYUN, MODEM)
    await world.start()
    try:
        await world.county.press()
        await world.county.advance(2)
        before = len(world.there.texts)
        assert before == 1, "the alarm went by Aliyun"
        await world.county.phone(SON).writes("你是谁？", "aliyun")
        await world.county.advance(2)
        assert len(world.there.texts) == before
        answers = [one for one in world.county.phone(SON).got if one.key.startswith("reply/")]
        assert [one.path for one in answers] == ["modem"]
        assert not [one for one in world.county.faults if one[0] == "provider" and one[1]]
    finally:
        await world.county.stop()


async def test_an_answer_is_confirmed_by_a_registered_text_or_not_at_all(tmp_path: File) -> None:
    """He says that he goes. Only Aliyun is there: it confirms once it has a text for that."""
    world = Mainland(tmp_path, ALIYUN)
    await world.start()
    try:
        await world.county.press()
        await world.county.advance(10)
        await world.county.phone(SON).writes("1", "aliyun")
        await world.county.advance(60)
        assert len(world.there.texts) == 1, "the alarm alone"
        assert not [row for row in world.county.outbox.owing() if row.key.startswith("reply/")]
        assert [one for one in world.county.faults if one[1]] == [], "and nothing is wrong"
        world.register("recorded", "RECORDED", "记录：编号${code}您的答复${answer}已登记，谢谢。")
        await world.county.phone(SON).writes("2", "aliyun")
        await world.county.advance(5)
        assert world.there.texts[-1].content == (
            "【江畔关爱】记录：编号A1001您的答复到场已登记，谢谢。"
        )
    finally:
        await world.county.stop()


@pytest.mark.parametrize("can_say", [False, True])
async def test_a_drill_goes_only_by_what_can_say_it(tmp_path: File, can_say: bool) -> None:
    """The son's weekly drill: by the SIM alone, until Aliyun has a text for it."""
    says = ("sms/alarm", "sms/escalated", *(["sms/drill"] if can_say else []))
    world = Mainland(tmp_path, msgspec.structs.replace(ALIYUN, says=says), MODEM)
    await world.start()
    county = world.county
    try:
        world.register("drill", "DRILL", "演练：每周通知演练，没有人出事。收到请回复1。")
        proven = Proven(county.store, county.outbox.row)
        drilling = Drilling(
            county.clock, county.engines, proven, county.runtime.offer, None, "Asia/Shanghai"
        )
        ways = [t.way for t in drilling.targets() if t.channel == "sms"]
        assert sorted(ways) == (["sms aliyun", "sms modem"] if can_say else ["sms modem"])
        await county.happens("h1", Drill(county.clock.now(), "wang-son", "sms", "aliyun"))
        await county.advance(2)
        assert [text.content for text in world.there.texts] == (
            ["【江畔关爱】演练：每周通知演练，没有人出事。收到请回复1。"] if can_say else []
        )
        assert [one for one in county.faults if one[1]] == []
    finally:
        await county.stop()


async def test_a_resident_is_not_rung_by_what_cannot_ask(tmp_path: File) -> None:
    """A fall was detected; the registered texts are about alarms: nobody asks 王奶奶 by them."""
    bound = msgspec.structs.replace(ALIYUN, says=("voice/alarm", "voice/escalated"))
    for paths, rings in (((bound,), False), ((bound, MODEM), True)):
        watch = Device("watch", "native", Role.WEARABLE, worn="waist")
        wang = Resident("王秀兰", "王奶奶", phone="+8613800000009")
        where = msgspec.structs.replace(
            home(*paths, channels=("voice",)), devices={"watch": watch}, residents=(wang,)
        )
        life = Life(where, "day 1 08:59")
        life.happens(waves.knock(at("day 1 09:00")))
        asked = [one for one in letters(life.effects) if one.purpose is Purpose.QUESTION]
        assert [one.paths for one in asked] == ([("modem",)] if rings else [])
        at_once = "wang-son/voice" in told(life.effects)
        assert at_once is not rings, "where nobody can ask, others are told at once"
