"""The heating fails: somebody is told after an hour, and it ends when it is warm again."""

from __future__ import annotations

from alerting.events import Prompt
from alerting.household import Device, Role
from alerting.incident import Cause, Urgency
from devices.observation import Climate
from tests.builders import PANEL, PIR, Life, at, changes, heard, hours, household, letters, told

BEDROOM = Device("bedroom", "z2m-climate", Role.CLIMATE, "卧室", heartbeat=hours(25))
HOME = household(PANEL, PIR, BEDROOM)


def reads(words: str, degrees: float) -> Climate:
    return Climate(at(words), "bedroom", degrees)


def test_a_cold_room_is_told_by_text_and_says_what_to_do() -> None:
    life = Life(HOME, "day 1 06:00")
    life.happens(reads("day 1 06:00", 11.0), reads("day 1 06:40", 8.2))
    assert life.engine.incidents == []
    effects = life.until("day 1 07:00")
    assert life.incident.kind == "safety"
    assert life.incident.urgency is Urgency.MEDIUM
    assert told(effects) == ["daughter/sms", "neighbour/sms"]
    text = letters(effects)[0].text
    assert "卧室室温仅8度。请上门查看取暖。" in text


def test_nobody_is_sent_out_of_the_house_into_the_cold() -> None:
    life = Life(HOME, "day 1 06:00")
    life.happens(reads("day 1 06:00", 8.0))
    life.until("day 1 07:00")
    life.goes("day 1 07:05", "daughter")
    life.until("day 1 09:00")
    spoken = [effect.text for effect in life.effects if isinstance(effect, Prompt)]
    assert heard(life.effects)[0] == "coming"
    assert not any("离开" in text for text in spoken)


def test_warmth_ends_the_cause_and_a_person_the_incident() -> None:
    life = Life(HOME, "day 1 06:00")
    life.happens(reads("day 1 06:00", 8.0))
    life.until("day 1 07:00")
    effects = life.happens(reads("day 1 07:30", 16.0))
    assert changes(effects)[-1] == "cleared"
    assert life.incident.cause is Cause.CLEARED


def test_cold_by_night_and_heat_by_day_are_two_incidents() -> None:
    life = Life(HOME, "day 1 06:00")
    life.happens(reads("day 1 06:00", 8.0))
    life.until("day 1 07:00")
    life.happens(reads("day 1 14:00", 38.0))
    life.until("day 1 15:00")
    safety = [one.group for one in life.engine.incidents if one.kind == "safety"]
    assert safety == ["cold", "heat"]
