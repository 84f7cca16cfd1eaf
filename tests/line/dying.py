"""The gateway, made to die by its own hand at one point of a commit; for the tests beside it.

`GUANAI_KILL_AT` names the point (`gateway.store.writing.COMMIT_POINTS`); it dies there
once, as soon as the file `GUANAI_KILL_ARMED` exists.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from gateway.cli import main
from gateway.store.store import Store
from gateway.store.writing import COMMIT_POINTS

POINT = os.environ["GUANAI_KILL_AT"]
ARMED = Path(os.environ["GUANAI_KILL_ARMED"])
assert POINT in COMMIT_POINTS, POINT


def die(point: str) -> None:
    """End at once, with nothing tidied up, if this is the point."""
    if point == POINT and ARMED.exists():
        ARMED.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Store.open.__func__.__kwdefaults__["probe"] = die  # type: ignore[attr-defined]
    main()
