"""The gateway, made to die by its own hand at one point; for the tests beside it.

`GUANAI_KILL_AT` names the point; it dies there once, as soon as the file `GUANAI_KILL_ARMED`
exists. Points are those of a commit (`gateway.store.writing.COMMIT_POINTS`), and those of
the messages `GUANAI_KILL_WAYS` names (`h1/sms h1/sms-2 h2/push`, see `way`):

* `answered`: every one of them was answered by its provider, and none of that is written;
* `followed`: that is written, and how they end is being learned;
* `ended`: they have come to their end, and no end is written.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from gateway.cli import main
from gateway.delivery.job import Job
from gateway.delivery.register import Register
from gateway.store.rows import Attempt, OutboxRow, RowState
from gateway.store.store import Store
from gateway.store.writing import COMMIT_POINTS
from gateway.transports.transport import Submitted

WAY_POINTS = ("answered", "followed", "ended")
POINT = os.environ["GUANAI_KILL_AT"]
ARMED = Path(os.environ["GUANAI_KILL_ARMED"])
WAYS = frozenset(os.environ.get("GUANAI_KILL_WAYS", "").split())
assert POINT in COMMIT_POINTS or (POINT in WAY_POINTS and WAYS), POINT

_save, _took, _finish = Store.save, Register.took, Register.finish
_seen: set[str] = set()
"""The ways that have come to the point."""


def way(row: OutboxRow) -> str:
    """Return what a message is called here: its home and the end of its key."""
    return f"{row.household}/{row.key.rpartition('/')[2]}"


def _is_armed() -> bool:
    return ARMED.exists()


def die(point: str) -> None:
    """End at once, with nothing tidied up, if this is the point."""
    if point == POINT and _is_armed():
        ARMED.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _came(point: str, row: OutboxRow) -> None:
    if point == POINT:
        _seen.add(way(row))


def took(self: Register, job: Job, provider: str, submitted: Submitted) -> None:
    """Take note of an answer."""
    _took(self, job, provider, submitted)
    _came("answered", job.row)


def finish(self: Register, job: Job, state: RowState, detail: str) -> None:
    """Take note of an end."""
    _finish(self, job, state, detail)
    _came("ended", job.row)


async def save(self: Store, rows: Sequence[OutboxRow], attempts: Sequence[Attempt] = ()) -> None:
    """Write, up to the point."""
    if _is_armed() and POINT == "answered":
        while not _seen >= WAYS:  # noqa: ASYNC110 - nobody can wake us
            await asyncio.sleep(0.01)
        die(POINT)
    if _is_armed() and POINT == "ended":
        # no end is written; this process has not long to live
        rows = [row for row in rows if row.final_at is None]
    await _save(self, rows, attempts)
    for row in rows:
        if row.provider_id:
            _came("followed", row)
    if WAYS and _seen >= WAYS:
        die(POINT)


if __name__ == "__main__":
    if POINT in COMMIT_POINTS:
        Store.open.__func__.__kwdefaults__["probe"] = die  # type: ignore[attr-defined]
    else:
        Store.save, Register.took, Register.finish = save, took, finish  # type: ignore[method-assign]
    main()
