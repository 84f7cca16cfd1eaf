"""The JSON messages of our own devices; the published contract is `docs/asyncapi.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from devices import accel
from devices.moment import UNIX_MS_MAX

PAYLOAD_BYTES_MAX = 4096
BOOT = rf"[A-Za-z0-9_-]{{1,{accel.BOOT_CHARS_MAX}}}"
SEQ_MAX = accel.SEQ_MAX
FIRMWARE_CHARS_MAX = 64
RSSI_DBM_MIN = -128
TEMPERATURE_C_MIN, TEMPERATURE_C_MAX = -60, 100
VOLTAGE_MV_MAX = 65_535
MEASURED_MAX = 100_000
"""No quantity has such a number, and no sensor's code for "no value" is larger."""

_Version = Literal[1]
_Boot = Annotated[str, msgspec.Meta(pattern=rf"^{BOOT}\Z")]
_Seq = Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)]
_Time = Annotated[int, msgspec.Meta(ge=0, le=UNIX_MS_MAX)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
_Dbm = Annotated[int, msgspec.Meta(ge=RSSI_DBM_MIN, le=0)]
_Millivolts = Annotated[int, msgspec.Meta(ge=0, le=VOLTAGE_MV_MAX)]
_Measured = Annotated[float, msgspec.Meta(ge=-MEASURED_MAX, le=MEASURED_MAX)]
_Celsius = Annotated[float, msgspec.Meta(ge=TEMPERATURE_C_MIN, le=TEMPERATURE_C_MAX)]
_Humidity = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Firmware = Annotated[str, msgspec.Meta(max_length=FIRMWARE_CHARS_MAX)]


class Stamp(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What any JSON message may say beside its content; see docs/asyncapi.yaml."""

    boot: _Boot | None = None
    seq: _Seq | None = None
    t: _Time | None = None
    battery: _Percent | None = None
    battery_low: bool | None = None
    rssi: _Dbm | None = None
    voltage: _Millivolts | None = None


class Event(Stamp, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Something happened, once."""

    v: _Version
    event: Literal["press", "motion", "used", "cancel"]


class State(Stamp, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How things are now; a message without any of these is a heartbeat."""

    v: _Version
    call: bool | None = None
    smoke: bool | None = None
    gas: bool | None = None
    carbon_monoxide: bool | None = None
    water: bool | None = None
    present: bool | None = None
    open: bool | None = None
    occupied: bool | None = None
    tamper: bool | None = None
    fall: bool | None = None
    temperature: _Celsius | None = None
    humidity: _Humidity | None = None


class Status(Stamp, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A birth (`online` true, with the boot and the firmware) or a last will."""

    v: _Version
    online: bool
    firmware: _Firmware | None = None


class Vitals(Stamp, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What was measured of a person, each in its one unit; see `devices.vitals`."""

    v: _Version
    heart_rate: _Measured | None = None
    spo2: _Measured | None = None
    respiration: _Measured | None = None
    systolic: _Measured | None = None
    diastolic: _Measured | None = None
    temperature: _Measured | None = None
    glucose: _Measured | None = None
    weight: _Measured | None = None
    quality: _Percent | None = None
    worn: bool | None = None


MESSAGES: dict[str, type[Event | State | Status | Vitals]] = {
    "event": Event,
    "state": State,
    "status": Status,
    "vitals": Vitals,
}
"""The JSON parts; `accel` is binary."""
