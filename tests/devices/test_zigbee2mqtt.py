"""Every habit of zigbee2mqtt that could lose or invent an alarm, on recorded messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devices.errors import PayloadError
from devices.observation import (
    Alive,
    AnyObservation,
    CallState,
    Contact,
    Hazard,
    HazardKind,
    HelpCall,
    Online,
    Presence,
    Tamper,
)
from devices.profile import Wire
from devices.profiles import BY_MODEL
from devices.profiles.z2m_sos import Z2M_SOS
from devices.zigbee2mqtt import PAYLOAD_BYTES_MAX
from tests.devices.recordings import AT, DEVICE, decoded, lines, names, profile_of


def calls(name: str) -> list[int]:
    """Which messages of a recording report a press."""
    return [
        number
        for number, seen in enumerate(decoded(name))
        if any(isinstance(one, HelpCall) for one in seen)
    ]


def first(name: str) -> list[AnyObservation]:
    return [seen[0] for seen in decoded(name)]


@pytest.mark.parametrize("name", names())
def test_every_recorded_message_is_understood(name: str) -> None:
    for line, seen in zip(lines(name), decoded(name), strict=True):
        for one in seen:
            assert (one.at, one.device, one.retained) == (AT, DEVICE, line.retained)


def test_every_family_has_a_recording() -> None:
    recorded = {profile_of(name).model for name in names()}
    assert recorded == set(BY_MODEL) - {"native"}


def test_the_empty_action_after_a_press_is_not_a_second_press() -> None:
    assert calls("z2m-sos.press-then-empty") == [1]


def test_a_press_tells_what_else_the_message_says() -> None:
    press, alive = decoded("z2m-sos.press-then-empty")[1]
    assert press == HelpCall(at=AT, device=DEVICE)
    assert alive == Alive(
        at=AT, device=DEVICE, battery_percent=100, link_quality=120, voltage_mv=3000
    )


def test_a_battery_report_is_a_sign_of_life_and_no_press() -> None:
    assert decoded("z2m-sos.press-then-empty")[-1] == (
        Alive(at=AT, device=DEVICE, battery_percent=99, link_quality=118, voltage_mv=2900),
    )


def test_an_unknown_battery_does_not_cost_the_press() -> None:
    assert calls("z2m-sos.no-battery-known") == [0]


def test_a_press_sent_twice_is_decoded_twice() -> None:
    # the engine joins them: two people may just as well press within a second
    assert calls("z2m-sos.same-press-twice") == [0, 1]


def test_a_press_is_heard_where_only_attributes_are_published() -> None:
    assert calls("z2m-sos.press-as-attribute") == [0, 1]


def test_what_others_ask_of_a_device_is_nothing_it_said() -> None:
    assert decoded("z2m-sos.press-as-attribute")[4:] == [(), ()]


def test_a_keypad_calls_for_help_with_each_of_its_three_words_only() -> None:
    assert calls("z2m-sos.keypad") == [1, 3, 4]


def test_a_keypad_torn_off_the_wall_reports_tamper() -> None:
    tampers = [
        one.on for seen in decoded("z2m-sos.keypad") for one in seen if isinstance(one, Tamper)
    ]
    assert tampers == [False, False, False, False, False, True]


def test_sos_true_is_a_state_and_never_a_press() -> None:
    name = "z2m-sos.sos-state-repeated"
    assert calls(name) == []
    assert first(name) == [
        CallState(at=AT, device=DEVICE, on=on) for on in (True, True, True, False)
    ]


def test_a_state_remembered_over_a_restart_tells_its_age_or_that_it_is_retained() -> None:
    remembered, retained = decoded("z2m-sos.cached-after-restart")[2:]
    assert remembered[0] == CallState(
        at=AT, device=DEVICE, on=True, measured_at=datetime(2026, 11, 19, 19, 10, tzinfo=UTC)
    )
    assert retained[0].retained
    assert calls("z2m-sos.cached-after-restart") == []


def test_a_keypad_with_an_sos_alarm_reports_a_state() -> None:
    assert first("z2m-sos.daewoo-alarm") == [
        CallState(at=AT, device=DEVICE, on=True),
        CallState(at=AT, device=DEVICE, on=False),
    ]


def test_a_retained_press_is_told_as_such() -> None:
    assert first("z2m-sos.retained-press") == [HelpCall(at=AT, device=DEVICE, retained=True)]


def test_nothing_broken_beside_a_press_costs_the_press() -> None:
    words, numbers, time, action = decoded("z2m-sos.broken-beside-the-press")
    assert calls("z2m-sos.broken-beside-the-press") == [0, 1, 2]
    assert isinstance(words[1], Alive)
    assert "battery" in words[1].flaw
    assert numbers == (HelpCall(at=AT, device=DEVICE),)
    assert isinstance(time[1], Alive)
    assert "last_seen" in time[1].flaw
    assert action[0] == CallState(at=AT, device=DEVICE, on=True)


def test_a_wrong_message_without_an_alarm_is_refused_with_who_and_what() -> None:
    with pytest.raises(PayloadError, match=r"李家 呼叫器: .*battery") as caught:
        Z2M_SOS.decode("李家 呼叫器", Wire("", b'{"action":"","battery":"full"}', AT))
    assert "action" in caught.value.expected


def test_an_action_of_a_wrong_type_is_refused() -> None:
    with pytest.raises(PayloadError, match="action"):
        Z2M_SOS.decode(DEVICE, Wire("", b'{"action":7}', AT))


def test_a_hazard_is_heard_beside_a_broken_battery_and_its_end_is_not_guessed() -> None:
    smoke = BY_MODEL["z2m-smoke"]
    seen = smoke.decode(DEVICE, Wire("", b'{"smoke":true,"battery":"low"}', AT))
    assert seen[0] == Hazard(at=AT, device=DEVICE, hazard=HazardKind.SMOKE, on=True)
    with pytest.raises(PayloadError):
        smoke.decode(DEVICE, Wire("", b'{"smoke":false,"battery":"low"}', AT))


def test_occupancy_is_a_state_so_a_battery_report_moves_nobody() -> None:
    seen = decoded("z2m-motion.remembered-occupancy")
    states = [one.present for message in seen for one in message if isinstance(one, Presence)]
    assert states == [True, True, False]
    assert [len(message) for message in seen] == [2, 2, 2, 1, 1]


def test_a_radar_says_presence_or_occupancy() -> None:
    assert first("z2m-presence.radar") == [
        Presence(at=AT, device=DEVICE, present=present) for present in (True, False, True)
    ]


def test_contact_true_is_closed() -> None:
    seen = decoded("z2m-contact.true-is-closed")
    assert [message[0] for message in seen[:3]] == [
        Contact(at=AT, device=DEVICE, is_open=is_open) for is_open in (True, False, False)
    ]
    assert seen[2][1] == Tamper(at=AT, device=DEVICE, on=True)
    assert not any(isinstance(one, Contact) for one in seen[3])


def test_water_smoke_gas_and_carbon_monoxide_are_states_of_their_own() -> None:
    def hazards(name: str) -> list[tuple[HazardKind, bool]]:
        return [
            (one.hazard, one.on)
            for seen in decoded(name)
            for one in seen
            if isinstance(one, Hazard)
        ]

    water, smoke, co, gas = (
        HazardKind.WATER,
        HazardKind.SMOKE,
        HazardKind.CARBON_MONOXIDE,
        HazardKind.GAS,
    )
    assert hazards("z2m-leak.water") == [(water, True), (water, True), (water, False)]
    assert hazards("z2m-smoke.fire-then-battery") == [
        (smoke, True),
        (smoke, True),
        (smoke, False),
        (co, True),
    ]
    assert hazards("z2m-gas.alarm") == [(gas, True), (gas, False), (co, True)]


def test_availability_as_json_and_as_plain_text() -> None:
    assert decoded("z2m-contact.availability") == [
        (Online(at=AT, device=DEVICE, online=True, retained=True),),
        (Online(at=AT, device=DEVICE, online=False),),
        (Online(at=AT, device=DEVICE, online=True),),
        (Online(at=AT, device=DEVICE, online=False, retained=True),),
    ]


@pytest.mark.parametrize(
    "payload", [b"", b"gone", b'{"state":"maybe"}', b'{"state":1}', b"{", b"\xff"]
)
def test_any_other_availability_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        Z2M_SOS.decode(DEVICE, Wire("availability", payload, AT))


def test_last_seen_is_taken_in_both_forms_and_left_out_when_it_cannot_be() -> None:
    seen = decoded("z2m-motion.last-seen")
    assert [message[0].measured_at for message in seen] == [
        datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 0, 0, 250_000, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 0, 0, 500_000, tzinfo=UTC),
        None,
        None,
        None,
    ]
    flaws = [one.flaw for message in seen for one in message if isinstance(one, Alive)]
    assert [bool(flaw) for flaw in flaws] == [False, False, False, True, True, True]


def test_a_time_without_a_zone_is_left_out() -> None:
    seen = Z2M_SOS.decode(DEVICE, Wire("", b'{"last_seen":"2026-11-23T01:00:00"}', AT))
    assert [one.measured_at for one in seen] == [None]


def test_unknown_battery_values_are_unknown() -> None:
    for value in (b"null", b"255", b"-1", b"1e300"):
        seen = Z2M_SOS.decode(DEVICE, Wire("", b'{"linkquality":9,"battery":%s}' % value, AT))
        assert seen == (Alive(at=AT, device=DEVICE, link_quality=9),)
    fraction = Z2M_SOS.decode(DEVICE, Wire("", b'{"battery":93.5}', AT))
    assert fraction == (Alive(at=AT, device=DEVICE, battery_percent=94),)


def test_an_oversized_message_is_refused() -> None:
    payload = b'{"action":"emergency","update":"%s"}' % (b"x" * PAYLOAD_BYTES_MAX)
    for part in ("", "action"):
        with pytest.raises(PayloadError, match="too long"):
            Z2M_SOS.decode(DEVICE, Wire(part, payload, AT))


def test_one_state_says_several_things_as_a_real_device_does() -> None:
    wire = Z2M_SOS.encode_state(
        HelpCall(at=AT, device=DEVICE),
        Alive(at=AT, device=DEVICE, battery_percent=100, link_quality=120, voltage_mv=3000),
    )
    assert wire.payload == lines("z2m-sos.press-then-empty")[1].raw


def test_a_press_is_heard_beside_a_wrong_encoding() -> None:
    payload = '{"action":"emergency","last_seen":"昨天"}'.encode("gbk")
    press, alive = Z2M_SOS.decode(DEVICE, Wire("", payload, AT))
    assert press == HelpCall(at=AT, device=DEVICE)
    assert isinstance(alive, Alive)
    assert alive.flaw
