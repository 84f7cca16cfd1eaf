"""Thousands of lives on a virtual clock; a seed that breaks a promise says how to run it alone.

What such a seed teaches becomes a story in `tests/stories`, in the words of the desk.
"""

from __future__ import annotations

import os

import pytest

from tests.storm.world import Storm

SEEDS = int(os.environ.get("GUANAI_STORM_SEEDS", "250"))
"""More in a nightly run: GUANAI_STORM_SEEDS=20000."""
CHUNK = 50


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_promise_is_broken_and_everything_ends(first: int) -> None:
    for seed in range(first, min(first + CHUNK, SEEDS)):
        _run(seed)


def test_a_seed_is_the_same_storm_each_time() -> None:
    once, again = Storm(7), Storm(7)
    once.run()
    again.run()
    assert once.meanings == again.meanings
    assert len(once.disk.journal) == len(again.disk.journal) > 50


def test_storms_are_no_lull() -> None:
    """Among a few seeds everything a storm is for has happened."""
    storms = [Storm(seed) for seed in range(30)]
    for storm in storms:
        storm.run()
    said = " ".join(line for storm in storms for line in storm.story)
    for where in ("before the commit", "before sending", "writing it down", "of the mains"):
        assert where in said
    assert {row.state for s in storms for row in s.disk.outbox.values()} >= {
        "sent",
        "failed",
        "withdrawn",
        "expired",
    }
    assert sum(len(storm.presses) for storm in storms) > 50


def _run(seed: int) -> None:
    storm = Storm(seed)
    try:
        storm.run()
    except Exception as error:
        error.add_note(f"run it alone: python -m tests.storm {seed}")
        raise
