"""Somebody with a browser that knows no scripts."""

from __future__ import annotations

import re
from html import unescape

import aiohttp

from tests.browser.desk import Desk

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
