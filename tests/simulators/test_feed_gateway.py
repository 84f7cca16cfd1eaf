"""A recorded home fed through the broker gives the findings a replay gives, at any speed."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.recordings import homes
from simulators.config import BrokerAddress
from simulators.feed import Fed, Feeder, Pace, config_for, feed, lines_of
from tests.simulators.mosquitto import broker, free_port, until

pytestmark = pytest.mark.line

BEGIN = 1_300_000_000  # a Sunday morning
DAY = 86_400


def recording(folder: Path) -> Path:
    """Write three invented days; on the second, nobody moves from morning on."""
    rng = random.Random(7)
    rows: list[tuple[float, str]] = []
    for day in range(3):
        last = BEGIN + day * DAY + (3_600 if day == 1 else 14 * 3_600)
        at = float(BEGIN + day * DAY)
        while at < last:
            at += rng.uniform(60, 900)
            rows.append((at, rng.choice(("M1,motion,Kitchen", "M2,motion,Hall", "Tap,item,Bath"))))
    lines = [homes.HEADER, *(f"{at:.3f},{what},1" for at, what in rows)]
    file = folder / "h1.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def replayed(source: Path, config: Path) -> list[str]:
    """Return what `guanai replay` says happened."""
    arguments = ["replay", str(source), "--config", str(config), "--household", "h1", "--json"]
    told = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


def journaled(data: Path) -> int:
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"file:{data / 'guanai.db'}?mode=ro", uri=True)) as db,
    ):
        kinds = ("Motion", "Used")
        count = "select count(*) from journal where household = 'h1' and kind in (?, ?)"
        return int(db.execute(count, kinds).fetchone()[0])
    return 0


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextlib.asynccontextmanager
async def gateway(config: Path, data: Path, desk: int) -> AsyncIterator[None]:
    process = started(config, data)
    try:
        await until(lambda: answers(desk), "the gateway")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.to_thread(process.wait, 15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def started(config: Path, data: Path) -> subprocess.Popen[bytes]:
    with (data.parent / "gateway.log").open("wb") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "gateway", "run", "--clock", "fed"),
                *("--config", str(config), "--data", str(data)),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def fed_by(file: Path, address: BrokerAddress, speed: float | None) -> Fed:
    with Feeder(address) as feeder:
        return feed(file, "h1", feeder, Pace(speed), lambda fed: None)


@pytest.mark.parametrize("speed", [None, 40_000.0])
async def test_fed_and_replayed_alike(tmp_path: Path, speed: float | None) -> None:
    file, config, data = recording(tmp_path), tmp_path / "h1.toml", tmp_path / "data"
    desk = free_port()
    with broker(tmp_path) as address:
        text = config_for(file, "h1", address)
        config.write_text(f'{text}\n[desk]\nlisten = "127.0.0.1:{desk}"\n')
        async with gateway(config, data, desk):
            fed = await asyncio.to_thread(fed_by, file, address, speed)
            await until(lambda: journaled(data) >= fed.observations, "everything journaled")
    assert fed.observations == sum(1 for _ in homes.observations(lines_of(file)))
    expected = replayed(file, config)
    assert any(json.loads(line).get("finding") == "inactivity" for line in expected)
    differs = "\n".join(difflib.unified_diff(expected, replayed(data, config), n=0, lineterm=""))
    assert not differs, f"{differs}\n{(tmp_path / 'gateway.log').read_text()}"
