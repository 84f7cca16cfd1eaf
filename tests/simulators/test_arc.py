"""The alarm receiving centre as a command."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.events import DeliveryState
from gateway.transports.scaip import Scaips
from gateway.transports.targets import ScaipAccess, ScaipTarget
from tests.fakes.clock import FakeClock
from tests.fakes.rows import row

ROOT = Path(__file__).parents[2]


@pytest.mark.line
async def test_it_shows_what_it_is_told_and_answers() -> None:
    command = (sys.executable, "-u", "-m", "simulators", "arc", "--port", "0")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            first = (await process.stdout.readline()).decode()
            target = ScaipTarget(
                host="127.0.0.1",
                port=int(first.split(":")[1].split()[0]),
                transport="udp",
                user="",
                controller="100000",
                controllers={},
                username="",
                password="",
                heartbeat=None,
                hold=timedelta(minutes=3),
            )
            tier = Scaips(ScaipAccess(targets={"county": target}), FakeClock())
            news = (await tier.send(row("scaip", "county"))).progress
            said = (await process.stdout.readline()).decode()
    finally:
        process.terminate()
        await process.wait()
    assert news.state is DeliveryState.DELIVERED
    assert "cid=100000" in said
    assert "王奶奶按下呼救" in said
