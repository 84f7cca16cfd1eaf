"""How people answer, and what happens when they do not: one story per feature."""

from __future__ import annotations

from pathlib import Path

from alerting.incident import Response
from gateway.engines import CORE
from tests.builders import DAUGHTER, DOCTOR, GRID, NEIGHBOUR, TOWN, household
from tests.fakes.county import county


async def test_a_human_escalation_ladder(tmp_path: Path) -> None:
    """Family, village, town: each hears when those before did not answer."""
    async with county(tmp_path, household()) as world:
        await world.press()
        await world.advance(5)
        assert world.phone(DAUGHTER.phone).texts
        assert not world.phone(GRID.phone).texts
        await world.advance(60)
        assert world.phone(GRID.phone).texts
        assert world.phone(DOCTOR.phone).calls
        assert not world.phone(TOWN.phone).calls
        await world.advance(120)
        assert world.phone(TOWN.phone).calls
        assert CORE.audit(world.engines["h1"]) == [], '"a next step exists" holds at every moment'


async def test_acknowledged_by_text(tmp_path: Path) -> None:
    """周婶 writes 马上去 and has it; the ladder rests."""
    async with county(tmp_path, household()) as world:
        await world.press()
        await world.advance(5)
        await world.phone(NEIGHBOUR.phone).writes("马上去！")
        (incident,) = world.open()
        assert (incident.response, incident.responder) == (Response.CLAIMED, "neighbour")
        await world.advance(5 * 60)
        assert not world.phone(GRID.phone).texts


async def test_acknowledged_by_a_key(tmp_path: Path) -> None:
    """The daughter presses 1 in the call; 9 would have said it again."""
    async with county(tmp_path, household()) as world:
        await world.press()
        await world.advance(5)
        daughter = world.phone(DAUGHTER.phone)
        again = await daughter.presses("9")
        assert again.wants_key
        assert world.open()[0].response is Response.OPEN
        said = await daughter.presses("1")
        assert not said.wants_key
        assert world.open()[0].response is Response.CLAIMED


async def test_an_acknowledgement_expires(tmp_path: Path) -> None:
    """She said she goes, and is not heard of again: reminded at 10 minutes, taken back at 20."""
    async with county(tmp_path, household()) as world:
        await world.press()
        await world.advance(5)
        daughter = world.phone(DAUGHTER.phone)
        await daughter.writes("1")
        before = len(daughter.texts)
        await world.advance(10 * 60 + 30)
        assert len(daughter.texts) == before + 1, "are you still going?"
        assert world.open()[0].response is Response.CLAIMED
        await world.advance(10 * 60)
        assert world.open()[0].response is Response.OPEN
        assert world.phone(GRID.phone).texts, "the ladder went on where it stood"


async def test_a_next_step_always_exists(tmp_path: Path) -> None:
    """Nobody answers all night: at every minute something is due, and it is done."""
    async with county(tmp_path, household()) as world:
        await world.press()
        for _ in range(8 * 6):
            await world.advance(10 * 60)
            assert CORE.audit(world.engines["h1"]) == []
            due = world.open()[0].due_at
            assert due is not None
            assert due > world.clock.now()
        assert world.open()[0].response is Response.EXHAUSTED
        assert len(world.phone(TOWN.phone).calls) > 10, "exhausted is not given up"
