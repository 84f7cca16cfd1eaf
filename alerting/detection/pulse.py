"""Which sensors have fallen silent while life goes on.

Measured in quarters of an hour in which anything in the home moved: a sensor that is part
of a third of them and of none in the last thirty has broken its habit. Batteries and radio
are supervision's; this finds the one that says it is well and sees nothing.

Doors are part of few, and stay shut for days when somebody is ill. So all entrances are
judged together, by how often one should have moved since one did, and by absences: when a
silence that is rare for this person at home (`surprise.UNUSUAL`) ends without a door,
somebody may have been out unheard. How much that tells is learned: where most such
silences have a door in them, it tells much.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import log

import msgspec
from msgspec.structs import replace

from alerting.detection.habit import FADING

BROKEN = 14.0
"""So many quarters must be missing that the sensor would usually have been part of."""
TIMES_LONGEST = 1.5
MORE = 4
"""Quarters: and it must have been missing for so much longer than ever before."""
KNOWN_QUARTERS = 200.0
"""Fewer active quarters than these tell nothing of habits."""
BROKEN_DOORS = 8.0
"""So often should a door have moved since one did, absences included."""
TIMES_LONGEST_DOORS, MORE_DOORS = 1.5, 2.0
"""And so much more often than ever before."""
DOUBTFUL = 5.5
"""So often for doors that are not to be relied on, though they may be well."""
KNOWN_QUARTERS_DOORS = 100.0
ABSENCE_MOST = 2.5
"""What one silence without a door can count at most."""
LOOKED_EVERY = 4
"""Active quarters."""
ADAPTED_QUARTERS = 300
"""After so many without it, the silences learned since hold for the home as it is."""


class Doors(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of the entrances together."""

    part: float = 0.0
    """Active quarters in which one moved, the older ones counting less."""
    owed: float = 0.0
    """How often one should have moved since one did."""
    longest: float = 0.0
    """The most that was ever owed before one did."""
    heard: float = 0.0
    """Silences rare for somebody at home in which a door moved, the older ones counting less."""
    unheard: float = 0.0
    """Those in which none did."""
    absences: int = 0
    """The latter since a door last moved."""


class Pulse(msgspec.Struct, frozen=True, array_like=True):
    """How often each sensor is part of what happens at home."""

    total: float = 0.0
    """Active quarters, the older ones counting less."""
    part: dict[str, float] = {}
    """Those of them in which a device saw something."""
    last: dict[str, int] = {}
    """The number (`count`) of the quarter in which it last did."""
    longest: dict[str, int] = {}
    """The most that were ever missing, of those that came back."""
    broken: tuple[str, ...] = ()
    """Devices that have broken their habit."""
    doors: Doors = Doors()
    count: int = 0
    """Active quarters ever."""

    def missing(self, device: str) -> int:
        """Return the active quarters since a device last saw something."""
        return self.count - self.last.get(device, self.count)

    def share(self, device: str) -> float:
        """Return the share of active quarters a device is usually part of."""
        return self.part.get(device, 0.0) / self.total if self.total else 0.0

    @property
    def misleads(self) -> bool:
        """Tell whether what was learned of silences was learned with a sensor now lost."""
        return any(self.missing(id) <= ADAPTED_QUARTERS for id in self.broken)


def is_doubtful(pulse: Pulse, entrances: Collection[str]) -> bool:
    """Return True when no door has moved for so long that somebody may have left unheard."""
    if any(id in pulse.broken for id in entrances):
        return True
    return pulse.total >= KNOWN_QUARTERS_DOORS and pulse.doors.owed >= DOUBTFUL


def counted(pulse: Pulse, active: tuple[str, ...], is_door: Callable[[str], bool]) -> Pulse:
    """Return the pulse after a quarter in which these devices saw something.

    Args:
        pulse: the one before.
        active: the devices.
        is_door: whether a device is on a door by which one leaves.
    """
    part, last, longest, count = dict(pulse.part), dict(pulse.last), pulse.longest, pulse.count
    broken = pulse.broken
    for id in active:
        part[id] = part.get(id, 0.0) + 1
        before = pulse.missing(id)
        if before > longest.get(id, 0):
            longest = {**longest, id: before}
        last[id] = count + 1
        if id in broken:
            broken = tuple(one for one in broken if one != id)
    doors = _opened(pulse) if any(is_door(id) for id in active) else _shut(pulse)
    after = Pulse(pulse.total + 1, part, last, longest, broken, doors, count + 1)
    return after if count % LOOKED_EVERY else _looked_through(after, is_door)


def _looked_through(pulse: Pulse, is_door: Callable[[str], bool]) -> Pulse:
    """Return the pulse with the devices that have broken their habit by now."""
    are_broken = _are_broken(pulse.doors, pulse.total)
    broken = tuple(
        id
        for id in pulse.last
        # what is lost counts less and less, and stays lost
        if id in pulse.broken
        or (pulse.missing(id) and are_broken and is_door(id))
        or _is_broken(pulse, id)
    )
    return replace(pulse, broken=broken)


def absent(pulse: Pulse, *, is_heard: bool) -> Pulse:
    """Return the pulse after a silence that is rare for somebody at home.

    Args:
        pulse: the one before.
        is_heard: a door moved in it.
    """
    doors = pulse.doors
    part, owed, longest = doors.part, doors.owed, doors.longest
    heard, unheard = doors.heard, doors.unheard
    if is_heard:
        doors = Doors(part, owed, longest, round(heard + 1, 2), unheard, doors.absences)
    else:
        # as if one more without and half a one with a door were known
        tells = min(ABSENCE_MOST, log((heard + unheard + 1.5) / (unheard + 1)))
        owed = round(owed + tells, 3)
        doors = Doors(part, owed, longest, heard, round(unheard + 1, 2), doors.absences + 1)
    return replace(pulse, doors=doors)


def _opened(pulse: Pulse) -> Doors:
    doors = pulse.doors
    longest = max(doors.longest, doors.owed)
    return Doors(doors.part + 1, 0.0, longest, doors.heard, doors.unheard, 0)


def _shut(pulse: Pulse) -> Doors:
    doors = pulse.doors
    owed = round(doors.owed + doors.part / max(pulse.total, 1.0), 3)
    return Doors(doors.part, owed, doors.longest, doors.heard, doors.unheard, doors.absences)


def _are_broken(doors: Doors, total: float) -> bool:
    is_long = doors.owed >= doors.longest * TIMES_LONGEST_DOORS + MORE_DOORS
    return total >= KNOWN_QUARTERS_DOORS and is_long and doors.owed >= BROKEN_DOORS


def _is_broken(pulse: Pulse, id: str) -> bool:
    missing, total = pulse.missing(id), pulse.total
    is_long = missing >= pulse.longest.get(id, 0) * TIMES_LONGEST + MORE
    is_owed = missing * pulse.part.get(id, 0.0) >= BROKEN * total
    return total >= KNOWN_QUARTERS and is_long and is_owed


def faded(pulse: Pulse) -> Pulse:
    """Return the pulse when another day has ended."""
    part = {id: round(count * FADING, 2) for id, count in pulse.part.items() if count > 0.5}
    last = {id: number for id, number in pulse.last.items() if id in part}
    broken = tuple(id for id in pulse.broken if id in part)
    longest = {id: quarters for id, quarters in pulse.longest.items() if id in part}
    doors = Doors(
        round(pulse.doors.part * FADING, 2),
        pulse.doors.owed,
        round(pulse.doors.longest * FADING, 3),
        round(pulse.doors.heard * FADING, 2),
        round(pulse.doors.unheard * FADING, 2),
        pulse.doors.absences,
    )
    return Pulse(round(pulse.total * FADING, 2), part, last, longest, broken, doors, pulse.count)


def without(pulse: Pulse, gone: set[str]) -> Pulse:
    """Return the pulse without devices that are no longer there."""
    return Pulse(
        pulse.total,
        {id: count for id, count in pulse.part.items() if id not in gone},
        {id: number for id, number in pulse.last.items() if id not in gone},
        {id: quarters for id, quarters in pulse.longest.items() if id not in gone},
        tuple(id for id in pulse.broken if id not in gone),
        pulse.doors,
        pulse.count,
    )
