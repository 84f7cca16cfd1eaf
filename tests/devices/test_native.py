from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devices.accel import encode_batch
from devices.errors import PayloadError
from devices.moment import AHEAD_MAX, BEHIND_MAX, from_ms, plausible, to_ms
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Booted,
    CallState,
    Contact,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
    Presence,
    Tamper,
    Used,
)
from devices.profile import Wire
from devices.profiles.native import NATIVE, PAYLOAD_BYTES_MAX, SEQ_MAX, Stamp
from tests.devices.test_accel import batch

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
D = "h1-panel"


def decode(part: str, payload: bytes, *, retained: bool = False) -> tuple[AnyObservation, ...]:
    return NATIVE.decode(D, Wire(part, payload, AT, retained))


def test_a_press_has_the_id_of_its_boot_and_sequence_number() -> None:
    said = b'{"v":1,"boot":"3f9a","seq":17,"t":%d,"event":"press","battery":93,"rssi":-61}'
    measured = AT - timedelta(seconds=2)
    assert decode("event", said % to_ms(measured)) == (
        HelpCall(at=AT, device=D, id="3f9a:17", measured_at=measured),
        Alive(at=AT, device=D, battery_percent=93, signal_dbm=-61, measured_at=measured),
    )


@pytest.mark.parametrize("said", [b"", b'"boot":"3f9a",', b'"seq":17,'])
def test_a_press_that_cannot_be_told_apart_has_no_id(said: bytes) -> None:
    assert decode("event", b'{"v":1,%s"event":"press"}' % said) == (HelpCall(at=AT, device=D),)


def test_movement_and_use_are_events() -> None:
    assert decode("event", b'{"v":1,"event":"motion"}') == (Motion(at=AT, device=D),)
    assert decode("event", b'{"v":1,"event":"used"}') == (Used(at=AT, device=D),)


def test_one_state_message_says_several_things_the_urgent_first() -> None:
    said = (
        b'{"v":1,"tamper":false,"occupied":true,"open":false,"present":true,"water":false,'
        b'"carbon_monoxide":false,"gas":true,"smoke":true,"call":true,"battery_low":true}'
    )
    assert decode("state", said) == (
        CallState(at=AT, device=D, on=True),
        Hazard(at=AT, device=D, hazard=HazardKind.SMOKE, on=True),
        Hazard(at=AT, device=D, hazard=HazardKind.GAS, on=True),
        Hazard(at=AT, device=D, hazard=HazardKind.CARBON_MONOXIDE, on=False),
        Hazard(at=AT, device=D, hazard=HazardKind.WATER, on=False),
        Presence(at=AT, device=D, present=True),
        Contact(at=AT, device=D, is_open=False),
        Bed(at=AT, device=D, occupied=True),
        Tamper(at=AT, device=D, on=False),
        Alive(at=AT, device=D, battery_low=True),
    )


def test_a_state_that_says_nothing_is_a_heartbeat() -> None:
    assert decode("state", b'{"v":1}') == (Alive(at=AT, device=D),)


def test_a_birth_names_the_run_and_a_last_will_does_not() -> None:
    birth = b'{"v":1,"online":true,"boot":"3f9a","firmware":"1.4.2"}'
    assert decode("status", birth, retained=True) == (
        Online(at=AT, device=D, online=True, retained=True),
        Booted(at=AT, device=D, boot="3f9a", firmware="1.4.2", retained=True),
    )
    assert decode("status", b'{"v":1,"online":false,"boot":"3f9a"}') == (
        Online(at=AT, device=D, online=False),
    )


def test_a_newer_device_may_say_more() -> None:
    assert decode("event", b'{"v":1,"event":"motion","lux":12}') == (Motion(at=AT, device=D),)


@pytest.mark.parametrize("t", [0, 4, to_ms(datetime(2106, 2, 7, tzinfo=UTC)), 2**40])
def test_an_implausible_time_is_left_out_and_told(t: int) -> None:
    press, alive = decode("event", b'{"v":1,"event":"press","t":%d}' % t)
    assert press == HelpCall(at=AT, device=D)
    assert alive == Alive(at=AT, device=D, flaw=f"device time {t} is implausible")


def test_the_plausible_times_reach_from_a_week_ago_to_a_little_ahead() -> None:
    ms = timedelta(milliseconds=1)
    for inside in (AT - BEHIND_MAX, AT, AT + AHEAD_MAX):
        assert plausible(inside, AT)
        assert from_ms(to_ms(inside), AT) == inside
    for outside in (AT - BEHIND_MAX - ms, AT + AHEAD_MAX + ms):
        assert not plausible(outside, AT)
        assert from_ms(to_ms(outside), AT) is None


@pytest.mark.parametrize(
    "rest",
    [
        b'"battery":"full"',
        b'"battery":101',
        b'"t":"now"',
        b'"t":1e300',
        b'"boot":"%s"' % (b"x" * 17),
        b'"boot":"3f9a\\n"',
        b'"seq":%d' % (SEQ_MAX + 1),
        b'"rssi":5',
        b'"boot":"\xcd\xf5"',
        b'"battery_low":1',
        b'"v":2',
        b'"v":"1"',
    ],
)
def test_what_is_wrong_is_refused_but_never_with_a_press(rest: bytes) -> None:
    with pytest.raises(PayloadError, match=r"h1-panel: .*expected a native event"):
        decode("event", b'{"v":1,"event":"motion",%s}' % rest)
    press, alive = decode("event", b'{"v":1,"event":"press",%s}' % rest, retained=True)
    assert press == HelpCall(at=AT, device=D, retained=True)
    assert isinstance(alive, Alive)
    assert alive.flaw
    assert alive.retained


def test_a_rescued_press_keeps_its_id() -> None:
    press, _ = decode("event", b'{"v":2,"event":"press","boot":"3f9a","seq":17}')
    assert press == HelpCall(at=AT, device=D, id="3f9a:17")


def test_a_hazard_and_a_call_are_heard_beside_anything_wrong() -> None:
    seen = decode("state", b'{"v":1,"call":true,"gas":true,"smoke":false,"open":"wide"}')
    assert seen[:2] == (
        CallState(at=AT, device=D, on=True),
        Hazard(at=AT, device=D, hazard=HazardKind.GAS, on=True),
    )
    assert [type(one) for one in seen[2:]] == [Alive]
    with pytest.raises(PayloadError):
        decode("state", b'{"v":1,"call":false,"smoke":false,"open":"wide"}')


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"press",
        b"null",
        b"[]",
        b'"press"',
        b"{}",
        b'{"v":1}',
        b'{"v":1,"event":null}',
        b'{"v":1,"event":"dance"}',
        b'{"v":1,"event":["press"]}',
        b'{"v":1,"event":"press"',
        b'{"v":1,"event":"press"}}',
        b'{"v":1,"event":"motion","boot":"\xff"}',
        '{"v":1,"event":"press"}'.encode("utf-16"),
        b'\xef\xbb\xbf{"v":1,"event":"press"}',
        b'{"v":1,"event":"press","x":' + b"[" * 3000,
        b'{"v":1,"event":"press","x":"' + b"x" * PAYLOAD_BYTES_MAX + b'"}',
    ],
)
def test_no_press_is_made_of_garbage(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        decode("event", payload)


@pytest.mark.parametrize("part", ["", "availability", "prompt", "event/x"])
def test_a_part_outside_the_protocol_is_refused(part: str) -> None:
    with pytest.raises(PayloadError, match="no such part"):
        decode(part, b'{"v":1,"event":"press"}')


def test_a_batch_is_a_sign_of_life_with_the_time_it_began() -> None:
    start = AT - timedelta(seconds=1)
    assert decode("accel", encode_batch(batch(start=start))) == (
        Alive(at=AT, device=D, measured_at=start),
    )
    assert decode("accel", encode_batch(batch(start=None))) == (Alive(at=AT, device=D),)
    (alive,) = decode("accel", encode_batch(batch(start=datetime(2106, 1, 1, tzinfo=UTC))))
    assert isinstance(alive, Alive)
    assert "implausible" in alive.flaw
    with pytest.raises(PayloadError):
        decode("accel", b"GA")


def test_a_stamp_adds_what_the_device_says_of_itself() -> None:
    stamp = Stamp(boot="3f9a", seq=17, t=to_ms(AT), battery=93, rssi=-61)
    wire = NATIVE.encode_stamped(HelpCall(at=AT, device=D), stamp)
    assert NATIVE.decode(D, wire) == (
        HelpCall(at=AT, device=D, id="3f9a:17", measured_at=AT),
        Alive(at=AT, device=D, battery_percent=93, signal_dbm=-61, measured_at=AT),
    )


@pytest.mark.parametrize(
    "observation",
    [
        HelpCall(at=AT, device=D, id="no colon"),
        HelpCall(at=AT, device=D, id="3f9a:-1"),
        HelpCall(at=AT, device=D, id="3f9a:007"),
        HelpCall(at=AT, device=D, id=":1"),
        Booted(at=AT, device=D, boot="not a boot"),
        Alive(at=AT, device=D, battery_percent=101),
        Alive(at=AT, device=D, link_quality=9),
        Alive(at=AT, device=D, flaw="no message says this"),
    ],
)
def test_what_no_message_can_say_is_refused(observation: AnyObservation) -> None:
    with pytest.raises(TypeError, match="native cannot report"):
        NATIVE.encode(observation)
