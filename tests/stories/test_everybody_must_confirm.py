"""火警：村里每个人都要亲自答复。 The first who goes stops the ladder; the others are told on."""

from __future__ import annotations

import msgspec

from alerting.household import Confirm, IncidentKind, Order, Policy, Step
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
    letters,
    minutes,
    said,
    told,
)

POLICY = Policy(
    steps=(
        Step("村", (GRID, DOCTOR, NEIGHBOUR), minutes(10), confirm=Confirm.EVERYBODY),
        Step("家庭", (DAUGHTER,), minutes(10)),
    ),
    confirm_every=minutes(4),
)


def pressed() -> Life:
    life = Life(household(policies={IncidentKind.EMERGENCY: POLICY}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def people(life: Life, words: str) -> list[str]:
    return [one.responder for one in letters(life.until(words)) if one.channel == "sms"]


def test_each_is_told_until_they_themselves_have_answered() -> None:
    life = pressed()
    assert life.incident.must_confirm == ("doctor", "grid", "neighbour")
    effects = life.goes("day 1 09:01", "grid")
    assert changes(effects) == ["claimed", "confirmed"]
    assert "还有2人未确认" in said(effects, "confirmed")
    assert people(life, "day 1 09:04") == ["doctor", "neighbour"]
    assert "已有人接单" in letters(life.recent)[0].text
    assert {one.channel for one in letters(life.recent)} == {"sms"}, "no longer by telephone"
    life.cannot("day 1 09:05", "doctor")
    assert life.incident.confirmed == ("grid", "doctor")
    assert people(life, "day 1 09:08") == ["neighbour"]
    assert "全部确认" in said(life.goes("day 1 09:09", "neighbour"), "confirmed")
    assert people(life, "day 1 09:10:59") == []


def test_while_nobody_goes_they_are_told_with_all_force_and_the_ladder_goes_on() -> None:
    life = pressed()
    life.cannot("day 1 09:01", "doctor")
    effects = life.until("day 1 09:04")
    assert told(effects) == ["grid/sms", "grid/voice", "neighbour/sms", "neighbour/voice"]
    assert changes(life.until("day 1 09:10")) == ["reminded", "stepped"]


def test_the_end_ends_it() -> None:
    life = pressed()
    life.goes("day 1 09:01", "grid")
    life.closes("day 1 09:02")
    assert told(life.until("day 1 12:00")) == []


def test_the_ladder_going_round_again_asks_nobody_twice_at_once() -> None:
    life = pressed()
    life.until("day 1 09:20")
    effects = life.until("day 1 09:23:59")
    assert told(effects) == [], "told by the second round a moment ago"


def test_whoever_was_still_in_line_when_somebody_went_is_asked_to_answer_too() -> None:
    step = Step("村", (GRID, DOCTOR, NEIGHBOUR), minutes(10), confirm=Confirm.EVERYBODY)
    step = msgspec.structs.replace(step, order=Order.ONE_BY_ONE, each=minutes(1.5))
    policy = msgspec.structs.replace(POLICY, steps=(step, *POLICY.steps[1:]))
    life = Life(household(policies={IncidentKind.EMERGENCY: policy}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.goes("day 1 09:00:20", "grid")
    assert people(life, "day 1 09:04") == ["doctor", "neighbour"]
    assert "已有人接单" in letters(life.recent)[0].text
    life.goes("day 1 09:04:30", "doctor")
    assert people(life, "day 1 09:08") == ["neighbour"]
    assert {"doctor/sms", "neighbour/sms"} <= set(told(life.closes("day 1 09:09"))), "and the end"


def test_nobody_in_line_is_asked_before_their_turn() -> None:
    step = Step("村", (GRID, DOCTOR, NEIGHBOUR), minutes(10), confirm=Confirm.EVERYBODY)
    step = msgspec.structs.replace(step, order=Order.ONE_BY_ONE, each=minutes(5))
    policy = msgspec.structs.replace(POLICY, steps=(step, *POLICY.steps[1:]))
    life = Life(household(policies={IncidentKind.EMERGENCY: policy}), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert people(life, "day 1 09:04:59") == ["grid"]
    assert people(life, "day 1 09:05") == ["doctor"]
