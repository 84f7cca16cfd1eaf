"""镇值班室夜里出了事: the roster says whom the township's step tells, at that minute."""

from __future__ import annotations

import msgspec

from alerting.duty import Roster, Shift, Swap, Turns
from alerting.household import IncidentKind, Policy, Step
from devices.observation import HelpCall
from tests.builders import ZONE, Life, at, household, letters, minutes, person

PEOPLE = tuple(person(name) for name in ("day-a", "day-b", "night", "stand-in"))
DUTY = Roster(
    "town",
    "镇值班",
    ZONE,
    (
        Shift("白班", "08:00", "20:00", ("day-a", "day-b"), turns=Turns.DAILY, since="2026-03-02"),
        Shift("夜班", "20:00", "08:00", ("night",)),
    ),
    swaps=(Swap("2026-03-04", "夜班", ("stand-in",)),),
)
POLICY = Policy((Step("镇", (), minutes(10), rosters=(DUTY,)),), others=PEOPLE)


def told_at(begins: str, until: str = "") -> list[str]:
    life = Life(household(policies={IncidentKind.EMERGENCY: POLICY}), begins=begins)
    effects = list(life.happens(HelpCall(at(begins), "panel", id="a:1")))
    if until:
        effects += life.until(until)
    return [one.responder for one in letters(effects) if one.channel == "sms"]


def test_by_day_by_night_and_with_a_swap() -> None:
    assert told_at("day 1 09:00") == ["day-a"]
    assert told_at("day 2 09:00") == ["day-b"]
    assert told_at("day 2 03:00") == ["night"]
    assert told_at("day 3 23:00") == ["stand-in"]
    assert told_at("day 4 07:59:59") == ["stand-in"]


def test_an_alarm_that_lasts_over_the_change_of_shift_goes_to_who_is_on_duty_then() -> None:
    assert told_at("day 1 19:45", until="day 1 20:06") == ["day-a", "day-a", "night"]


def test_when_the_roster_has_ended_everybody_on_it_is_told() -> None:
    ended = msgspec.structs.replace(DUTY, last="2026-03-01")
    policy = msgspec.structs.replace(POLICY, steps=(Step("镇", (), minutes(10), rosters=(ended,)),))
    life = Life(household(policies={IncidentKind.EMERGENCY: policy}), begins="day 1 09:00")
    effects = life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert {one.responder for one in letters(effects)} == {"day-a", "day-b", "night", "stand-in"}
