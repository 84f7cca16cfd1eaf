from __future__ import annotations

import pytest

from gateway.web import incidents
from tests.browser.desk import Desk, until
from tests.gateway.web.person import Person

pytestmark = pytest.mark.line


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
