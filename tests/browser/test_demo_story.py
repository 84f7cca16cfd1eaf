"""The whole demonstration, as a newcomer walks through it in a real browser."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import WIDE
from tests.gateway.test_demo import Running, free_ports, running

pytestmark = pytest.mark.line

SEEN_SECONDS_MAX = 5.0
"""An alarm is on the desk within a second; a busy machine may need a little longer."""
PATIENCE_MS = 20_000
DAUGHTER, NEIGHBOUR = "#phone-85251000001", "#phone-85251000002"

WATCH = """([name, selector]) => {
  const look = () => {
    if (!window[name] && document.querySelector(selector)) window[name] = Date.now();
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributes: true,
  });
}"""
"""Note when something first appears, by the browser's own clock and without asking again."""
NOTE_THE_CLICK = """() => document.addEventListener(
  "click", () => { window.pressed ??= Date.now(); }, { capture: true })"""


@dataclass(frozen=True)
class Room:
    """The pages one has open, and what went wrong in them."""

    village: Page
    phones: Page
    desk: Page
    mistakes: list[str]

    def home(self, household: str) -> Locator:
        return self.village.locator(f'[data-home="{household}"]')


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "demo", free_ports()) as started:
        started.ready()
        started.until(started.connected, "the devices")
        yield started


@pytest.fixture
async def room(demo: Running, browser: Browser) -> AsyncIterator[Room]:
    mistakes: list[str] = []
    async with AsyncExitStack() as leaving:
        context = await browser.new_context(
            viewport={"width": WIDE[0], "height": WIDE[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        leaving.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        village, phones, desk = [await context.new_page() for _ in range(3)]
        for page in (village, phones, desk):
            page.on("pageerror", lambda error: mistakes.append(str(error)))
            page.on(
                "console",
                lambda said: mistakes.append(said.text) if said.type == "error" else None,
            )
        await village.goto(f"http://127.0.0.1:{demo.ports['village']}/")
        await phones.goto(f"http://127.0.0.1:{demo.ports['village']}/phones/")
        await log_in(desk, demo)
        yield Room(village, phones, desk, mistakes)


async def log_in(page: Page, demo: Running) -> None:
    phrase = re.search(r"pass phrase (\S+)", demo.said())
    assert phrase is not None, demo.said()
    await page.goto(f"http://127.0.0.1:{demo.ports['desk']}/")
    await page.fill("#name", "李敏")
    await page.fill("#password", phrase[1])
    await page.click("form.card button")
    await expect(page.get_by_text("目前没有报警")).to_be_visible()


async def moment(page: Page, name: str) -> int:
    await page.wait_for_function(f"() => window.{name}")
    return int(await page.evaluate(f"window.{name}"))


async def press(room: Room, household: str) -> None:
    """Press the red button, and hold what is seen and heard to its times."""
    await room.desk.click("#sound-test")
    await room.desk.evaluate("window.stayed = true")
    await room.desk.evaluate(WATCH, ["seen", "[data-incident]"])
    await room.phones.evaluate(WATCH, ["rang", ".is-ringing"])
    await room.phones.evaluate(WATCH, ["texted", ".texts li"])
    await room.village.evaluate(NOTE_THE_CLICK)
    await room.home(household).locator("button.call").click()
    pressed = await moment(room.village, "pressed")
    seen = await moment(room.desk, "seen") - pressed
    rang = await moment(room.phones, "rang") - pressed
    texted = await moment(room.phones, "texted") - pressed
    print(f"press to desk {seen} ms, to first ring {rang} ms, to first text {texted} ms")
    assert 0 <= seen <= SEEN_SECONDS_MAX * 1000
    assert await room.desk.evaluate("window.stayed"), "the page was loaded anew"


async def test_from_the_press_to_the_end_of_the_story(demo: Running, room: Room) -> None:
    await press(room, "h1")
    await called_and_heard(room)
    await claimed_in_the_call(room)
    await on_the_scene(room)
    await closed_on_the_desk(room)
    await the_story_is_told(room)
    assert room.mistakes == []
    await asyncio.to_thread(stopped_cleanly, demo)


async def called_and_heard(room: Room) -> None:
    home, desk = room.home("h1"), room.desk
    await expect(home.locator(".bubble")).to_contain_text(
        "王奶奶，您的呼叫收到了。正在联系您的女儿王芳"
    )
    alarm = desk.locator(".alarm.high.open")
    await expect(alarm).to_contain_text("A1001")
    await expect(alarm).to_contain_text("无人接单")
    await expect(alarm).to_contain_text("客厅")
    await desk.wait_for_function("() => document.documentElement.dataset.sounding === 'high'")
    for phone in (DAUGHTER, NEIGHBOUR):
        await expect(room.phones.locator(f"{phone}.is-ringing")).to_be_visible()
        await expect(room.phones.locator(f"{phone} .texts")).to_contain_text("回复1去 2到 3不能")


async def claimed_in_the_call(room: Room) -> None:
    daughter = room.phones.locator(DAUGHTER)
    await daughter.locator(".answer").click()
    await expect(daughter.locator(".lines")).to_contain_text("王奶奶家，编号A1001")
    await expect(daughter.locator(".lines")).to_contain_text("桃花村3组12号")
    await expect(daughter.locator(".asked")).to_be_visible()
    await daughter.locator('.key[data-key="1"]').click()
    await expect(daughter.locator(".lines")).to_contain_text("已记录，您正在前往")
    claimed = room.desk.locator(".alarm.claimed")
    await expect(claimed).to_contain_text("王芳")
    await room.desk.wait_for_function("() => !document.documentElement.dataset.sounding")
    await expect(room.home("h1").locator(".bubble")).to_contain_text("王芳正在赶来")
    news = room.phones.locator(f"{NEIGHBOUR} .texts")
    await expect(news).to_contain_text("王芳正在前往，您暂不必前往")


async def on_the_scene(room: Room) -> None:
    daughter = room.phones.locator(DAUGHTER)
    await daughter.locator('.quick[data-body="2"]').click()
    await expect(daughter.locator(".texts")).to_contain_text("您已到场")
    await expect(room.desk.locator(".alarm.on_scene")).to_contain_text("已到现场")
    await expect(room.home("h1").locator(".bubble")).to_contain_text("王芳已经到了")


async def closed_on_the_desk(room: Room) -> None:
    desk = room.desk
    await desk.get_by_role("link", name="查看").click()
    await desk.get_by_text("结束并填写结果").click()
    await desk.get_by_text("平安", exact=True).click()
    await desk.fill("#seen_by", "王芳")
    await desk.fill("#close-note", "滑了一下，没有受伤")
    await desk.get_by_role("button", name="结束此事件").click()
    await expect(desk.locator("#live-head.closed")).to_contain_text("见到老人的人：王芳")
    for phone in (DAUGHTER, NEIGHBOUR):
        await expect(room.phones.locator(f"{phone} .texts")).to_contain_text("已处置：老人平安")
    await expect(room.home("h1").locator(".bubble")).to_contain_text("处理完了")


async def the_story_is_told(room: Room) -> None:
    desk = room.desk
    told = desk.locator(".timeline")
    for words in (
        *("按下呼叫键", "告诉老人：呼叫已收到", "告诉老人：正在找人", "短信已送达", "电话已接通"),
        *("电话回复：我去", "王芳接单", "告诉老人：有人来了", "短信告知进展", "短信回复：我已到达"),
        *("王芳已到场", "李敏结案，老人平安", "告诉老人：已结束"),
    ):
        await expect(told).to_contain_text(words)
    stations = desk.locator(".marks li")
    await expect(desk.locator(".marks li.reached")).to_have_count(await stations.count())
    for station in await stations.all_inner_texts():
        assert re.search(r"\+\d", station), f"no latency: {station}"
        assert re.search(r"\d\d:\d\d:\d\d", station), f"no time: {station}"
    await desk.get_by_role("link", name="历史").click()
    await expect(desk.locator("main")).to_contain_text("平安")
    await desk.locator("main").get_by_role("link").filter(has_text="A1001").click()
    await expect(desk.locator("#live-head.closed")).to_be_visible()


def stopped_cleanly(demo: Running) -> None:
    """Ctrl-C, with every page still open."""
    left = demo.children()
    began = time.monotonic()
    assert demo.interrupt() == 0
    print(f"stopped in {time.monotonic() - began:.1f} s")
    assert not [process for process in left if process.is_running()]
    assert not [each for each in psutil.process_iter(["ppid"]) if each.ppid() == demo.process.pid]
    assert "Traceback" not in demo.said()
    for log in ("gateway", "simulators"):
        assert "Traceback" not in (demo.data / "logs" / f"{log}.log").read_text("utf-8")
    assert os.path.exists(demo.data / "gateway" / "guanai.db")
