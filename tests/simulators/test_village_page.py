"""The village's page in a real browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from simulators.config import load
from simulators.serve import Parts, Plan, serve
from tests.simulators.mosquitto import Ear, broker, ear, free_port, until

pytestmark = pytest.mark.line

CONFIG = Path(__file__).parents[2] / "gateway" / "demo.toml"
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Scene:
    def __init__(self, browser: Browser, url: str, ear: Ear) -> None:
        self.browser, self.url, self.ear = browser, url, ear
        self.wrong: list[str] = []

    async def page(self, language: str, width: int, height: int) -> Page:
        page = await self.browser.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        await page.goto(f"{self.url}?lang={language}")
        await expect(page.locator(".home")).to_have_count(6)
        return page


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with contextlib.AsyncExitStack() as stack:
        address = stack.enter_context(broker(tmp_path))
        listening = await stack.enter_async_context(ear(address))
        plan = Plan.of(
            load(CONFIG),
            Parts(village=True, phones=True),
            config=CONFIG,
            broker=str(address),
            port=free_port(),
            carrier_port=free_port(),
            desk="http://127.0.0.1:9/",
        )
        addresses = await stack.enter_async_context(serve(plan))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=BROWSER
        )
        stack.push_async_callback(browser.close)
        found = Scene(browser, addresses[0][1], listening)
        yield found
        assert found.wrong == []


async def test_one_presses_and_sees_it_beside_the_phones(scene: Scene) -> None:
    page = await scene.page("zh", 1280, 900)
    button = page.locator('.call[data-device="h1-panel"]')
    box = await button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 60
    await button.click()
    await expect(button).to_contain_text("按下了")
    await until(lambda: bool(scene.ear.of("care/v1/h1/h1-panel/event")), "the press")
    assert json.loads(scene.ear.of("care/v1/h1/h1-panel/event")[0])["event"] == "press"
    phones = page.frame_locator("#phones")
    await expect(phones.get_by_text("王芳")).to_be_visible()
    await expect(page.locator("#desk")).to_have_attribute("href", "http://127.0.0.1:9/")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_fits_a_telephone_and_speaks_the_language(scene: Scene, language: str) -> None:
    page = await scene.page(language, 390, 844)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    heading = "桃花村" if language == "zh" else "Peach Blossom Village"
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    await expect(page.locator("#phones")).to_be_hidden()
    await page.locator("#tab-phones").click()
    await expect(page.locator("#phones")).to_be_visible()
    await expect(page.locator("#homes")).to_be_hidden()
    await page.locator("#language").click()
    other = "Peach Blossom Village" if language == "zh" else "桃花村"
    await expect(page.get_by_role("heading", level=1)).to_have_text(other)


async def test_many_tabs_leave_room_for_their_buttons(scene: Scene) -> None:
    """A browser opens six connections to one address; every tab used to hold two or three."""
    context = await scene.browser.new_context(viewport={"width": 390, "height": 844})
    for number in range(8):
        tab = await context.new_page()
        tab.on("pageerror", lambda error: scene.wrong.append(str(error)))
        await tab.goto(f"{scene.url}?lang=zh")
        await expect(tab.locator(".home"), f"tab {number}").to_have_count(6)
    await expect(tab.locator("#lost")).to_be_hidden()
    button = tab.locator('.call[data-device="h1-panel"]')
    await button.click()
    await expect(button).to_contain_text("按下了")
    phones = tab.frame_locator("#phones")
    await expect(phones.get_by_text("王芳")).to_have_count(1)
    await context.close()


async def test_a_mishap_changes_what_the_device_shows(scene: Scene) -> None:
    page = await scene.page("en", 1280, 900)
    home = page.locator('.home[data-home="h3"]')
    await home.locator(".device-fold > summary").click()
    smoke = home.locator('.device-row[data-device="h3-smoke"]')
    await smoke.locator("summary").click()
    await smoke.locator('[data-mishap="hazard"]').click()
    await expect(smoke.locator(".chip.bad")).to_have_text("alarm")
    await expect(smoke.locator('[data-mishap="hazard-over"]')).to_be_visible()
    await expect(home.locator(".picture .cloud")).to_have_count(3)
