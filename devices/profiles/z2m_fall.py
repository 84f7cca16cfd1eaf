"""Radars that tell falls, over zigbee2mqtt: OWON FDS315, HEIMAN HS2FD, Tuya TS0601.

Each has its own words for it. All of them are states that zigbee2mqtt remembers and
repeats, so a fall is the change to one of them, never the word itself. What a radar only
suspects (`fall_warning`, `maybe_fall`) is neither a fall nor its end: nothing is reported
until it has made up its mind. The same holds for a word we do not know.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, FallState, Presence
from devices.zigbee2mqtt import Said, Zigbee2Mqtt

OWON = {
    "unoccupied": False,
    "occupied": False,
    "sitting": False,
    "on_the_bed": False,
    "low_posture": False,
    "falling": True,
}
"""`status` of the FDS315; every word but the first also says that somebody is there."""
HEIMAN = {"normal": False, "fall_alarm": True}
"""`fall_status` of the HS2FD; `fall_warning` is a suspicion."""
TUYA = {"none": False, "fall": True}
"""`fall_down_status` of the MIR-HE200; `maybe_fall` is a suspicion."""
SWITCHED_OFF = "tumble_switch is OFF: this radar does not tell falls; switch it on"


class _Fall(Said, frozen=True, kw_only=True, gc=False):
    status: str | None = None
    fall_status: str | None = None
    fall_down_status: str | None = None
    tumble_switch: bool | int | str | None = None
    presence: bool | None = None
    occupancy: bool | None = None


class _Z2mFall(Zigbee2Mqtt[_Fall]):
    model = "z2m-fall"
    heartbeat = timedelta(hours=1)  # on mains power, and talkative
    vital = ("status", "fall_status", "fall_down_status")

    def observe(self, said: _Fall, base: dict[str, Any]) -> list[AnyObservation]:
        """A fall by any of the words, and whether somebody is there."""
        told = (
            OWON.get(said.status or ""),
            HEIMAN.get(said.fall_status or ""),
            TUYA.get(said.fall_down_status or ""),
        )
        known = [on for on in told if on is not None]
        seen: list[AnyObservation] = [FallState(on=any(known), **base)] if known else []
        present = said.occupancy if said.presence is None else said.presence
        if present is None and said.status in OWON:
            present = said.status != "unoccupied"
        if present is not None:
            seen.append(Presence(present=present, **base))
        return seen

    def flaw(self, said: _Fall) -> str:
        """zigbee2mqtt itself switches the fall function off when it sets the radar up."""
        off = said.tumble_switch in (False, "OFF", "off")
        return SWITCHED_OFF if off and said.tumble_switch is not None else ""

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """In the words of HEIMAN."""
        match observation:
            case FallState(on=on):
                return {"fall_status": "fall_alarm" if on else "normal"}
            case Presence(present=present):
                return {"occupancy": present}
        return None


Z2M_FALL = _Z2mFall(_Fall)
