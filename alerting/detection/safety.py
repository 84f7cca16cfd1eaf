"""Smoke, gas, carbon monoxide and water.

These devices report states, and a state is repeated with every battery report: only an
edge is a finding. When in doubt whether an alarm is new (the first word from a device, or
the first after we could not hear), it is taken for new: a fire is never missed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alerting.detection.names import name, where
from alerting.events import Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import AnyObservation, Hazard, HazardKind

WORDS: dict[HazardKind, Words] = {
    HazardKind.SMOKE: Words("烟雾报警", "smoke alarm"),
    HazardKind.GAS: Words("燃气报警", "gas alarm"),
    HazardKind.CARBON_MONOXIDE: Words("一氧化碳报警", "carbon monoxide alarm"),
    HazardKind.WATER: Words("漏水报警", "water leak"),
}
_URGENCY = {HazardKind.WATER: Urgency.MEDIUM}


class Seen(StrEnum):
    """What a device last said of one hazard."""

    ON = "on"
    OFF = "off"
    UNSURE = "unsure"  # on, but kept by the broker, or not heard since we were deaf


class State(msgspec.Struct, frozen=True):
    """What every device last said; the key is `device/hazard`."""

    seen: dict[str, Seen] = {}


class SafetyDetector:
    """A hazard that appears is a finding; one that goes clears it."""

    name = "safety"
    consumes = (Hazard,)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Find the edges."""
        if not isinstance(event, Hazard):
            return state, ()
        key = f"{event.device}/{event.hazard}"
        before = state.seen.get(key)
        if not event.on:
            now = Seen.OFF
        elif event.retained:
            now = Seen.ON if before is Seen.ON else Seen.UNSURE
        else:
            now = Seen.ON
        if now is before:
            return state, ()
        after = State({**state.seen, key: now})
        if not event.on and before in (None, Seen.OFF):
            return after, ()
        return after, (_finding(home, event),)

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """What was on may have gone off and on again: its next word is taken for new."""
        if Seen.ON not in state.seen.values():
            return state
        return State({key: Seen.UNSURE if s is Seen.ON else s for key, s in state.seen.items()})

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State(
            {key: s for key, s in state.seen.items() if key.rpartition("/")[0] in home.devices}
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Never due."""
        return None


def _finding(home: Household, event: Hazard) -> Finding:
    words = WORDS[event.hazard]
    device = name(home, event.device)
    device_zh, device_en = device.zh, device.en
    if not event.on:
        reason = Words(f"{device_zh}：{words.zh}解除", f"{device_en}: {words.en} is over")
    elif event.retained:
        reason = Words(
            f"{device_zh}：{words.zh}，消息由服务器保留、时间不明，请核实",
            f"{device_en}: {words.en}, kept by the broker from an unknown time; please verify",
        )
    else:
        reason = Words(f"{device_zh}：{words.zh}", f"{device_en}: {words.en}")
    high = Urgency.MEDIUM if event.retained else Urgency.HIGH
    return Finding(
        at=event.at,
        detector=SafetyDetector.name,
        what=IncidentKind.SAFETY,
        subject=event.device,
        reason=reason,
        active=event.on,
        urgency=_URGENCY.get(event.hazard, high),
        evidence={"device": event.device, "hazard": str(event.hazard), "on": 1 if event.on else 0},
        group=str(event.hazard),
        short=Words(f"{where(home, event.device).zh}{words.zh}", words.en),
    )
