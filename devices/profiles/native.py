"""Our own devices: JSON events and states, birth and last will, accelerometer batches.

The published contract is `docs/asyncapi.yaml`; tests hold it against this file. What
goes down to a device is in `devices.prompt`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from devices import accel, vitals
from devices.errors import PayloadError
from devices.moment import from_ms, implausible, to_ms
from devices.native_messages import BOOT as BOOT
from devices.native_messages import FIRMWARE_CHARS_MAX as FIRMWARE_CHARS_MAX
from devices.native_messages import MEASURED_MAX as MEASURED_MAX
from devices.native_messages import MESSAGES as MESSAGES
from devices.native_messages import PAYLOAD_BYTES_MAX as PAYLOAD_BYTES_MAX
from devices.native_messages import RSSI_DBM_MIN as RSSI_DBM_MIN
from devices.native_messages import SEQ_MAX as SEQ_MAX
from devices.native_messages import TEMPERATURE_C_MAX as TEMPERATURE_C_MAX
from devices.native_messages import TEMPERATURE_C_MIN as TEMPERATURE_C_MIN
from devices.native_messages import VOLTAGE_MV_MAX as VOLTAGE_MV_MAX
from devices.native_messages import Event as Event
from devices.native_messages import Stamp as Stamp
from devices.native_messages import State as State
from devices.native_messages import Status as Status
from devices.native_messages import Vitals as Vitals
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Booted,
    CallState,
    Cancelled,
    Climate,
    Contact,
    FallState,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
    Presence,
    Reading,
    Tamper,
    Used,
    Worn,
)
from devices.payload import FLAW_CHARS_MAX, mapping, read
from devices.profile import Wire
from devices.prompt import decode_prompt as decode_prompt
from devices.prompt import encode_prompt as encode_prompt
from devices.topic import PARTS_UP

_EVENT = msgspec.json.Decoder(Event)
_STATE = msgspec.json.Decoder(State)
_STATUS = msgspec.json.Decoder(Status)
_EVENTS: dict[str, type[Motion | Used | Cancelled]] = {
    "motion": Motion,
    "used": Used,
    "cancel": Cancelled,
}
_VITALS = msgspec.json.Decoder(Vitals)
_HAZARDS = {
    "smoke": HazardKind.SMOKE,
    "gas": HazardKind.GAS,
    "carbon_monoxide": HazardKind.CARBON_MONOXIDE,
    "water": HazardKind.WATER,
}


class _Native:
    model = "native"
    heartbeat = timedelta(minutes=45)  # a device speaks every 15 minutes at least
    listens = tuple(f"/{part}" for part in PARTS_UP)

    def decode(self, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what the message reports, in order; a heartbeat reports `Alive`.

        A call for help, a fall or a hazard is reported even where the rest of its message
        is wrong; what was wrong is then the `flaw` of an `Alive`.

        Raises:
            PayloadError: the message is not of the native protocol.
        """
        reader = _READERS.get(wire.part)
        if reader is None:
            raise PayloadError(
                device, wire.payload, f"no such part: {wire.part!r}", f"one of {PARTS_UP}"
            )
        try:
            return reader(device, wire)
        except PayloadError as error:
            rescued = _rescue(device, wire, error)
            if not rescued:
                raise
            return rescued

    def encode(self, observation: AnyObservation) -> Wire:
        """Return the message a native device would send, without boot, sequence or battery.

        Raises:
            TypeError: no native message says this.
        """
        return self.encode_stamped(observation, Stamp())

    def encode_stamped(self, observation: AnyObservation, stamp: Stamp) -> Wire:
        """Return the message a native device would send; `stamp` adds what it says of itself.

        A `measured_at` or a call's id in the observation goes before the stamp's.

        Raises:
            TypeError: no native message says this.
        """
        part, said = _said(observation)
        if observation.measured_at is not None:
            said["t"] = to_ms(observation.measured_at)
        try:
            message = msgspec.convert(
                {"v": 1, **msgspec.to_builtins(stamp), **said}, MESSAGES[part], strict=True
            )
        except msgspec.ValidationError as error:
            raise TypeError(f"native cannot report {observation}: {error}") from error
        return Wire(part, msgspec.json.encode(message), observation.at, observation.retained)


NATIVE = _Native()


def _read_event(device: str, wire: Wire) -> tuple[AnyObservation, ...]:
    said = read(_EVENT, device, wire.payload, PAYLOAD_BYTES_MAX, "a native event")
    measured = None if said.t is None else from_ms(said.t, wire.at)
    happened: AnyObservation
    if said.event == "press":
        id_ = "" if said.boot is None or said.seq is None else f"{said.boot}:{said.seq}"
        happened = HelpCall(
            at=wire.at, device=device, id=id_, measured_at=measured, retained=wire.retained
        )
    else:
        type_ = _EVENTS[said.event]
        happened = type_(at=wire.at, device=device, measured_at=measured, retained=wire.retained)
    return (happened, *_of_itself(device, wire, said, measured))


def _read_state(device: str, wire: Wire) -> tuple[AnyObservation, ...]:
    said = read(_STATE, device, wire.payload, PAYLOAD_BYTES_MAX, "a native state")
    measured = None if said.t is None else from_ms(said.t, wire.at)
    base: dict[str, Any] = {
        "at": wire.at,
        "device": device,
        "measured_at": measured,
        "retained": wire.retained,
    }
    seen: list[AnyObservation] = []
    if said.call is not None:
        seen.append(CallState(on=said.call, **base))
    for name, hazard in _HAZARDS.items():
        on: bool | None = getattr(said, name)
        if on is not None:
            seen.append(Hazard(hazard=hazard, on=on, **base))
    if said.present is not None:
        seen.append(Presence(present=said.present, **base))
    if said.open is not None:
        seen.append(Contact(is_open=said.open, **base))
    if said.occupied is not None:
        seen.append(Bed(occupied=said.occupied, **base))
    if said.tamper is not None:
        seen.append(Tamper(on=said.tamper, **base))
    if said.fall is not None:
        seen.insert(0, FallState(on=said.fall, **base))
    if said.temperature is not None:
        seen.append(Climate(temperature_c=said.temperature, humidity_percent=said.humidity, **base))
    return (*seen, *_of_itself(device, wire, said, measured, heartbeat=not seen))


def _read_status(device: str, wire: Wire) -> tuple[AnyObservation, ...]:
    said = read(_STATUS, device, wire.payload, PAYLOAD_BYTES_MAX, "a native birth or last will")
    measured = None if said.t is None else from_ms(said.t, wire.at)
    base: dict[str, Any] = {
        "at": wire.at,
        "device": device,
        "measured_at": measured,
        "retained": wire.retained,
    }
    seen: list[AnyObservation] = [Online(online=said.online, **base)]
    if said.online and said.boot is not None:
        seen.append(Booted(boot=said.boot, firmware=said.firmware or "", **base))
    return (*seen, *_of_itself(device, wire, said, measured))


def _read_vitals(device: str, wire: Wire) -> tuple[AnyObservation, ...]:
    said = read(_VITALS, device, wire.payload, PAYLOAD_BYTES_MAX, "native vitals")
    measured = None if said.t is None else from_ms(said.t, wire.at)
    base: dict[str, Any] = {
        "at": wire.at,
        "device": device,
        "measured_at": measured,
        "retained": wire.retained,
    }
    try:
        seen = vitals.told(said, base)
    except ValueError as error:
        raise PayloadError(device, wire.payload, str(error), "native vitals") from error
    return (*seen, *_of_itself(device, wire, said, measured, heartbeat=not seen))


def _read_accel(device: str, wire: Wire) -> tuple[AnyObservation, ...]:
    begins_ms = accel.start_ms(device, wire.payload)
    measured = from_ms(begins_ms, wire.at) if begins_ms else None
    return (
        Alive(
            at=wire.at,
            device=device,
            measured_at=measured,
            retained=wire.retained,
            flaw=implausible(begins_ms) if begins_ms and measured is None else "",
        ),
    )


def _of_itself(
    device: str, wire: Wire, said: Stamp, measured: datetime | None, *, heartbeat: bool = False
) -> tuple[Alive, ...]:
    flaw = implausible(said.t) if said.t is not None and measured is None else ""
    nothing = said.battery is None and said.battery_low is None
    if nothing and said.rssi is None and said.voltage is None and not flaw and not heartbeat:
        return ()
    return (
        Alive(
            at=wire.at,
            device=device,
            battery_percent=said.battery,
            battery_low=said.battery_low,
            signal_dbm=said.rssi,
            voltage_mv=said.voltage,
            flaw=flaw,
            measured_at=measured,
            retained=wire.retained,
        ),
    )


_READERS: dict[str, Callable[[str, Wire], tuple[AnyObservation, ...]]] = {
    "event": _read_event,
    "state": _read_state,
    "accel": _read_accel,
    "status": _read_status,
    "vitals": _read_vitals,
}


def _rescue(device: str, wire: Wire, error: PayloadError) -> tuple[AnyObservation, ...]:
    said = mapping(wire.payload, PAYLOAD_BYTES_MAX)
    base: dict[str, Any] = {"at": wire.at, "device": device, "retained": wire.retained}
    seen: list[AnyObservation] = []
    if wire.part == "event" and said.get("event") == "press":
        seen.append(HelpCall(id=_id(said), **base))
    if wire.part == "state":
        if said.get("call") is True:
            seen.append(CallState(on=True, **base))
        if said.get("fall") is True:
            seen.append(FallState(on=True, **base))
        seen += [
            Hazard(hazard=hazard, on=True, **base)
            for name, hazard in _HAZARDS.items()
            if said.get(name) is True
        ]
    return (*seen, Alive(flaw=error.reason[:FLAW_CHARS_MAX], **base)) if seen else ()


def _id(said: dict[str, Any]) -> str:
    try:
        stamp = msgspec.convert({name: said.get(name) for name in ("boot", "seq")}, Stamp)
    except msgspec.ValidationError:
        return ""
    return "" if stamp.boot is None or stamp.seq is None else f"{stamp.boot}:{stamp.seq}"


def _said(observation: AnyObservation) -> tuple[str, dict[str, Any]]:
    match observation:
        case HelpCall(id=""):
            return "event", {"event": "press"}
        case HelpCall(id=id_):
            boot, _, seq = id_.rpartition(":")
            return "event", {"event": "press", "boot": boot, "seq": _number(seq)}
        case Motion():
            return "event", {"event": "motion"}
        case Cancelled():
            return "event", {"event": "cancel"}
        case Used():
            return "event", {"event": "used"}
        case CallState(on=on):
            return "state", {"call": on}
        case Hazard(hazard=hazard, on=on):
            return "state", {hazard.value: on}
        case Presence(present=present):
            return "state", {"present": present}
        case Contact(is_open=is_open):
            return "state", {"open": is_open}
        case Bed(occupied=occupied):
            return "state", {"occupied": occupied}
        case Tamper(on=on):
            return "state", {"tamper": on}
        case FallState(on=on):
            return "state", {"fall": on}
        case Climate(temperature_c=temperature, humidity_percent=humidity):
            said = {"temperature": temperature}
            return "state", said if humidity is None else said | {"humidity": humidity}
        case Online(online=online):
            return "status", {"online": online}
        case Booted(boot=boot, firmware=firmware):
            return "status", {"online": True, "boot": boot} | (
                {"firmware": firmware} if firmware else {}
            )
        case Alive(link_quality=None, flaw=""):
            return "state", {
                name: value
                for name, value in (
                    ("battery", observation.battery_percent),
                    ("battery_low", observation.battery_low),
                    ("rssi", observation.signal_dbm),
                    ("voltage", observation.voltage_mv),
                )
                if value is not None
            }
        case Worn(worn=worn):
            return "vitals", {"worn": worn}
        case Reading():
            fields = vitals.fields_of(observation)
            if fields is not None:
                return "vitals", fields
    raise TypeError(f"native cannot report {observation}")


def _number(text: str) -> int | str:
    # what is not a plain number stays text, and is refused with the rest of the message
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text else text
