"""Opens every way out of the house that the configuration names, in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gateway.clock import Clock
from gateway.config import Settings
from gateway.config.provider import twilio_access
from gateway.transports import open_twilio
from gateway.transports.modem import Modem
from gateway.transports.transport import Door, Transport

Opener = Callable[[Settings, Path, Clock, Door], Transport | None]
"""Makes a transport without waiting for anything; None where it is not configured.

It gets the settings, the folder for what it keeps, the time, and the door.
"""


def _twilio(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    if settings.twilio is None:
        return None
    return open_twilio(twilio_access(settings.twilio), clock)


def _modem(settings: Settings, data: Path, clock: Clock, door: Door) -> Transport | None:
    if settings.modem is None:
        return None
    return Modem(settings.modem.access, data, clock, door)


OPENERS: tuple[Opener, ...] = (_twilio, _modem)
"""Every way out, one line each; of two that carry one channel, the first is preferred."""


def open_all(settings: Settings, data: Path, clock: Clock, door: Door) -> list[Transport]:
    """Return the transports of everything that is configured, in the order of `OPENERS`."""
    opened = (open_(settings, data, clock, door) for open_ in OPENERS)
    return [transport for transport in opened if transport is not None]
