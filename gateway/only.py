"""One gateway at a time in one data folder.

Two would write one journal under the same numbers, and throw each other off the broker,
where both use the same client id.
"""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

LOCK = "guanai.lock"

log = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another gateway works in this data folder."""


def claim(data: Path) -> int | None:
    """Hold the data folder until this process ends, however it ends.

    Returns:
        What holds it, to be closed by whoever wants to let go before; None where no lock
        can be kept: a disk that cannot be written must not keep the alarms from starting.

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    path = data / LOCK
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        log.error("%s: %s", path, error)
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise AlreadyRunning(f"another gateway runs with the data in {data}") from error
    except OSError as error:  # some network disks know no locks
        log.error("%s: %s", path, error)
    return held
