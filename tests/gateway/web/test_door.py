from __future__ import annotations

import json
import re

import pytest

from gateway.web.guard import BODY_BYTES_MAX
from tests.browser.desk import Desk
from tests.gateway.web.person import Person

pytestmark = pytest.mark.line


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
