"""Drills come round to everything, and to nobody twice a week."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from alerting.response.drills import PERIOD, Last, Target, due, targets, weeks_needed
from tests.builders import at, household

BEGINS = at("day 1 10:00")


def some(rng: random.Random) -> list[Target]:
    return [
        Target(f"p{person}", channel, path, "h1")
        for person in range(rng.randrange(1, 8))
        for channel in ("sms", "voice", "push")
        for path in ("twilio", "modem", "aliyun")
        if rng.random() < 0.5 or (channel, path) == ("sms", "twilio")
    ]


@pytest.mark.parametrize("seed", range(200))
def test_every_way_is_tried_within_the_bound(seed: int) -> None:
    """Whoever answers and whoever does not, late or in real alarms: all come round in time."""
    rng = random.Random(seed)
    ways = some(rng)
    proofs: dict[tuple[str, str], Last] = {}
    tried: dict[tuple[str, str], datetime] = {}
    for week in range(weeks_needed(ways)):
        now = BEGINS + week * PERIOD + timedelta(minutes=rng.randrange(60))
        chosen = due(ways, proofs, now)
        assert len({one.responder for one in chosen}) == len(chosen), "nobody twice"
        for one in chosen:
            key = (one.responder, one.way)
            tried[key] = now
            proven = now if rng.random() < 0.5 else None
            proofs[key] = Last(proven, now)
        for one in rng.sample(ways, len(ways) // 5):  # a real alarm is answered
            key, when = (one.responder, one.way), now + timedelta(days=rng.randrange(1, 5))
            tried[key] = when
            proofs[key] = Last(when, proofs.get(key, Last()).asked_at)
    assert set(tried) == {(one.responder, one.way) for one in ways}


def test_over_a_year_no_way_is_older_than_the_bound() -> None:
    ways = some(random.Random(7))
    proofs: dict[tuple[str, str], Last] = {}
    bound = weeks_needed(ways)
    for week in range(52):
        now = BEGINS + week * PERIOD
        for one in due(ways, proofs, now):
            proofs[one.responder, one.way] = Last(None, now)
        if week >= bound:
            ages = [now - (proofs[one.responder, one.way].at or BEGINS) for one in ways]
            assert max(ages) < bound * PERIOD


def test_what_was_just_proven_is_not_asked_about() -> None:
    way = Target("daughter", "sms", "twilio", "h1")
    other = Target("daughter", "voice", "twilio", "h1")
    fresh = {("daughter", "sms twilio"): Last(BEGINS - timedelta(days=1), None)}
    assert due([way, other], fresh, BEGINS) == [other]
    assert due([way], fresh, BEGINS) == []


def test_a_clock_change_does_not_skip_a_week() -> None:
    way = Target("daughter", "sms", "twilio", "h1")
    asked = {("daughter", "sms twilio"): Last(None, BEGINS)}
    assert due([way], asked, BEGINS + PERIOD - timedelta(hours=1)) == [way]
    assert due([way], asked, BEGINS + timedelta(days=6)) == []


def test_the_ways_of_a_home() -> None:
    can = {("daughter", "sms"): ("twilio", "modem"), ("daughter", "voice"): ("twilio",)}
    found = targets([household(), household(id="h2")], can)
    assert [(one.responder, one.way, one.household) for one in found] == [
        ("daughter", "sms twilio", "h1"),
        ("daughter", "sms modem", "h1"),
        ("daughter", "voice twilio", "h1"),
    ]
