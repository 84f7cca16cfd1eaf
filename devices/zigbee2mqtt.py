"""What all zigbee2mqtt families have in common: the state message and availability.

zigbee2mqtt remembers each device's last state and repeats all of it with every
report, and again when it restarts. So every field here is a state, except `action`,
which it never repeats. Its other habits are listed, with what we do, in docs/devices.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from devices.errors import PayloadError
from devices.moment import implausible, plausible
from devices.observation import (
    Alive,
    AnyObservation,
    CallState,
    FallState,
    Hazard,
    HelpCall,
    Online,
    Tamper,
)
from devices.payload import FLAW_CHARS_MAX, mapping, read
from devices.profile import Wire

PAYLOAD_BYTES_MAX = 16_384
"""A state may carry the device's whole description (`include_device_information`)."""
LINK_QUALITY_MAX = 255
VOLTAGE_MV_MAX = 65_535


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The fields any family may send; null and absent mean the same: not known."""

    battery: float | None = None
    battery_low: bool | None = None
    last_seen: int | str | None = None
    linkquality: float | None = None
    tamper: bool | None = None
    voltage: float | None = None


class _Availability(msgspec.Struct, frozen=True, gc=False):
    state: str


_AVAILABILITY = msgspec.json.Decoder(_Availability)
_ONLINE = {"online": True, "offline": False}

S = TypeVar("S", bound=Said)


class Zigbee2Mqtt(Generic[S]):
    """One family: a subclass names its fields and says what they mean."""

    model: ClassVar[str]
    heartbeat: ClassVar[timedelta]
    listens: ClassVar[tuple[str, ...]] = ("", "/+")
    """With `output: attribute` each field, also a press, is sent to a topic of its own."""
    vital: ClassVar[tuple[str, ...]] = ()
    """Fields that must get through even where the rest of their message is wrong."""

    def __init__(self, said: type[S]) -> None:
        self._said = said
        self._decoder: msgspec.json.Decoder[S] = msgspec.json.Decoder(said)
        self._fields = frozenset(field.encode_name for field in msgspec.structs.fields(said))

    def observe(self, said: S, base: dict[str, Any]) -> list[AnyObservation]:
        """Return what the family's own fields report; `base` fills the common fields."""
        raise NotImplementedError

    def flaw(self, said: S) -> str:
        """Return what a technician must know of how the device is set up; usually nothing."""
        return ""

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Return the family's own fields for `observation`; None if it has none for it."""
        raise NotImplementedError

    def decode(self, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what the message reports; empty for topics the device does not speak on.

        Raises:
            PayloadError: the message is not of this family's format.
        """
        if not wire.part:
            return self._decode_state(device, wire, wire.payload)
        if wire.part == "availability":
            return (_availability(device, wire),)
        if wire.part in self._fields:  # zigbee2mqtt's `output: attribute`
            return self._decode_state(device, wire, _as_object(device, wire))
        return ()

    def encode(self, observation: AnyObservation) -> Wire:
        """Return the message this family would send, with only the fields this needs.

        Raises:
            TypeError: this family cannot report such an observation.
        """
        if isinstance(observation, Online) and observation.measured_at is None:
            payload = b'{"state":"online"}' if observation.online else b'{"state":"offline"}'
            return Wire("availability", payload, observation.at, observation.retained)
        return self.encode_state(observation)

    def encode_state(self, *observations: AnyObservation) -> Wire:
        """Return one state message that says all of `observations` (at least one, one moment).

        Raises:
            TypeError: this family cannot report one of them.
        """
        fields: dict[str, Any] = {}
        for observation in observations:
            told = _tell_common(observation)
            if told is None:
                told = self.tell(observation)
            if told is None:
                raise TypeError(f"{self.model} cannot report {observation}")
            fields |= told
        first = observations[0]
        if first.measured_at is not None:
            fields["last_seen"] = _iso(first.measured_at)
        payload = msgspec.json.encode(dict(sorted(fields.items())))
        return Wire("", payload, first.at, first.retained)

    def _decode_state(self, device: str, wire: Wire, payload: bytes) -> tuple[AnyObservation, ...]:
        expected = f"a {self.model} state: {', '.join(sorted(self._fields))}"
        try:
            said = read(self._decoder, device, payload, PAYLOAD_BYTES_MAX, expected)
        except PayloadError as error:
            rescued = self._rescue(device, wire, payload, error)
            if not rescued:
                raise PayloadError(device, wire.payload, error.reason, error.expected) from error
            return rescued
        measured, flaw = _last_seen(said.last_seen, wire.at)
        flaw = flaw or self.flaw(said)
        base: dict[str, Any] = {
            "at": wire.at,
            "device": device,
            "measured_at": measured,
            "retained": wire.retained,
        }
        seen = self.observe(said, base)
        if said.tamper is not None:
            seen.append(Tamper(on=said.tamper, **base))
        alive = Alive(
            battery_percent=_whole(said.battery, 100),
            battery_low=said.battery_low,
            link_quality=_whole(said.linkquality, LINK_QUALITY_MAX),
            voltage_mv=_whole(said.voltage, VOLTAGE_MV_MAX),
            flaw=flaw,
            **base,
        )
        says_something = (
            alive.battery_percent is not None
            or alive.battery_low is not None
            or alive.link_quality is not None
            or alive.voltage_mv is not None
            or flaw
        )
        if says_something or not seen:
            seen.append(alive)
        return tuple(seen)

    def _rescue(
        self, device: str, wire: Wire, payload: bytes, error: PayloadError
    ) -> tuple[AnyObservation, ...]:
        whole = mapping(payload, PAYLOAD_BYTES_MAX)
        base: dict[str, Any] = {"at": wire.at, "device": device, "retained": wire.retained}
        seen: list[AnyObservation] = []
        for name in self.vital:
            try:
                said = msgspec.convert({name: whole.get(name)}, self._said)
            except msgspec.ValidationError:
                continue
            seen += [happened for happened in self.observe(said, base) if _must_be_heard(happened)]
        return (*seen, Alive(flaw=error.reason[:FLAW_CHARS_MAX], **base)) if seen else ()


def _must_be_heard(happened: AnyObservation) -> bool:
    return isinstance(happened, HelpCall) or (
        isinstance(happened, CallState | Hazard | FallState) and happened.on
    )


def _availability(device: str, wire: Wire) -> Online:
    text = wire.payload.strip()
    if text[:1] == b"{":
        state = read(_AVAILABILITY, device, wire.payload, PAYLOAD_BYTES_MAX, '{"state": ...}').state
    else:
        state = text[:16].decode("ascii", "replace")
    online = _ONLINE.get(state)
    if online is None:
        raise PayloadError(
            device, wire.payload, f"availability is {state[:16]!r}", "online or offline"
        )
    return Online(at=wire.at, device=device, online=online, retained=wire.retained)


def _as_object(device: str, wire: Wire) -> bytes:
    if len(wire.payload) > PAYLOAD_BYTES_MAX:
        raise PayloadError(device, wire.payload, "too long", f"at most {PAYLOAD_BYTES_MAX} bytes")
    try:
        value: object = msgspec.json.decode(wire.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = wire.payload.decode("utf-8", "replace")  # an action is plain text there
    return msgspec.json.encode({wire.part: value})


def _whole(value: float | None, most: int) -> int | None:
    # bridges send 255 or -1 for "unknown", and fractions; neither is an error
    return None if value is None or not 0 <= value <= most else round(value)


def _last_seen(said: int | str | None, at: datetime) -> tuple[datetime | None, str]:
    if said is None:
        return None, ""
    try:
        if isinstance(said, str):
            moment = datetime.fromisoformat(said)
        else:
            moment = datetime.fromtimestamp(said / 1000, UTC)
        if moment.tzinfo is not None and plausible(moment, at):
            return moment.astimezone(UTC), ""
    except (ValueError, OverflowError, OSError):
        pass
    return None, implausible(said)[:FLAW_CHARS_MAX]


def _tell_common(observation: AnyObservation) -> dict[str, Any] | None:
    match observation:
        case Tamper(on=on):
            return {"tamper": on}
        case Alive(signal_dbm=None, flaw=""):
            return {
                name: value
                for name, value in (
                    ("battery", observation.battery_percent),
                    ("battery_low", observation.battery_low),
                    ("linkquality", observation.link_quality),
                    ("voltage", observation.voltage_mv),
                )
                if value is not None
            }
    return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
