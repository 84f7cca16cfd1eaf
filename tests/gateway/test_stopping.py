"""A stop ends: a cancellation that was lost is repeated, and one that hangs says where."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import parts
from gateway.parts import Parts

ROOT = Path(__file__).parents[2]
HANGS = """
import asyncio, sys, threading
from pathlib import Path
from gateway import running

class Gateway:
    def __init__(self, *_): pass
    async def start(self): threading.Thread(target=threading.Event().wait, name="stuck").start()
    async def until(self, stopped): pass
    async def stop(self): threading.Event().wait()

class Waits(Gateway):
    async def stop(self): await asyncio.Event().wait()

running.Gateway, running.STOP_SECONDS_MAX = globals()[sys.argv[2]], 0.5
running.run(None, Path(sys.argv[1]))
"""


async def test_a_part_that_lost_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts, "CANCEL_AGAIN_SECONDS", 0.05)
    lost = 0

    async def deaf_at_first() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost > 2:
                    raise

    both = Parts(lambda *what, **more: None)
    both.vital(deaf_at_first())
    both.vital(asyncio.sleep(60))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await both.end()
    assert lost == 3


@pytest.mark.parametrize(
    ("which", "says"), [("Gateway", "in stop"), ("Waits", "stopping: <coroutine object _run")]
)
def test_a_stop_that_hangs_is_given_up_and_says_where(
    tmp_path: Path, which: str, says: str
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", HANGS, str(tmp_path), which],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1
    assert says in told.stderr
