"""Looks at a modem once, for the doctor; changes nothing that outlives the look."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec

from gateway.clock import Clock
from gateway.transports.modem.access import ModemAccess
from gateway.transports.modem.at import AtError, AtSilent
from gateway.transports.modem.session import Session, SimTrouble, State

BY_ID = Path("/dev/serial/by-id")
MAKERS = ("simcom", "simtech", "quectel", "android", "huawei", "fibocom", "modem", "qualcomm")
"""How names of modems begin among serial devices, in small letters, anywhere in them."""


class ProbeError(Exception):
    """It cannot be looked at.

    Attributes:
        is_busy: another program has it.
        is_absent: there is no such device.
    """

    def __init__(self, why: str, is_busy: bool = False, is_absent: bool = False) -> None:
        super().__init__(why)
        self.is_busy = is_busy
        self.is_absent = is_absent


class Found(msgspec.Struct, frozen=True):
    """What a modem is and can."""

    state: State
    family: str
    speaks: bool
    hears: bool


def candidates(folder: Path = BY_ID) -> list[str]:
    """Return devices that may be modems, by their stable names."""
    if not folder.is_dir():
        return []
    named = sorted(folder.iterdir())
    return [str(one) for one in named if any(maker in one.name.lower() for maker in MAKERS)]


async def probe(access: ModemAccess, clock: Clock) -> Found:
    """Open a modem, find out about it, and let go of it. The PIN is not tried.

    Raises:
        ProbeError: it is not there, taken, silent, or has no usable SIM.
    """
    try:
        session = Session(access, clock, lambda line, pdu: None)
    except OSError as error:
        absent = error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO)
        is_busy = error.errno == errno.EBUSY
        raise ProbeError(error.strerror or str(error), is_busy, absent) from error
    try:
        await session.set_up(may_unlock=False)
        skills = session.skills
        return Found(session.state, skills.family.name, skills.speaks, skills.hears)
    except (AtError, AtSilent, SimTrouble) as error:
        raise ProbeError(str(error)) from error
    finally:
        session.close()
