"""Temperature and humidity sensors over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Climate
from devices.zigbee2mqtt import Said, Zigbee2Mqtt

TEMPERATURE_C_MIN, TEMPERATURE_C_MAX = -60, 100
"""What lies outside is no temperature of a room: a sensor that broke says -273 or 327.67."""


class _Climate(Said, frozen=True, kw_only=True, gc=False):
    temperature: float | None = None
    humidity: float | None = None


class _Z2mClimate(Zigbee2Mqtt[_Climate]):
    model = "z2m-climate"
    heartbeat = timedelta(hours=4)  # they report a change, or once an hour

    def observe(self, said: _Climate, base: dict[str, Any]) -> list[AnyObservation]:
        """The temperature of the room, and its humidity where the model measures it."""
        degrees, humidity = said.temperature, said.humidity
        if degrees is None or not TEMPERATURE_C_MIN <= degrees <= TEMPERATURE_C_MAX:
            return []
        if humidity is not None and not 0 <= humidity <= 100:
            humidity = None
        return [Climate(temperature_c=degrees, humidity_percent=humidity, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Degrees Celsius, as zigbee2mqtt sends them by default."""
        match observation:
            case Climate(temperature_c=degrees, humidity_percent=None):
                return {"temperature": degrees}
            case Climate(temperature_c=degrees, humidity_percent=humidity):
                return {"temperature": degrees, "humidity": humidity}
        return None


Z2M_CLIMATE = _Z2mClimate(_Climate)
