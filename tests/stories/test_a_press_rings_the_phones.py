"""The whole path once: a press, phones that ring, a person who comes, and the end told to all."""

from __future__ import annotations

from pathlib import Path

from alerting.events import Answer, Reply
from alerting.incident import Outcome, Response
from tests.builders import DAUGHTER, NEIGHBOUR, household
from tests.fakes.county import county


async def test_the_daughter_takes_it_and_the_neighbour_hears_so(tmp_path: Path) -> None:
    async with county(tmp_path, household()) as world:
        daughter, neighbour = world.phone(DAUGHTER.phone), world.phone(NEIGHBOUR.phone)
        incident = await world.press()
        await world.advance(5)
        assert len(daughter.texts) == len(neighbour.texts) == 1
        assert len(daughter.calls) == 1, "and the phone rings beside it"
        said = await daughter.presses("1")
        assert "您正在前往" in said.text
        assert world.open()[0].response is Response.CLAIMED
        await world.advance(5)
        assert "王芳" in neighbour.texts[-1], "so that not everybody runs"
        await daughter.writes("2")
        assert world.open()[0].response is Response.ON_SCENE
        at = world.clock.now()
        close = Reply(at, incident, "desk:李", Answer.CLOSE, "desk", Outcome.SAFE)
        await world.happens("h1", close)
        await world.advance(5)
        assert not world.open()
        for phone in (daughter, neighbour):
            assert "平安" in phone.texts[-1], "everybody learns how it ended"
