"""Door and window contacts over zigbee2mqtt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from devices.observation import AnyObservation, Contact
from devices.zigbee2mqtt import Said, Zigbee2Mqtt


class _Contact(Said, frozen=True, kw_only=True, gc=False):
    contact: bool | None = None


class _Z2mContact(Zigbee2Mqtt[_Contact]):
    model = "z2m-contact"
    heartbeat = timedelta(hours=24)  # on a battery: the role decides

    def observe(self, said: _Contact, base: dict[str, Any]) -> list[AnyObservation]:
        """`contact` tells whether the magnet touches: true is closed."""
        return [] if said.contact is None else [Contact(is_open=not said.contact, **base)]

    def tell(self, observation: AnyObservation) -> dict[str, Any] | None:
        """Open is no contact."""
        match observation:
            case Contact(is_open=is_open):
                return {"contact": not is_open}
        return None


Z2M_CONTACT = _Z2mContact(_Contact)
