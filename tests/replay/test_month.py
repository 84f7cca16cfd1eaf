"""A month replays exactly: twice the same, however it is cut, wherever it is interrupted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest

from alerting.engine import Engine
from alerting.events import Configured, Effect, Resumed
from devices.observation import AnyObservation
from gateway.replay import replay
from tests.builders import at, changes, hours
from tests.replay.month import HOME, life

FIRST = Configured(at("day 1 08:00"), HOME)


def digest(effects: Iterable[Effect]) -> str:
    summary = hashlib.sha256()
    for effect in effects:
        summary.update(repr(effect).encode())
    return summary.hexdigest()


@pytest.fixture(scope="module")
def week() -> list[AnyObservation]:
    return list(life(days=7, seed=7))


def test_a_month_lived_twice_is_the_same() -> None:
    both = [digest(replay(Engine(FIRST), life(days=30, seed=7))) for _ in range(2)]
    assert both[0] == both[1]


def test_another_life_is_another_month() -> None:
    seeds = (7, 8)
    first, second = (list(replay(Engine(FIRST), life(days=7, seed=seed))) for seed in seeds)
    assert digest(first) != digest(second)


def test_it_does_not_matter_how_a_life_is_cut(week: list[AnyObservation]) -> None:
    until = week[-1].at + hours(24)
    whole = list(replay(Engine(FIRST), week, until))
    engine = Engine(FIRST)
    parts: list[Effect] = []
    for begin in range(0, len(week), 997):
        piece = week[begin : begin + 997]
        parts += replay(engine, piece, piece[-1].at)
    parts += replay(engine, [], until)
    assert parts == whole
    assert "opened" in changes(whole)


def test_it_does_not_matter_where_it_was_interrupted(week: list[AnyObservation]) -> None:
    until = week[-1].at + hours(24)
    whole = list(replay(Engine(FIRST), week, until))
    engine = Engine(FIRST)
    parts: list[Effect] = []
    for begin in range(0, len(week), 20_011):
        engine = Engine.restore(engine.snapshot())
        parts += replay(engine, week[begin : begin + 20_011])
    parts += replay(engine, [], until)
    assert parts == whole


def test_hearing_again_in_the_middle_of_an_ordinary_day_tells_nobody(
    week: list[AnyObservation],
) -> None:
    engine = Engine(FIRST)
    half = week[: len(week) // 2]
    for _ in replay(engine, half):
        pass
    owed = engine.step(Resumed(half[-1].at))
    assert owed == []
