"""Pendants over zigbee2mqtt that call for help and tell falls.

The button speaks as other SOS buttons do. `fall` is a state (exposed as a binary), read by
its edges as a radar's word is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, CallState, FallState, HelpCall
from devices.zigbee2mqtt import Said, Zigbee2Mqtt

HELP_ACTIONS = frozenset({"emergency", "panic", "sos"})


class _Pendant(Said, frozen=True, kw_only=True, gc=False):
    action: str | None = None
    sos: bool | None = None
    fall: bool | None = None


class _Z2mPendant(Zigbee2Mqtt[_Pendant]):
    model = "z2m-pendant"
    heartbeat = timedelta(hours=4)
    vital = ("action", "sos", "fall")

    def observe(self, said: _Pendant, base: dict[str, Any]) -> list[AnyObservation]:
        """An action is a press; `sos` and `fall` are states that zigbee2mqtt repeats."""
        seen: list[AnyObservation] = []
        if said.action and said.action.strip().lower() in HELP_ACTIONS:
            seen.append(HelpCall(**base))
        if said.sos is not None:
            seen.append(CallState(on=said.sos, **base))
        if said.fall is not None:
            seen.append(FallState(on=said.fall, **base))
        return seen

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """A Zigbee press has no id."""
        match observation:
            case HelpCall(id=""):
                return {"action": "emergency"}
            case CallState(on=on):
                return {"sos": on}
            case FallState(on=on):
                return {"fall": on}
        return None


Z2M_PENDANT = _Z2mPendant(_Pendant)
