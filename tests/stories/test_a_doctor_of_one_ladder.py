"""The village doctor is called for vital signs only: tried out and watched like everybody."""

from __future__ import annotations

import asyncio
from pathlib import Path as File

from alerting.household import IncidentKind, Policy, Responder, Step
from alerting.incident import Incident, Urgency
from devices.observation import How, Reached
from gateway.config.settings import DrillSettings
from gateway.drilling import Drilling
from gateway.owed import table
from gateway.proven import Proven
from tests.builders import household
from tests.fakes import county as counties
from tests.fakes.answering import DAUGHTER, MINUTE

NEIGHBOUR = Responder("neighbour", "周婶", "neighbour", "+85251000003", channels=("sms",))
TECHNICIAN = Responder("technician", "何师傅", "technician", "+85251000004", channels=("sms",))
DOCTOR = Responder("doctor", "郑村医", "village_doctor", "+85251000005", channels=("sms",))
PLAN = {
    IncidentKind.EMERGENCY: Policy((Step("家庭", (DAUGHTER, NEIGHBOUR), MINUTE),)),
    IncidentKind.TECHNICAL: Policy((Step("维修", (TECHNICIAN,), MINUTE),), channels=("sms",)),
}
VITALS = {"health/vitals": Policy((Step("村医", (DOCTOR,), MINUTE),), channels=("sms",))}
HOME = household(policies=PLAN, routes=VITALS)


class Kept:
    """A store of proofs nobody reads."""

    def note_proof(self, proof: object) -> None:
        """Forget it."""


def few(world: counties.County) -> list[Incident]:
    """Return what is open because hardly anybody can be reached."""
    return [one for one in world.open() if "联系人" in one.reason.zh]


async def drilled(world: counties.County) -> Proven:
    """Hold a week's drills; return what they proved."""
    proven = Proven(Kept(), lambda key: None)
    drilling = Drilling(
        world.clock,
        world.engines,
        proven,
        world.runtime.offer,
        DrillSettings(2, "10:00"),
        HOME.zone,
    )
    holding = asyncio.create_task(drilling.hold())
    await world.advance(60)
    await holding
    return proven


async def test_she_is_tried_out_like_everybody(tmp_path: File) -> None:
    async with counties.county(tmp_path, HOME) as world:
        await drilled(world)
        (text,) = world.phone(DOCTOR.phone).texts
        assert "演练" in text
        assert few(world) == []


def test_she_is_among_those_who_are_to_be_proven() -> None:
    owed = {(one.kind, one.name) for one in table([HOME], [])}
    assert ("contact", "doctor") in owed
    assert all(one.proven_at is None for one in table([HOME], []))


async def test_her_number_is_dead_and_the_technician_hears_for_what_nobody_is_left(
    tmp_path: File,
) -> None:
    async with counties.county(tmp_path, HOME) as world:
        world.phone(DOCTOR.phone).state = "dead"
        await drilled(world)
        (incident,) = few(world)
        assert incident.reason.zh == (
            "健康异常（vitals）时，这位老人现在没有一位能联系上的联系人：郑村医（号码不可用）"
        )
        assert incident.reason.en == (
            "in matters of health (vitals) this elder now has no reachable contact: "
            "郑村医 (the number does not work)"
        )
        assert incident.urgency is Urgency.MEDIUM, "an emergency still finds two people"
        assert "健康异常时无人可联系" in world.phone(TECHNICIAN.phone).texts[-1]


async def test_she_is_no_contact_left_when_the_daughter_is_lost(tmp_path: File) -> None:
    """Whoever is called for vital signs only does not come after a fall."""
    async with counties.county(tmp_path, HOME) as world:
        for who, channel in ((DAUGHTER, "sms"), (DAUGHTER, "voice"), (NEIGHBOUR, "sms")):
            reached = Reached(world.clock.now(), who.id, How.DEAD, channel)
            await world.happens("h1", reached)
        (incident,) = few(world)
        assert incident.urgency is Urgency.HIGH
        assert incident.reason.zh.startswith("这位老人现在没有一位能联系上的联系人：王芳")
        assert "郑村医" not in incident.reason.zh
