"""A device that measures wrongly is a repair, and never an alarm about a person."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from alerting.detection.vital_devices import NOT_WORN_AFTER, VitalDevicesDetector
from alerting.events import Finding, PresenceSet, PresenceState, Tick
from alerting.household import IncidentKind
from devices.observation import Presence, Quantity, Reading, Worn
from tests.alerting.detection.vitals import HOME, led, read, stream
from tests.builders import at

DEVICES = VitalDevicesDetector()
HEART, SPO2, BREATH = Quantity.HEART_RATE, Quantity.SPO2, Quantity.RESPIRATION
OFF = Worn(at("day 1 09:00"), "watch", worn=False)


def said(findings: list[Finding]) -> list[tuple[str, bool]]:
    for one in findings:
        assert one.what is IncidentKind.TECHNICAL
    return [(one.short.zh, one.active) for one in findings]


def test_one_impossible_value_is_a_slip() -> None:
    assert led(DEVICES, [read("day 1 09:00", HEART, 0), read("day 1 09:01", HEART, 0)])[1] == []


def test_three_in_a_row_are_a_repair_until_three_are_good() -> None:
    bad = stream("day 1 09:00", 120, HEART, 0)
    good = [read(f"day 1 09:0{minute}", HEART, 70 + minute, "watch") for minute in (3, 4, 5)]
    _, found = led(DEVICES, [*bad, *good])
    assert said(found) == [("读数不可信", True), ("恢复正常", False)]
    assert found[0].evidence["value"] == 0


def test_a_poor_signal_is_told_as_such() -> None:
    poor = [read(f"day 1 09:0{m}", HEART, 70 + m, "watch", quality=20) for m in range(3)]
    _, found = led(DEVICES, poor)
    assert said(found) == [("信号太差", True)]
    assert found[0].evidence["quality"] == 20


def test_a_heart_that_beats_exactly_alike_for_an_hour_is_no_heart() -> None:
    _, found = led(DEVICES, stream("day 1 09:00", 3_600, HEART, 71, every=60))
    assert said(found) == [("读数不变", True)]
    state, _ = led(DEVICES, stream("day 1 09:00", 3_600, HEART, 71, every=60))
    _, found = led(DEVICES, [read("day 1 10:01", HEART, 72, "watch")], state=state)
    assert said(found) == [("恢复正常", False)]


@pytest.mark.parametrize(
    ("quantity", "every"), [(SPO2, 60), (HEART, 3_600)], ids=["oxygen", "an hour apart"]
)
def test_what_may_well_be_the_same_is_no_flat_line(quantity: Quantity, every: float) -> None:
    assert led(DEVICES, stream("day 1 09:00", 200_000, quantity, 97, every=every))[1] == []


def test_a_watch_that_measures_every_ten_minutes_may_be_stuck() -> None:
    _, found = led(DEVICES, stream("day 1 09:00", 5 * 3_600, HEART, 97, every=600))
    assert said(found) == [("读数不变", True)]


def test_an_oxygen_that_is_impossible_is_told_beside_a_pulse_that_is_well() -> None:
    both = [
        read(f"day 1 09:0{minute}", quantity, value, "watch")
        for minute in range(4)
        for quantity, value in ((HEART, 70 + minute), (SPO2, 0))
    ]
    state, found = led(DEVICES, both)
    assert said(found) == [("读数不可信", True)]
    assert found[0].evidence["quantity"] == "spo2"
    well = [read(f"day 1 09:1{minute}", SPO2, 97, "watch") for minute in range(3)]
    assert said(led(DEVICES, well, state=state)[1]) == [("恢复正常", False)]


def test_an_empty_bed_measures_noughts_and_is_no_repair() -> None:
    noughts = list(stream("day 1 09:00", 600, BREATH, 0, "radar"))
    empty = Presence(at("day 1 08:59"), "radar", present=False)
    state, found = led(DEVICES, [empty, *noughts])
    assert found == []
    there = Presence(at("day 1 09:11"), "radar", present=True)
    _, found = led(DEVICES, [there, *stream("day 1 09:12", 60, BREATH, 0, "radar")], state=state)
    assert said(found) == [("读数不可信", True)]
    assert said(led(DEVICES, noughts)[1]) == [("读数不可信", True)]  # it never said so


def behind(begin: str, by: timedelta, every: float = 15) -> list[Reading]:
    return [
        msgspec.structs.replace(one, value=70 + number, measured_at=one.at - by)
        for number, one in enumerate(stream(begin, 60, HEART, 70, every=every))
    ]


def test_a_clock_that_lags_behind_is_a_repair_until_it_is_set() -> None:
    state, found = led(DEVICES, behind("day 1 09:00", timedelta(hours=8)))
    assert said(found) == [("时钟不准", True)]
    assert "慢了约8小时" in found[0].reason.zh
    _, found = led(DEVICES, behind("day 1 09:05", timedelta()), state=state)
    assert said(found) == [("恢复正常", False)]


def test_what_was_kept_and_comes_late_is_no_wrong_clock() -> None:
    kept = [
        msgspec.structs.replace(
            one, at=at("day 1 12:00") + timedelta(seconds=6 * n), measured_at=one.at
        )
        for n, one in enumerate(stream("day 1 09:00", 900, HEART, 70))
    ]
    assert led(DEVICES, kept)[1] == []
    assert led(DEVICES, behind("day 1 09:00", timedelta(minutes=9)))[1] == []


def test_a_watch_that_lies_on_the_table_is_told_after_four_hours() -> None:
    state, found = led(DEVICES, [OFF, Tick(at("day 1 20:00"))])
    assert said(found) == [("没有佩戴", True)]
    assert found[0].at == OFF.at + NOT_WORN_AFTER
    _, found = led(DEVICES, [Worn(at("day 1 21:00"), "watch", worn=True)], state=state)
    assert said(found) == [("恢复正常", False)]


def test_off_to_wash_and_to_charge_is_no_trouble() -> None:
    on = Worn(at("day 1 12:00"), "watch", worn=True)
    assert led(DEVICES, [OFF, on, Tick(at("day 1 20:00"))])[1] == []
    measures = read("day 1 12:00", HEART, 70, "watch")
    assert led(DEVICES, [OFF, measures, Tick(at("day 1 20:00"))])[1] == []


def test_nobody_has_to_wear_it_while_away() -> None:
    away = PresenceSet(at("day 1 10:00"), PresenceState.AWAY, "desk:李")
    assert led(DEVICES, [OFF, away, Tick(at("day 2 20:00"))])[1] == []


def test_a_time_we_were_deaf_is_not_counted() -> None:
    state, _ = led(DEVICES, [OFF])
    back = OFF.at + timedelta(hours=3)
    state = DEVICES.resume(HOME, state, back)
    assert DEVICES.deadline(HOME, state) == back + NOT_WORN_AFTER
    state, _ = led(DEVICES, stream("day 1 09:00", 3_500, HEART, 71, every=60))
    state = DEVICES.resume(HOME, state, at("day 1 09:59"))
    assert led(DEVICES, stream("day 1 10:00", 600, HEART, 71, every=60), state=state)[1] == []
