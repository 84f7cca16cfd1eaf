"""One person, alarmed about two homes with two open incidents each, answers by text."""

from __future__ import annotations

import re

import msgspec
import pytest

from alerting.events import Configured
from alerting.household import Device, IncidentKind, Role
from alerting.incident import Response
from devices.observation import Hazard, HazardKind
from tests.fakes.answering import DAUGHTER, SON, World, home

DOCTOR = DAUGHTER.phone
CLAIMED, OPEN = Response.CLAIMED, Response.OPEN


@pytest.fixture
def world() -> World:
    """Return both homes with smoke detected and a button pressed."""
    world = World()
    for id in ("h1", "h2"):
        plain = home(id)
        smoke = Device(f"{id}-smoke", "native", Role.SAFETY)
        ladder = plain.policies[IncidentKind.EMERGENCY]
        fuller = msgspec.structs.replace(
            plain,
            devices={**plain.devices, smoke.id: smoke},
            policies={**plain.policies, IncidentKind.SAFETY: ladder},
        )
        world.step(id, Configured(world.clock.now(), fuller))
        world.press(id)
        world.step(id, Hazard(world.clock.now(), smoke.id, HazardKind.SMOKE, on=True))
    return world


def responses(world: World, id: str) -> list[Response]:
    """Return what became of the home's incidents, by number."""
    found = sorted(world.engines[id].incidents, key=lambda incident: incident.id)
    return [incident.response for incident in found]


async def test_what_the_question_shows_is_taken_and_the_homes_follow(world: World) -> None:
    await world.says(DOCTOR, "1")
    question = world.answers[-1].text
    listed = "A101-1、A101-2、A102-1、A102-2"
    assert question == f"【桃花关爱】有4件：{listed}。请回复如“1 A101-1”。"
    await world.says(DOCTOR, "1 1")  # both homes have a 1
    assert world.answers[-1].text == "【桃花关爱】有2件：A101-1、A102-1。请回复如“1 A101-1”。"
    (form,) = re.findall("“(.+)”", world.answers[-1].text)
    await world.says(DOCTOR, form)
    assert responses(world, "h1") == [CLAIMED, OPEN]
    confirmation = world.answers[-1].text
    assert confirmation == "【桃花关爱】A101 已记录：您正在前往。到场请回“2 A101”。"
    await world.says(DOCTOR, "1 A102")
    assert responses(world, "h2") == [CLAIMED, CLAIMED]
    assert len(world.answers) == 4, "a whole home is confirmed once"
    (form,) = re.findall("“(.+)”", confirmation)
    await world.says(DOCTOR, form)
    assert responses(world, "h1") == [Response.ON_SCENE, Response.ON_SCENE]
    assert all(len(row.text) <= 70 for row in world.answers)


@pytest.mark.parametrize(
    "text",
    ["1 A102 2", "1 2 A102", "1 A102-2", "1 A102 编号2", "收到 A102 2号", "１，Ａ１０２－２"],
)
async def test_every_way_to_write_it_is_taken_at_once(world: World, text: str) -> None:
    await world.says(DOCTOR, text)
    assert responses(world, "h1") == [OPEN, OPEN]
    assert responses(world, "h2") == [OPEN, CLAIMED]


async def test_who_cannot_is_asked_which_of_a_home(world: World) -> None:
    await world.says(DOCTOR, "3 A102")
    assert world.replies == []
    assert world.answers[-1].text == "【桃花关爱】有2件：A102-1、A102-2。请回复如“3 A102-1”。"
    await world.says(DOCTOR, "3 A102-2")
    assert [incident.declined for incident in world.engines["h2"].incidents].count(
        (DAUGHTER.id,)
    ) == 1


async def test_what_another_has_is_confirmed_by_what_nobody_has(world: World) -> None:
    await world.says(SON.phone, "ok A102-1")
    await world.says(DOCTOR, "我去 A102")
    assert responses(world, "h2") == [CLAIMED, CLAIMED]
    assert "您正在前往" in world.answers[-1].text
    assert len(world.answers) == 2


async def test_words_that_say_nothing_are_answered_with_the_list(world: World) -> None:
    await world.says(DOCTOR, "怎么了")
    assert world.answers[-1].text.startswith("【桃花关爱】没看懂。有4件：A101-1、")
    assert len(world.answers[-1].text) <= 70
