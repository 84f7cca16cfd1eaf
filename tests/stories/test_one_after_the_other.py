"""A step that tells its people one by one: the next only when the one before does not come."""

from __future__ import annotations

from datetime import timedelta

from alerting.events import DeliveryState
from alerting.household import IncidentKind, Order, Policy, Step
from devices.observation import HelpCall
from tests.builders import (
    DAUGHTER,
    DOCTOR,
    GRID,
    NEIGHBOUR,
    Life,
    at,
    changes,
    household,
    minutes,
    person,
    told,
)

SECOND = person("second")
POLICY = Policy(
    steps=(
        Step(
            "村",
            (GRID, NEIGHBOUR, DOCTOR),
            minutes(3),
            order=Order.ONE_BY_ONE,
            each=timedelta(seconds=90),
        ),
        Step("家庭", (DAUGHTER,), minutes(5)),
    ),
    others=(SECOND,),
    deputies={"grid": ("second",)},
)


def pressed() -> Life:
    life = Life(household(policies={IncidentKind.EMERGENCY: POLICY}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def people(life: Life, words: str) -> list[str]:
    return [way.partition("/")[0] for way in told(life.until(words)) if way.endswith("sms")]


def test_each_has_their_time_and_then_the_step_has_its_wait() -> None:
    life = pressed()
    assert told(life.recent) == ["grid/sms", "grid/voice"]
    assert people(life, "day 1 09:00:59") == []
    assert people(life, "day 1 09:01") == ["second"], "the deputy after sixty seconds"
    assert people(life, "day 1 09:02:29") == []
    assert people(life, "day 1 09:02:30") == ["neighbour"]
    assert people(life, "day 1 09:04") == ["doctor"]
    assert people(life, "day 1 09:06:59") == []
    assert people(life, "day 1 09:07") == ["daughter"], "three minutes after the last was told"


def test_who_cannot_passes_it_on_at_once() -> None:
    life = pressed()
    assert changes(life.cannot("day 1 09:00:10", "grid")) == ["declined", "called_in"]
    assert told(life.recent) == ["second/sms", "second/voice"]
    assert told(life.cannot("day 1 09:00:20", "second")) == ["neighbour/sms", "neighbour/voice"]
    assert told(life.cannot("day 1 09:00:30", "neighbour")) == ["doctor/sms", "doctor/voice"]
    assert told(life.cannot("day 1 09:00:40", "doctor")) == ["daughter/sms", "daughter/voice"]


def test_failed_messages_pass_it_on_at_once() -> None:
    life = pressed()
    life.becomes("day 1 09:00:03", "h1-0001/0/grid/sms", DeliveryState.FAILED)
    effects = life.becomes("day 1 09:00:05", "h1-0001/0/grid/voice", DeliveryState.UNDELIVERED)
    assert told(effects) == ["second/sms", "second/voice"]


def test_whoever_takes_it_ends_the_line() -> None:
    life = pressed()
    life.goes("day 1 09:00:30", "grid")
    assert told(life.until("day 1 09:08")) == []
    effects = life.cannot("day 1 09:09", "grid")
    assert told(effects) == ["daughter/sms", "daughter/voice"], "the ladder goes on from there"


def test_a_second_press_begins_no_second_line() -> None:
    life = pressed()
    life.happens(HelpCall(at("day 1 09:00:40"), "panel", id="a:2"))
    assert told(life.recent) == []
    assert people(life, "day 1 09:01") == ["second"]
