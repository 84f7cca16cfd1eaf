"""A contact sends STOP, and the technician hears that an elder has one contact left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path as File

import msgspec
import pytest

from alerting.events import Configured, Drill
from alerting.household import IncidentKind, Path, Policy, Responder, Step
from alerting.incident import Incident
from gateway.reachability import Reachability
from tests.builders import SOS, household, person
from tests.fakes import county as counties
from tests.fakes.answering import DAUGHTER, MINUTE
from tests.fakes.ringing import Exchange

NEIGHBOUR = Responder("neighbour", "周婶", "neighbour", "+85251000003", channels=("sms",))
TECHNICIAN = Responder("technician", "何师傅", "technician", "+85251000004", channels=("sms",))
SIM = Path("modem", ("sms", "voice"), line="sim")
PLAN = {
    IncidentKind.EMERGENCY: Policy((Step("家庭", (DAUGHTER, NEIGHBOUR), MINUTE),)),
    IncidentKind.TECHNICAL: Policy((Step("维修", (TECHNICIAN,), MINUTE),), channels=("sms",)),
}


@pytest.fixture
def county() -> Exchange:
    """The daughter, and a neighbour who can only be texted, answer for 王奶奶."""
    county = Exchange()
    home = county.engines["h1"].household
    planned = msgspec.structs.replace(home, policies=PLAN)
    county.step("h1", Configured(county.clock.now(), planned))
    reach = Reachability(county.clock, county.engines, county.offer)
    county.inbound._fault = lambda part, active, detail, source="": reach.fault(
        part, active, detail, source
    )
    return county


async def test_a_contact_opts_out_and_comes_back(county: Exchange) -> None:
    await county.says(NEIGHBOUR.phone, "STOP")
    (incident,) = county.open_in("h1")
    assert incident.kind is IncidentKind.TECHNICAL
    assert incident.reason.zh == (
        "这位老人现在只剩一位能联系上的联系人：王芳；联系不上：周婶（已退订短信）"
    )
    (letter,) = county.told_of(incident.id)
    assert letter.responder == "technician"
    assert "只剩1位联系人" in letter.text
    await county.says(NEIGHBOUR.phone, "START")
    assert county.open_in("h1") == []


async def test_who_is_only_told_for_information_is_nobody_left_to_come(county: Exchange) -> None:
    step = msgspec.structs.replace(
        PLAN[IncidentKind.EMERGENCY].steps[0], copies=(person("helper"),)
    )
    plan = {**PLAN, IncidentKind.EMERGENCY: Policy((step,))}
    home = msgspec.structs.replace(county.engines["h1"].household, policies=plan)
    county.step("h1", Configured(county.clock.now(), home))
    await county.says(NEIGHBOUR.phone, "STOP")
    (incident,) = county.open_in("h1")
    assert incident.reason.zh == (
        "这位老人现在只剩一位能联系上的联系人：王芳；联系不上：周婶（已退订短信）"
    )


async def test_stop_in_the_middle_of_an_alarm_changes_nothing_about_the_alarm(
    county: Exchange,
) -> None:
    county.press("h1")
    await county.says(NEIGHBOUR.phone, "退订")
    kinds = {incident.kind for incident in county.open_in("h1")}
    assert kinds == {IncidentKind.EMERGENCY, IncidentKind.TECHNICAL}
    await county.says(DAUGHTER.phone, "1")
    assert any("王芳接单" in line for line in county.story("h1"))


def few(world: counties.County) -> list[Incident]:
    """Return what is open because hardly anybody can be reached."""
    return [one for one in world.open() if "联系人" in one.reason.zh]


async def test_a_contact_who_never_answers_a_drill(tmp_path: File) -> None:
    """Three weeks in a row the neighbour says nothing to the drill: would she to an alarm?"""
    patient = msgspec.structs.replace(SOS, heartbeat=timedelta(days=60))
    home = household(patient, policies=PLAN)
    async with counties.county(tmp_path, home) as world:
        for week in range(3):
            assert few(world) == [], f"after {week} drills"
            await world.happens("h1", Drill(world.clock.now(), NEIGHBOUR.id, "sms"))
            assert "演练" in world.phone(NEIGHBOUR.phone).texts[-1]
            await world.advance(timedelta(hours=25).total_seconds())
        (incident,) = few(world)
        assert "周婶（演练从未确认）" in incident.reason.zh
        assert "只剩1位联系人" in world.phone(TECHNICIAN.phone).texts[-1]
        await world.happens("h1", Drill(world.clock.now(), NEIGHBOUR.id, "sms"))
        await world.phone(NEIGHBOUR.phone).writes("1")
        assert few(world) == [], "she is there after all"


async def test_the_sim_that_carries_everything_has_no_money_left(tmp_path: File) -> None:
    """Homes that have no other way out are told of, and again when the SIM is paid for."""
    home = household(policies=PLAN, paths=(SIM,))
    other = household(id="h2", policies=PLAN)
    async with counties.county(tmp_path, home, other) as world:
        world._fault("modem", True, "话费用完 / no money left", "credit")
        await world.advance(11 * 60)
        (incident,) = few(world)
        assert "没有一位能联系上的联系人" in incident.reason.zh
        assert "通道不可用" in incident.reason.zh
        assert [one for one in world.open("h2") if "联系人" in one.reason.zh] == []
        world._fault("modem", False, "credit: works again", "credit")
        await world.settle()
        assert few(world) == []
