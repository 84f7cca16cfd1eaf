"""Water leak sensors over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Hazard, HazardKind
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Leak(Said, frozen=True, kw_only=True, gc=False):
    water_leak: bool | None = None


class _Z2mLeak(Zigbee2Mqtt[_Leak]):
    model = "z2m-leak"
    heartbeat = timedelta(hours=12)
    vital = ("water_leak",)

    def observe(self, said: _Leak, base: dict[str, Any]) -> list[AnyObservation]:
        """Water where none should be."""
        if said.water_leak is None:
            return []
        return [Hazard(hazard=HazardKind.WATER, on=said.water_leak, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Water only."""
        match observation:
            case Hazard(hazard=HazardKind.WATER, on=on):
                return {"water_leak": on}
        return None


Z2M_LEAK = _Z2mLeak(_Leak)
