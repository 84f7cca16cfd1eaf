"""The duty officer sees who is on duty, escalates and hands back; helpers read the door's code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.browser.desk import Desk, until
from tests.gateway.web.person import Person

pytestmark = pytest.mark.line


async def test_who_is_on_duty_now_and_next(desk: Desk, li: Person) -> None:
    page = await li.get("/duty")
    assert "镇值班" in page
    assert "正在值班" in page
    assert "桃花镇值班室" in page
    assert len(re.findall(r"白班", page)) >= 7


async def test_what_is_muted_is_seen_with_author_and_reason_and_ended(
    desk: Desk, li: Person
) -> None:
    await li.get("/households/h1")
    field = re.search(r'id="mute-until"[^>]*value="([^"]+)"', li.page)
    assert field
    await li.post("/households/h1/mute", what="inactivity", until=field[1], reason="走亲戚")
    assert "走亲戚 · 李敏（值班台）" in li.page
    page = await li.get("/duty")
    assert "走亲戚 · 李敏（值班台）" in page
    await li.post("/households/h1/unmute", what="inactivity")
    assert "走亲戚" not in await li.get("/duty")


async def test_falls_are_muted_for_a_day_at_most(desk: Desk, li: Person) -> None:
    await li.get("/households/h1")
    late = f"{desk.clock.now() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    await li.post("/households/h1/mute", what="fall", until=late, reason="x")
    assert li.status == 422
    assert "最长 1 天" in li.page
    await li.post("/households/h1/mute", what="health", until=late, reason="x")
    assert li.status == 200


async def test_escalate_and_hand_back(desk: Desk, li: Person) -> None:
    incident = await desk.press()
    await li.get(f"/incidents/{incident}")
    await li.post(f"/incidents/{incident}/claim")
    before = desk.board.open()[0].record.step
    page = await li.post(f"/incidents/{incident}/escalate")
    assert "李敏要求立即升级" in page
    record = desk.board.open()[0].record
    assert (record.response, record.step) == ("claimed", before + 1)
    assert "退回" in page
    await li.post(f"/incidents/{incident}/cannot")
    assert desk.board.open()[0].record.response == "open"


async def test_a_helper_who_had_taken_it_reads_the_code(
    desk: Desk, li: Person, stranger: Person
) -> None:
    incident = await desk.press()
    path = desk.door("h1")
    desk.says(incident, "wang-daughter", "going")
    await until(lambda: desk.board.open()[0].record.response == "claimed")
    page = await stranger.get(path)
    assert stranger.status == 200
    assert not [words for words in ("王秀兰", "A1001", "桃花村", "呼救") if words in page]
    await stranger.post(path, phone="5100 0001")
    assert "已登记" in stranger.page
    await until(lambda: desk.board.open()[0].record.response == "on_scene")
    assert "门口扫码" in await li.get(f"/incidents/{incident}")
    assert desk.counters.totals["door code"] == 1


async def test_a_stranger_with_a_photograph_silences_nothing(
    desk: Desk, li: Person, stranger: Person
) -> None:
    incident = await desk.press()
    path = desk.door("h1")
    await stranger.get(path)
    await stranger.post(path, phone="+852 5100 0001")
    told = stranger.page
    await until(lambda: any("扫码" in line.words.zh for line in desk.board.open()[0].lines))
    assert desk.board.open()[0].record.response == "open", "the ladder goes on"
    await stranger.get(path)
    await stranger.post(path, phone="5999 9999")
    changing = r'(?:value|data-now)="[^"]*"'
    assert re.sub(changing, "", stranger.page) == re.sub(changing, "", told)
    assert desk.counters.totals["door code, unknown number"] == 1
    assert desk.board.open()[0].record.id == incident


async def test_a_code_that_is_not_ours_and_too_many_tries(desk: Desk, stranger: Person) -> None:
    await stranger.get("/door/h1/aaaaaaaaaaaaaaaa")
    assert stranger.status == 404
    await stranger.get(desk.door("h1").replace("/h1/", "/h2/"))
    assert stranger.status == 404
    assert desk.counters.totals["door code that is not ours"] == 2
    path = desk.door("h1")
    statuses = []
    for _ in range(6):
        await stranger.get(path)
        await stranger.post(path, phone="5999 9999")
        statuses.append(stranger.status)
    assert statuses[0] == 200
    assert statuses[-1] == 429
    await stranger.post(path, phone="12")
    assert stranger.status in (422, 429)


async def test_the_sheet_is_for_the_desk_only(desk: Desk, li: Person, stranger: Person) -> None:
    await stranger.get("/households/h1/door")
    assert stranger.path == "/login"
    page = await li.get("/households/h1/door")
    assert "<svg" in page
