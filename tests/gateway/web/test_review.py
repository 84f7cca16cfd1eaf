"""The daily review list, at the desk: it is read there, and sounds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.events import Finding, LeadsTo, Tick
from alerting.household import IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from gateway.store.rows import Entry
from tests.browser.desk import Desk
from tests.gateway.web.person import Person

pytestmark = pytest.mark.line


async def note(desk: Desk, household: str, zh: str, days_ago: float, leads_to: LeadsTo) -> None:
    """Write down that a detector found something that tells nobody."""
    at = desk.clock.now() - timedelta(days=days_ago)
    found = Finding(
        at=at,
        detector="vital_review",
        what=IncidentKind.HEALTH,
        subject=household,
        reason=Words(zh, f"in English {zh[-1]}"),
        urgency=Urgency.LOW,
        evidence={"quantity": "heart_rate", "value": 92, "usual": 70, "z": 4.1, "days": 28},
        group="vitals",
        leads_to=leads_to,
    )
    await desk.store.commit([Entry(household, Tick(at), (found,))], True)


async def test_the_list_holds_what_is_for_review_and_nothing_else(
    desk: Desk, li: Person, anna: Person
) -> None:
    assert "没有要查看的" in await li.get("/review")
    await note(desk, "h1", "心率连续两天比平时偏高1", 1, LeadsTo.REVIEW)
    await note(desk, "h2", "血压平均达到目标2", 2, LeadsTo.REVIEW)
    await note(desk, "h1", "很久以前的3", 30, LeadsTo.REVIEW)
    await note(desk, "h1", "请老人再量一次4", 1, LeadsTo.NOTE)
    page = await li.get("/review")
    assert page.index("心率连续两天") < page.index("血压平均达到目标")
    assert "A1001" in page
    for fact in ("<dt>心率</dt>", ">92次/分</dd>", "<dt>平时</dt>", ">70次/分</dd>", ">28天</dd>"):
        assert fact in page
    assert "很久以前" not in page
    assert "再量一次" not in page
    assert "in English 1" in await anna.get("/review")
    assert desk.board.open() == []


async def test_it_stands_in_the_homes_story_too(desk: Desk, li: Person) -> None:
    await note(desk, "h1", "心率连续两天比平时偏高1", 1, LeadsTo.REVIEW)
    await note(desk, "h1", "请老人再量一次4", 1, LeadsTo.NOTE)
    page = await li.get("/households/h1")
    assert "心率连续两天比平时偏高" in page
    assert "请老人再量一次" in page
