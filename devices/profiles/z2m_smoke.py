"""Smoke detectors over zigbee2mqtt, also those that smell carbon monoxide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Hazard, HazardKind
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Smoke(Said, frozen=True, kw_only=True, gc=False):
    smoke: bool | None = None
    carbon_monoxide: bool | None = None


class _Z2mSmoke(Zigbee2Mqtt[_Smoke]):
    model = "z2m-smoke"
    heartbeat = timedelta(hours=12)
    vital = ("smoke", "carbon_monoxide")

    def observe(self, said: _Smoke, base: dict[str, Any]) -> list[AnyObservation]:
        """One hazard for each field the model has."""
        kinds = ((HazardKind.SMOKE, said.smoke), (HazardKind.CARBON_MONOXIDE, said.carbon_monoxide))
        return [Hazard(hazard=kind, on=on, **base) for kind, on in kinds if on is not None]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """The fields are called as we call the hazards."""
        match observation:
            case Hazard(hazard=HazardKind.SMOKE | HazardKind.CARBON_MONOXIDE as kind, on=on):
                return {kind.value: on}
        return None


Z2M_SMOKE = _Z2mSmoke(_Smoke)
