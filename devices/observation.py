"""The closed set of observations a home can report.

An observation holds only what the device said and when. Which room the device
hangs in, and who lives there, belongs to `alerting.household`.

Events (`HelpCall`, `Motion`, `Used`) and states (`CallState`, `Contact`, ...) are
different things: a state repeated by a battery report or by a cache is not a
second event, and the detectors find the edges.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class _Optional(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What any observation may say besides its content."""

    measured_at: datetime | None = None
    """The device's own time (aware UTC), if it has one and it is plausible."""
    retained: bool = False
    """The broker kept this from an unknown time: it proves no life and is no edge."""


class Observation(_Optional, frozen=True, tag_field="kind", tag=True, gc=False):
    """Something one device reported; `at` is when we learned it (aware UTC)."""

    at: datetime
    device: str


class HelpCall(Observation, frozen=True, gc=False):
    """The resident asked for help: one press, an event.

    `id` is the same for the same press and differs between presses; empty where
    the device has no way to say.
    """

    id: str = ""


class CallState(Observation, frozen=True, gc=False):
    """A call button that reports a state (`sos: true`) instead of presses."""

    on: bool


class Motion(Observation, frozen=True, gc=False):
    """A sensor saw movement: an event, sent once each time (states are `Presence`)."""


class Presence(Observation, frozen=True, gc=False):
    """A radar, or a motion sensor that reports a state, sees or no longer sees somebody.

    Only a change to `present` proves that somebody moved: a bridge repeats the state
    it remembers with every battery report, and again when it restarts.
    """

    present: bool


class Contact(Observation, frozen=True, gc=False):
    """A contact sensor on a door, window or cupboard."""

    is_open: bool


class Bed(Observation, frozen=True, gc=False):
    """A bed mat is empty or occupied."""

    occupied: bool


class Used(Observation, frozen=True, gc=False):
    """Somebody used a thing: a tap, a kettle, a flush, a switch."""


class HazardKind(StrEnum):
    """What can endanger a home."""

    SMOKE = "smoke"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    WATER = "water"


class Hazard(Observation, frozen=True, gc=False):
    """A safety sensor's state."""

    hazard: HazardKind
    on: bool


class Tamper(Observation, frozen=True, gc=False):
    """A device's case was opened or closed."""

    on: bool


class Alive(Observation, frozen=True, gc=False):
    """A sign of life, with what the device says of itself."""

    battery_percent: int | None = None
    battery_low: bool | None = None
    signal_dbm: int | None = None
    link_quality: int | None = None
    """Zigbee's 0 (none) to 255 (best); it has no unit."""
    voltage_mv: int | None = None
    """Of the battery, in millivolts."""
    flaw: str = ""
    """What in the message could not be used, for a technician; the rest of it was."""


class Online(Observation, frozen=True, gc=False):
    """A birth, a last will, or a bridge's word on whether a device is reachable."""

    online: bool


class Booted(Observation, frozen=True, gc=False):
    """A device started; `boot` names this run of it."""

    boot: str
    firmware: str = ""


class Fault(Observation, frozen=True, gc=False):
    """A part of the gateway itself is broken, or works again (`device` names the part)."""

    active: bool
    detail: str


class FallState(Observation, frozen=True, gc=False):
    """A device's own word that somebody fell: a state, which may be remembered and repeated."""

    on: bool


class Climate(Observation, frozen=True, gc=False):
    """How warm the air of a room is."""

    temperature_c: float
    """Degrees Celsius."""
    humidity_percent: float | None = None
    """Relative humidity, 0 to 100."""


AnyObservation = (
    HelpCall
    | CallState
    | Motion
    | Presence
    | Contact
    | Bed
    | Used
    | Hazard
    | Tamper
    | Alive
    | Online
    | Booted
    | Fault
    | FallState
    | Climate
)
