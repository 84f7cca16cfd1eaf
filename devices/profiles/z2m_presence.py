"""Presence radars over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Presence
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Presence(Said, frozen=True, kw_only=True, gc=False):
    occupancy: bool | None = None
    presence: bool | None = None


class _Z2mPresence(Zigbee2Mqtt[_Presence]):
    model = "z2m-presence"
    heartbeat = timedelta(hours=1)  # on mains power, and talkative

    def observe(self, said: _Presence, base: dict[str, Any]) -> list[AnyObservation]:
        """`presence`, or `occupancy` on models that call it so."""
        present = said.occupancy if said.presence is None else said.presence
        return [] if present is None else [Presence(present=present, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """As most models call it."""
        match observation:
            case Presence(present=present):
                return {"presence": present}
        return None


Z2M_PRESENCE = _Z2mPresence(_Presence)
