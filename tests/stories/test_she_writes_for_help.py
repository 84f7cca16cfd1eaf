"""An elder writes from her own telephone instead of ringing: it is read, and somebody comes."""

from __future__ import annotations

from pathlib import Path

from alerting.household import IncidentKind, Resident
from alerting.incident import Urgency
from tests.builders import DAUGHTER, household
from tests.fakes.county import county

HER_PHONE = "+85251000009"


async def test_whatever_she_writes_is_a_call_for_help(tmp_path: Path) -> None:
    home = household(residents=(Resident("王秀兰", "王奶奶", phone=HER_PHONE),))
    async with county(tmp_path, home) as world:
        await world.phone(HER_PHONE).writes("腿疼 起不来")
        await world.advance(5)
        (incident,) = world.open()
        assert incident.kind is IncidentKind.EMERGENCY
        assert incident.urgency is Urgency.HIGH
        assert "腿疼 起不来" in incident.reason.zh
        told = world.phone(DAUGHTER.phone).texts
        assert len(told) == 1
        assert "腿疼" not in told[0], "what she wrote stands at the desk, not in a text"
        await world.phone(HER_PHONE).writes("快来")
        await world.advance(5)
        assert len(world.open()) == 1, "it is the same call"


async def test_a_stranger_s_text_is_counted_and_calls_nobody(tmp_path: Path) -> None:
    async with county(tmp_path, household()) as world:
        await world.phone("+85259999999").writes("救命")
        await world.advance(5)
        assert world.open() == []
        assert world.counters.total("reply from a stranger") == 1
