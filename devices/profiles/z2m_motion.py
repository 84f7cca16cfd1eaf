"""Motion sensors (PIR) over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Presence
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Motion(Said, frozen=True, kw_only=True, gc=False):
    occupancy: bool | None = None


class _Z2mMotion(Zigbee2Mqtt[_Motion]):
    model = "z2m-motion"
    heartbeat = timedelta(hours=24)  # on a battery: the role decides

    def observe(self, said: _Motion, base: dict[str, Any]) -> list[AnyObservation]:
        """A state, not an event: a remembered `true` must not look like somebody walking."""
        return [] if said.occupancy is None else [Presence(present=said.occupancy, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Movement begins with `present` and ends without."""
        match observation:
            case Presence(present=present):
                return {"occupancy": present}
        return None


Z2M_MOTION = _Z2mMotion(_Motion)
