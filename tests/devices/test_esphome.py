"""Habits of ESPHome nodes and of the radars they carry, on recorded messages."""

from __future__ import annotations

import pytest

from devices.errors import PayloadError
from devices.observation import Alive, FallState, Online, Presence, Quantity, Reading
from devices.profile import Wire
from devices.profiles.esphome import ESPHOME
from tests.devices.recordings import AT, DEVICE, decoded


def read(quantity: Quantity, value: float) -> tuple[Reading]:
    return (Reading(AT, DEVICE, quantity=quantity, value=value),)


def test_a_radar_above_the_bed_tells_heart_and_breath() -> None:
    seen = decoded("esphome.mr60bha2")
    assert seen[0] == (Online(AT, DEVICE, online=True, retained=True),)
    assert seen[1] == read(Quantity.HEART_RATE, 64)
    assert seen[2] == read(Quantity.RESPIRATION, 15)
    assert seen[6] == (Presence(AT, DEVICE, present=True),)
    assert seen[8] == (Presence(AT, DEVICE, present=False),)
    assert seen[14] == (Online(AT, DEVICE, online=False),)


def test_what_says_nothing_of_a_person_is_left_alone() -> None:
    seen = decoded("esphome.mr60bha2")
    assert [seen[number] for number in (3, 4, 5, 12, 13)] == [()] * 5


def test_a_radar_that_sees_nobody_measures_nothing() -> None:
    # 0 for nobody; a breath that runs down to 1 when somebody sits very still; nan, None
    seen = decoded("esphome.mr60bha2")
    assert [seen[number] for number in (7, 9, 10, 11)] == [(Alive(AT, DEVICE),)] * 4


def test_units_are_those_the_name_says() -> None:
    seen = decoded("esphome.falls-and-units")
    assert seen[2:6] == [
        read(Quantity.RESPIRATION, 14),
        read(Quantity.TEMPERATURE, 36.7),
        read(Quantity.TEMPERATURE, 38.5),
        read(Quantity.GLUCOSE, 5.3889),
    ]


def test_a_rooms_temperature_is_no_bodys() -> None:
    assert decoded("esphome.falls-and-units")[6] == ()


def test_a_fall_radar_tells_a_state() -> None:
    seen = decoded("esphome.falls-and-units")
    assert seen[:2] == [(FallState(AT, DEVICE, on=False),), (FallState(AT, DEVICE, on=True),)]


def test_signal_and_battery_are_signs_of_life() -> None:
    assert decoded("esphome.falls-and-units")[7:] == [
        (Alive(AT, DEVICE, signal_dbm=-58),),
        (Alive(AT, DEVICE, battery_percent=88),),
    ]


@pytest.mark.parametrize(
    ("part", "payload"),
    [
        ("sensor/heart_rate/state", b"seventy"),
        ("sensor/heart_rate/state", b"inf"),
        ("binary_sensor/presence/state", b"maybe"),
        ("status", b"asleep"),
        ("sensor/heart_rate/state", b"7" * 100),
    ],
)
def test_what_esphome_never_sends_is_refused(part: str, payload: bytes) -> None:
    with pytest.raises(PayloadError):
        ESPHOME.decode(DEVICE, Wire(part, payload, AT))
