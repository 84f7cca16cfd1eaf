"""How the pages of one browser hear from the gateway."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Sit
from tests.browser.desk import Desk, until

pytestmark = pytest.mark.line

CONNECTIONS_MAX = 6
"""So many a browser opens to one address; each of our streams would take one for good."""
LOADED_MS = 15_000
"""What others do shows at once; a machine with other work may need longer."""
FINGER_MS = 700
"""Old fingers and cold screens; longer than anything that repeats on a page."""
WITHOUT_SHARING = "delete window.SharedWorker"
SHARING_FAILS = """
  const Shared = window.SharedWorker;
  window.SharedWorker = function () { return new Shared("/static/none.js"); };
"""
SHARING_DIES = """
  window.SharedWorker = function () {
    const port = new MessageChannel().port1;
    return Object.assign(new EventTarget(), { port });
  };
"""


async def test_a_desk_with_many_pages_open_can_still_do_everything(desk: Desk, sit: Sit) -> None:
    page = await sit()
    incident = await desk.press()
    pages = [page]
    for _ in range(CONNECTIONS_MAX):
        another = await page.context.new_page()
        await another.goto(f"{desk.url}/incidents/{incident}")
        pages.append(another)
    await until(lambda: desk.board.subscribers == 1)
    await pages[-1].get_by_role("button", name="我来处理").click()
    for each in pages:
        await expect(each.locator(".state.claimed").first).to_be_visible()
    for each in pages[1:]:
        await each.close()
    await desk.press("h2", "h2-sos")
    await expect(page.locator(".alarm")).to_have_count(2)


@pytest.mark.parametrize("browsers_way", [WITHOUT_SHARING, SHARING_FAILS, SHARING_DIES])
async def test_a_browser_that_shares_nothing_hears_all_the_same(
    desk: Desk, sit: Sit, browsers_way: str
) -> None:
    page = await alone(await sit(), browsers_way, desk)
    await expect(page.locator("#health")).to_have_attribute("data-health", "good")
    await desk.press()
    await expect(page.locator(".alarm")).to_have_count(1, timeout=LOADED_MS)


async def alone(page: Page, browsers_way: str, desk: Desk) -> Page:
    await page.context.add_init_script(browsers_way)
    await page.goto(desk.url)
    return page


async def test_a_form_that_was_refused_is_a_page_like_any_other(desk: Desk, sit: Sit) -> None:
    page = await sit()
    incident = await desk.press()
    await page.goto(f"{desk.url}/incidents/{incident}")
    await page.get_by_text("结束并填写结果").click()
    await page.get_by_text("平安", exact=True).click()
    await page.get_by_role("button", name="结束此事件").click()
    await expect(page.locator(".notice.bad")).to_contain_text("请填写谁见到了老人")
    await expect(page).to_have_url(f"{desk.url}/incidents/{incident}")
    await page.evaluate("window.stayed = true")
    other = await sit("陈伟")
    await other.goto(f"{desk.url}/incidents/{incident}")
    await other.get_by_role("button", name="我来处理").click()
    await expect(page.locator("#live-head .state.claimed")).to_contain_text(
        "陈伟", timeout=LOADED_MS
    )
    assert await page.evaluate("window.stayed"), "what was typed would be gone"
    await page.reload()
    await expect(page.locator("#live-head .state.claimed")).to_contain_text(
        "陈伟", timeout=LOADED_MS
    )
    await page.get_by_role("button", name="我也去").click()
    await expect(page.locator(".notice.good")).to_be_visible()


async def test_nothing_moves_away_from_under_a_slow_finger(desk: Desk, sit: Sit) -> None:
    page = await sit()
    incident = await desk.press()
    fresh = await page.context.new_page()  # nobody has touched it: a banner stands on top
    await fresh.goto(f"{desk.url}/incidents/{incident}")
    await expect(fresh.locator("#sound-blocked")).to_be_visible()
    await fresh.get_by_role("button", name="我来处理").hover()
    await fresh.mouse.down()
    await desk.press("h2", "h2-sos")
    await fresh.wait_for_timeout(FINGER_MS)
    await fresh.mouse.up()
    await expect(fresh.locator("#live-head .state.claimed")).to_contain_text("李敏")
