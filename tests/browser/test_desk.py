from __future__ import annotations

import time

import pytest
from playwright.async_api import Page, expect

from alerting.events import Answer, Reply
from alerting.incident import Outcome
from gateway.store.rows import Proof
from gateway.web.proofs import OPEN_MAX
from tests.browser.conftest import PHONE, WIDE, Sit
from tests.browser.desk import Desk, until

pytestmark = pytest.mark.line

BEATS_MISSED_MS = 15_000
"""The banner is due after six seconds; a busy machine may need a little longer."""


async def sounding(page: Page) -> str:
    return str(await page.evaluate("document.documentElement.dataset.sounding ?? ''"))


async def test_an_alarm_from_press_to_outcome(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await expect(page.get_by_text("目前没有报警")).to_be_visible()
    await page.evaluate("window.stayed = true")
    began = time.monotonic()
    incident = await desk.press()
    await page.wait_for_selector(f'[data-incident="{incident}"]')
    took = time.monotonic() - began
    print(f"press to visible on the page: {took:.3f} s")
    assert await page.evaluate("window.stayed"), "the page was loaded anew"
    assert await page.title() == "(1) 报警 · 桃花关爱"
    await expect(page.locator("#open-count")).to_have_text("1")

    await page.get_by_role("button", name="我来处理").click()
    await expect(page.locator(".notice.good")).to_contain_text("李敏接单")
    await expect(page.locator(".state.claimed")).to_be_visible()
    await page.get_by_role("link", name="查看").click()
    await page.get_by_role("button", name="已到现场").click()
    await expect(page.locator("#live-head .state.on_scene")).to_be_visible()

    await page.get_by_text("平安", exact=True).click()
    await page.fill("#seen_by", "王芳")
    await page.fill("#close-note", "老人只是想试一下")
    await page.get_by_role("button", name="结束此事件").click()
    await expect(page.locator("#live-head.closed")).to_contain_text("见到老人的人：王芳")
    story = page.locator(".timeline")
    for words in ("按下呼叫键", "短信通知", "李敏接单", "李敏已到场", "李敏结案"):
        await expect(story).to_contain_text(words)
    await expect(page.locator(".marks li.reached")).to_have_count(5)
    await page.get_by_role("link", name="全部报警").click()
    await expect(page.locator("#live-recent")).to_contain_text("平安")


async def test_what_others_do_shows_without_reloading(desk: Desk, sit: Sit) -> None:
    page = await sit()
    incident = await desk.press()
    await page.goto(f"{desk.url}/incidents/{incident}")
    await page.get_by_text("结束并填写结果").click()
    await page.fill("#close-note", "正在写")
    now = desk.clock.now()
    desk.happen("h1", Reply(now, incident, "wang-daughter", Answer.GOING, "sms"))
    await expect(page.locator("#live-head .state.claimed")).to_contain_text("王芳")
    await expect(page.locator("#live-ladder .has-it")).to_contain_text("王芳")
    # what is being typed stays
    assert await page.input_value("#close-note") == "正在写"
    desk.happen("h1", Reply(now, incident, "desk:王芳", Answer.CLOSE, "desk", Outcome.SAFE))
    await expect(page.locator("#live-head.closed")).to_be_visible()
    await expect(page.locator("#closing")).to_have_count(0)


async def test_the_age_ticks_and_turns_bold(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await desk.press()
    age = page.locator(".alarm .age")
    await expect(age).to_have_text("0:01")
    await expect(age).to_have_text("0:02")
    since = int(await age.get_attribute("data-since") or "0")
    for seconds, style in ((31, "age bold"), (3_700, "age bold very")):
        await age.evaluate("(age, at) => (age.dataset.since = at)", since - seconds * 1000)
        await expect(age).to_have_class(style)
    await expect(age).to_contain_text("1:01:4")


async def test_a_lost_link_is_said_loudly_and_forgotten_when_it_is_back(
    desk: Desk, sit: Sit
) -> None:
    page = await sit()
    incident = await desk.press()
    await page.wait_for_selector(f'[data-incident="{incident}"]')
    banner = page.locator("#link-lost")
    await expect(banner).to_be_hidden()
    port = desk.port
    await desk.server.stop()
    await expect(banner).to_be_visible(timeout=BEATS_MISSED_MS)
    await expect(banner).to_contain_text("与网关断开连接")
    since = await page.text_content("#link-lost-since")
    assert since
    assert len(since) == len("09:46:42")
    # nothing that is not heard of is green, and alarms go on growing old
    await expect(page.locator("#health")).to_have_attribute("data-health", "unknown")
    age = page.locator(".alarm .age")
    before = await age.text_content()
    await expect(age).not_to_have_text(before or "")
    await desk.press("h2", "h2-sos")
    await desk.serve(port)
    await expect(banner).to_be_hidden(timeout=BEATS_MISSED_MS)
    await expect(page.locator(".alarm")).to_have_count(2)
    await expect(page.locator("#health")).to_have_attribute("data-health", "good")


async def test_a_session_that_ended_is_said_loudly(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await desk.access.change("山里的桃花开了三月里")
    await expect(page.locator("#logged-out")).to_be_visible(timeout=BEATS_MISSED_MS)
    await expect(page.locator("#logged-out")).to_contain_text("您已退出登录")


async def test_blocked_sound_is_said_and_allowed(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await page.goto("about:blank")
    fresh = await page.context.new_page()  # nobody has touched this one yet
    await fresh.goto(desk.url)
    blocked = fresh.locator("#sound-blocked")
    await expect(blocked).to_be_visible()
    await desk.press()
    await fresh.wait_for_selector(".alarm")
    assert await fresh.evaluate("document.documentElement.dataset.bursts ?? 0") == 0
    await fresh.click("#sound-allow")
    await expect(blocked).to_be_hidden()
    await fresh.wait_for_function("() => document.documentElement.dataset.bursts >= 1")


async def test_the_sound_test_at_the_start_of_a_shift(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await expect(page.locator("#sound-state")).to_have_text("接班请先测试声音")
    await page.click("#sound-test")
    await expect(page.locator("#sound-state")).to_contain_text("声音已测试")
    assert int(await page.evaluate("document.documentElement.dataset.bursts")) == 1
    await page.reload()
    await expect(page.locator("#sound-state")).to_contain_text("声音已测试")


async def test_whoever_takes_an_alarm_silences_that_one_only(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await page.click("#sound-test")
    first = await desk.press()
    await until_sounding(page, "high")
    second = await desk.press("h2", "h2-sos")
    await page.wait_for_selector(f'[data-incident="{second}"]')
    await page.locator(f'[data-incident="{first}"]').get_by_role("button", name="我来处理").click()
    await until_sounding(page, "high")
    await page.locator(f'[data-incident="{second}"]').get_by_role("button", name="我来处理").click()
    await until_sounding(page, "")


async def test_a_pause_has_an_end_and_no_power_over_new_alarms(desk: Desk, sit: Sit) -> None:
    page = await sit()
    await page.click("#sound-test")
    await desk.press()
    await until_sounding(page, "high")
    await page.click("#sound-pause")
    await until_sounding(page, "")
    await expect(page.locator("#sound-paused")).to_contain_text("1:5")
    await desk.press("h2", "h2-sos")
    await until_sounding(page, "high")
    await page.click("#sound-resume")
    await expect(page.locator("#sound-paused")).to_be_hidden()


async def until_sounding(page: Page, level: str) -> None:
    await page.wait_for_function(
        "level => document.documentElement.dataset.sounding === level", arg=level
    )
    assert await sounding(page) == level


async def test_everything_works_without_scripts(desk: Desk, sit: Sit) -> None:
    page = await sit(scripts=False)
    incident = await desk.press()
    await page.reload()
    await expect(page.locator("noscript").first).to_be_attached()
    await page.get_by_role("button", name="我来处理").click()
    await expect(page.locator(".notice.good")).to_contain_text("李敏接单")
    await page.goto(f"{desk.url}/incidents/{incident}")
    await page.get_by_role("button", name="已到现场").click()
    await page.get_by_text("误触", exact=True).click()
    await page.fill("#seen_by", "王芳")
    await page.get_by_role("button", name="结束此事件").click()
    await expect(page.locator("#live-head.closed")).to_contain_text("误触")
    await page.get_by_role("link", name="住户").click()
    await page.get_by_role("link", name="李大山家").click()
    await page.get_by_text("外出", exact=True).click()
    await page.get_by_role("button", name="记录").click()
    await expect(page.locator("#live-home")).to_contain_text("外出")
    await page.locator("summary", has_text="李敏").click()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("link", name="Households", exact=True)).to_be_visible()
    await page.locator("summary", has_text="李敏").click()
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url(f"{desk.url}/login")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
async def test_every_page_fits_and_can_be_touched(
    desk: Desk, sit: Sit, language: str, size: tuple[int, int]
) -> None:
    await desk.bustle()
    incident = desk.incidents("h1")[0]
    page = await sit(size=size, language=language)
    paths = ["/", f"/incidents/{incident}", "/households", "/households/h1", "/technical"]
    for path in [*paths, "/review", "/history", "/password"]:
        await page.goto(f"{desk.url}{path}")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], f"{path} scrolls sideways: {width}"
        assert await page.evaluate(SMALL) == [], path
        assert await page.evaluate(FAINT) == [], path


SMALL = """() => [...document.querySelectorAll("button, .button, input, select, summary, nav a")]
  .filter(one => one.checkVisibility() && one.type !== "radio" && one.type !== "hidden")
  .map(one => [one.outerHTML.slice(0, 80), Math.round(one.getBoundingClientRect().height)])
  .filter(([, height]) => height < 44)"""
"""What can be touched but is lower than 44 px."""

FAINT = """() => {
  const numbers = colour => colour.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(v => v / 255)
    .map(v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = one => {
    for (let at = one; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const one of document.querySelectorAll("body *")) {
    const own = [...one.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !one.checkVisibility()) continue;
    const [ink, paper] = [light(numbers(getComputedStyle(one).color)), light(behind(one))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) found.push([one.className, one.textContent.trim().slice(0, 30), contrast]);
  }
  return found;
}"""
"""Text whose contrast with what is behind it is less than 4.5 to 1."""


async def test_what_was_unfolded_stays_so_while_the_page_goes_on(desk: Desk, sit: Sit) -> None:
    now = desk.clock.now()
    never = [
        Proof(kind="contact", name=f"p{number}", path="sms twilio") for number in range(OPEN_MAX)
    ]
    proven = Proof(kind="path", name="twilio", path="sms", proven_at=now, how="receipt")
    desk.proofs = [*never, proven]
    page = await sit()
    await page.goto(f"{desk.url}/technical")
    chapters = page.locator("#live-proved details")
    assert [await one.get_attribute("open") is not None for one in await chapters.all()] == [
        True,
        False,
    ]
    await chapters.nth(0).locator("summary").click()
    await chapters.nth(1).locator("summary").click()
    await expect(page.locator("#live-proved")).to_contain_text("手机回执")
    desk.proofs = [*never[1:], proven]
    await desk.press()
    await expect(chapters.nth(0).locator(".chip").first).to_have_text(str(OPEN_MAX - 1))
    assert [await one.get_attribute("open") is not None for one in await chapters.all()] == [
        False,
        True,
    ]


async def test_two_people_at_two_screens(desk: Desk, sit: Sit) -> None:
    li, anna = await sit("李敏"), await sit("Anna", PHONE, "en")
    incident = await desk.press()
    for page in (li, anna):
        await page.wait_for_selector(f'[data-incident="{incident}"]')
    await li.get_by_role("button", name="我来处理").click()
    await expect(anna.locator(".cell-who")).to_contain_text("李敏 (desk)")
    await anna.get_by_role("button", name="I go too").click()
    await expect(anna.locator(".notice")).to_contain_text("Anna is going as well")
    await until(lambda: desk.board.open()[0].record.responder == "desk:李敏")
