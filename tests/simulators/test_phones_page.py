"""The page with the phones, in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, async_playwright, expect
from starlette.routing import Mount

from simulators.carrier.core import Carrier
from simulators.carrier.live import LiveCarrier, live
from simulators.carrier.server import CarrierServer, serving
from simulators.carrier.settings import DEMO_NUMBER as FROM
from simulators.carrier.settings import Timing
from simulators.carrier.virtual import VirtualCarrier
from simulators.phones.app import build_phones_app
from simulators.phones.people import HABITS, Person
from simulators.phones.words import words

WANG = Person(number="+85251000001", name="王芳", role="relative")
ZHOU = Person(number="+85251000002", name="周婶", role="neighbour")
LIU = Person(number="+8613800000006", name="刘军", role="relative")
PEOPLE = (WANG, ZHOU, LIU)
QUICK = Timing(
    sms_sending_s=0.01,
    sms_sent_s=0.02,
    sms_delivered_s=0.03,
    call_dialled_s=0.01,
    call_ringing_s=0.02,
    speech_cjk_per_s=400,
)
ASK = (
    '<Response><Gather numDigits="1" timeout="60" action="http://127.0.0.1:9/gone">'
    '<Say language="zh-CN">王奶奶按了呼叫器。</Say></Gather></Response>'
)
TEXT = "【桃花关爱】王奶奶按了呼叫器。能去请回复1。"
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=user-gesture-required",
]


def wrong(said: ConsoleMessage) -> bool:
    """Whether the browser complains; a refused action and a lost link are meant to happen."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


class Desk:
    """The page, the carrier behind it, and where it is."""

    def __init__(self, page: Page, carrier: LiveCarrier, server: CarrierServer) -> None:
        self.page = page
        self.carrier = carrier
        self.server = server
        self.world = VirtualCarrier(carrier.core)  # for its short way to ask the provider

    def card(self, person: Person) -> Locator:
        return self.page.locator(f"#phone-{person.number[1:]}")

    def text(self, person: Person) -> None:
        self.world.now = self.carrier.now()
        self.world.send(person.number, TEXT)
        self.carrier.stir()

    def call(self, person: Person) -> None:
        self.world.now = self.carrier.now()
        self.world.call(person.number, Twiml=ASK)
        self.carrier.stir()


@asynccontextmanager
async def desk(width: int = 1280, path: str = "/") -> AsyncIterator[Desk]:
    core = Carrier(PEOPLE, timing=QUICK)
    async with live(core) as carrier, async_playwright() as playwright:
        mounted = Mount("/phones", build_phones_app(carrier, PEOPLE))
        async with serving(carrier, extra=(mounted,)) as server:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=BROWSER
            )
            page = await browser.new_page(viewport={"width": width, "height": 844})
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda said: problems.append(said.text) if wrong(said) else None)
            await page.goto(f"{server.url}/phones{path}")
            await expect(page.locator(".phone")).to_have_count(len(PEOPLE))
            try:
                yield Desk(page, carrier, server)
                assert problems == []
            finally:
                await browser.close()


@pytest.mark.line
async def test_a_call_rings_is_answered_and_a_key_pressed() -> None:
    async with desk() as at:
        card = at.card(WANG)
        await expect(at.page.locator("#sound")).to_be_visible()
        at.call(WANG)
        await expect(card).to_have_class(re.compile("is-ringing"))
        await expect(at.page.locator("#ringing")).to_contain_text("王芳")
        assert (await at.page.title()).startswith("☎")
        await card.get_by_role("button", name="接听").click()
        await expect(card.locator(".lines")).to_contain_text("王奶奶按了呼叫器。")
        await expect(at.page.locator("#ringing")).to_be_hidden()
        await expect(at.page.locator("#sound")).to_be_hidden()  # one click was enough
        await expect(card.locator(".asked")).to_be_visible()
        await card.locator(".key[data-key='1']").click()
        await expect(card.locator(".lines, .lines-old").get_by_text("按了 1")).to_have_count(1)
        shown = at.carrier.handset(WANG.number).call
        assert shown is not None
        assert [line.text for line in shown.lines][:2] == ["王奶奶按了呼叫器。", "1"]


@pytest.mark.line
async def test_a_text_arrives_and_is_replied_to_in_one_touch_or_in_own_words() -> None:
    async with desk(width=390) as at:
        card = at.card(ZHOU)
        await expect(card.locator(".no-texts")).to_be_visible()
        at.text(ZHOU)
        await expect(card.locator(".bubble")).to_have_text(TEXT)
        await card.locator(".quick[data-body='1']").click()
        await expect(card.locator(".bubble.mine")).to_have_text(["1"])
        await card.locator(".field").fill("<b>马上到</b> & 稍等")
        await card.get_by_role("button", name="发送").click()
        await expect(card.locator(".bubble.mine")).to_have_text(["1", "<b>马上到</b> & 稍等"])
        bodies = [message.body for message in at.carrier.core.messages() if message.to == FROM]
        assert bodies == ["<b>马上到</b> & 稍等", "1"]


@pytest.mark.line
async def test_a_call_is_rejected_let_ring_and_hung_up() -> None:
    async with desk() as at:
        for person in PEOPLE[:2]:
            at.call(person)
        wang, zhou = at.card(WANG), at.card(ZHOU)
        await wang.get_by_role("button", name="让它响").click()
        await expect(wang).to_have_class(re.compile("is-hushed"))
        await expect(wang).to_have_class(re.compile("is-ringing"))
        await zhou.get_by_role("button", name="拒接").click()
        await expect(zhou.locator(".call-other")).to_have_text("占线或拒接")
        await wang.get_by_role("button", name="接听").click()
        await wang.get_by_role("button", name="挂断").click()
        await expect(wang.locator(".call-other")).to_have_text("已结束")


@pytest.mark.line
async def test_a_reply_from_the_mainland_is_shown_as_not_carried() -> None:
    async with desk() as at:
        card = at.card(LIU)
        at.text(LIU)
        await card.locator(".quick[data-body='1']").click()
        await expect(card.locator(".is-lost time")).to_contain_text("大陆号码只能收")


@pytest.mark.line
async def test_a_habit_is_given_on_the_page_and_a_refusal_is_shown() -> None:
    async with desk(path="/?lang=en") as at:
        card = at.card(WANG)
        await card.locator(".habit").select_option("voicemail")
        await expect(card.locator(".habit")).to_have_value("voicemail")
        assert at.carrier.handset(WANG.number).person.habit == HABITS["voicemail"]
        at.carrier.set_habit(WANG.number, "manual")
        at.call(WANG)
        await expect(card.get_by_role("button", name="Answer")).to_be_visible()
        at.carrier.reject(WANG.number)
        await card.locator(".answer").dispatch_event("click")
        await expect(at.page.locator("#problem")).to_contain_text("nothing rings")


@pytest.mark.line
async def test_a_lost_link_is_shown_and_mends_itself() -> None:
    async with desk() as at:
        await at.server.go_down()
        await expect(at.page.locator("#link")).to_be_visible()
        at.text(WANG)
        await at.server.come_up()
        await expect(at.page.locator("#link")).to_be_hidden()
        await expect(at.card(WANG).locator(".bubble")).to_have_text(TEXT)


@pytest.mark.line
async def test_a_phone_calls_the_gateway_and_so_does_a_strangers() -> None:
    async with desk() as at:
        card = at.card(WANG)
        await card.locator(".dial").click()
        await expect(card.locator(".call-other")).to_have_text("无人接听")
        await at.page.locator("#stranger .field").fill("+852 5100 0098")
        await at.page.locator("#stranger button").click()
        stranger = at.page.locator("#phone-85251000098")
        await expect(stranger.locator(".name")).to_have_text("生人")
        calls = [(call.sender, call.direction) for call in at.carrier.core.calls()]
        assert calls == [("+85251000098", "inbound"), (WANG.number, "inbound")]


MEASURE = """() => {
  const shown = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 0;
  const luminance = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [x, y, z] = [r, g, b].map(part);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const pale = [], small = [];
  for (const e of document.querySelectorAll("body *")) {
    if (!shown(e)) continue;
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (own) {
      const [a, b] = [luminance(colour(getComputedStyle(e).color)), luminance(behind(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) pale.push(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
    }
    if (e.matches("button, a, select, summary, .field, .switch")) {
      const box = e.getBoundingClientRect();
      if (box.width < 44 || box.height < 44) small.push(e.outerHTML.slice(0, 80));
    }
  }
  return { pale, small, wide: document.documentElement.scrollWidth - innerWidth };
}"""


@pytest.mark.line
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_everything_is_legible_and_large_enough_to_touch(width: int, language: str) -> None:
    async with desk(width, f"/?lang={language}") as at:
        at.text(LIU)
        for person in PEOPLE[:2]:
            at.call(person)
        await expect(at.page.locator(".is-ringing")).to_have_count(2)
        at.carrier.answer(ZHOU.number)
        at.carrier.text(LIU.number, "1")
        await expect(at.card(ZHOU).locator(".asked")).to_be_visible()
        await expect(at.card(LIU).locator(".is-lost")).to_be_visible()
        measured = await at.page.evaluate(MEASURE)
        assert measured == {"pale": [], "small": [], "wide": 0}


# ------------------------------------------------------------------ without a browser


def test_every_word_is_there_in_both_languages() -> None:
    assert words("zh").keys() == words("en").keys()
    assert words("fr") == words("zh")
    for habit in HABITS:
        assert f"{habit}_habit" in words("en") or habit in words("en")


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("answer", {}, 409),
        ("press", {"key": "1"}, 409),
        ("press", {}, 400),
        ("text", {"body": ""}, 409),
        ("text", {"body": 1}, 400),
        ("habit", {"habit": "sleepy"}, 409),
        ("dial", {"to": 1}, 400),
        ("dial", {"to": "+85299999999"}, 409),
        ("explode", {}, 404),
    ],
)
async def test_a_wrong_action_is_refused(action: str, body: object, status: int) -> None:
    async with live(Carrier(PEOPLE)) as carrier:
        page = Mount("/", build_phones_app(carrier, PEOPLE))
        async with (
            serving(carrier, extra=(page,)) as server,
            aiohttp.ClientSession() as session,
        ):
            url = f"{server.url}/phone/%2B85251000001/{action}"
            async with session.post(url, json=body) as answer:
                assert answer.status == status
                assert (await answer.json())["error"]
            async with session.post(url, data="{}") as answer:
                assert answer.status in (400, 404)
            async with session.get(f"{server.url}/state") as answer:
                phones = (await answer.json())["phones"]
            assert [phone["number"] for phone in phones] == [each.number for each in PEOPLE]
