"""A recorded home as the gateway would have heard it: through the codec, by a household."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from alerting.household import (
    Device,
    Household,
    IncidentKind,
    Policy,
    Resident,
    Responder,
    Role,
    Step,
)
from devices.errors import RecordingError
from devices.observation import AnyObservation
from devices.profiles.native import NATIVE
from devices.recordings.homes import HEARTBEAT, ZONE, Fact, encode, facts, observations

WARM_UP = timedelta(days=7)
WARM_UP_OF_SHORT = timedelta(days=5)
SHORT = timedelta(days=15)
"""A recording shorter than this is given the shorter warm-up."""
RECOGNISED_AFTER = timedelta(hours=24)
"""A sensor that sees nothing should be known by then: what is false later counts."""
BACK_MOST = timedelta(hours=1)
"""Wall clocks go back so far in autumn; what goes back further is not in order."""
AWAY = ("leave", "return")

_ROLES = {"motion": Role.MOTION, "door": Role.ENTRANCE, "bed": Role.BED, "item": Role.ITEM}


class RecordedError(Exception):
    """A recording cannot be evaluated; the message says which, and why."""


class Recorded(msgspec.Struct, frozen=True):
    """One home: who lives there, what was heard, and when nobody was in."""

    name: str
    household: Household
    heard: tuple[AnyObservation, ...]
    """In order; never empty."""
    absences: tuple[tuple[datetime, datetime], ...]
    """Labelled by whoever recorded it; empty where there are no labels."""
    is_dead_from: datetime | None = None
    """From when on a sensor was taken away (`dead`); only the time after counts then."""

    @property
    def begins(self) -> datetime:
        """The first thing heard."""
        return self.heard[0].at

    @property
    def ends(self) -> datetime:
        """The last thing heard."""
        return self.heard[-1].at

    @property
    def tested_from(self) -> datetime:
        """When the warm-up is over."""
        if self.is_dead_from is not None:
            return self.is_dead_from + RECOGNISED_AFTER
        is_short = self.ends - self.begins < SHORT
        return self.begins + (WARM_UP_OF_SHORT if is_short else WARM_UP)


def read(recording: Path, end: datetime | None = None) -> Recorded:
    """Return a recorded home, every line encoded and decoded as on the wire.

    Args:
        recording: `NAME.csv` or `NAME.csv.gz`; `NAME.away.csv` beside it holds the absences.
        end: what comes later is left out.

    Raises:
        RecordedError: it cannot be read, is not in order, or too short to test anything.
    """
    name = recording.name.partition(".")[0]
    try:
        known = facts(_lines(recording))
        heard = tuple(_heard(recording, end))
        absences = tuple(_absences(recording.with_name(f"{name}.away.csv")))
    except (RecordingError, OSError, UnicodeDecodeError, EOFError, ValueError, zlib.error) as error:
        raise RecordedError(f"{recording}: {error}") from None
    if not heard:
        raise RecordedError(f"{recording}: it holds no events")
    recorded = Recorded(name, household(name, known), heard, absences)
    _check_length(recorded, str(recording))
    return recorded


def _check_length(recorded: Recorded, named: str) -> None:
    if recorded.tested_from < recorded.ends:
        return
    days = (recorded.ends - recorded.begins) / timedelta(days=1)
    needed = (recorded.tested_from - recorded.begins) / timedelta(days=1)
    raise RecordedError(
        f"{named}: {days:.1f} days; expected more than the {needed:.1f} that are learned from"
    )


def dead(recorded: Recorded, which: str) -> Recorded:
    """Return the home with a sensor that sees nothing from the middle of the tested time on.

    Args:
        recorded: the home.
        which: `entrance` (all of them) or `busiest` (the motion sensor that sees most).

    Raises:
        RecordedError: too little is left to test anything.
    """
    devices = recorded.household.devices
    counts = Counter(
        event.device for event in recorded.heard if devices[event.device].role is Role.MOTION
    )
    busiest = {id for id, _ in counts.most_common(1)}
    entrances = {id for id, device in devices.items() if device.role is Role.ENTRANCE}
    gone = entrances if which == "entrance" else busiest
    middle = recorded.tested_from + (recorded.ends - recorded.tested_from) / 2
    heard = tuple(one for one in recorded.heard if one.at < middle or one.device not in gone)
    dying = msgspec.structs.replace(recorded, heard=heard, is_dead_from=middle)
    _check_length(dying, recorded.name)
    return dying


def household(name: str, known: tuple[Fact, ...]) -> Household:
    """Return a household with the devices of a recording, whose alarms go nowhere."""
    nobody = Responder("nobody", "nobody", "relative", "+10000000000")
    policy = Policy(
        steps=(Step("family", (nobody,), timedelta(hours=1)),),
        rounds=1,
        repeat_every=timedelta(days=3650),
    )
    return Household(
        id=name,
        code=name,
        name=name,
        zone=ZONE,
        residents=(Resident(name),),
        devices={
            fact.id: Device(fact.id, "native", _ROLES[fact.kind], fact.room, heartbeat=HEARTBEAT)
            for fact in known
        },
        policies={IncidentKind.EMERGENCY: policy},
    )


def _lines(recording: Path) -> Iterator[str]:
    opener = gzip.open if recording.suffix == ".gz" else open
    with opener(recording, "rt", encoding="utf-8") as lines:
        yield from lines


def _heard(recording: Path, end: datetime | None) -> Iterator[AnyObservation]:
    latest: datetime | None = None
    for observation in observations(_lines(recording)):
        if end is not None and observation.at >= end:
            return
        for heard in NATIVE.decode(observation.device, encode(observation)):
            if latest is not None and latest - heard.at > BACK_MOST:
                raise RecordedError(
                    f"{recording}: {heard.at:%Y-%m-%d %H:%M:%S} follows {latest:%Y-%m-%d %H:%M:%S};"
                    " expected lines in the order of time"
                )
            at = heard.at if latest is None else max(latest, heard.at)
            latest = at  # as the gateway does: time never runs backwards
            yield heard if heard.at == at else msgspec.structs.replace(heard, at=at)


def _absences(path: Path) -> Iterator[tuple[datetime, datetime]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            try:
                left, back = (datetime.fromtimestamp(float(row[key]), UTC) for key in AWAY)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                said = ",".join(str(value) for value in row.values())[:80]
                raise RecordedError(
                    f"{path}: line {number} ({said}); expected seconds under {','.join(AWAY)}"
                ) from error
            if left > back:
                raise RecordedError(f"{path}: line {number}; expected to leave before the return")
            yield left, back
