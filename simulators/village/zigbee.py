"""Devices behind zigbee2mqtt, publishing exactly as it does, with its habits.

zigbee2mqtt remembers each device's last state and repeats all of it with every report
and once more when it restarts; `action` it never repeats, but clears with an empty one.
It publishes at QoS 0, not retained, without a time; availability it retains.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from devices.prompt import PromptMessage
from simulators.config import Device
from simulators.village.senses import Sign
from simulators.village.thing import GARBAGE, Kept, Message, has_button, has_fall, has_hazard

ACTION = "action"
"""Tuya TS0215A_sos: a press is `action: emergency`, then `action: ""`."""
STATE = "sos"
"""feibit: a press is the state `sos: true`, and some seconds later `sos: false`."""

VOLTAGE_NEW_MV = 3_000
VOLTAGE_PER_PERCENT_MV = 8
LINK_QUALITY_FIRST = 96

_HAZARDS = {"z2m-leak": "water_leak", "z2m-smoke": "smoke", "z2m-gas": "gas"}


class ZigbeeThing:
    """One device, as zigbee2mqtt tells of it."""

    def __init__(self, device: Device, kept: Kept, form: str = ACTION) -> None:
        self.device = device
        self.kept = kept
        self.form = form
        self.pressed_at: datetime | None = None
        self.moved_at: datetime | None = None
        self.prompt: PromptMessage | None = None
        self._last: list[Message] = []
        self._reports = 0

    @property
    def has_button(self) -> bool:
        """One can call for help with it."""
        return has_button(self.device)

    @property
    def has_hazard(self) -> bool:
        """It watches for smoke, gas or water."""
        return has_hazard(self.device)

    @property
    def has_fall(self) -> bool:
        """It tells falls by itself."""
        return has_fall(self.device)

    @property
    def can_hold(self) -> bool:
        """Its button reports a state, which can be stuck."""
        return self.has_button and self.form == STATE

    def press(self, now: datetime) -> list[Message]:
        """The button is pressed; one that reports presses is let go at once."""
        self.pressed_at = now
        if self.form == STATE:
            self.kept.held = True
            self._last = [self._state()]
        else:
            self._last = [self._state(action="emergency"), self._state(action="")]
        return self._last

    def again(self) -> list[Message]:
        """The last press arrives a second time."""
        return self._last

    def let_go(self, now: datetime) -> list[Message]:
        """Report `sos: false`, if that is how this button speaks."""
        if self.form != STATE or not self.kept.held:
            return []
        self.kept.held = False
        return [self._state()]

    def sense(self, sign: Sign, now: datetime) -> list[Message]:
        """It notices something: the new state goes out if it is one."""
        kept = self.kept
        match sign:
            case Sign.MOTION | Sign.PRESENT:
                fresh = not kept.present or sign is Sign.MOTION
                kept.present = True
                self.moved_at = now
            case Sign.ABSENT:
                fresh, kept.present = kept.present, False
            case Sign.OPEN | Sign.CLOSED:
                fresh, kept.open = kept.open != (sign is Sign.OPEN), sign is Sign.OPEN
            case _:
                fresh = False
        return [self._state()] if fresh else []

    def check_in(self, now: datetime) -> list[Message]:
        """A battery report: it repeats every remembered field."""
        return [self._state()]

    def hazard(self, on: bool, now: datetime) -> list[Message]:
        """Smoke, gas or water comes or goes."""
        self.kept.hazard = on
        return [self._state()]

    def fall(self, on: bool, now: datetime) -> list[Message]:
        """It sees somebody fall, or up again."""
        self.kept.fallen = on
        return [self._state()]

    def tamper(self, on: bool, now: datetime) -> list[Message]:
        """Its case is opened or closed."""
        self.kept.tamper = on
        return [self._state()]

    def garbage(self) -> list[Message]:
        """What a broken bridge might publish."""
        return [Message(self.device.topic, payload, qos=0) for payload in GARBAGE]

    def availability(self, online: bool) -> Message:
        """Return the bridge's word on whether the device is reachable."""
        payload = msgspec.json.encode({"state": "online" if online else "offline"})
        return Message(f"{self.device.topic}/availability", payload, retain=True)

    def _state(self, **beside: str) -> Message:
        fields = {**self._remembered(), **beside}
        return Message(self.device.topic, msgspec.json.encode(dict(sorted(fields.items()))), qos=0)

    def _remembered(self) -> dict[str, object]:
        kept = self.kept
        self._reports += 1
        fields: dict[str, object] = {
            "linkquality": LINK_QUALITY_FIRST + self._reports * 7 % 40,
        }
        if kept.battery is not None:
            fields["battery"] = kept.battery
            fields["battery_low"] = kept.battery_low
            fields["voltage"] = VOLTAGE_NEW_MV - (100 - kept.battery) * VOLTAGE_PER_PERCENT_MV
        match self.device.profile:
            case "z2m-sos" if self.form == STATE:
                fields |= {"sos": kept.held, "tamper": kept.tamper}
            case "z2m-sos":
                fields["tamper"] = kept.tamper
            case "z2m-motion":
                fields |= {"occupancy": kept.present, "tamper": kept.tamper}
            case "z2m-presence":
                fields |= {"presence": kept.present, "illuminance": 120}
            case "z2m-fall":  # as HEIMAN's HS2FD says it
                status = "fall_alarm" if kept.fallen else "normal"
                fields |= {"occupancy": kept.present, "fall_status": status}
            case "z2m-pendant":
                fields["fall"] = kept.fallen
            case "z2m-contact":  # true is closed: the magnet touches
                fields |= {"contact": not kept.open, "tamper": kept.tamper}
            case hazard if hazard in _HAZARDS:
                fields |= {_HAZARDS[hazard]: kept.hazard, "tamper": kept.tamper}
        return fields
