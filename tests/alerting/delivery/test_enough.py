"""A push never stands alone."""

from __future__ import annotations

import pytest

from alerting.delivery import router
from alerting.delivery.capabilities import BY_PHONE
from alerting.delivery.enough import is_enough, told_by_machines_only, too_little
from alerting.household import TO_TARGETS, IncidentKind, Path
from alerting.incident import Urgency
from tests.builders import LADDER, person

GRAVE = (IncidentKind.EMERGENCY,)
EVERY = (*BY_PHONE, *TO_TARGETS)
PATHS = (Path("twilio", BY_PHONE), *(Path(name, (name,)) for name in TO_TARGETS))


@pytest.mark.parametrize("channel", [channel for channel in EVERY if channel != "push"])
def test_beside_anything_else_it_is_welcome(channel: str) -> None:
    assert is_enough(("push", channel))
    assert too_little("daughter", ("push", channel), GRAVE) is None


def test_alone_it_carries_no_emergency() -> None:
    words = too_little("daughter", ("push",), GRAVE)
    assert words is not None
    assert "daughter" in words.zh
    assert "daughter" in words.en


def test_alone_it_may_carry_what_can_wait() -> None:
    assert too_little("technician", ("push",), (IncidentKind.TECHNICAL,)) is None


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


def test_a_machine_that_takes_it_is_nobody_who_comes() -> None:
    assert told_by_machines_only(("push", "webhook"))
    assert not told_by_machines_only(("webhook", "scaip"))
    assert not told_by_machines_only(())
