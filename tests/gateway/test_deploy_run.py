"""The gateway as the shipped unit runs it: it tells systemd, and lives within its walls."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.brokers.broker import free_port
from tests.gateway.test_config import WHOLE

ROOT = Path(__file__).parents[2]
READY_SECONDS_MAX = 60
NO_SUCH_WALL = 90

WALLED = """
import ctypes, os, sys
kernel = ctypes.CDLL(None)
NO_NEW_PRIVILEGES, MEMORY_DENY_WRITE_EXECUTE = 38, 65
for wall in (MEMORY_DENY_WRITE_EXECUTE, NO_NEW_PRIVILEGES):
    if kernel.prctl(wall, 1, 0, 0, 0):
        sys.exit(90)
os.umask(0o077)
os.execv(sys.executable, [sys.executable, "-m", "gateway", *sys.argv[1:]])
"""
"""`MemoryDenyWriteExecute`, `NoNewPrivileges` and `UMask` of the unit, as systemd sets them."""

pytestmark = pytest.mark.line


@contextlib.contextmanager
def notified(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(READY_SECONDS_MAX)
        yield manager


def test_it_runs_within_the_units_walls_and_tells_systemd(tmp_path: Path) -> None:
    probe = subprocess.run([sys.executable, "-c", WALLED, "version"], cwd=ROOT, check=False)
    if probe.returncode == NO_SUCH_WALL:
        pytest.skip("this kernel cannot deny writable executable memory")
    desk = free_port("127.0.0.1")
    nobody = free_port("127.0.0.1")
    text = WHOLE.replace('kind = "mosquitto"', 'listen = "127.0.0.1:0"')
    text = text.replace("[desk]", f'[desk]\nlisten = "127.0.0.1:{desk}"')
    text = text.replace("[twilio]", f'[twilio]\nbase_url = "http://127.0.0.1:{nobody}"')
    config, data = tmp_path / "gateway.toml", tmp_path / "data"
    config.write_text(text)
    with (
        notified(tmp_path) as manager,
        subprocess.Popen(
            [sys.executable, "-c", WALLED, "run", "--config", config, "--data", data],
            cwd=ROOT,
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
            stderr=subprocess.PIPE,
            text=True,
        ) as gateway,
    ):
        try:
            assert manager.recv(100) == b"READY=1"
            while (told := manager.recv(100)) == b"READY=1":
                pass
            assert told == b"WATCHDOG=1"
            with urllib.request.urlopen(f"http://127.0.0.1:{desk}/login", timeout=30) as page:
                assert page.status == 200
        finally:
            gateway.send_signal(signal.SIGTERM)
            _, errors = gateway.communicate(timeout=60)
    assert gateway.returncode == 0, errors  # a stop that hangs says where
    assert "Traceback" not in errors
    readable = [path for path in data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert readable == [], "nobody else can read what it keeps"
