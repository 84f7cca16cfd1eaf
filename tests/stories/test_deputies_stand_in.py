"""帮扶干部 cannot come, is away, or does not answer: their deputy is told, within the same step."""

from __future__ import annotations

import msgspec

from alerting.events import DeliveryState
from alerting.household import Household, IncidentKind, Policy, Responder, Step
from devices.observation import HelpCall
from tests.builders import DAUGHTER, NEIGHBOUR, Life, at, changes, household, minutes, person, told

CADRE, SECOND, THIRD = person("cadre"), person("second"), person("third")
POLICY = Policy(
    steps=(
        Step("村", (CADRE, NEIGHBOUR), minutes(3)),
        Step("家庭", (DAUGHTER,), minutes(5)),
    ),
    others=(SECOND, THIRD),
    deputies={"cadre": ("second",), "second": ("third", "cadre")},
)


def home(policy: Policy = POLICY) -> Household:
    return household(policies={IncidentKind.EMERGENCY: policy})


def pressed(policy: Policy = POLICY) -> Life:
    life = Life(home(policy), begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    return life


def test_no_answer_in_sixty_seconds_and_the_deputy_is_told() -> None:
    life = pressed()
    assert told(life.recent) == ["cadre/sms", "cadre/voice", "neighbour/sms", "neighbour/voice"]
    assert told(life.until("day 1 09:00:59")) == []
    effects = life.until("day 1 09:01")
    assert changes(effects) == ["called_in"]
    assert told(effects) == ["second/sms", "second/voice"]
    assert told(life.until("day 1 09:02")) == ["third/sms", "third/voice"]
    assert told(life.until("day 1 09:02:59")) == [], "nobody of the two is told twice in a step"
    assert told(life.until("day 1 09:03")) == ["daughter/sms", "daughter/voice"]


def test_who_cannot_come_is_replaced_at_once() -> None:
    life = pressed()
    effects = life.cannot("day 1 09:00:10", "cadre")
    assert changes(effects) == ["declined", "called_in"]
    assert told(effects) == ["second/sms", "second/voice"]
    assert life.incident.due_at == at("day 1 09:03"), "the step goes on"


def test_whom_nothing_reaches_is_replaced_when_the_last_message_has_failed() -> None:
    life = pressed()
    failed = DeliveryState.FAILED
    assert told(life.becomes("day 1 09:00:05", "h1-0001/0/cadre/sms", failed)) == []
    effects = life.becomes("day 1 09:00:09", "h1-0001/0/cadre/voice", failed)
    assert told(effects) == ["second/sms", "second/voice"]
    assert told(life.until("day 1 09:01:05")) == [], "the deputy is told once"


def test_who_is_away_is_not_told_but_their_deputy() -> None:
    away = msgspec.structs.replace(CADRE, away=(("2026-03-02", "2026-03-06"),))
    steps = (Step("村", (away, NEIGHBOUR), minutes(3)), *POLICY.steps[1:])
    policy = msgspec.structs.replace(POLICY, steps=steps)
    life = pressed(policy)
    assert told(life.recent)[:2] == ["second/sms", "second/voice"]
    assert not [way for way in told(life.until("day 1 09:02")) if way.startswith("cadre")]
    later = Life(home(policy), begins="day 6 09:00")
    assert told(later.happens(HelpCall(at("day 6 09:00"), "panel", id="a:1")))[0] == "cadre/sms"


def away(person: Responder) -> Responder:
    return msgspec.structs.replace(person, away=(("2026-03-02", "2026-03-06"),))


def test_whose_deputy_is_away_as_well_is_replaced_by_the_deputys() -> None:
    steps = (Step("村", (away(CADRE), NEIGHBOUR), minutes(3)), *POLICY.steps[1:])
    policy = msgspec.structs.replace(POLICY, steps=steps, others=(away(SECOND), THIRD))
    life = pressed(policy)
    assert told(life.recent) == ["third/sms", "third/voice", "neighbour/sms", "neighbour/voice"]


def test_who_does_not_answer_and_whose_deputy_is_away_is_replaced_by_the_deputys() -> None:
    policy = msgspec.structs.replace(POLICY, others=(away(SECOND), THIRD))
    life = pressed(policy)
    assert told(life.until("day 1 09:01")) == ["third/sms", "third/voice"]
    assert told(pressed(policy).cannot("day 1 09:00:10", "cadre")) == ["third/sms", "third/voice"]


def test_where_all_who_stand_in_for_each_other_are_away_they_are_told() -> None:
    steps = (Step("村", (away(CADRE),), minutes(3)), *POLICY.steps[1:])
    policy = msgspec.structs.replace(
        POLICY,
        steps=steps,
        others=(away(SECOND), THIRD),
        deputies={"cadre": ("second",), "second": ("cadre",)},
    )
    assert told(pressed(policy).recent) == ["cadre/sms", "cadre/voice"]


def test_who_is_away_and_has_no_deputy_is_told_all_the_same() -> None:
    away = msgspec.structs.replace(DAUGHTER, away=(("2026-03-01", "2026-03-31"),))
    life = pressed(Policy((Step("家庭", (away,), minutes(1)),)))
    assert told(life.recent) == ["daughter/sms", "daughter/voice"]


def test_nobody_stands_in_once_somebody_goes() -> None:
    life = pressed()
    life.goes("day 1 09:00:30", "neighbour")
    assert told(life.until("day 1 09:05")) == []


def test_the_deputy_hears_the_end_and_may_answer() -> None:
    life = pressed()
    life.until("day 1 09:01:10")
    assert changes(life.goes("day 1 09:01:20", "second")) == ["claimed"]
    assert "second/sms" in told(life.closes("day 1 09:20"))


def test_all_of_a_step_and_their_deputies_cannot_and_the_next_step_does_not_wait() -> None:
    life = pressed()
    life.cannot("day 1 09:00:10", "cadre")
    life.cannot("day 1 09:00:15", "neighbour")
    assert changes(life.cannot("day 1 09:00:20", "second")) == ["declined", "called_in"]
    effects = life.cannot("day 1 09:00:25", "third")
    assert changes(effects) == ["declined", "stepped"]
    assert told(effects) == ["daughter/sms", "daughter/voice"]
