"""What is measured of a person: units, what is possible, and the native message."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from devices.errors import PayloadError
from devices.observation import Alive, Quantity, Reading, Worn
from devices.profile import Wire
from devices.profiles.native import NATIVE
from devices.vitals import PLAUSIBLE, UNITS, in_unit, is_possible

AT = datetime(2026, 11, 23, 1, 0, 1, tzinfo=UTC)


def reading(quantity: Quantity, value: float, second: float | None = None) -> Reading:
    return Reading(at=AT, device="d", quantity=quantity, value=value, second=second)


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "ours"),
    [
        (Quantity.GLUCOSE, 126, "mg/dL", 7.0),
        (Quantity.GLUCOSE, 5.5, "mmol/L", 5.5),
        (Quantity.TEMPERATURE, 98.6, "°F", 37.0),
        (Quantity.TEMPERATURE, 102.2, "f", 39.0),
        (Quantity.TEMPERATURE, 36.6, "C", 36.6),
        (Quantity.BLOOD_PRESSURE, 16, "kPa", 120.0),
        (Quantity.WEIGHT, 132.3, "lb", 60.0),
        (Quantity.WEIGHT, 120, "jin", 60.0),
        (Quantity.HEART_RATE, 72, "bpm", 72),
    ],
)
def test_units_of_the_field_are_known(
    quantity: Quantity, value: float, unit: str, ours: float
) -> None:
    assert math.isclose(in_unit(quantity, value, unit), ours, rel_tol=1e-3)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [(Quantity.GLUCOSE, ""), (Quantity.WEIGHT, "stone"), (Quantity.TEMPERATURE, "K")],
)
def test_a_unit_is_never_guessed(quantity: Quantity, unit: str) -> None:
    with pytest.raises(ValueError, match="no such unit"):
        in_unit(quantity, 5.0, unit)


def test_every_quantity_has_a_unit_and_what_is_possible() -> None:
    assert set(UNITS) == set(PLAUSIBLE) == set(Quantity)
    for quantity, (low, high) in PLAUSIBLE.items():
        second = low - 10 if quantity is Quantity.BLOOD_PRESSURE else None
        assert is_possible(reading(quantity, low, second))
        assert not is_possible(reading(quantity, low - 0.1, second))
        assert not is_possible(reading(quantity, high + 0.1, second))


@pytest.mark.parametrize(("high", "low"), [(120, 130), (120, None), (120, 5), (310, 80)])
def test_pressures_no_living_person_has(high: float, low: float | None) -> None:
    assert not is_possible(reading(Quantity.BLOOD_PRESSURE, high, low))


def test_a_watch_tells_everything_in_one_message() -> None:
    payload = b'{"v":1,"heart_rate":72,"spo2":97,"quality":90,"worn":true,"battery":60}'
    seen = NATIVE.decode("watch", Wire("vitals", payload, AT))
    assert seen == (
        Worn(AT, "watch", worn=True),
        Reading(AT, "watch", quantity=Quantity.HEART_RATE, value=72, quality=90),
        Reading(AT, "watch", quantity=Quantity.SPO2, value=97, quality=90),
        Alive(AT, "watch", battery_percent=60),
    )


def test_what_a_watch_measures_that_is_not_worn_is_the_table() -> None:
    payload = b'{"v":1,"heart_rate":138,"spo2":71,"worn":false,"battery":60}'
    seen = NATIVE.decode("watch", Wire("vitals", payload, AT))
    assert seen == (Worn(AT, "watch", worn=False), Alive(AT, "watch", battery_percent=60))


def test_blood_pressure_is_one_reading_of_two_values() -> None:
    payload = b'{"v":1,"systolic":132,"diastolic":84}'
    (seen,) = NATIVE.decode("cuff", Wire("vitals", payload, AT))
    assert seen == Reading(AT, "cuff", quantity=Quantity.BLOOD_PRESSURE, value=132, second=84)


def test_half_a_blood_pressure_is_refused() -> None:
    with pytest.raises(PayloadError, match="without the other"):
        NATIVE.decode("cuff", Wire("vitals", b'{"v":1,"systolic":132}', AT))


def test_what_nobody_can_have_is_still_reported() -> None:
    (seen,) = NATIVE.decode("watch", Wire("vitals", b'{"v":1,"heart_rate":0}', AT))
    assert isinstance(seen, Reading)
    assert not is_possible(seen)
