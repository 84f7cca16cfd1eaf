"""What every device family promises, whatever it is made of."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import devices.profiles
from devices.errors import PayloadError
from devices.moment import AHEAD_MAX, BEHIND_MAX
from devices.observation import (
    Aftermath,
    Alive,
    AnyObservation,
    Bed,
    Called,
    CallState,
    Climate,
    Contact,
    FallState,
    Fault,
    Hazard,
    HazardKind,
    HelpCall,
    How,
    Impact,
    Online,
    Presence,
    Quantity,
    Reached,
    Reading,
    Tamper,
    Used,
    Wish,
)
from devices.profile import Profile, Wire
from devices.profiles import BY_MODEL, PROFILES

MS = timedelta(milliseconds=1)
COMMON: set[type[Any]] = {Alive, Online, Tamper}
REPORTS: dict[str, set[type[Any]]] = {
    "native": set(get_args(AnyObservation)) - {Fault, Impact, Aftermath, Called, Reached},
    "z2m-sos": COMMON | {HelpCall, CallState},
    "z2m-motion": COMMON | {Presence},
    "z2m-presence": COMMON | {Presence},
    "z2m-contact": COMMON | {Contact},
    "z2m-leak": COMMON | {Hazard},
    "z2m-smoke": COMMON | {Hazard},
    "z2m-gas": COMMON | {Hazard},
    "theengs": {Alive, Online, Reading},
    "esphome": {Alive, Online, Reading, Presence, FallState},
    "z2m-fall": COMMON | {FallState, Presence},
    "z2m-pendant": COMMON | {HelpCall, CallState, FallState},
    "z2m-climate": COMMON | {Climate},
    "z2m-item": COMMON | {Used, Presence, Contact},
    "z2m-bed": COMMON | {Bed},
    "z2m-bed-reversed": COMMON | {Bed},
}
PARTS = (
    *("", "event", "state", "accel", "status", "vitals", "prompt", "availability", "action"),
    *("battery", "LWT", "sensor/heart_rate/state", "binary_sensor/presence/state"),
)
CRIES = (b"press", b"emergency", b"panic", b"sos", b"EMERGENCY", b"PANIC", b"SOS")

every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.model)
often = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 70 * 365 * 24 * 3600 * 1000).map(lambda ms: FIRST + ms * MS)
DEVICES = st.text(min_size=1, max_size=40)
BOOTS = st.from_regex(r"[A-Za-z0-9_-]{1,16}", fullmatch=True)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": st.just("") | st.builds("{}:{}".format, BOOTS, st.integers(0, 2**32 - 1)),
    "on": st.booleans(),
    "present": st.booleans(),
    "is_open": st.booleans(),
    "occupied": st.booleans(),
    "online": st.booleans(),
    "active": st.booleans(),
    "detail": st.text(),
    "hazard": st.sampled_from(HazardKind),
    "boot": BOOTS,
    "firmware": st.text(max_size=64),
    "battery_percent": st.none() | st.integers(0, 100),
    "battery_low": st.none() | st.booleans(),
    "signal_dbm": st.none() | st.integers(-128, 0),
    "link_quality": st.none() | st.integers(0, 255),
    "voltage_mv": st.none() | st.integers(0, 65_535),
    "flaw": st.just("") | st.text(),
    "quantity": st.sampled_from(Quantity),
    "value": st.floats(-1000, 10_000, allow_nan=False),
    "second": st.none() | st.floats(0, 300, allow_nan=False),
    "quality": st.none() | st.integers(0, 100),
    "repeats": st.booleans(),
    "worn": st.booleans(),
    "temperature_c": st.floats(-60, 100),
    "humidity_percent": st.none() | st.floats(0, 100),
    "retained": st.booleans(),
    "wave": st.binary(max_size=720),
    "rate_hz": st.integers(1, 200),
    "knock": st.integers(0, 117),
    "peak_g": st.floats(0, 60),
    "lost_seconds": st.floats(0, 6),
    "eased": st.floats(0, 0.25),
    "seconds": st.floats(0, 60),
    "moving": st.floats(0, 1),
    "call": st.text(max_size=40),
    "wish": st.none() | st.sampled_from(Wish),
    "waits_s": st.floats(0, 60),
    "text": st.text(max_size=20),
    "who": st.text(max_size=20),
    "number": st.text(max_size=16),
    "how": st.sampled_from(How),
    "channel": st.text(max_size=16),
}


@st.composite
def observed(draw: st.DrawFn, type_: type[AnyObservation]) -> AnyObservation:
    at = draw(MOMENTS)
    ago = st.integers(-(AHEAD_MAX // MS), BEHIND_MAX // MS).map(lambda ms: at - ms * MS)
    said = {
        name: draw(FIELDS[name])
        for name in type_.__struct_fields__
        if name not in ("at", "device", "measured_at")
    }
    measured = draw(st.none() | ago)
    return type_(at=at, device=draw(DEVICES), measured_at=measured, **said)


def of_types(types: Iterable[type[Any]]) -> st.SearchStrategy[AnyObservation]:
    """Return any observation of these types: no example is spent on what cannot be sent."""
    return st.sampled_from(sorted(types, key=lambda one: one.__name__)).flatmap(observed)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["v", "t", "event", "state", "sos", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def sent(profile: Profile, observation: AnyObservation) -> Wire | None:
    try:
        return profile.encode(observation)
    except TypeError:
        return None


def read(profile: Profile, wire: Wire) -> tuple[AnyObservation, ...] | PayloadError:
    try:
        return profile.decode("dev-1", wire)
    except PayloadError as error:
        return error


def check(profile: Profile, wire: Wire) -> None:
    """Decode; whatever it is, it is refused properly or reported properly."""
    seen = read(profile, wire)
    if isinstance(seen, PayloadError):
        assert (seen.device, seen.payload) == ("dev-1", wire.payload)
        assert seen.reason
        assert seen.expected
        return
    assert isinstance(seen, tuple)
    for one in seen:
        assert (one.at, one.device, one.retained) == (wire.at, "dev-1", wire.retained)
    if not any(cry in wire.payload for cry in CRIES):
        assert not any(isinstance(one, HelpCall) for one in seen)
    if b"fall" not in wire.payload.lower() and "fall" not in wire.part.lower():
        assert not any(isinstance(one, FallState) and one.on for one in seen)


@every_profile
@often
@given(data=st.data())
def test_decoding_undoes_encoding(profile: Profile, data: st.DataObject) -> None:
    observation = data.draw(of_types(REPORTS[profile.model]))
    wire = sent(profile, observation)
    if wire is None:
        return
    assert (wire.at, wire.retained) == (observation.at, observation.retained)
    seen = profile.decode(observation.device, wire)
    assert observation in seen
    beside = [one for one in seen if one != observation]
    assert all(isinstance(one, Alive | Online) for one in beside)


@every_profile
@often
@given(data=st.data())
def test_a_family_reports_exactly_what_is_written_here(
    profile: Profile, data: st.DataObject
) -> None:
    others = {*get_args(AnyObservation)} - REPORTS[profile.model]
    with pytest.raises(TypeError, match=f"{profile.model} cannot report"):
        profile.encode(data.draw(of_types(others)))


@every_profile
def test_everything_written_here_can_be_reported(profile: Profile) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    plain: dict[str, Any] = {"on": True, "present": True, "is_open": True, "occupied": True}
    plain |= {"online": True, "boot": "3f9a", "active": True, "detail": "x"}
    plain |= {"temperature_c": 21.5}
    plain |= {"wave": b"", "rate_hz": 20, "knock": 60, "peak_g": 2.0}
    plain |= {"seconds": 12.0, "moving": 0.0}
    plain |= {"worn": True, "value": 70.0, "call": "c1", "how": How.ARRIVED}
    kinds: dict[type[Any], list[dict[str, Any]]] = {
        Hazard: [{"hazard": kind} for kind in HazardKind],
        Reading: [
            {"quantity": kind, "repeats": repeats} for kind in Quantity for repeats in (False, True)
        ],
        Impact: [{"id": "3f9a:1"}],
        Aftermath: [{"id": "3f9a:1"}],
    }
    reported = set()
    for type_ in get_args(AnyObservation):
        said = {name: plain[name] for name in type_.__struct_fields__ if name in plain}
        for more in kinds.get(type_, [{}]):
            if sent(profile, type_(at=at, device="d", **said, **more)) is not None:
                reported.add(type_)
    assert reported == REPORTS[profile.model]


@every_profile
@often
@given(payload=st.binary(max_size=200), part=st.sampled_from(PARTS) | st.text(max_size=10))
def test_random_bytes_are_refused_or_harmless(profile: Profile, payload: bytes, part: str) -> None:
    check(profile, Wire(part, payload, datetime(2026, 11, 23, tzinfo=UTC)))


@every_profile
@often
@given(value=JSONS, part=st.sampled_from(PARTS), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_any_json_is_refused_or_harmless(
    profile: Profile, value: object, part: str, encoding: str
) -> None:
    payload = json.dumps(value).encode(encoding)
    check(profile, Wire(part, payload, datetime(2026, 11, 23, tzinfo=UTC), retained=True))


@every_profile
@often
@given(data=st.data())
def test_a_damaged_message_is_refused_or_read(profile: Profile, data: st.DataObject) -> None:
    wire = sent(profile, data.draw(of_types(REPORTS[profile.model])))
    if wire is None:
        return
    payload = bytearray(wire.payload)
    cut = data.draw(st.integers(0, len(payload)))
    check(profile, Wire(wire.part, bytes(payload[:cut]), wire.at))
    where = data.draw(st.integers(0, len(payload) - 1))
    payload[where] = data.draw(st.integers(0, 255))
    check(profile, Wire(wire.part, bytes(payload), wire.at))


@every_profile
@often
@given(data=st.data(), wrong=JSONS)
def test_a_field_of_another_type_is_refused_or_unknown(
    profile: Profile, data: st.DataObject, wrong: object
) -> None:
    wire = sent(profile, data.draw(of_types(REPORTS[profile.model])))
    if wire is None:
        return
    try:
        said = json.loads(wire.payload)
    except json.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        check(profile, Wire(wire.part, json.dumps(wrong).encode(), wire.at))
        return
    for name in said:
        payload = json.dumps(said | {name: wrong}).encode()
        check(profile, Wire(wire.part, payload, wire.at))


@every_profile
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 16_000,
        b'{"v":' * 2_000,
        b'{"x":' * 2_000,
        b'{"v":1,"event":"press","battery":' + b"9" * 3_000 + b"}",
        b'{"battery":' + b"9" * 3_000 + b"}",
        b" " * 1_000_000,
        b'"' + b"x" * 1_000_000 + b'"',
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b'{"v":1,"v":2}',
        b"NaN",
        b"-",
    ],
    ids=lambda payload: f"{payload[:12]!r}x{len(payload)}",
)
def test_hostile_messages_are_refused(profile: Profile, part: str, payload: bytes) -> None:
    check(profile, Wire(part, payload, datetime(2026, 11, 23, tzinfo=UTC)))


@every_profile
@often
@given(data=st.data())
def test_decoding_leaves_no_trace(profile: Profile, data: st.DataObject) -> None:
    before = copy.copy(vars(profile))
    wire = sent(profile, data.draw(of_types(REPORTS[profile.model])))
    if wire is None:
        return
    assert profile.decode("dev-1", wire) == profile.decode("dev-1", wire)
    assert vars(profile) == before


@every_profile
def test_a_heartbeat_is_a_real_length_of_time(profile: Profile) -> None:
    # zigbee2mqtt's own 25 hours would leave a dead device unnoticed for longer than a day
    assert timedelta(minutes=1) <= profile.heartbeat <= timedelta(hours=24)


def test_every_file_is_one_line_in_the_list() -> None:
    folder = Path(devices.profiles.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    listed = [type(profile).__module__.rpartition(".")[2] for profile in PROFILES]
    assert sorted(listed) == sorted(files)
    assert list(BY_MODEL.values()) == list(PROFILES)
    assert set(BY_MODEL) == set(REPORTS)
    assert [model.replace("-", "_") for model in BY_MODEL] == listed
