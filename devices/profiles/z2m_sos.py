"""SOS buttons over zigbee2mqtt: Tuya TS0215A_sos, TS0601_sos, alarm keypads, feibit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, CallState, HelpCall
from devices.zigbee2mqtt import Said, Zigbee2Mqtt

HELP_ACTIONS = frozenset({"emergency", "panic", "sos"})
"""Everything else a keypad sends (`disarm`, `arm_all_zones`, ...) calls nobody."""


class _Sos(Said, frozen=True, kw_only=True, gc=False):
    action: str | None = None
    sos: bool | None = None
    sos_alarm: bool | None = None


class _Z2mSos(Zigbee2Mqtt[_Sos]):
    model = "z2m-sos"
    heartbeat = timedelta(hours=4)  # zigbee2mqtt itself would wait 25 hours
    vital = ("action", "sos", "sos_alarm")

    def observe(self, said: _Sos, base: dict[str, Any]) -> list[AnyObservation]:
        """An action is a press, an event; `sos` is a state that zigbee2mqtt repeats."""
        seen: list[AnyObservation] = []
        # `action` is "" or null right after the press: the button let go, nobody pressed
        if said.action and said.action.strip().lower() in HELP_ACTIONS:
            seen.append(HelpCall(**base))
        if said.sos is not None or said.sos_alarm is not None:
            seen.append(CallState(on=bool(said.sos or said.sos_alarm), **base))
        return seen

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """A Zigbee press has no id."""
        match observation:
            case HelpCall(id=""):
                return {"action": "emergency"}
            case CallState(on=on):
                return {"sos": on}
        return None


Z2M_SOS = _Z2mSos(_Sos)
