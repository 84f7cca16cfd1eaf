from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from urllib.parse import unquote

import aiohttp
import pytest

from alerting import coverage
from alerting.engine import Engine
from alerting.events import Answer, PresenceState, Reply, Resumed
from alerting.household import IncidentKind
from alerting.words import Words
from gateway.store.rows import Proof
from gateway.web.context import Part
from tests.browser.desk import WELL, Desk, until
from tests.gateway.web.person import Person

pytestmark = pytest.mark.line

DAYS = timedelta(days=1)


async def test_where_the_resident_is(desk: Desk, li: Person) -> None:
    page = await li.get("/households")
    assert all(code in page for code in ("A1001", "A1006"))
    await li.get("/households/h1")
    page = await li.post("/households/h1/presence", state="hospital", until="")
    assert li.status == 200
    assert desk.engines["h1"].presence is PresenceState.HOSPITAL
    assert "住院" in page
    assert "老人住院" in page  # among what happened
    for wrong in ({"state": "moon"}, {"state": "away", "until": "2001-01-01T00:00"}):
        await li.post("/households/h1/presence", **wrong)
        assert li.status == 422


async def test_muting_has_an_end_a_reason_and_a_limit(desk: Desk, li: Person) -> None:
    await li.get("/households/h1")
    until_when = "2099-01-01T00:00"
    await li.post("/households/h1/mute", what="emergency", until=until_when, reason="")
    assert li.status == 422
    for problem in ("呼救不能静默", "请填写原因", "最长 7 天"):
        assert problem in li.page
    for wrong in ("tomorrow", "", "9999-12-31T23:59", "0001-01-01T00:00"):
        await li.post("/households/h1/mute", what="fall", until=wrong, reason="x")
        assert li.status == 422, wrong
    await li.get("/households/h1")
    field = re.search(r'id="mute-until"[^>]*value="([^"]+)"', li.page)
    assert field
    await li.post("/households/h1/mute", what="inactivity", until=field.group(1), reason="走亲戚")
    assert li.status == 200
    silences = desk.engines["h1"].silences
    assert set(silences) == {IncidentKind.INACTIVITY}
    assert "已静默：久无活动" in li.page
    await li.post("/households/h1/unmute", what="inactivity")
    assert "已静默：久无活动" not in li.page


async def test_devices_with_battery_and_age(desk: Desk, li: Person) -> None:
    await desk.bustle()
    page = await li.get("/households/h1")
    assert "电量 93%" in page
    assert 'class="chip bad">电量 9%' in page
    assert "启动以来未收到" in page
    assert "离线" in await li.get("/households")


async def test_the_technical_page_tells_who_what_and_expected(desk: Desk, li: Person) -> None:
    await desk.bustle()
    page = await li.get("/technical")
    for words in ("消息代理", "断电自检", "battery is not a number; expected 0..100", "12.3 GB"):
        assert words in page
    assert "zigbee2mqtt/李家呼叫器" in page
    assert '{"battery":"full","action":"emergency"}' in page
    assert "短信与电话不正常，可能通知不到人" in page


@pytest.mark.parametrize(("good", "word"), [(True, "good"), (None, "unknown"), (False, "bad")])
async def test_what_is_not_known_is_never_green(
    desk: Desk, li: Person, good: bool | None, word: str
) -> None:
    desk.parts.append(Part(Words("运营商", "Provider"), good, WELL))
    await asyncio.sleep(1.1)  # health is asked for once a second
    assert f'data-health="{word}"' in await li.get("/")


async def test_history_by_household_and_day(desk: Desk, li: Person) -> None:
    for household, device in (("h1", "h1-panel"), ("h2", "h2-sos")):
        incident = await desk.press(household, device)
        await li.get("/")
        await li.post(f"/incidents/{incident}/close", outcome="mistake", seen_by="王芳")
    today = re.search(r'<span class="sub tabular">', await li.get("/history"))
    assert today
    assert "A1001</span> 王秀兰家" in li.page
    page = await li.get("/history?household=h2")
    assert "A1002</span> 李大山家" in page
    assert "A1001</span> 王秀兰家" not in page
    assert "没有已结束的事件" in await li.get("/history?day=2001-01-01")
    await li.get("/history?day=yesterday")
    assert li.status == 422


async def test_an_unreadable_store_hides_history_and_nothing_else(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    for file in desk.folder.glob("gateway.db*"):
        file.rename(file.with_name(file.name + ".gone"))
    await li.get("/history")
    assert li.status == 503
    assert "无法读取历史" in li.page
    await li.get("/incidents/h9-0001")
    assert li.status == 503
    assert "报警照常发出" in li.page
    assert "王秀兰家" in await li.get("/")
    assert "为什么报警" in await li.get(f"/incidents/{incident}")
    assert li.status == 200
    for file in desk.folder.glob("gateway.db*.gone"):
        file.rename(file.with_suffix(""))


async def test_both_languages_on_every_page(desk: Desk, anna: Person) -> None:
    await desk.bustle()
    incident = desk.incidents("h1")[0]
    own = re.compile(r"报警|住户|历史|技术|接单|值班台|口令|时间线")
    for path in ("/", f"/incidents/{incident}", "/households", "/technical", "/history"):
        page = await anna.get(path)
        assert '<html lang="en">' in page
        # names and messages stay as they are; our own words do not
        assert not own.search(re.sub(r'<div>.*?</div>|"back" value="[^"]*"', "", page)), path
    await anna.get("/")
    await anna.post("/language", language="zh", back="//evil.example/")
    assert unquote(anna.path) == "/"
    assert '<html lang="zh-CN">' in anna.page


async def read_event(answer: aiohttp.ClientResponse) -> tuple[str, dict[str, object]]:
    name = ""
    while not name.startswith("event: "):
        name = (await answer.content.readline()).decode()
    name = name.removeprefix("event: ").strip()
    data = (await answer.content.readline()).decode().removeprefix("data: ")
    await answer.content.readline()
    return name, json.loads(data)


async def test_the_stream_tells_the_state_the_changes_and_that_we_live(
    desk: Desk, li: Person
) -> None:
    async with li.http.get("/events") as answer:
        assert answer.content_type == "text/event-stream"
        name, data = await read_event(answer)
        assert (name, data["open"], data["sounding"]) == ("state", 0, [])
        name, data = await asyncio.wait_for(read_event(answer), 4)
        assert name == "beat"
        assert data["health"] == "good"
        incident = await desk.press()
        name, data = await asyncio.wait_for(read_event(answer), 1)
        assert (name, data["waiting"]) == ("state", 1)
        assert data["sounding"] == [{"id": incident, "urgency": "high"}]
        assert data["incidents"] == [incident]
        desk.happen("h1", Reply(desk.clock.now(), incident, "wang-daughter", Answer.GOING, "sms"))
        while data["sounding"]:
            name, data = await asyncio.wait_for(read_event(answer), 4)
        assert (data["open"], data["waiting"]) == (1, 0)
        assert "王" not in json.dumps(data, ensure_ascii=False)
    await until(lambda: desk.board.subscribers == 0)


async def test_a_stream_ends_with_its_session(desk: Desk, li: Person) -> None:
    async with li.http.head("/events") as answer:
        assert answer.status == 204
    async with li.http.get("/events") as answer:
        await read_event(answer)
        await desk.access.change("山里的桃花开了三月里")
        desk.board.notice()
        assert await asyncio.wait_for(answer.content.read(), 5) == b""
    async with li.http.get("/events") as answer:
        assert answer.status == 401


async def test_how_much_of_each_day_the_home_was_watched(
    desk: Desk, li: Person, anna: Person
) -> None:
    now = desk.clock.now()
    desk.happen("h1", Resumed(now, deaf_since=now - timedelta(days=2), why="test"))
    begun = coverage.begin(now - timedelta(days=3))
    engine = desk.engines["h1"]
    assert isinstance(engine, Engine)
    engine._coverage = begun  # as if it had been running for three days
    await until(lambda: engine.coverage.days)
    page = await li.get("/households/h1")
    assert "看得到这个家吗" in page
    assert "网关收不到消息24小时" in page
    assert page.count("<meter") == 4
    assert "今天看得到 0.0 %" in await li.get("/households")
    assert "the gateway heard nothing: 24 h" in await anna.get("/households/h1")


async def test_the_technician_sees_every_way_out(li: Person, anna: Person) -> None:
    page = await li.get("/technical")
    for words in ("通知通道", "SIM 卡", "57 / 60", "先用其他通道", "短信 41"):
        assert words in page, words
    page = await anna.get("/technical")
    for words in ("Ways out to people", "SIM card", "others first", "text message 41"):
        assert words in page, words


async def test_what_was_last_proven_is_shown_with_its_age(desk: Desk, li: Person) -> None:
    now = desk.clock.now()
    desk.proofs = [
        Proof(kind="path", name="twilio", path="sms", proven_at=now, how="receipt"),
        Proof(kind="contact", name="wang-daughter", path="sms twilio", asked_at=now - DAYS * 2),
        Proof(kind="button", name="h1/h1-panel", proven_at=now - DAYS * 30, how="press"),
    ]
    page = await li.get("/technical")
    assert "上次证明可用" in page
    for words in ("手机回执", "从未", "演练未答复", "王芳"):
        assert words in page, words
    shown = re.search(r'id="live-proved".*?</section>', page, re.S)
    assert shown
    chips = re.findall(r'chip (good|warn|bad)"', shown[0])
    assert chips[::2] == chips[1::2] == ["bad", "warn", "good"], "how many, and the one"
    page = await li.get("/households/h1")
    assert "王芳" in page
    assert "手机回执" not in page, "paths are the technician's"
    contacts = re.search(r'id="live-contacts".*?</section>', page, re.S)
    assert contacts
    assert "短信 twilio" in contacts[0]
    assert "演练未答复" in contacts[0]
    others = re.search(r'id="live-proved".*?</section>', page, re.S)
    assert others
    assert "王芳" not in others[0], "a person stands in one place"


async def test_a_contact_last_answered_when_any_of_both_knows_it(desk: Desk, li: Person) -> None:
    at = desk.clock.now() - DAYS * 3
    desk.proofs = [
        Proof(kind="contact", name="wang-daughter", path="sms twilio", proven_at=at, how="drill")
    ]
    page = await li.get("/households/h1")
    contacts = re.search(r'id="live-contacts".*?</section>', page, re.S)
    assert contacts
    assert "最近应答" in contacts[0]
    assert "答复了演练" in contacts[0]


async def test_trying_the_buttons_out_is_declared_and_ended_at_the_desk(
    desk: Desk, li: Person
) -> None:
    await li.get("/households/h1")
    page = await li.post("/households/h1/trial")
    engine = desk.engines["h1"]
    assert engine.beside.test_until is not None
    assert engine.beside.tested_by == "desk:李敏"
    assert "正在试按" in page
    await li.post("/households/h1/trial", end="1")
    assert engine.beside.test_until is None
