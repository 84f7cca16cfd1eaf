"""Who is measured: the gateway, and what a user would pick instead, on the same work."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.world import ROOT, free_port, phone, process, village

BENCH = Path(os.environ.get("GUANAI_BENCH", ROOT.parent / "shared" / "bench"))


@dataclass
class Peer:
    """A running candidate, and how it is spoken to."""

    name: str
    process: psutil.Process
    started_ns: int
    port: int
    """Of the broker it listens to."""
    data: Path | None = None
    """Where the gateway keeps its journal."""

    @property
    def is_ours(self) -> bool:
        """True for the gateway itself."""
        return self.data is not None

    def press(self, number: int) -> tuple[str, bytes, str]:
        """Return topic, payload, and the id under which the sink sees the press."""
        if self.is_ours:
            stamp = time.time_ns() // 1_000_000
            body = {"v": 1, "boot": "b1", "seq": number + 1, "t": stamp, "event": "press"}
            topic = f"care/v1/h{number}/b{number}/event"
            return topic, json.dumps(body).encode(), phone(number)
        name = f"p-{number}-{self.started_ns}"
        body = {"id": name, "device": f"d{number:04}", "type": "button", "state": "pressed"}
        return f"care/d{number:04}/button", json.dumps(body).encode(), name

    def topics(self, count: int) -> list[str]:
        """Return the topics of `count` other devices."""
        if self.is_ours:
            return [f"care/v1/h{n}/m{n}/event" for n in range(count)]
        return [f"care/d{n:04}/sensor" for n in range(count)]

    def cpu_seconds(self) -> float:
        """Return the CPU time spent so far, children included."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return sum(p.cpu_times().user + p.cpu_times().system for p in everyone)

    def rss_mb(self) -> float:
        """Return the resident memory, MB, children included."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return sum(p.memory_info().rss for p in everyone) / 1e6


@contextlib.contextmanager
def guanai(folder: Path, broker: int, provider: str, limit: str = "8h") -> Iterator[Peer]:
    """Run the gateway on the same broker as the others; `limit`: the longest silence."""
    lines = f'url = "mqtt://127.0.0.1:{broker}"\nin_flight_max = 1000'
    with _gateway(folder, lines, provider, limit) as (child, began, data):
        yield Peer("guanai", child, began, broker, data)


@contextlib.contextmanager
def guanai_own_broker(folder: Path, broker: int, provider: str) -> Iterator[Peer]:
    """Run the gateway as it ships: its own broker saves every queued press at once."""
    port = free_port()
    with _gateway(folder, f'listen = "127.0.0.1:{port}"', provider) as (child, began, data):
        yield Peer("guanai, own broker", child, began, port, data)


@contextlib.contextmanager
def _gateway(
    folder: Path, broker: str, provider: str, limit: str = "8h"
) -> Iterator[tuple[psutil.Process, int, Path]]:
    config, data = village(folder, broker, provider, limit), folder / "data"
    arguments = [sys.executable, "-m", "gateway", "run", "--config", str(config)]
    began = time.monotonic_ns()
    with process([*arguments, "--data", str(data)], folder / "guanai.log") as child:
        yield child, began, data


@contextlib.contextmanager
def tuned(folder: Path, broker: int, provider: str) -> Iterator[Peer]:
    """Run the best script a good engineer writes in an evening."""
    env = {"MQTT_PORT": str(broker), "SMS_URL": f"{provider}/sms", "SILENCE": "100000"}
    env["DB"] = str(folder / "tuned.db")
    began = time.monotonic_ns()
    with process([sys.executable, str(BENCH / "tuned.py")], folder / "tuned.log", env) as child:
        yield Peer("tuned script", child, began, broker)


@contextlib.contextmanager
def node_red(folder: Path, broker: int, provider: str) -> Iterator[Peer]:
    """Run the same flow in Node-RED with a file as its history."""
    home = folder / "node-red"
    ports = [str(free_port()), str(broker), provider.rsplit(":", 1)[1]]
    modules = node_red_modules()
    maker = [sys.executable, str(BENCH / "nodered_flow.py"), str(home), "file", *ports, "100000"]
    home.mkdir()
    (home / "node_modules").symlink_to(modules)
    subprocess.run(maker, check=True, cwd=folder)
    node = modules / NODE / "bin" / "node"
    program = [str(node), str(modules / ".bin" / "node-red"), "-u", str(home)]
    program += ["-s", str(home / "settings.js")]
    began = time.monotonic_ns()
    with process(program, folder / "node-red.log") as child:
        yield Peer("Node-RED + file", child, began, broker)


def node_red_modules() -> Path:
    """Return the folder Node-RED is installed in, installing it the first time."""
    home = Path(os.environ.get("GUANAI_NODE_RED", ROOT / "var" / "bench" / "node-red"))
    modules = home / "node_modules"
    if not (modules / NODE).exists():
        home.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent"]
        command += ["node-red@5", f"{NODE}@22"]  # Debian's node is too old for it
        subprocess.run(command, check=True, cwd=home)
    return modules


NODE = f"node-linux-{'arm64' if platform.machine() == 'aarch64' else 'x64'}"
"""The package with a Node.js of its own."""

OURS = ["guanai", "guanai_own_broker"]


def available() -> tuple[list[str], str]:
    """Return the names of the peers that can run here, and why others cannot."""
    if not (BENCH / "tuned.py").exists():
        return OURS, f"peers not measured: {BENCH} is absent (set GUANAI_BENCH)"
    if shutil.which("npm") is None:
        return [*OURS, "tuned"], "Node-RED not measured: no npm here"
    return [*OURS, "tuned", "node_red"], ""
