"""Which sensors have fallen silent while life goes on.

Measured in quarters of an hour in which anything in the home moved: a sensor that is part
of a third of them and of none in the last thirty has broken its habit. Batteries and radio
are supervision's; this finds the one that says it is well and sees nothing.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from alerting.detection.habit import FADING

BROKEN, BROKEN_ENTRANCE = 14.0, 2.0
"""So many quarters must be missing that the sensor would usually have been part of. A door
is part of few, and the one that matters most."""
DOUBTFUL = 4.0
"""The same for a door that is not to be relied on, though it may be well."""
TIMES_LONGEST = 1.25
MORE = 4
"""Quarters: and it must have been missing for so much longer than ever before."""
KNOWN_QUARTERS = 200.0
"""Fewer active quarters than these tell nothing of habits."""
ADAPTED_QUARTERS = 300
"""After so many without it, the silences learned since hold for the home as it is."""


class Pulse(msgspec.Struct, frozen=True, array_like=True):
    """How often each sensor is part of what happens at home."""

    total: float = 0.0
    """Active quarters, the older ones counting less."""
    part: dict[str, float] = {}
    """Those of them in which a device saw something."""
    missing: dict[str, int] = {}
    """Active quarters since it last did."""
    longest: dict[str, int] = {}
    """The most that were ever missing, of those that came back."""
    broken: tuple[str, ...] = ()
    """Devices that have broken their habit."""

    def share(self, device: str) -> float:
        """Return the share of active quarters a device is usually part of."""
        return self.part.get(device, 0.0) / self.total if self.total else 0.0

    @property
    def misleads(self) -> bool:
        """Tell whether what was learned of silences was learned with a sensor now lost."""
        return any(self.missing.get(id, 0) <= ADAPTED_QUARTERS for id in self.broken)


def is_doubtful(pulse: Pulse, entrances: Collection[str]) -> bool:
    """Return True when a door has not moved for so long that somebody may have left unheard."""
    return pulse.total >= KNOWN_QUARTERS and any(
        id in pulse.broken
        or pulse.missing.get(id, 0) * pulse.part.get(id, 0.0) >= DOUBTFUL * pulse.total
        for id in entrances
    )


def counted(pulse: Pulse, active: tuple[str, ...], entrances: Collection[str] = ()) -> Pulse:
    """Return the pulse after a quarter in which these devices saw something."""
    part, longest = dict(pulse.part), pulse.longest
    missing = {id: quarters + 1 for id, quarters in pulse.missing.items()}
    for id in active:
        part[id] = part.get(id, 0.0) + 1
        before = pulse.missing.get(id, 0)
        if before > longest.get(id, 0):
            longest = {**longest, id: before}
        missing[id] = 0
    total = pulse.total + 1
    broken = tuple(
        id
        for id, quarters in missing.items()
        # what is lost counts less and less, and stays lost
        if quarters
        and (
            id in pulse.broken
            or _is_broken(
                total,
                part.get(id, 0.0),
                quarters,
                longest.get(id, 0),
                BROKEN_ENTRANCE if id in entrances else BROKEN,
            )
        )
    )
    return Pulse(total, part, missing, longest, broken)


def _is_broken(total: float, part: float, missing: int, longest: int, needed: float) -> bool:
    is_long = missing >= longest * TIMES_LONGEST + MORE
    return total >= KNOWN_QUARTERS and is_long and missing * part >= needed * total


def faded(pulse: Pulse) -> Pulse:
    """Return the pulse when another day has ended."""
    part = {id: round(count * FADING, 2) for id, count in pulse.part.items() if count > 0.5}
    missing = {id: quarters for id, quarters in pulse.missing.items() if id in part}
    broken = tuple(id for id in pulse.broken if id in part)
    longest = {id: quarters for id, quarters in pulse.longest.items() if id in part}
    return Pulse(round(pulse.total * FADING, 2), part, missing, longest, broken)


def without(pulse: Pulse, gone: set[str]) -> Pulse:
    """Return the pulse without devices that are no longer there."""
    return Pulse(
        pulse.total,
        {id: count for id, count in pulse.part.items() if id not in gone},
        {id: quarters for id, quarters in pulse.missing.items() if id not in gone},
        {id: quarters for id, quarters in pulse.longest.items() if id not in gone},
        tuple(id for id in pulse.broken if id not in gone),
    )
