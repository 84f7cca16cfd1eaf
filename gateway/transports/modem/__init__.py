"""A 4G modem on a serial line: texts and calls with an ordinary SIM, without any Internet."""

from __future__ import annotations

from gateway.transports.modem.access import ModemAccess, Times
from gateway.transports.modem.driver import Modem

__all__ = ["Modem", "ModemAccess", "Times"]
