"""Killed at every write point of every channel: nothing is lost, and at most one is doubled."""

from __future__ import annotations

import os

import pytest

from tests.kills.__main__ import tell
from tests.kills.world import POINTS, TARGETS, Run

SEEDS = int(os.environ.get("GUANAI_KILL_SEEDS", str(len(TARGETS) // 2)))
"""More in a nightly run: `python -m tests.kills 10000` prints the table."""
CHUNK = len(TARGETS) // 4
WAY = ("twilio", "sms")


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_nothing_is_lost_and_one_kill_doubles_at_most_one(first: int) -> None:
    told = tell(range(first, min(first + CHUNK, SEEDS)))
    assert told.lost == [], "run one alone: python -m tests.kills --seed N"
    assert max(told.most.values(), default=0) <= 1
    assert sum(told.kills.values()) > CHUNK // 4, "hardly anybody was killed"


def test_every_point_can_be_met() -> None:
    """Killed at the first of each point on the path everybody has."""
    of_twilio = [n for n, (path, channel, _) in enumerate(TARGETS) if (path, channel) == WAY]
    told = tell(n + 60 * len(TARGETS) * k for n in of_twilio for k in range(1, 6))
    assert {point for _, point in told.kills} == set(POINTS)


async def test_without_kills_nothing_comes_twice() -> None:
    for seed in range(2):
        run = Run(seed, kills=False)
        await run.run()
        assert run.lost == []
        assert run.extra() == {}
