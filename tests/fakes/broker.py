"""A real mosquitto that a test starts, kills and starts again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.brokers.address import BrokerAddress
from gateway.brokers.program import MOSQUITTO_DURABLE

BINARY = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
START_SECONDS_MAX = 10.0


class Mosquitto:
    """One broker on a free port of this machine, with a queue that survives `kill`."""

    def __init__(self, folder: Path, *settings: str, durable: bool = True) -> None:
        self.port = _free_port()
        self.address = BrokerAddress(host="127.0.0.1", port=self.port)
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / f"mosquitto-{self.port}.conf"
        rows = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            f"persistence_location {folder}/",
            f"persistence_file mosquitto-{self.port}.db",
            "max_queued_messages 100000",
            *(MOSQUITTO_DURABLE if durable else ("set_tcp_nodelay true",)),
            *settings,
        ]
        if os.geteuid() == 0:
            rows.append("user root")
        self._config.write_text("\n".join(rows) + "\n")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Return once it takes connections."""
        self._process = subprocess.Popen(  # noqa: ASYNC220 - it must outlive the event loop's care
            [BINARY, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_SECONDS_MAX):
            while not _answers(self.port):  # noqa: ASYNC110 - a process answers
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Let it die in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it properly."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            await asyncio.to_thread(self._process.wait, START_SECONDS_MAX)
            self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True
