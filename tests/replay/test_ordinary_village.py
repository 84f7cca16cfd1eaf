"""An ordinary village for sixty days: almost nothing is told that is not so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from alerting.engine import Engine
from alerting.events import Configured, Finding
from devices.observation import AnyObservation
from gateway.replay import replay
from simulators.config import Home
from tests.replay import village

DAYS = 60
FALSE_MOST = 2
"""In 360 days of ordinary lives."""


def told(home: Home, events: Iterable[AnyObservation]) -> Iterator[Finding]:
    engine = Engine(Configured(village.BEGINS, village.gateways(home)))
    for effect in replay(engine, list(events)):
        if isinstance(effect, Finding) and effect.active:
            yield effect


def test_hardly_anything_is_told_of_ordinary_lives() -> None:
    found = Counter(
        (one.group or one.detector, home.id)
        for home in village.homes()
        for one in told(home, village.lived(home, DAYS, seed="s0"))
    )
    assert sum(found.values()) <= FALSE_MOST, dict(found)
    assert not any("blind_sensor" in kind for kind, _ in found), dict(found)


def test_a_door_that_dies_is_told_once_and_nothing_else_falsely() -> None:
    home = next(home for home in village.homes() if home.id == "h2")
    dies = village.BEGINS + timedelta(days=30, hours=12)
    doors = {one.id for one in home.devices if one.role == "entrance"}
    events = [
        one
        for one in village.lived(home, 45, seed="s0")
        if one.at < dies or one.device not in doors
    ]
    found = list(told(home, events))
    (lost,) = (one for one in found if one.group == "blind_sensor")
    assert lost.subject in doors
    assert timedelta(hours=12) < lost.at - dies < timedelta(days=4)
    assert lost.evidence["unheard_absences"] in range(1, 20)
    assert [one.detector for one in found if one is not lost] == []
