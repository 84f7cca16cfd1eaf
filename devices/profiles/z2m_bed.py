"""Bed pads over zigbee2mqtt: occupied or empty.

A pad such as OWON's SPM915 comes as a door sensor (`contact`), because Zigbee knows no beds:
the profile says what it is there for. Here the pad touches (`contact: true`) while somebody
lies on it; one that is wired the other way round is a `z2m-bed-reversed`. Lie down once when
it is installed, and look at the household's page.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Bed
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Pad(Said, frozen=True, kw_only=True, gc=False):
    contact: bool | None = None
    occupancy: bool | None = None


class _Z2mBed(Zigbee2Mqtt[_Pad]):
    model = "z2m-bed"
    heartbeat = timedelta(hours=24)  # on a battery: the role decides

    def observe(self, said: _Pad, base: dict[str, Any]) -> list[AnyObservation]:
        """`occupancy` where the model says so, else the contact."""
        occupied = said.contact if said.occupancy is None else said.occupancy
        return [] if occupied is None else [Bed(occupied=occupied, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """As a pad with a contact says it."""
        match observation:
            case Bed(occupied=occupied):
                return {"contact": occupied}
        return None


Z2M_BED = _Z2mBed(_Pad)
