"""What every measurement stands on: free ports, processes, a broker, a sink, a village."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
HOMES = 1_000


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 15.0) -> None:
    """Return once something listens on `port`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.01)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


@contextlib.contextmanager
def process(
    arguments: Sequence[str], log: Path, env: dict[str, str] | None = None
) -> Iterator[psutil.Process]:
    """Run a program for the time of the block, and end it by its own id."""
    with log.open("ab") as out:
        child = subprocess.Popen(
            arguments, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **(env or {})}
        )
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run mosquitto as Debian ships it, with wider queues and no delayed answers.

    It saves its queue each half hour, so it is quicker and forgets more than ours does.
    """
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    port = free_port()
    data = folder / "mosquitto"
    data.mkdir(parents=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        f"persistence true\npersistence_location {data}/\n"
        "max_inflight_messages 1000\nmax_queued_messages 200000\n"
        + ("user root\n" if os.geteuid() == 0 else "")
    )
    with process([program, "-c", str(config)], folder / "mosquitto.log"):
        wait_for_port(port)
        yield port


@contextlib.contextmanager
def sink(folder: Path) -> Iterator[str]:
    """Run the provider the messages arrive at; its address is yielded."""
    port = free_port()
    with process([sys.executable, "-m", "benchmarks.sink", str(port)], folder / "sink.log"):
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


def asked(url: str) -> Any:
    """Return the JSON at `url`."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.load(answer)


def phone(home: int) -> str:
    """Return the number that only this home's messages go to."""
    return f"+852{60_000_000 + home}"


def village(folder: Path, broker: str, provider: str, limit: str) -> Path:
    """Write a configuration of `HOMES` homes, each with a button, a PIR and its own phone.

    `broker` holds the lines of the `[broker]` section; `limit` is the longest silence.
    """
    parts = [
        'language = "zh"\nzone = "Asia/Shanghai"\nsignature = "测试"\n'
        f"[broker]\n{broker}\n"
        f'[desk]\nlisten = "127.0.0.1:{free_port()}"\n'
        '[twilio]\naccount_sid = "AC00000000000000000000000000000001"\nauth_token = "bench"\n'
        f'from = "+85230000000"\nbase_url = "{provider}"\n'
        '[[responder]]\nid = "technician"\nname = "T"\nrole = "technician"\n'
        'phone = "+85251000041"\nchannels = ["sms"]\n'
        '[[policy]]\nid = "need"\nkinds = ["emergency", "inactivity", "safety"]\n'
        'channels = ["sms"]\n[[policy.step]]\ntier = "家庭"\nwho = ["relative"]\nwait = "1h"\n'
        '[[policy]]\nid = "repair"\nkinds = ["technical"]\nchannels = ["sms"]\n'
        '[[policy.step]]\ntier = "维修"\nwho = ["technician"]\nwait = "4h"\n'
    ]
    parts.extend(_home(number, limit) for number in range(HOMES))
    path = folder / "village.toml"
    path.write_text("\n".join(parts))
    return path


def _home(number: int, limit: str) -> str:
    return (
        f'[[responder]]\nid = "r{number}"\nname = "R"\nrole = "relative"\n'
        f'phone = "{phone(number)}"\nchannels = ["sms"]\n'
        f'[[household]]\nid = "h{number}"\ncode = "B{number:04}"\nname = "H"\n'
        'residents = [{ name = "R" }]\n'
        f'inactivity_by_day = "{limit}"\ninactivity_by_night = "{limit}"\n'
        f'team = {{ relative = ["r{number}"], technician = ["technician"] }}\n'
        f'[[household.device]]\nid = "b{number}"\nprofile = "native"\nrole = "call_button"\n'
        f'[[household.device]]\nid = "m{number}"\nprofile = "native"\nrole = "motion"\n'
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0-1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
