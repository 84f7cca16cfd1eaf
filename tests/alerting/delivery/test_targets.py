"""A push never stands alone."""

from __future__ import annotations

from alerting.delivery import router
from alerting.delivery.capabilities import BY_PHONE
from alerting.household import TO_TARGETS, Path
from alerting.incident import Urgency
from tests.builders import LADDER, person

EVERY = (*BY_PHONE, *TO_TARGETS)
PATHS = (Path("twilio", BY_PHONE), *(Path(name, (name,)) for name in TO_TARGETS))


def test_nobody_is_left_to_a_push_because_a_call_is_too_loud() -> None:
    """An alarm that is less than urgent goes by text; where there is none, by call as well."""
    grandson = person("grandson", channels=("voice", "push"), addresses={"push": "grandson"})
    policy = LADDER.__class__(steps=LADDER.steps, channels=EVERY)
    ways = router.ways(grandson, policy, Urgency.MEDIUM, PATHS)
    assert [way.channel for way in ways] == ["voice", "push"]
    assert ways[1].paths == ("push",)


def test_a_channel_without_a_target_leads_nowhere() -> None:
    lost = person("lost", channels=("sms", "push", "scaip", "webhook"))
    policy = LADDER.__class__(steps=LADDER.steps, channels=EVERY)
    assert [way.channel for way in router.ways(lost, policy, Urgency.HIGH, PATHS)] == ["sms"]
