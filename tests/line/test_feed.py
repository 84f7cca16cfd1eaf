"""A recorded home, fed through the broker and replayed without waiting: the same either way."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.config import BrokerAddress
from simulators.feed import config_for
from tests.fakes.broker import Mosquitto
from tests.line.world import ROOT, WAIT_SECONDS_MAX, Gateway, free_port

pytestmark = pytest.mark.line

REAL_HOMES = Path(os.environ.get("GUANAI_DATA", ROOT.parent / "shared" / "data")) / "homes"
DAY = 86_400
MONDAY = 1_772_409_600  # 2026-03-02 00:00 by the clock on the wall


def imagined_home() -> Iterator[str]:
    """Three days of somebody who once lies still from 8 in the morning until 6."""
    dice = random.Random(7)
    falls, found = MONDAY + DAY + 8 * 3600, MONDAY + DAY + 18 * 3600
    yield "unix_local,sensor,kind,room,value"
    for day in range(3):
        at = float(MONDAY + day * DAY + 6 * 3600)
        while at < MONDAY + day * DAY + 22 * 3600:
            if falls < at < found:
                yield f"{falls},M2,motion,living,1"
                at = float(found)
            sensor, kind, room = dice.choice(
                (("M1", "motion", "kitchen"), ("M2", "motion", "living"), ("I1", "item", "kitchen"))
            )
            yield f"{at:.3f},{sensor},{kind},{room},1"
            yield f"{at + 4:.3f},{sensor},{kind},{room},0"
            if dice.random() < 0.02:
                yield f"{at + 60:.3f},D1,door,hall,1"
                yield f"{at + 65:.3f},D1,door,hall,0"
                yield f"{at + 90:.3f},M2,motion,living,1"
            at += dice.uniform(100, 1_500)


def recorded(folder: Path, lines: Iterator[str]) -> Path:
    path = folder / "home.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


async def run(*arguments: str) -> str:
    """Run a program of ours to its end; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


async def replayed(source: Path, config: Path) -> list[dict[str, Any]]:
    """Return what `guanai replay` says of a recording, or of a journal."""
    arguments = ("replay", str(source), "--config", str(config), "--household", "home", "--json")
    return [json.loads(line) for line in (await run("gateway", *arguments)).splitlines()]


def findings(said: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    wanted = ("at", "detector", "subject", "active", "zh", "en")
    return [tuple(str(one[name]) for name in wanted) for one in said if "finding" in one]


def opened(said: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return [(one["incident"], one["at"]) for one in said if one.get("change") == "opened"]


async def fed(folder: Path, recording: Path) -> tuple[Gateway, Path]:
    """Feed a recording to a gateway through a broker; return both after the last of it."""
    async with Mosquitto(folder, "max_inflight_messages 1000") as broker:
        address = BrokerAddress("127.0.0.1", broker.port)
        config = folder / "home.toml"
        desk = f'\n[desk]\nlisten = "127.0.0.1:{free_port()}"\n\n[broker]'
        config.write_text(config_for(recording, "home", address).replace("\n[broker]", desk, 1))
        data, log = folder / "data", folder / "gateway.log"
        gateway = Gateway(config, data, log, "--clock", "fed")
        gateway.start()
        try:
            await listening(gateway)
            told = await run(
                *("simulators", "feed", str(recording), "--household", "home"),
                *("--broker", str(address), "--speed", "max"),
            )
            lines = int(told.split("Fed ")[1].split()[0])
            await written(gateway, lines)
        finally:
            await gateway.stop()
        return gateway, config


async def listening(gateway: Gateway) -> None:
    """Return once the gateway has subscribed: what comes before is nobody's."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while "self-test:" not in gateway.said():  # noqa: ASYNC110 - a process says it
            await asyncio.sleep(0.05)


async def written(gateway: Gateway, observations: int) -> None:
    """Return once so many observations are in the journal."""
    question = (
        "select count(*) from journal where household = 'home'"
        " and kind in ('Motion', 'Contact', 'Bed', 'Used')"
    )
    end = time.monotonic() + WAIT_SECONDS_MAX
    while (count := gateway.count(question)) < observations:
        assert time.monotonic() < end, f"{count} of {observations}\n{gateway.said()[-3000:]}"
        await asyncio.sleep(0.1)


async def same_both_ways(folder: Path, recording: Path) -> list[dict[str, Any]]:
    gateway, config = await fed(folder, recording)
    lived, again = await replayed(gateway.data, config), await replayed(recording, config)
    assert findings(lived) == findings(again)
    assert opened(lived) == opened(again)
    kept = gateway.ask("select id from incident where household = 'home' order by opened_at")
    assert [id for (id,) in kept] == [id for id, _ in opened(again)], "as the gateway wrote them"
    return again


async def test_an_imagined_home_is_judged_the_same_both_ways(tmp_path: Path) -> None:
    said = await same_both_ways(tmp_path, recorded(tmp_path, imagined_home()))
    silences = [one for one in findings(said) if one[1] == "inactivity" and one[3] == "True"]
    assert [at[:16] for at, *_ in silences] == ["2026-03-03T16:00"], "8 h after it went quiet"
    assert len(opened(said)) == 1


async def test_a_real_home_is_judged_the_same_both_ways(tmp_path: Path) -> None:
    real = REAL_HOMES / "ordonezA.csv.gz"
    if not real.exists():
        pytest.skip(f"no recorded homes at {REAL_HOMES}; set GUANAI_DATA to have this tried")
    said = await same_both_ways(tmp_path, real)
    print(f"{real.name}: {len(findings(said))} findings, {len(opened(said))} incidents both ways")
