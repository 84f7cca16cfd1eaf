"""Recorded homes: lines `unix_local,sensor,kind,room,value` in, observations out.

The time in these files is the home's local wall clock, written as if it were UTC.
We take it so: a household made from `facts` has the zone "UTC", and its local time
is what the clock on the wall showed.

One name can stand for several things: rebuilt recordings put the same sensor into
several rooms. So a device here is a sensor, of a kind, in a room; `Fact.id` names it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, get_args
from zlib import crc32

import msgspec

from devices.errors import RecordingError
from devices.moment import UNIX_MS_MAX
from devices.observation import AnyObservation, Bed, Contact, Motion, Used
from devices.profile import Wire
from devices.profiles.native import NATIVE
from devices.topic import ID_CHARS_MAX

HEADER = "unix_local,sensor,kind,room,value"
LINE_CHARS_MAX = 400
ZONE = "UTC"
HEARTBEAT = timedelta(days=3650)
"""For the devices of a recording: it holds no signs of life, so their silence means nothing."""

Kind = Literal["motion", "door", "bed", "item"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_DEVICES_MAX = 4096


class Fact(msgspec.Struct, frozen=True, gc=False):
    """A device of a recorded home, as a household needs it."""

    id: str
    sensor: str
    kind: Kind
    room: str


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """One line of a recording."""

    at: datetime
    fact: Fact
    on: bool


def observations(lines: Iterable[str]) -> Iterator[AnyObservation]:
    """Yield what the lines of one recording report, in the order of the file.

    A movement or a use is an event: only its beginning (value 1) is one. A door and
    a bed are states. Some recordings tell of a door only that it opened: one that opens
    again had been closed, and is told to have closed just before. The first line may be
    the header; empty lines are passed over.

    Raises:
        RecordingError: a line that is not of this format; those before it have been yielded.
    """
    opened: dict[str, datetime] = {}
    for sighting in sightings(lines):
        observation = _observation(sighting)
        if isinstance(observation, Contact):
            since = opened.pop(observation.device, None)
            if observation.is_open:
                opened[observation.device] = observation.at
                if since is not None and since < observation.at:
                    yield msgspec.structs.replace(observation, is_open=False)
        if observation is not None:
            yield observation


def facts(lines: Iterable[str]) -> tuple[Fact, ...]:
    """Return the devices of one recording, each once, in order of appearance.

    Raises:
        RecordingError: a line that is not of this format.
    """
    seen: dict[str, Fact] = {}
    for sighting in sightings(lines):
        seen.setdefault(sighting.fact.id, sighting.fact)
    return tuple(seen.values())


def encode(observation: AnyObservation) -> Wire:
    """Return the native message that reports the same at the same time.

    Decoding it with `at` as in the recording gives the same observation back.

    Raises:
        TypeError: the native protocol has no message for it.
    """
    return NATIVE.encode(observation)


def sightings(lines: Iterable[str]) -> Iterator[Sighting]:
    """Yield the lines of one recording, parsed.

    Raises:
        RecordingError: a line that is not of this format.
    """
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line and not (number == 1 and line == HEADER):
            yield _sighting(number, line)


def _sighting(number: int, line: str) -> Sighting:
    fields = line.split(",") if len(line) <= LINE_CHARS_MAX else []
    if len(fields) != len(HEADER.split(",")):
        raise RecordingError(number, line, f"{len(fields)} fields", HEADER)
    time, sensor, kind, room, value = fields
    if value not in ("0", "1"):
        raise RecordingError(number, line, f"value is {value[:20]!r}", "0 or 1")
    fact = _fact(sensor, kind, room)
    if fact is None:
        raise RecordingError(number, line, f"{kind[:20]!r} in {room[:20]!r}", f"a name and {KINDS}")
    return Sighting(_moment(number, line, time), fact, value == "1")


def _moment(number: int, line: str, time: str) -> datetime:
    try:
        seconds = float(time)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= UNIX_MS_MAX / 1000:
        raise RecordingError(number, line, f"time is {time[:20]!r}", "seconds since 1970")
    # whole milliseconds, as the native protocol carries them
    return datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)


@lru_cache(_DEVICES_MAX)
def _fact(sensor: str, kind: str, room: str) -> Fact | None:
    for known in KINDS:
        if kind == known and sensor:
            return Fact(_id(sensor, known, room), sensor, known, room)
    return None


def _id(sensor: str, kind: Kind, room: str) -> str:
    """Return a name that can stand in a topic and differs between devices."""
    parts = (kind, room, sensor)
    safe = [_UNSAFE.sub("-", part).strip("-") for part in parts]
    name = "_".join(safe)
    if safe == list(parts) and len(name) <= ID_CHARS_MAX:
        return name
    mark = f"_{crc32(','.join(parts).encode()):08x}"
    return name[: ID_CHARS_MAX - len(mark)] + mark


def _observation(sighting: Sighting) -> AnyObservation | None:
    at, device, on = sighting.at, sighting.fact.id, sighting.on
    match sighting.fact.kind:
        case "door":
            return Contact(at=at, device=device, is_open=on, measured_at=at)
        case "bed":
            return Bed(at=at, device=device, occupied=on, measured_at=at)
        case "motion":
            return Motion(at=at, device=device, measured_at=at) if on else None
        case "item":
            return Used(at=at, device=device, measured_at=at) if on else None
