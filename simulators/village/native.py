"""Devices that speak our own protocol, each over its own connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from devices.errors import PayloadError
from devices.moment import to_ms
from devices.observation import (
    Alive,
    AnyObservation,
    Bed,
    Booted,
    Cancelled,
    Contact,
    FallState,
    Hazard,
    HazardKind,
    HelpCall,
    Motion,
    Online,
    Presence,
    Tamper,
    Used,
)
from devices.profiles.native import NATIVE, Stamp
from devices.prompt import PromptMessage, decode_prompt
from devices.topic import native_topic
from simulators.config import Device
from simulators.village.senses import Sign
from simulators.village.thing import GARBAGE, Kept, Message, has_button, has_fall, has_hazard

FIRMWARE = "village-1.0"
SIGNAL_DBM = -58
PROMPTS_KEPT_MAX = 50
ONE_BREATH = timedelta(seconds=2)
"""A sentence that comes so soon after another is said behind it, not in its place."""


class NativeThing:
    """One device with its own connection, boot id and sequence numbers."""

    can_hold = False

    def __init__(self, household: str, device: Device, kept: Kept, boot: str) -> None:
        self.household = household
        self.device = device
        self.kept = kept
        self.boot = boot
        self.pressed_at: datetime | None = None
        self.moved_at: datetime | None = None
        self.prompt: PromptMessage | None = None
        self._seq = 0
        self._last: list[Message] = []
        self._heard: dict[str, None] = {}
        self._heard_at = datetime.min.replace(tzinfo=UTC)

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
    def prompt_topic(self) -> str:
        """Where it listens for what to say."""
        return native_topic(self.household, self.device.id, "prompt")

    def restart(self, boot: str) -> None:
        """Begin a new run: sequence numbers start again."""
        self.boot = boot
        self._seq = 0

    def birth(self, now: datetime) -> list[Message]:
        """Return what it says when it connects."""
        return [self._message(Booted(now, self.device.id, self.boot, FIRMWARE), now, retain=True)]

    def will(self, now: datetime) -> Message:
        """Return what the broker shall say when it is gone; `now` only fills the record."""
        wire = NATIVE.encode_stamped(
            Online(now, self.device.id, online=False), Stamp(boot=self.boot)
        )
        return Message(self._topic(wire.part), wire.payload, retain=True)

    def press(self, now: datetime) -> list[Message]:
        """The button is pressed and let go."""
        self.pressed_at = now
        self._last = [self._message(HelpCall(now, self.device.id), now)]
        return self._last

    @property
    def is_asking(self) -> bool:
        """It asks whether its wearer is all right, and waits for the answer."""
        asked = self.prompt is not None and self.prompt.phrase == "all_right"
        return asked and self.prompt is not None and self.prompt.expires_at > datetime.now(UTC)

    def all_right(self, now: datetime) -> list[Message]:
        """Its wearer presses "I am all right": that calls nobody."""
        return [self._message(Cancelled(now, self.device.id), now)]

    def again(self) -> list[Message]:
        """The last press arrives a second time, with the same number."""
        return self._last

    def let_go(self, now: datetime) -> list[Message]:
        """Letting go says nothing here: a press is an event."""
        return []

    def sense(self, sign: Sign, now: datetime) -> list[Message]:
        """It notices something."""
        observation = self._observed(sign, now)
        return [] if observation is None else [self._message(observation, now)]

    def check_in(self, now: datetime) -> list[Message]:
        """A heartbeat."""
        return [self._message(Alive(now, self.device.id), now)]

    def hazard(self, on: bool, now: datetime) -> list[Message]:
        """Smoke comes or goes."""
        self.kept.hazard = on
        return [self._message(Hazard(now, self.device.id, HazardKind.SMOKE, on), now)]

    def fall(self, on: bool, now: datetime) -> list[Message]:
        """It sees somebody fall, or up again."""
        self.kept.fallen = on
        return [self._message(FallState(now, self.device.id, on), now)]

    def tamper(self, on: bool, now: datetime) -> list[Message]:
        """Its case is opened or closed."""
        self.kept.tamper = on
        return [self._message(Tamper(now, self.device.id, on), now)]

    def garbage(self) -> list[Message]:
        """It is broken and sends what no device should."""
        parts = ("event", "state", "status", "accel")
        return [
            Message(self._topic(parts[number % len(parts)]), payload)
            for number, payload in enumerate(GARBAGE)
        ]

    def hear(self, payload: bytes, now: datetime) -> PromptMessage | None:
        """Take a prompt; None if it is none, too late, or said already."""
        try:
            prompt = decode_prompt(self.device.id, payload)
        except PayloadError:
            return None
        if prompt.expires < to_ms(now) or prompt.key in self._heard:
            return None
        self._heard[prompt.key] = None
        while len(self._heard) > PROMPTS_KEPT_MAX:
            self._heard.pop(next(iter(self._heard)))
        if self.prompt is not None and now - self._heard_at < ONE_BREATH:
            before = self.prompt.text + (" " if prompt.language == "en" else "")
            prompt = msgspec.structs.replace(prompt, text=before + prompt.text)
        self.prompt, self._heard_at = prompt, now
        return prompt

    def _observed(self, sign: Sign, now: datetime) -> AnyObservation | None:
        name, kept = self.device.id, self.kept
        match sign:
            case Sign.MOTION:
                self.moved_at = now
                return Motion(now, name)
            case Sign.USED:
                self.moved_at = now
                return Used(now, name)
            case Sign.OPEN | Sign.CLOSED:
                kept.open = sign is Sign.OPEN
                return Contact(now, name, kept.open)
            case Sign.PRESENT | Sign.ABSENT:
                present = sign is Sign.PRESENT
                changed, kept.present = kept.present != present, present
                return Presence(now, name, present) if changed else None
            case Sign.OCCUPIED | Sign.EMPTY:
                occupied = sign is Sign.OCCUPIED
                changed, kept.occupied = kept.occupied != occupied, occupied
                return Bed(now, name, occupied) if changed else None

    def _message(
        self, observation: AnyObservation, now: datetime, *, retain: bool = False
    ) -> Message:
        stamp = Stamp(
            boot=self.boot,
            seq=self._seq,
            t=to_ms(now),
            battery=self.kept.battery,
            rssi=SIGNAL_DBM,
        )
        self._seq += 1
        wire = NATIVE.encode_stamped(observation, stamp)
        return Message(self._topic(wire.part), wire.payload, retain=retain)

    def _topic(self, part: str) -> str:
        return native_topic(self.household, self.device.id, part)
