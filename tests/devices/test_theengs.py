"""Habits of Theengs Gateway and of what it decodes, on recorded messages."""

from __future__ import annotations

import pytest

from devices.errors import PayloadError
from devices.observation import Alive, AnyObservation, Online, Quantity, Reading
from devices.profile import Wire
from devices.profiles.theengs import THEENGS
from tests.devices.recordings import AT, DEVICE, decoded


def measured(name: str) -> list[list[tuple[Quantity, float]]]:
    return [
        [(one.quantity, one.value) for one in seen if isinstance(one, Reading)]
        for seen in decoded(name)
    ]


def test_a_weight_is_told_in_kilograms_and_never_of_an_object() -> None:
    kilograms = [(Quantity.WEIGHT, 58.45)]
    pounds = [(Quantity.WEIGHT, 58.4681)]
    assert measured("theengs.scale-repeats") == [kilograms, kilograms, pounds, [], [], []]


def test_an_advertisement_that_comes_again_may_be_the_same_measurement() -> None:
    readings = [
        one for seen in decoded("theengs.scale-repeats") for one in seen if type(one) is Reading
    ]
    assert readings
    assert all(one.repeats for one in readings)


def test_a_weight_in_no_known_unit_is_told_to_the_technician() -> None:
    stones, nothing = decoded("theengs.scale-repeats")[-2:]
    assert [one.flaw for one in stones if isinstance(one, Alive)] == [
        "weight in 'stone': no such unit"
    ]
    assert [one.flaw for one in nothing if isinstance(one, Alive)] == ["weight in '': no such unit"]


def test_a_room_is_no_body() -> None:
    band, steps, room = decoded("theengs.band-and-room")
    assert Reading(AT, DEVICE, quantity=Quantity.HEART_RATE, value=78, repeats=True) in band
    assert steps == (Alive(AT, DEVICE, signal_dbm=-73),)
    assert room == (Alive(AT, DEVICE, battery_percent=87, signal_dbm=-63, voltage_mv=2980),)


def test_the_bridge_has_a_last_will() -> None:
    online: list[AnyObservation] = [seen[0] for seen in decoded("theengs.bridge")]
    assert online == [
        Online(AT, DEVICE, online=True, retained=True),
        Online(AT, DEVICE, online=False),
    ]


def test_a_last_will_that_says_neither_is_refused() -> None:
    with pytest.raises(PayloadError, match="expected online or offline"):
        THEENGS.decode(DEVICE, Wire("LWT", b"gone", AT))
