"""Too cold or too hot, for long enough, while somebody is at home."""

from __future__ import annotations

from typing import Any

import msgspec

from alerting.detection.climate import ClimateDetector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import Device, Role
from alerting.incident import Urgency
from devices.observation import AnyObservation, Climate
from tests.builders import DOOR, PANEL, at, hours, household, minutes

BEDROOM = Device("bedroom", "z2m-climate", Role.CLIMATE, "卧室")
FRIDGE = Device("fridge", "native", Role.ITEM, "厨房")
DETECTOR = ClimateDetector()


class Winter:
    """A home whose rooms are measured."""

    def __init__(self, **fields: Any) -> None:
        self.home = household(PANEL, DOOR, BEDROOM, FRIDGE, **fields)
        self.state = DETECTOR.start(self.home, at("day 1 08:00"))
        self.findings: list[Finding] = []

    def happens(self, *events: AnyObservation | Tick | PresenceSet) -> Winter:
        for event in events:
            while (due := DETECTOR.deadline(self.home, self.state)) is not None and due <= event.at:
                self._step(Tick(due))
            self._step(event)
        return self

    def _step(self, event: AnyObservation | Tick | PresenceSet) -> None:
        self.state, found = DETECTOR.step(self.home, self.state, event)
        self.findings += found

    def is_at(self, clock: str, degrees: float, device: str = "bedroom", **more: bool) -> Winter:
        return self.happens(Climate(at(f"day 1 {clock}"), device, degrees, **more))  # type: ignore[arg-type]

    def until(self, clock: str) -> list[str]:
        self.happens(Tick(at(f"day 1 {clock}")))
        return [f"{f.at.hour + 8:02}:{f.at:%M} {f.short.en or 'over'}" for f in self.findings]


def test_an_hour_of_cold_is_told_once_with_its_reason() -> None:
    winter = Winter().is_at("09:00", 11.9).is_at("09:30", 9.6)
    assert winter.until("09:59") == []
    assert winter.until("12:00") == ["10:00 bedroom 10 C, too cold"]
    (cold,) = winter.findings
    assert cold.urgency is Urgency.MEDIUM
    assert cold.group == "cold"
    assert cold.reason.zh == "卧室温度计：室温过低，9.6℃，自09:00起低于12℃"
    assert cold.reason.en == "bedroom room thermometer: too cold, 9.6 °C, below 12 °C since 09:00"
    assert cold.short.zh == "卧室室温仅10度"
    assert cold.evidence == {
        "device": "bedroom",
        "temperature_c": 9.6,
        "limit_c": 12.0,
        "minutes": 60.0,
        "reading_minutes_ago": 30.0,
    }


def test_an_aired_room_is_no_cold_room() -> None:
    winter = Winter().is_at("09:00", 9.0).is_at("09:40", 14.0).is_at("09:50", 11.0)
    assert winter.until("10:49") == []
    assert winter.until("10:50") == ["10:50 bedroom 11 C, too cold"]


def test_it_recovers_by_a_margin_and_not_at_the_limit() -> None:
    winter = Winter().is_at("09:00", 11.0)
    winter.until("10:00")
    winter.is_at("10:30", 12.0).is_at("11:00", 12.9)
    assert [f.active for f in winter.findings] == [True]
    winter.is_at("11:30", 13.0)
    assert [f.active for f in winter.findings] == [True, False]
    assert winter.findings[1].reason.zh == "卧室温度计：室温恢复到13.0℃"


def test_heat_has_its_own_limit_and_its_own_incident() -> None:
    winter = Winter(heat_above=33.0, cold_or_heat_after=minutes(30)).is_at("14:00", 34.2)
    assert winter.until("15:00") == ["14:30 bedroom 34 C, too hot"]
    assert winter.findings[0].group == "heat"
    winter.is_at("15:10", 5.0)
    assert winter.until("16:00") == [
        "14:30 bedroom 34 C, too hot",
        "15:10 over",
        "15:40 bedroom 5 C, too cold",
    ]


def test_a_thermometer_that_fell_silent_proves_nothing() -> None:
    winter = Winter(cold_or_heat_after=hours(6)).is_at("09:00", 8.0)
    assert winter.until("23:00") == [], "its heartbeat is four hours"
    winter.is_at("23:30", 8.0)
    assert winter.until("23:59") == [], "what was in between, nobody knows"


def test_what_the_broker_kept_and_what_is_no_room_proves_nothing() -> None:
    winter = Winter().is_at("09:00", 8.0, retained=True).is_at("09:00", 4.0, "fridge")
    winter.is_at("09:00", 3.0, "door").is_at("09:00", 3.0, "stranger")
    assert winter.until("14:00") == []


def test_an_empty_room_endangers_nobody() -> None:
    winter = Winter()
    winter.happens(PresenceSet(at("day 1 08:30"), PresenceState.HOSPITAL, "desk:李"))
    winter.is_at("09:00", 8.0)
    assert winter.until("12:00") == []
    winter.happens(PresenceSet(at("day 1 12:00"), PresenceState.HOME, "desk:李"))
    winter.is_at("12:30", 8.0)
    assert winter.until("14:00") == ["13:00 bedroom 8 C, too cold"]
    winter.happens(PresenceSet(at("day 1 14:00"), PresenceState.AWAY, "desk:李"))
    (_, explained) = winter.findings
    assert not explained.active
    assert "登记老人不在家" in explained.reason.zh


def test_after_deafness_it_begins_to_count_with_the_next_reading() -> None:
    winter = Winter().is_at("09:00", 8.0)
    winter.state = DETECTOR.resume(winter.home, winter.state, at("day 1 09:50"))
    assert winter.until("11:00") == []
    winter.is_at("11:00", 8.0)
    assert winter.until("12:30") == ["12:00 bedroom 8 C, too cold"]
    told = DETECTOR.resume(winter.home, winter.state, at("day 1 13:00"))
    assert told == winter.state, "what was told is not told again"


def test_a_moment_of_deafness_counts_on() -> None:
    winter = Winter().is_at("09:00", 8.0)
    winter.state = DETECTOR.resume(winter.home, winter.state, at("day 1 09:50"), is_blink=True)
    assert winter.until("11:00") == ["10:00 bedroom 8 C, too cold"]


def test_limits_that_changed_hold_from_the_next_reading() -> None:
    winter = Winter().is_at("09:00", 11.0)
    winter.until("10:00")
    warmer = msgspec.structs.replace(winter.home, cold_below=5.0)
    winter.state = DETECTOR.configure(warmer, winter.state, at("day 1 10:05"))
    winter.home = warmer
    winter.is_at("10:10", 11.0)
    assert [f.active for f in winter.findings] == [True, False]
