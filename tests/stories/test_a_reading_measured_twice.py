"""An oximeter shows 84 %: the resident is asked first, and people only then."""

from __future__ import annotations

import msgspec
import pytest

from alerting.detection import DETECTORS
from alerting.engine import Engine
from alerting.events import Finding, LeadsTo, Prompt
from alerting.household import Device, Role
from alerting.incident import Cause, Outcome, Response, Urgency
from devices.observation import Quantity, Reading
from tests.alerting.detection.vitals import read, stream
from tests.builders import PANEL, Life, at, changes, heard, household, letters, told

OXIMETER = Device("meter", "native", Role.HEALTH, "卧室")
WATCH = Device("watch", "native", Role.WEARABLE, "卧室", heartbeat=PANEL.heartbeat)
SPO2 = Quantity.SPO2


@pytest.fixture
def life() -> Life:
    return Life(household(PANEL, OXIMETER, WATCH))


def test_the_resident_is_asked_and_nobody_else_is_told(life: Life) -> None:
    effects = life.happens(read("day 1 09:00", SPO2, 84))
    assert heard(effects) == ["measure_again"]
    (prompt,) = [one for one in effects if isinstance(one, Prompt)]
    assert prompt.text == "王奶奶，请坐下，把手焐暖，再量一次血氧"
    assert prompt.key == f"measure/h1/{int(at('day 1 09:00').timestamp() * 1000)}/panel"
    assert letters(effects) == []
    assert life.engine.incidents == []


def test_the_second_reading_calls_people_by_text_and_voice(life: Life) -> None:
    life.happens(read("day 1 09:00", SPO2, 84))
    effects = life.happens(read("day 1 09:04", SPO2, 86))
    assert changes(effects) == ["opened", "stepped"]
    assert told(effects)[:2] == ["daughter/sms", "daughter/voice"]
    assert life.incident.urgency is Urgency.HIGH
    text = letters(effects)[0].text
    assert text.startswith("【桃花关爱】紧急：A1001")
    assert "血氧过低" in text
    assert "请立即打电话" in text
    assert "86" not in text
    assert "王秀兰" not in text


def test_only_a_person_ends_it(life: Life) -> None:
    life.happens(read("day 1 09:00", SPO2, 84), read("day 1 09:04", SPO2, 86))
    life.happens(read("day 1 09:20", SPO2, 97), read("day 1 09:30", SPO2, 97))
    assert life.incident.cause is Cause.CLEARED
    assert life.incident.response is not Response.CLOSED
    life.closes("day 1 09:40", outcome=Outcome.SAFE)
    assert life.engine.incidents == []


def test_nobody_measures_again_and_somebody_is_asked_to_call(life: Life) -> None:
    life.happens(read("day 1 09:00", SPO2, 84))
    effects = life.until("day 1 09:11")
    assert told(effects)[:2] == ["daughter/sms", "neighbour/sms"]
    assert not any(way.endswith("voice") for way in told(effects)[:2])
    assert life.incident.urgency is Urgency.MEDIUM
    assert "提醒" in letters(effects)[0].text


def test_a_second_sign_joins_and_is_no_second_incident(life: Life) -> None:
    life.happens(read("day 1 09:00", SPO2, 84), read("day 1 09:04", SPO2, 86))
    life.happens(*stream("day 1 09:06", 120, Quantity.HEART_RATE, 140))
    assert life.incident.findings >= 2
    assert set(life.incident.subjects) >= {"meter", "watch"}


def test_a_broken_watch_is_for_the_technician(life: Life) -> None:
    effects = life.happens(*stream("day 1 09:00", 60, Quantity.HEART_RATE, 0))
    assert set(told(effects)) == {"technician/sms"}
    assert life.incident.kind == "technical"


def test_a_change_against_the_own_past_rings_no_bell() -> None:
    own = [one for one in DETECTORS if one.name.startswith(("vital", "news2"))]
    life = Life(household(PANEL, OXIMETER, WATCH), detectors=own)
    for day in range(1, 24):
        value = 70 + day % 3 if day < 21 else 95
        for hour in (8, 12, 18):
            life.happens(read(f"day {day} {hour}:30", Quantity.HEART_RATE, value))
    life.until("day 24 00:00")
    listed = [
        one for one in life.effects if isinstance(one, Finding) and one.leads_to is LeadsTo.REVIEW
    ]
    assert [one.at for one in listed] == [at("day 23 00:00"), at("day 24 00:00")]
    assert "连续两天比平时偏高" in listed[0].reason.zh
    assert [one for one in life.effects if not isinstance(one, Finding)] == []


def test_a_life_cut_anywhere_goes_on_the_same() -> None:
    events: list[Reading] = [
        *stream("day 1 09:00", 90, Quantity.HEART_RATE, 140),
        read("day 1 09:02", SPO2, 84),
        read("day 1 09:06", SPO2, 85),
        read("day 1 09:07", Quantity.BLOOD_PRESSURE, 95, second=60),
        read("day 1 09:30", Quantity.TEMPERATURE, 39.4),
        read("day 1 09:41", Quantity.TEMPERATURE, 39.2),
        *stream("day 1 09:45", 600, Quantity.HEART_RATE, 80),
        read("day 1 10:00", SPO2, 97),
        read("day 1 10:10", SPO2, 98),
        read("day 2 10:10", SPO2, 98),
    ]
    home = household(PANEL, OXIMETER, WATCH)
    whole = Life(home)
    whole.happens(*events)
    for cut in range(0, len(events), 5):
        life = Life(home)
        life.happens(*events[:cut])
        life.engine = Engine.restore(life.engine.snapshot())
        life.happens(*events[cut:])
        assert msgspec.json.encode(life.effects) == msgspec.json.encode(whole.effects)
