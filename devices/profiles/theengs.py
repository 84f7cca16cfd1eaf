"""Bluetooth devices through Theengs Gateway: scales and heart rate bands.

The gateway decodes advertisements and publishes them below `.../BTtoMQTT/<MAC>`, for as
long as a device sends them: the last measurement comes again and again, so every reading
here `repeats`. A temperature is of a body only where the decoder calls the device `BODY`;
a room's thermometer measures no person. What has to be asked over a connection (blood
pressure, oximeters, clinical thermometers) Theengs cannot decode: use a native device.

`tell` a bridge apart: configured with the topic `home/TheengsGateway`, its last will
(`LWT`) is the bridge's own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from devices.errors import PayloadError
from devices.observation import Alive, AnyObservation, Online, Quantity, Reading
from devices.payload import FLAW_CHARS_MAX, read
from devices.profile import Wire
from devices.vitals import in_unit

PAYLOAD_BYTES_MAX = 8_192
BODY = "BODY"
"""The decoder's type for what is worn or held to a body."""
PERSON = "person"
_ONLINE = {b"online": True, b"offline": False}
_SIGNAL_DBM = (-128, 0)
_VOLTS_MAX = 65.535


class _Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The decoder's keys we use; everything else it says is left alone."""

    type: str | None = None
    rssi: float | None = None
    batt: float | None = None
    volt: float | None = None
    act_bpm: float | None = None
    bpm: float | None = None
    tempc: float | None = None
    tempf: float | None = None
    weight: float | None = None
    unit: str | None = None
    weighing_mode: str | None = None


_DECODER = msgspec.json.Decoder(_Said)


class _Theengs:
    model = "theengs"
    heartbeat = timedelta(hours=12)
    listens = ("", "/LWT")

    def decode(self, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what the message reports; empty for topics the device does not speak on.

        Raises:
            PayloadError: not what Theengs Gateway sends.
        """
        if wire.part == "LWT":
            return (_last_will(device, wire),)
        if wire.part:
            return ()
        said = read(_DECODER, device, wire.payload, PAYLOAD_BYTES_MAX, "a Theengs message")
        base: dict[str, Any] = {"at": wire.at, "device": device, "retained": wire.retained}
        seen: list[AnyObservation] = []
        flaw = ""
        beats = said.act_bpm if said.bpm is None else said.bpm
        if beats:
            seen.append(_reading(Quantity.HEART_RATE, beats, base))
        if said.type == BODY:
            if said.tempc is not None:
                seen.append(_reading(Quantity.TEMPERATURE, said.tempc, base))
            elif said.tempf is not None:
                celsius = in_unit(Quantity.TEMPERATURE, said.tempf, "F")
                seen.append(_reading(Quantity.TEMPERATURE, celsius, base))
        if said.weight is not None and said.weighing_mode in (None, PERSON):
            try:
                kilograms = in_unit(Quantity.WEIGHT, said.weight, said.unit or "")
                seen.append(_reading(Quantity.WEIGHT, kilograms, base))
            except ValueError as error:
                flaw = str(error)[:FLAW_CHARS_MAX]
        return (*seen, *_of_itself(said, base, flaw, is_all=not seen))

    def encode(self, observation: AnyObservation) -> Wire:
        """Return the message Theengs Gateway would send.

        Raises:
            TypeError: it cannot report such an observation.
        """
        at, retained = observation.at, observation.retained
        if observation.measured_at is None:
            if isinstance(observation, Online):
                return Wire("LWT", b"online" if observation.online else b"offline", at, retained)
            fields = _tell(observation)
            if fields is not None:
                return Wire("", msgspec.json.encode(fields), at, retained)
        raise TypeError(f"theengs cannot report {observation}")


THEENGS = _Theengs()


def _reading(quantity: Quantity, value: float, base: dict[str, Any]) -> Reading:
    return Reading(quantity=quantity, value=value, repeats=True, **base)


def _last_will(device: str, wire: Wire) -> Online:
    online = _ONLINE.get(wire.payload.strip())
    if online is None:
        shown = wire.payload[:16]
        raise PayloadError(device, wire.payload, f"LWT is {shown!r}", "online or offline")
    return Online(at=wire.at, device=device, online=online, retained=wire.retained)


def _of_itself(
    said: _Said, base: dict[str, Any], flaw: str, *, is_all: bool
) -> tuple[AnyObservation, ...]:
    low, high = _SIGNAL_DBM
    signal = round(said.rssi) if said.rssi is not None and low <= said.rssi <= high else None
    battery = round(said.batt) if said.batt is not None and 0 <= said.batt <= 100 else None
    is_volts = said.volt is not None and 0 <= said.volt <= _VOLTS_MAX
    voltage = round((said.volt or 0) * 1000) if is_volts else None
    if signal is None and battery is None and voltage is None and not flaw and not is_all:
        return ()
    return (
        Alive(battery_percent=battery, signal_dbm=signal, voltage_mv=voltage, flaw=flaw, **base),
    )


def _tell(observation: AnyObservation) -> dict[str, Any] | None:
    match observation:
        case Reading(repeats=True, quality=None, second=None, quantity=quantity, value=value):
            if quantity is Quantity.HEART_RATE and value:
                return {"type": BODY, "act_bpm": value}
            if quantity is Quantity.TEMPERATURE:
                return {"type": BODY, "tempc": value}
            if quantity is Quantity.WEIGHT:
                return {"type": "SCALE", "weighing_mode": PERSON, "unit": "kg", "weight": value}
        case Alive(battery_low=None, link_quality=None, flaw=""):
            volts = None if observation.voltage_mv is None else observation.voltage_mv / 1000
            said = {
                "batt": observation.battery_percent,
                "rssi": observation.signal_dbm,
                "volt": volts,
            }
            return {name: value for name, value in said.items() if value is not None}
    return None
