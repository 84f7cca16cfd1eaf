"""Gas and carbon monoxide alarms over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Hazard, HazardKind
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Gas(Said, frozen=True, kw_only=True, gc=False):
    gas: bool | None = None
    carbon_monoxide: bool | None = None


class _Z2mGas(Zigbee2Mqtt[_Gas]):
    model = "z2m-gas"
    heartbeat = timedelta(hours=4)  # on mains power
    vital = ("gas", "carbon_monoxide")

    def observe(self, said: _Gas, base: dict[str, Any]) -> list[AnyObservation]:
        """One hazard for each field the model has."""
        kinds = ((HazardKind.GAS, said.gas), (HazardKind.CARBON_MONOXIDE, said.carbon_monoxide))
        return [Hazard(hazard=kind, on=on, **base) for kind, on in kinds if on is not None]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """The fields are called as we call the hazards."""
        match observation:
            case Hazard(hazard=HazardKind.GAS | HazardKind.CARBON_MONOXIDE as kind, on=on):
                return {kind.value: on}
        return None


Z2M_GAS = _Z2mGas(_Gas)
