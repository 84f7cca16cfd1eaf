"""A real browser, and people who sit in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.desk import Desk, open_desk

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = (1280, 860)
PHONE = (390, 844)

Sit = Callable[..., Awaitable[Page]]
"""Log somebody in on a page of their own: name, size, language, with or without scripts."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest.fixture
async def sit(desk: Desk, browser: Browser) -> AsyncIterator[Sit]:
    """Whatever goes wrong in a page's scripts fails the test."""
    mistakes: list[str] = []

    async def down(
        name: str = "李敏",
        size: tuple[int, int] = WIDE,
        language: str = "zh",
        scripts: bool = True,
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        leaving.push_async_callback(context.close)
        page = await context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        await page.goto(f"{desk.url}/login")
        if language == "en":
            await page.get_by_role("button", name="English").click()
        await page.fill("#name", name)
        await page.fill("#password", desk.password)
        await page.click("form.card button")
        await page.wait_for_url(f"{desk.url}/")
        return page

    async with AsyncExitStack() as leaving:
        yield down
    assert mistakes == []
