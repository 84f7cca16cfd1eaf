from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import RecordingError
from devices.observation import Bed, Contact, Motion, Used
from devices.profile import Wire
from devices.profiles.native import NATIVE
from devices.recordings.homes import (
    HEADER,
    KINDS,
    Fact,
    encode,
    facts,
    observations,
    sightings,
)
from devices.topic import is_id

HOME = f"""{HEADER}
1700000000.000,pir1,motion,hall,1
1700000004.500,pir1,motion,hall,0

1700000010.250,Front door,door,Outside,1
1700000012.000,Front door,door,Outside,0
1700000500.000,pir1,motion,kitchen,1
1700000600.000,床垫,bed,Sleep,1
1700000601.123,kettle,item,kitchen,1
1700000602.000,kettle,item,kitchen,0
1700000700.000,床垫,bed,Sleep,0
""".splitlines()


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_recording_tells_events_once_and_states_at_each_change() -> None:
    ids = [fact.id for fact in facts(HOME)]
    hall, door, kitchen, bed, kettle = ids
    assert [(type(one), one.device, one.at) for one in observations(HOME)] == [
        (Motion, hall, at(1700000000)),
        (Contact, door, at(1700000010.25)),
        (Contact, door, at(1700000012)),
        (Motion, kitchen, at(1700000500)),
        (Bed, bed, at(1700000600)),
        (Used, kettle, at(1700000601.123)),
        (Bed, bed, at(1700000700)),
    ]
    states = [one for one in observations(HOME) if isinstance(one, Contact | Bed)]
    assert [one.is_open if isinstance(one, Contact) else one.occupied for one in states] == [
        True,
        False,
        True,
        False,
    ]


def test_the_same_sensor_in_two_rooms_is_two_devices() -> None:
    assert facts(HOME) == (
        Fact("motion_hall_pir1", "pir1", "motion", "hall"),
        Fact("door_Outside_Front-door_72ad1817", "Front door", "door", "Outside"),
        Fact("motion_kitchen_pir1", "pir1", "motion", "kitchen"),
        Fact("bed_Sleep__94ffac25", "床垫", "bed", "Sleep"),
        Fact("item_kitchen_kettle", "kettle", "item", "kitchen"),
    )


@given(st.lists(st.tuples(st.text(), st.sampled_from(KINDS), st.text()), unique=True))
def test_every_device_has_a_name_of_its_own_that_can_stand_in_a_topic(
    devices: list[tuple[str, str, str]],
) -> None:
    lines = [f"1.0,{sensor},{kind},{room},1" for sensor, kind, room in devices]
    try:
        known = facts(lines)
    except RecordingError:
        return  # text with commas and line ends makes no line
    assert all(is_id(fact.id) for fact in known)
    assert len({fact.id for fact in known}) == len(
        {(one.fact.sensor, one.fact.kind, one.fact.room) for one in sightings(lines)}
    )


def test_a_feeder_can_publish_the_same_observations() -> None:
    for one in observations(HOME):
        assert NATIVE.decode(one.device, encode(one)) == (one,)


def test_a_feeder_that_is_late_still_tells_when_it_was() -> None:
    one = next(observations(HOME))
    wire = encode(one)
    later = Wire(wire.part, wire.payload, at(1700003600))
    (seen,) = NATIVE.decode(one.device, later)
    assert (seen.at, seen.measured_at) == (at(1700003600), one.at)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1700000000.000,pir1,motion,hall", "4 fields"),
        ("1700000000.000,pir1,motion,hall,1,1", "6 fields"),
        ("x,pir1,motion,hall,1", "time is 'x'"),
        ("nan,pir1,motion,hall,1", "time is 'nan'"),
        ("-5,pir1,motion,hall,1", "time is '-5'"),
        ("1e300,pir1,motion,hall,1", "time is '1e300'"),
        ("1700000000.000,pir1,dance,hall,1", "'dance' in 'hall'"),
        ("1700000000.000,,motion,hall,1", "'motion' in 'hall'"),
        ("1700000000.000,pir1,motion,hall,2", "value is '2'"),
        ("1700000000.000,pir1,motion,hall,on", "value is 'on'"),
        (HEADER, "value is 'value'"),
        ("x" * 1000, "0 fields"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(line: str, reason: str) -> None:
    lines = [HEADER, "1700000000.000,pir1,motion,hall,1", line]
    seen = observations(lines)
    assert isinstance(next(seen), Motion)
    with pytest.raises(RecordingError, match=f"line 3: {reason}") as caught:
        next(seen)
    assert (caught.value.number, caught.value.line) == (3, line)


@given(st.lists(st.text()))
def test_anything_else_is_refused_too(lines: list[str]) -> None:
    try:
        list(observations(lines))
    except RecordingError:
        return
    assert not any(line.strip() for line in lines if line.strip() != HEADER)


DATA = Path(os.environ.get("GUANAI_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.skipif(not (DATA / "homes").is_dir(), reason=f"no recorded homes in {DATA}")
def test_the_recorded_homes_are_read_whole_and_in_order() -> None:
    files = sorted((DATA / "homes").glob("*.csv.gz"))
    assert files
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            seen = list(observations(lines))
        assert seen
        assert all(one.at <= next_.at for one, next_ in pairwise(seen))
        step = max(1, len(seen) // 1000)
        assert all(NATIVE.decode(one.device, encode(one)) == (one,) for one in seen[::step])
