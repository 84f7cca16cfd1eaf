"""Things in use, over zigbee2mqtt: a tap with a flow meter, a kettle or fridge that shakes.

Flow and vibration are states that zigbee2mqtt remembers: a tap that runs is an open tap,
and only its change proves that somebody is there. An Aqara vibration sensor sends actions
instead, which are never repeated: each of them is a use. (A fridge door is an ordinary
contact, `z2m-contact`, with the role `item`.)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Contact, Presence, Used
from devices.zigbee2mqtt import Said, Zigbee2Mqtt

USE_ACTIONS = frozenset({"vibration", "tilt", "drop"})


class _Item(Said, frozen=True, kw_only=True, gc=False):
    action: str | None = None
    vibration: bool | None = None
    flow: float | None = None


class _Z2mItem(Zigbee2Mqtt[_Item]):
    model = "z2m-item"
    heartbeat = timedelta(hours=24)  # on a battery: the role decides

    def observe(self, said: _Item, base: dict[str, Any]) -> list[AnyObservation]:
        """A use, the shaking that comes and goes, and the tap that is open while water runs."""
        seen: list[AnyObservation] = []
        if said.action and said.action.strip().lower() in USE_ACTIONS:
            seen.append(Used(**base))
        if said.vibration is not None:
            seen.append(Presence(present=said.vibration, **base))
        if said.flow is not None:
            seen.append(Contact(is_open=said.flow > 0, **base))
        return seen

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """A flow is told in the meter's own unit; one of it stands for an open tap."""
        match observation:
            case Used():
                return {"action": "vibration"}
            case Presence(present=present):
                return {"vibration": present}
            case Contact(is_open=is_open):
                return {"flow": 1.0 if is_open else 0.0}
        return None


Z2M_ITEM = _Z2mItem(_Item)
