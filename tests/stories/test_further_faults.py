"""A motion sensor fell silent days ago; what else fails in the home must be heard, too."""

from __future__ import annotations

from typing import Any

import msgspec

from alerting.detection.supervision import SupervisionDetector
from alerting.household import Device, IncidentKind, Role
from devices.observation import Alive, Fault
from tests.builders import (
    PLAN,
    REPAIR,
    Life,
    at,
    changes,
    hours,
    household,
    keys,
    letters,
    told,
)


def device(id: str, role: Role, room: str, silent_after: float) -> Device:
    profile = "z2m-sos" if role is Role.CALL_BUTTON else "z2m-motion"
    return Device(id, profile, role, room, heartbeat=hours(silent_after))


def life(*devices: Device, **fields: Any) -> Life:
    """A home on day 1 at 09:00, in which nothing speaks any more."""
    return Life(household(*devices, **fields), "day 1 09:00", (SupervisionDetector(),))


PIR = device("pir", Role.MOTION, "客厅", 2)
OTHER = device("other", Role.MOTION, "厨房", 4000)
SOS = device("sos", Role.CALL_BUTTON, "卧室", 72)


def test_the_button_that_dies_three_days_later_calls_the_technician_at_once() -> None:
    home = life(PIR, OTHER, SOS)
    first = home.until("day 1 12:00")
    assert told(first) == ["technician/sms"]
    assert "人体感应器失联" in letters(first)[0].text
    home.until("day 4 12:30")
    effects = home.until("day 4 12:40")
    assert changes(effects) == ["upgraded", "stepped"]
    (message,) = letters(effects)
    assert message.at == at("day 4 12:36"), "72 h and the slack of its heartbeat"
    assert message.purpose == "alarm"
    assert "呼叫器失联等2处" in message.text
    assert home.incident.response == "open", "the ladder has begun again"


def test_whoever_has_it_is_told_of_the_button_at_once() -> None:
    home = life(PIR, OTHER, device("sos", Role.CALL_BUTTON, "卧室", 3))
    home.until("day 1 11:30")
    home.arrives("day 1 11:50", "technician")
    effects = home.until("day 1 12:10")
    assert keys(effects) == ["h1-0001/remind-0/technician/sms"]
    assert letters(effects)[0].purpose == "reminder"
    assert "又有呼叫器失联" in letters(effects)[0].text


def test_lesser_faults_are_gathered_into_one_message() -> None:
    later = [device(f"late-{n}", Role.CONTACT, "书房", 5 + n / 60) for n in range(4)]
    home = life(PIR, OTHER, SOS, *later)
    home.until("day 1 12:00")
    effects = home.until("day 1 14:40")
    assert changes(effects) == ["joined"] * 4
    assert keys(effects) == ["h1-0001/news-0/technician/sms"]
    (message,) = letters(effects)
    assert message.purpose == "news"
    assert "又有4处设备故障" in message.text
    assert len(message.text) <= 70


def test_what_is_well_again_before_it_was_told_is_not_told() -> None:
    home = life(PIR, OTHER, SOS)
    home.until("day 1 12:00")
    joined = home.happens(Alive(at("day 1 14:00"), "other", 3))
    assert changes(joined) == ["joined"]
    home.happens(Alive(at("day 1 14:05"), "other", 90))
    assert told(home.until("day 1 15:00")) == []


def test_at_night_news_of_repairs_wait_for_the_morning_in_one_message() -> None:
    quiet = msgspec.structs.replace(REPAIR, quiet=("21:00", "08:00"))
    home = life(PIR, OTHER, SOS, policies={**PLAN, IncidentKind.TECHNICAL: quiet})
    home.until("day 1 20:00")
    home.happens(Alive(at("day 1 22:00"), "other", 3))
    home.happens(Alive(at("day 1 23:00"), "sos", 10))
    assert told(home.until("day 2 07:59")) == []
    (message,) = [note for note in letters(home.until("day 2 08:00")) if note.purpose == "news"]
    assert "又有2处设备故障" in message.text


def test_a_home_that_is_not_seen_any_more_is_told_at_once() -> None:
    home = life(PIR, device("other", Role.MOTION, "厨房", 5), SOS)
    home.until("day 1 12:00")
    effects = home.until("day 1 14:20")
    assert changes(effects) == ["joined", "upgraded", "stepped"]
    assert told(effects) == ["technician/sms"]
    assert "活动感应全部失联等" in letters(effects)[0].text


def test_a_flat_battery_does_not_hide_that_the_home_is_not_seen() -> None:
    home = life(PIR, device("other", Role.MOTION, "厨房", 2), SOS)
    first = home.happens(Alive(at("day 1 11:00"), "sos", 3))
    assert told(first) == ["technician/sms"]
    assert told(home.until("day 1 11:20")) == ["technician/sms"]


def test_what_the_gateway_says_again_is_heard_again() -> None:
    home = Life(household(id="gateway", policies=PLAN), "day 1 09:00")
    audit = home.happens(Fault(at("day 1 09:00"), "audit", True, "h1: 请立即联系"))
    assert told(audit) == ["technician/sms"]
    other = home.happens(Fault(at("day 1 09:30"), "provider", True, "no answer"))
    assert told(other) == ["technician/sms"], "another part of the gateway"
    again = home.happens(Fault(at("day 1 10:00"), "audit", True, "h2: 请立即联系"))
    assert told(again) == ["technician/sms"]
    third = home.happens(Fault(at("day 1 10:01"), "audit", True, "h3: 请立即联系"))
    assert told(third) == [], "the ladder does not begin again within two minutes"
    assert told(home.until("day 1 10:02")) == ["technician/sms"]
