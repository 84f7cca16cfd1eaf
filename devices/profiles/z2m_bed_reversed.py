"""Bed pads over zigbee2mqtt whose contact opens while somebody lies on them.

The same message as a `z2m-bed` sends, with the opposite meaning: nothing in it tells them apart.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Bed
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Pad(Said, frozen=True, kw_only=True, gc=False):
    contact: bool | None = None


class _Z2mBedReversed(Zigbee2Mqtt[_Pad]):
    model = "z2m-bed-reversed"
    heartbeat = timedelta(hours=24)  # on a battery: the role decides

    def observe(self, said: _Pad, base: dict[str, Any]) -> list[AnyObservation]:
        """`contact: false` means occupied."""
        return [] if said.contact is None else [Bed(occupied=not said.contact, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Occupied is no contact."""
        match observation:
            case Bed(occupied=occupied):
                return {"contact": not occupied}
        return None


Z2M_BED_REVERSED = _Z2mBedReversed(_Pad)
