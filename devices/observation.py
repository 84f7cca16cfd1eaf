"""The closed set of observations a home can report.

An observation holds only what the device said and when. Which room the device
hangs in, and who lives there, belongs to `alerting.household`.

Events (`HelpCall`, `Motion`, `Used`, `Reading`) and states (`CallState`, `Contact`, ...) are
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


class Impact(Observation, frozen=True, gc=False):
    """A wearable was knocked: the seconds around it, for whoever decides what it was.

    Made by the gateway's signal stage from the raw batches, which are not kept. `at` is when
    the window was complete.
    """

    id: str
    """The same for the same knock, however often its samples came."""
    wave: bytes
    """Little-endian int16 in milli-g, x, y and z by turns, `rate_hz` times a second."""
    rate_hz: int
    knock: int
    """Which sample of the window is the knock."""
    peak_g: float
    lost_seconds: float = 0.0
    """Of the window, how much was never heard."""
    eased: float = 0.0
    """The wearable shows knocks so dully that scores are raised by this."""


class Aftermath(Observation, frozen=True, gc=False):
    """How much a wearable moved after a knock."""

    id: str
    """Of the `Impact`."""
    seconds: float
    """How long was looked at."""
    moving: float
    """Share of that time, 0 to 1, in which it moved."""


class Cancelled(Observation, frozen=True, gc=False):
    """The resident says, by a press that calls nobody: I am all right."""


class Fault(Observation, frozen=True, gc=False):
    """A part of the gateway itself is broken, or works again (`device` names the part)."""

    active: bool
    detail: str


class Quantity(StrEnum):
    """What can be measured of a person; each has one unit, whatever the device counts in."""

    HEART_RATE = "heart_rate"  # beats per minute
    SPO2 = "spo2"  # percent
    RESPIRATION = "respiration"  # breaths per minute
    BLOOD_PRESSURE = "blood_pressure"  # mmHg, systolic and diastolic
    TEMPERATURE = "temperature"  # of the body, °C
    GLUCOSE = "glucose"  # in blood, mmol/L
    WEIGHT = "weight"  # kg


class Reading(Observation, frozen=True, gc=False):
    """A device measured somebody, once; `devices.vitals` says what a body can have.

    It is what the device said, possible or not: a value no living person has is a
    matter of the device, and the detectors tell it.
    """

    quantity: Quantity
    value: float
    """In the quantity's unit; of blood pressure the systolic."""
    second: float | None = None
    """Of blood pressure the diastolic, mmHg; None of everything else."""
    quality: int | None = None
    """How good the device finds the signal, 0 to 100 percent; None: it does not say."""
    repeats: bool = False
    """The family repeats its last measurement: the same value again need not be a new one."""


class Worn(Observation, frozen=True, gc=False):
    """A wearable is on the body, or is not: a state."""

    worn: bool


class FallState(Observation, frozen=True, gc=False):
    """A device's own word that somebody fell: a state, which may be remembered and repeated."""

    on: bool


class Climate(Observation, frozen=True, gc=False):
    """How warm the air of a room is."""

    temperature_c: float
    """Degrees Celsius."""
    humidity_percent: float | None = None
    """Relative humidity, 0 to 100."""


class Wish(StrEnum):
    """What somebody who rings us wants."""

    EMERGENCY = "emergency"
    SERVICE = "service"


class Called(Observation, frozen=True, gc=False):
    """Somebody rings us, or says in the call what they want."""

    call: str
    """The same in everything said of one call."""
    wish: Wish | None = None
    """None: not known (yet)."""
    waits_s: float = 0.0
    """For so long from now a wish may still come; 0: none comes."""
    who: str = ""
    """The resident whose telephone rings, or who else is known to call; empty: not known."""
    number: str = ""
    """E.164, of a caller whose home is not known; empty: it is this home."""
    text: str = ""
    """What they wrote, where it came as a text message."""


class How(StrEnum):
    """What was learned of reaching somebody."""

    ARRIVED = "arrived"  # it is on the handset, or the call was picked up
    HEARD = "heard"  # a person answered
    NO_ANSWER = "no_answer"  # switched off, busy, not picked up
    DEAD = "dead"  # the provider says that this number cannot be reached this way
    OPTED_OUT = "opted_out"  # they want no more texts
    OPTED_IN = "opted_in"
    DRILL_MISSED = "drill_missed"  # they did not confirm a drill
    CUT = "cut"  # a way out of the house is of no use, e.g. the SIM has no balance
    MENDED = "mended"  # it is of use again


class Reached(Observation, frozen=True, gc=False):
    """Somebody who answers for this home could be reached, or not; `device` is their id.

    Of a way out of the house (`CUT`, `MENDED`) `device` is its name.
    """

    how: How
    channel: str = ""
    detail: str = ""


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
    | Impact
    | Aftermath
    | Cancelled
    | Fault
    | Reading
    | Worn
    | FallState
    | Climate
    | Called
    | Reached
)
