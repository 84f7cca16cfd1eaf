from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest

from alerting.events import Answer, PresenceState, Reply
from alerting.household import IncidentKind
from alerting.words import Words
from gateway.web import incidents
from gateway.web.context import Part
from gateway.web.guard import BODY_BYTES_MAX
from tests.browser.desk import WELL, Desk, open_desk, until

pytestmark = pytest.mark.line

TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')


class Person:
    """Somebody with a browser that knows no scripts."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.http = aiohttp.ClientSession(
            desk.url, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": desk.url}
        )
        self.status = 0
        self.path = ""
        self.page = ""
        self.headers: dict[str, str] = {}

    async def get(self, path: str) -> str:
        async with self.http.get(path) as answer:
            return await self._read(answer)

    async def post(self, path: str, **fields: str) -> str:
        """Send a form of the page we are on."""
        token = TOKEN.search(self.page)
        form = {"csrftoken": token.group(1) if token else "", **fields}
        async with self.http.post(path, data=form) as answer:
            return await self._read(answer)

    async def log_in(self, name: str = "李敏", password: str = "") -> str:
        await self.get("/login")
        return await self.post("/login", name=name, password=password or self.desk.password)

    async def _read(self, answer: aiohttp.ClientResponse) -> str:
        self.status, self.path = answer.status, answer.url.path
        self.headers = dict(answer.headers)
        self.page = unescape(await answer.text())
        return self.page


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def stranger(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    yield person
    await person.http.close()


@pytest.fixture
async def li(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    await person.log_in("李敏")
    yield person
    await person.http.close()


@pytest.fixture
async def anna(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    await person.log_in("Anna")
    await person.post("/language", language="en", back="/")
    yield person
    await person.http.close()


# ---------------------------------------------------------------- the door


@pytest.mark.parametrize("path", ["/", "/incidents/h1-0001", "/households", "/technical", "/x"])
async def test_nobody_sees_anything_without_logging_in(stranger: Person, path: str) -> None:
    await stranger.get(path)
    assert stranger.path == "/login"
    assert "王秀兰" not in stranger.page


async def test_what_is_open_to_all(stranger: Person) -> None:
    assert await stranger.get("/healthz") == "ok\n"
    await stranger.get("/static/desk.css")
    assert (stranger.status, stranger.headers["Cache-Control"]) == (200, "no-cache")
    await stranger.get("/static/../desk.py")
    assert "python" not in stranger.page
    await stranger.get("/events")
    assert stranger.status == 401


async def test_logging_in_and_out(stranger: Person) -> None:
    await stranger.log_in()
    assert (stranger.path, stranger.status) == ("/", 200)
    assert "李敏" in stranger.page
    cookies = {cookie.key: cookie for cookie in stranger.http.cookie_jar}
    session = cookies["guanai-desk"]
    assert session["httponly"]
    assert session["samesite"] == "strict"
    assert cookies["csrftoken"]["samesite"] == "Strict"
    await stranger.get("/login")
    assert stranger.path == "/"
    await stranger.post("/logout")
    assert stranger.path == "/login"
    await stranger.get("/")
    assert stranger.path == "/login"


async def test_a_wrong_phrase_and_a_name_that_is_none(stranger: Person) -> None:
    await stranger.log_in("李敏", "admin")
    assert stranger.status == 403
    assert "口令不对" in stranger.page
    await stranger.log_in("<b>x</b>")
    assert stranger.status == 422
    assert "请填写您的姓名" in stranger.page


async def test_whoever_guesses_has_to_wait(stranger: Person) -> None:
    for _ in range(3):
        await stranger.log_in("李敏", "guess")
    await stranger.log_in("李敏")
    assert stranger.status == 429
    assert int(stranger.headers["Retry-After"]) >= 1
    # another name from the same address waits as well
    await stranger.log_in("王芳")
    assert stranger.status == 429


async def test_a_forged_session_is_none(desk: Desk, stranger: Person) -> None:
    import base64

    forged = base64.b64encode(json.dumps({"name": "x", "stamp": desk.access.stamp}).encode())
    stranger.http.cookie_jar.update_cookies({"guanai-desk": forged.decode() + ".AAAA.BBBB"})
    await stranger.get("/")
    assert stranger.path == "/login"


async def test_changing_the_phrase_ends_every_other_session(
    desk: Desk, li: Person, anna: Person
) -> None:
    old = desk.password
    await li.get("/password")
    await li.post("/password", old="wrong", new="short", again="other")
    assert li.status == 422
    for problem in ("现在的口令不对", "至 200 个字符", "两次输入的新口令不一致"):
        assert problem in li.page
    await li.post("/password", old=old, new="山里的桃花开了", again="山里的桃花开了")
    assert li.status == 422  # seven characters
    await li.post("/password", old=old, new="山里的桃花开了三月里", again="山里的桃花开了三月里")
    assert (li.status, li.path) == (200, "/")
    await anna.get("/")
    assert anna.path == "/login"
    await anna.log_in("Anna", "山里的桃花开了三月里")
    assert anna.path == "/"
    assert not (desk.folder / "desk-password").exists()


async def test_only_our_own_forms_are_taken(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    for form in ({}, {"csrftoken": "x"}):
        async with li.http.post(f"/incidents/{incident}/claim", data=form) as answer:
            assert answer.status == 403
    async with li.http.post(f"/incidents/{incident}/claim", json={}) as answer:
        assert answer.status == 403
    assert desk.board.open()[0].record.responder == ""


async def test_a_body_without_end_is_refused(li: Person) -> None:
    async with li.http.post("/login", data={"name": "x" * BODY_BYTES_MAX * 2}) as answer:
        assert answer.status == 413
        assert str(BODY_BYTES_MAX) in await answer.text()


async def test_pages_are_safe_in_a_hostile_browser(desk: Desk, li: Person) -> None:
    await desk.bustle()
    incident = desk.incidents("h1")[0]
    paths = ["/", f"/incidents/{incident}", "/households", "/households/h1", "/technical"]
    for path in [*paths, "/history", "/password", "/nowhere"]:
        page = await li.get(path)
        policy = li.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert li.headers["X-Content-Type-Options"] == "nosniff"
        assert li.headers["Referrer-Policy"] == "no-referrer"
        assert li.headers["Cache-Control"] == "no-store"
        assert "server" not in {name.lower() for name in li.headers}
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", page), path
        for link in re.findall(r'(?:href|action|src)="([^"]*)"', page):
            if link.startswith("tel:+"):
                continue
            # paths only, from here only, and nothing personal in them
            assert re.fullmatch(r"/[a-z0-9./_-]*", link), (path, link)


# ---------------------------------------------------------------- alarms


async def test_from_the_press_to_the_outcome_without_any_script(desk: Desk, li: Person) -> None:
    assert "目前没有报警" in await li.get("/")
    incident = await desk.press()
    page = await li.get("/")
    assert all(words in page for words in ("紧急", "A1001", "王秀兰家", "桃花村3组12号", "呼救"))
    page = await li.post(f"/incidents/{incident}/claim", back="list")
    assert (li.path, li.status) == ("/", 200)
    assert "李敏接单" in page
    page = await li.get(f"/incidents/{incident}")
    assert 'href="tel:+85251000001"' in page
    page = await li.post(f"/incidents/{incident}/note", note="邻居<script>已经去看")
    assert "邻居<script>已经去看" in page  # as text: see the raw page
    async with li.http.get(f"/incidents/{incident}") as answer:
        assert "邻居&lt;script&gt;已经去看" in await answer.text()
    page = await li.post(f"/incidents/{incident}/on-scene")
    assert "已到现场" in page
    page = await li.post(f"/incidents/{incident}/close", outcome="", seen_by="", note="她很好")
    assert li.status == 422
    for problem in ("请选择结果", "请填写谁见到了老人"):
        assert problem in page
    assert "她很好</textarea>" in page  # nothing typed is lost
    page = await li.post(
        f"/incidents/{incident}/close", outcome="safe", seen_by="王芳", note="她很好"
    )
    assert li.status == 200
    assert "平安" in page
    assert "见到老人的人：王芳 · 她很好" in page
    record = desk.board.recent()[0].record
    assert (record.id, record.outcome, record.responder) == (incident, "safe", "desk:李敏")
    assert incident in await li.get("/")


async def test_a_restart_forgets_no_story(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    await li.get("/")
    await li.post(f"/incidents/{incident}/close", outcome="test", seen_by="", note="shift change")
    await until(lambda: not desk.runtime.is_writing)
    desk.board._recent.clear()  # as memory is after a restart
    assert incident in await li.get("/")
    page = await li.get(f"/incidents/{incident}")
    assert "按下呼叫键" in page
    assert "shift change" in page


async def test_the_first_claim_wins_and_the_second_person_is_told(
    desk: Desk, li: Person, anna: Person
) -> None:
    incident = await desk.press()
    await li.get("/")
    await li.post(f"/incidents/{incident}/claim", back="list")
    page = await anna.get(f"/incidents/{incident}")
    assert "On the way · 李敏 (desk)" in page
    page = await anna.post(f"/incidents/{incident}/claim")
    assert desk.board.open()[0].record.responder == "desk:李敏"
    assert "Anna is going as well" in page


async def test_a_button_pressed_too_late_says_so(desk: Desk, li: Person, anna: Person) -> None:
    incident = await desk.press()
    await anna.get(f"/incidents/{incident}")
    await li.get(f"/incidents/{incident}")
    await li.post(f"/incidents/{incident}/close", outcome="test", seen_by="")
    assert li.status == 200  # a test needs nobody who saw the elder
    page = await anna.post(f"/incidents/{incident}/claim")
    assert 'class="notice bad"' in page
    page = await anna.post(f"/incidents/{incident}/note", note="seen later")
    assert "The note is written down" in page
    assert "seen later" in page


async def test_whoever_cannot_go_says_so(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    await li.get("/")
    await li.post(f"/incidents/{incident}/claim")
    await li.post(f"/incidents/{incident}/cannot")
    assert desk.board.open()[0].record.responder == ""
    await li.post(f"/incidents/{incident}/note", note=" ")
    assert li.status == 422
    assert "请填写备注内容" in li.page


async def test_a_button_nobody_confirms_does_not_claim_success(
    desk: Desk, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "ANSWER_SECONDS_MAX", 0.05)
    incident = await desk.press()
    await li.get("/")
    desk.deaf = True
    assert "尚未确认" in await li.post(f"/incidents/{incident}/claim")


async def test_strange_paths_and_actions(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    await li.get("/incidents/nobody-1")
    assert li.status == 404
    assert "没有这个页面" in li.page
    await li.get(f"/incidents/{incident}")
    await li.post(f"/incidents/{incident}/explode")
    assert li.status == 404
    await li.get("/households/gateway")
    assert li.status == 404


async def test_delivery_is_shown_with_whom_it_reached(desk: Desk, li: Person) -> None:
    await desk.bustle()
    incident = desk.incidents("h1")[0]
    await until(lambda: "failed" in [line.what for line in desk.board.open()[0].lines])
    page = await li.get(f"/incidents/{incident}")
    assert "短信 · 已送达" in page
    assert "写入存储" in page
    assert "已通知 2 人" in await li.get("/")


# ---------------------------------------------------------------- households


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


# ---------------------------------------------------------------- technical and history


async def test_the_technical_page_tells_who_what_and_expected(desk: Desk, li: Person) -> None:
    await desk.bustle()
    page = await li.get("/technical")
    for words in ("消息代理", "断电自检", "battery is not a number; expected 0..100", "12.3 GB"):
        assert words in page
    assert "zigbee2mqtt/李家呼叫器" in page
    assert '{"battery":"full","action":"emergency"}' in page
    assert "网关部件" in page


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


# ---------------------------------------------------------------- language, stream


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
