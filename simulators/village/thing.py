"""What a device in a home is like just now, whatever it speaks."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from devices.prompt import PromptMessage
from simulators.config import Device
from simulators.village.senses import Sign

BATTERY_LOW_PERCENT = 10
BATTERY_NEW_PERCENT = 100
GARBAGE = (
    b"\xff\xfe\x00\x01not json",
    b'{"v":1,"event":"pre',
    b'{"v":1,"event":17,"battery":"full"}',
    b'{"contact":"maybe","sos":[],"occupancy":{}}',
    "不是JSON".encode("gb18030"),
    b"",
)
"""Bytes no device should send: wrong encoding, cut off, wrong types, nothing at all."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One MQTT message to publish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class Kept(msgspec.Struct):
    """What a device is like over a restart of the village."""

    battery: int | None = None
    """Percent; None: on mains power."""
    dead: bool = False
    tamper: bool = False
    hazard: bool = False
    held: bool = False
    """A call button that is stuck: pressed, and not let go."""
    open: bool = False
    present: bool = False
    occupied: bool = False
    fallen: bool = False
    """It says that somebody fell and is not up yet."""

    @property
    def battery_low(self) -> bool:
        """True when it ought to be changed."""
        return self.battery is not None and self.battery <= BATTERY_LOW_PERCENT


class Thing(Protocol):
    """One device: acts on it return the messages it would publish, in order."""

    device: Device
    kept: Kept
    pressed_at: datetime | None
    moved_at: datetime | None
    prompt: PromptMessage | None

    @property
    def has_button(self) -> bool:
        """One can call for help with it."""

    @property
    def has_hazard(self) -> bool:
        """It watches for smoke, gas or water."""

    @property
    def can_hold(self) -> bool:
        """Its button reports a state, which can be stuck."""

    @property
    def has_fall(self) -> bool:
        """It tells falls by itself."""

    def press(self, now: datetime) -> list[Message]:
        """The button is pressed and let go."""

    def again(self) -> list[Message]:
        """The last press arrives a second time, byte for byte (a repeat on the radio)."""

    def let_go(self, now: datetime) -> list[Message]:
        """What a button that reports a state says when it is released."""

    def sense(self, sign: Sign, now: datetime) -> list[Message]:
        """It notices something."""

    def check_in(self, now: datetime) -> list[Message]:
        """It says that it lives, with battery and signal."""

    def hazard(self, on: bool, now: datetime) -> list[Message]:
        """Smoke, gas or water comes or goes."""

    def fall(self, on: bool, now: datetime) -> list[Message]:
        """It sees somebody fall, or up again."""

    def tamper(self, on: bool, now: datetime) -> list[Message]:
        """Its case is opened or closed."""

    def garbage(self) -> list[Message]:
        """It is broken and sends what no device should."""


def has_button(device: Device) -> bool:
    """True for what a resident can call for help with."""
    return device.profile in ("z2m-sos", "z2m-pendant") or (
        device.is_native and device.role in ("call_button", "wearable")
    )


def has_hazard(device: Device) -> bool:
    """True for what watches for smoke, gas or water."""
    return device.role == "safety" or device.profile in ("z2m-leak", "z2m-smoke", "z2m-gas")


def has_fall(device: Device) -> bool:
    """True for a radar or pendant that tells falls by itself."""
    return device.profile in ("z2m-fall", "z2m-pendant")
