"""What every device profile offers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from devices.observation import AnyObservation


class Wire(msgspec.Struct, frozen=True, gc=False):
    """One message as it came from the broker.

    `part` is what follows the device in the topic, without a leading slash
    ("event", "availability", or empty).
    """

    part: str
    payload: bytes
    at: datetime
    retained: bool = False


class Profile(Protocol):
    """Translates one device family's wire format, both ways. Stateless."""

    @property
    def model(self) -> str:
        """Name the family as configuration files do, e.g. `z2m-sos`."""

    @property
    def heartbeat(self) -> timedelta:
        """Longest silence that is still normal for this family."""

    @property
    def listens(self) -> tuple[str, ...]:
        """Name the topics the family speaks on, as filters to append to a device's topic."""

    def decode(self, device: str, wire: Wire) -> tuple[AnyObservation, ...]:
        """Return what the message reports, in order; empty if it reports nothing.

        Raises:
            PayloadError: the message is not of this family's format.
        """

    def encode(self, observation: AnyObservation) -> Wire:
        """Return the message this family would send; `decode` undoes it.

        Raises:
            TypeError: this family cannot report such an observation.
        """
