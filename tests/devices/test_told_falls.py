"""What devices say of falls, rooms, beds and things in use, on recorded messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.errors import PayloadError
from devices.observation import (
    Alive,
    Bed,
    CallState,
    Climate,
    Contact,
    FallState,
    HelpCall,
    Observation,
    Presence,
    Used,
)
from devices.profile import Wire
from devices.profiles.native import NATIVE
from devices.profiles.z2m_fall import SWITCHED_OFF, Z2M_FALL
from tests.devices.recordings import AT, DEVICE, decoded


def told(name: str, what: type[Observation], field: str) -> list[object]:
    """What each message of a recording says in `field` of `what`; None where it says nothing."""
    return [
        next((getattr(one, field) for one in seen if isinstance(one, what)), None)
        for seen in decoded(name)
    ]


def test_owon_tells_a_fall_and_who_is_there_in_one_word() -> None:
    falls = [False, False, False, True, True, None, False, False]
    assert told("z2m-fall.owon", FallState, "on") == falls
    there = [False, True, True, True, True, None, True, True]
    assert told("z2m-fall.owon", Presence, "present") == there


def test_a_suspicion_is_neither_a_fall_nor_its_end() -> None:
    heiman = [False, None, True, True, None, False, False]
    assert told("z2m-fall.heiman", FallState, "on") == heiman
    assert told("z2m-fall.tuya", FallState, "on") == [False, False, None, True, False]
    assert told("z2m-fall.heiman", Presence, "present") == [*[True] * 6, False]


def test_a_radar_whose_fall_function_is_switched_off_says_so_to_the_technician() -> None:
    flaws = told("z2m-fall.tuya", Alive, "flaw")
    assert flaws == [SWITCHED_OFF, "", "", "", ""]


def test_a_fall_remembered_over_a_restart_tells_its_age_or_that_it_is_retained() -> None:
    seen = decoded("z2m-fall.cached-after-restart")
    fall, kept = seen[2][0], seen[3][0]
    then = datetime(2026, 11, 19, 19, 10, tzinfo=UTC)
    assert fall == FallState(at=AT, device=DEVICE, on=True, measured_at=then)
    assert kept == FallState(at=AT, device=DEVICE, on=True, measured_at=then, retained=True)


def test_a_pendants_fall_is_a_state_and_its_button_an_event() -> None:
    name = "z2m-pendant.fall-repeated"
    assert told(name, FallState, "on") == [False, True, True, True, True]
    pressed = [any(isinstance(one, HelpCall) for one in seen) for seen in decoded(name)]
    assert pressed == [False, False, False, True, False]


def test_nothing_broken_beside_a_fall_costs_the_fall() -> None:
    fall, alive = decoded("z2m-pendant.fall-repeated")[-1]
    assert fall == FallState(at=AT, device=DEVICE, on=True)
    assert isinstance(alive, Alive)
    assert "battery" in alive.flaw
    wrong = b'{"status":"falling","linkquality":"good"}'
    first, *_ = Z2M_FALL.decode(DEVICE, Wire("", wrong, AT))
    assert first == FallState(at=AT, device=DEVICE, on=True)
    first, alive = NATIVE.decode(DEVICE, Wire("state", b'{"v":1,"fall":true,"battery":400}', AT))
    assert first == FallState(at=AT, device=DEVICE, on=True)
    with pytest.raises(PayloadError):
        NATIVE.decode(DEVICE, Wire("state", b'{"v":1,"fall":false,"battery":400}', AT))


def test_a_native_pendant_tells_falls_and_calls_together() -> None:
    wire = Wire("state", b'{"v":1,"fall":true,"call":true,"battery":70}', AT)
    fall, call, alive = NATIVE.decode(DEVICE, wire)
    assert (fall, call) == (
        FallState(at=AT, device=DEVICE, on=True),
        CallState(at=AT, device=DEVICE, on=True),
    )
    assert alive == Alive(at=AT, device=DEVICE, battery_percent=70)


def test_a_temperature_no_room_can_have_is_not_known() -> None:
    degrees = [17.64, 11.9, 11.2, None, None]
    assert told("z2m-climate.rooms", Climate, "temperature_c") == degrees
    damp = [46.81, None, None, None, None]
    assert told("z2m-climate.rooms", Climate, "humidity_percent") == damp
    with pytest.raises(PayloadError):
        NATIVE.decode(DEVICE, Wire("state", b'{"v":1,"temperature":-273.15}', AT))


def test_a_tap_is_open_while_water_runs_and_a_kettle_is_used_when_it_shakes() -> None:
    uses = [any(isinstance(one, Used) for one in seen) for seen in decoded("z2m-item.use")]
    assert uses == [True, False, False, False, False, False, False]
    shaking = told("z2m-item.use", Presence, "present")
    assert shaking == [None, None, True, False, None, None, None]
    assert told("z2m-item.use", Contact, "is_open") == [None, None, None, None, True, False, None]


def test_a_bed_pad_comes_as_a_contact_and_means_a_bed() -> None:
    assert told("z2m-bed.pad", Bed, "occupied") == [True, False, None]
    assert told("z2m-bed-reversed.pad", Bed, "occupied") == [False, True, None]
    assert not any(isinstance(one, Contact) for seen in decoded("z2m-bed.pad") for one in seen)
