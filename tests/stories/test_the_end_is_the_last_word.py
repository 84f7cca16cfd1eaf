"""It is over: whoever was told hears that, and nothing older that was still on its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerting.events import Answer, ErrorClass, Reply
from alerting.household import IncidentKind, Policy, Step
from alerting.incident import Outcome
from gateway.transports.transport import SendError
from tests.builders import DAUGHTER, NEIGHBOUR, household, minutes
from tests.fakes.county import County, county

LADDER = Policy((Step("家庭", (DAUGHTER, NEIGHBOUR), minutes(10)),), channels=("sms",))
HOME = household(policies={IncidentKind.EMERGENCY: LADDER})
NO_CONNECTION = SendError(ErrorClass.TRANSIENT, "no connection")


async def says(world: County, incident: str, who: str, answer: Answer) -> None:
    outcome = Outcome.SAFE if answer is Answer.CLOSE else None
    reply = Reply(world.clock.now(), incident, who, answer, "desk", outcome=outcome)
    await world.happens("h1", reply)


@pytest.mark.parametrize("is_killed", [False, True])
async def test_what_was_delayed_by_an_outage_is_not_told_after_the_end(
    tmp_path: Path, is_killed: bool
) -> None:
    """The network is away while the daughter goes, arrives and reports that all is well."""
    async with county(tmp_path, HOME) as world:
        incident = await world.press()
        neighbour = world.phone(NEIGHBOUR.phone)
        await world.advance(5)
        assert len(neighbour.texts) == 1
        world.operators["twilio"].down = NO_CONNECTION
        for answer in (Answer.GOING, Answer.ON_SCENE, Answer.CLOSE):
            await says(world, incident, DAUGHTER.id, answer)
            await world.advance(30)
        if is_killed:
            await world.kill()
            await world.start()
        world.operators["twilio"].down = None
        await world.advance(5 * 60)
        (said,) = neighbour.texts[1:]
        assert "已处置：老人平安" in said
