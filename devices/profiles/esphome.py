"""ESPHome nodes over MQTT: radars that see heart and breath, fall radars, body sensors.

A node publishes each entity on a topic of its own, `<prefix>/sensor/<object>/state` as
plain text, and `online` or `offline` on `<prefix>/status`. Which entity measures what is
read from the object's name, which follows from the name in the node's own configuration.
A value is in the unit ESPHome's component has; where a name ends in `_f`, `_lb` or
`_mg_dl` it is in that unit. Anything else a node says is left alone.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from devices.errors import PayloadError
from devices.observation import (
    Alive,
    AnyObservation,
    FallState,
    Online,
    Presence,
    Quantity,
    Reading,
)
from devices.profile import Wire
from devices.vitals import UNITS, in_unit

PAYLOAD_BYTES_MAX = 64
STATE = "state"

MEASURES: dict[str, Quantity] = {
    "heart_rate": Quantity.HEART_RATE,
    "respiratory_rate": Quantity.RESPIRATION,
    "respiration_rate": Quantity.RESPIRATION,
    "breath_rate": Quantity.RESPIRATION,
    "breathing_rate": Quantity.RESPIRATION,
    "spo2": Quantity.SPO2,
    "blood_oxygen": Quantity.SPO2,
    "oxygen_saturation": Quantity.SPO2,
    "body_temperature": Quantity.TEMPERATURE,
    "blood_glucose": Quantity.GLUCOSE,
    "body_weight": Quantity.WEIGHT,
}
"""How an object's name ends, and what its sensor measures."""
SUFFIXES: dict[str, str] = {"_f": "F", "_mg_dl": "mg/dL", "_lb": "lb"}
"""How a name says that the value is in another unit."""
PRESENT = (
    "person_information",
    "human_presence",
    "has_target",
    "people_exist",
    "presence",
    "occupancy",
)
FALLEN = ("falling_information", "fall_information", "fall_detected", "fall_detection")
BATTERY = ("battery", "battery_level")
SIGNAL = ("wifi_signal", "wifi_signal_db", "wifi_signal_strength")

LOST_BELOW: dict[Quantity, float] = {Quantity.HEART_RATE: 1, Quantity.RESPIRATION: 4}
"""Below it a radar has lost the person: it sends 0 for nobody, and a breath that runs down
towards 1 when somebody sits so still that it no longer sees the chest. Nothing was measured."""

_NOTHING = ("nan", "none", "unknown", "unavailable", "")
_SWITCHED = {"ON": True, "OFF": False}
_AVAILABLE = {"online": True, "offline": False}


class _Esphome:
    model = "esphome"
    heartbeat = timedelta(hours=12)  # its last will tells within half a minute that it is gone
    listens = ("/status", "/sensor/+/state", "/binary_sensor/+/state")

    def decode(self, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what the message reports; empty for entities that say nothing of a person.

        Raises:
            PayloadError: not what ESPHome publishes there.
        """
        if wire.part == "status":
            return (_status(device, wire),)
        kind, _, rest = wire.part.partition("/")
        object_id, _, last = rest.partition("/")
        if last != STATE:
            return ()
        if kind == "sensor":
            return _sensor(device, wire, object_id)
        if kind == "binary_sensor":
            return _binary_sensor(device, wire, object_id)
        return ()

    def encode(self, observation: AnyObservation) -> Wire:
        """Return the message a node would publish.

        Raises:
            TypeError: a node cannot report such an observation.
        """
        told = None if observation.measured_at is not None else _tell(observation)
        if told is None:
            raise TypeError(f"esphome cannot report {observation}")
        part, text = told
        return Wire(part, text.encode(), observation.at, observation.retained)


ESPHOME = _Esphome()


def _status(device: str, wire: Wire) -> Online:
    said = _text(device, wire)
    online = _AVAILABLE.get(said)
    if online is None:
        raise PayloadError(device, wire.payload, f"status is {said!r}", "online or offline")
    return Online(at=wire.at, device=device, online=online, retained=wire.retained)


def _sensor(device: str, wire: Wire, object_id: str) -> tuple[AnyObservation, ...]:
    base: dict[str, Any] = {"at": wire.at, "device": device, "retained": wire.retained}
    name, unit = _without_unit(object_id)
    quantity = next((MEASURES[end] for end in MEASURES if _ends(name, end)), None)
    if quantity is None:
        percent, dbm = _is(object_id, BATTERY), _is(object_id, SIGNAL)
        if not percent and not dbm:
            return ()
    value = _number(device, wire)
    if value is None:
        return (Alive(**base),)
    if quantity is None:
        battery = round(value) if percent and 0 <= value <= 100 else None
        signal = round(value) if dbm and -128 <= value <= 0 else None
        return (Alive(battery_percent=battery, signal_dbm=signal, **base),)
    if value < LOST_BELOW.get(quantity, -math.inf):
        return (Alive(**base),)
    try:
        value = in_unit(quantity, value, unit or UNITS[quantity])
    except ValueError as error:
        raise PayloadError(device, wire.payload, str(error), "the quantity's unit") from error
    return (Reading(quantity=quantity, value=value, **base),)


def _binary_sensor(device: str, wire: Wire, object_id: str) -> tuple[AnyObservation, ...]:
    is_presence, is_fall = _is(object_id, PRESENT), _is(object_id, FALLEN)
    if not is_presence and not is_fall:
        return ()
    said = _text(device, wire)
    on = _SWITCHED.get(said)
    if on is None:
        raise PayloadError(device, wire.payload, f"{object_id[:40]} is {said!r}", "ON or OFF")
    if is_fall:
        return (FallState(at=wire.at, device=device, on=on, retained=wire.retained),)
    return (Presence(at=wire.at, device=device, present=on, retained=wire.retained),)


def _ends(name: str, end: str) -> bool:
    return name == end or name.endswith(f"_{end}")


def _is(object_id: str, ends: tuple[str, ...]) -> bool:
    return any(_ends(object_id, end) for end in ends)


def _without_unit(object_id: str) -> tuple[str, str]:
    for suffix, unit in SUFFIXES.items():
        if object_id.endswith(suffix):
            return object_id.removesuffix(suffix), unit
    return object_id, ""


def _text(device: str, wire: Wire) -> str:
    if len(wire.payload) > PAYLOAD_BYTES_MAX:
        raise PayloadError(device, wire.payload, "too long", f"at most {PAYLOAD_BYTES_MAX} bytes")
    return wire.payload.decode("utf-8", "replace").strip()


def _number(device: str, wire: Wire) -> float | None:
    """Return the number a sensor published; None: it has none at the moment."""
    said = _text(device, wire)
    if said.lower() in _NOTHING:
        return None
    try:
        value = float(said) if said.isascii() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PayloadError(device, wire.payload, f"{said[:16]!r} is no number", "a number, or nan")
    return value


def _tell(observation: AnyObservation) -> tuple[str, str] | None:
    match observation:
        case Online(online=online):
            return "status", "online" if online else "offline"
        case Presence(present=present):
            return "binary_sensor/presence/state", "ON" if present else "OFF"
        case FallState(on=on):
            return "binary_sensor/fall_detected/state", "ON" if on else "OFF"
        case Reading(repeats=False, quality=None, second=None, quantity=quantity, value=value):
            name = next((name for name, of in MEASURES.items() if of is quantity), None)
            if name is not None and value >= LOST_BELOW.get(quantity, -math.inf):
                return f"sensor/{name}/state", repr(value)
        case Alive(battery_low=None, link_quality=None, flaw="", voltage_mv=None):
            percent, dbm = observation.battery_percent, observation.signal_dbm
            if percent is not None:
                return None if dbm is not None else ("sensor/battery/state", str(percent))
            return ("sensor/wifi_signal/state", "nan" if dbm is None else str(dbm))
    return None
