"""Killed at every write point of every channel: nothing is lost, and at most one is doubled."""

from __future__ import annotations

import logging
import os

import pytest

from tests.kills.__main__ import tell
from tests.kills.world import POINTS, TARGETS, Run

SEEDS = int(os.environ.get("GUANAI_KILL_SEEDS", str(2 * len(TARGETS))))
"""More in a nightly run: `python -m tests.kills 10000` prints the table."""
CHUNK = len(TARGETS) // 4


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_nothing_is_lost_and_one_kill_doubles_at_most_one(first: int) -> None:
    told = tell(range(first, min(first + CHUNK, SEEDS)))
    logging.disable(logging.NOTSET)
    assert told.lost == [], "run one alone: python -m tests.kills --seed N"
    assert max(told.most.values(), default=0) <= 1
    assert sum(told.kills.values()) > CHUNK // 4, "hardly anybody was killed"


def test_every_point_is_met() -> None:
    told = tell(range(3 * len(TARGETS)))
    assert {point for _, point in told.kills} == set(POINTS)


async def test_without_kills_nothing_comes_twice() -> None:
    for seed in range(6):
        run = Run(seed, kills=False)
        await run.run()
        assert run.lost == []
        assert run.extra() == {}
