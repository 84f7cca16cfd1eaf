"""A message that cannot go one way goes the other; a step nobody can hear is passed over."""

from __future__ import annotations

from alerting.events import DeliveryState, ErrorClass
from alerting.household import IncidentKind, Policy, Step
from devices.observation import CallState, HelpCall
from tests.builders import LADDER, Life, at, changes, household, keys, minutes, person, told

FAILED, AMBIGUOUS = DeliveryState.FAILED, DeliveryState.AMBIGUOUS


def test_when_every_message_of_a_step_has_failed_the_next_is_taken() -> None:
    life = Life(begins="day 1 09:00")
    first = keys(life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1")))
    for key in first[:-1]:
        assert life.becomes("day 1 09:00:05", key, FAILED, ErrorClass.CONTACT) == []
    effects = life.becomes("day 1 09:00:06", first[-1], DeliveryState.UNDELIVERED)
    assert changes(effects) == ["stepped"]


def test_one_who_cannot_and_one_who_cannot_be_reached_leave_nobody() -> None:
    life = Life(begins="day 1 09:00")
    life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    life.becomes("day 1 09:00:05", "h1-0001/0/daughter/sms", FAILED)
    life.becomes("day 1 09:00:05", "h1-0001/0/daughter/voice", FAILED)
    assert changes(life.cannot("day 1 09:00:20", "neighbour")) == ["declined", "stepped"]


def test_a_provider_that_refuses_everything_does_not_burn_the_ladder() -> None:
    life = Life(begins="day 1 09:00")
    owed = keys(life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1")))
    steps = 0
    while owed:
        steps += 1
        owed = [
            more
            for key in owed
            for more in keys(life.becomes("day 1 09:00:01", key, FAILED, ErrorClass.CONFIGURATION))
        ]
    assert steps == 3, "every tier was tried once"
    assert life.incident.response == "open"
    assert changes(life.until("day 1 09:03:01")) == ["stepped"], "the next round has its time"


def test_a_text_that_may_not_have_gone_out_is_followed_by_a_call() -> None:
    life = Life(begins="day 1 09:00")
    sent = life.happens(CallState(at("day 1 09:00"), "sos", on=True))
    assert told(sent) == ["daughter/sms", "neighbour/sms"]
    effects = life.becomes("day 1 09:00:08", "h1-0001/0/daughter/sms", AMBIGUOUS)
    assert keys(effects) == ["h1-0001/0/daughter/voice"]
    assert life.becomes("day 1 09:00:09", "h1-0001/0/daughter/sms", AMBIGUOUS) == []
    effects = life.becomes("day 1 09:00:10", "h1-0001/0/neighbour/sms", FAILED)
    assert keys(effects) == ["h1-0001/0/neighbour/voice"]


def test_what_became_of_an_older_steps_messages_changes_nothing() -> None:
    life = Life(begins="day 1 09:00")
    first = keys(life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1")))
    life.until("day 1 09:01")
    for key in [*first, "h1-0001/prompt-1/panel", "nonsense", "h9-0001/0/daughter/sms"]:
        assert life.becomes("day 1 09:01:10", key, FAILED) == []


def test_a_tier_that_no_channel_reaches_is_passed_over_at_once() -> None:
    landline = person("landline", "+861062345678")
    policy = Policy((Step("家庭", (landline,), minutes(1)), *LADDER.steps), rounds=1)
    life = Life(household(policies={IncidentKind.EMERGENCY: policy}), "day 1 09:00")
    effects = life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert changes(effects) == ["opened", "stepped", "stepped"]
    assert told(effects)[0] == "daughter/sms"


def test_a_plan_that_reaches_nobody_never_spins_and_never_ends() -> None:
    landline = person("landline", "+861062345678")
    policy = Policy((Step("家庭", (landline,), minutes(1)),), rounds=3)
    life = Life(household(policies={IncidentKind.EMERGENCY: policy}), "day 1 09:00")
    effects = life.happens(HelpCall(at("day 1 09:00"), "panel", id="a:1"))
    assert changes(effects) == ["opened", "stepped", "stepped", "stepped", "exhausted"]
    assert changes(life.until("day 1 09:31")) == ["repeated", "repeated"]
