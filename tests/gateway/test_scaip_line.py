"""SIP as sipp judges it: Debian's own test tool plays the alarm receiving centre."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerting.events import DeliveryState, ErrorClass
from gateway.transports.scaip import Scaips
from gateway.transports.targets import ScaipAccess, ScaipTarget
from gateway.transports.transport import SendError
from tests.fakes.clock import FakeClock
from tests.fakes.rows import row

pytestmark = pytest.mark.line

SCENARIOS = Path(__file__).parent / "sipp"
ROW = row("scaip", "county")


class Sipp:
    """A running sipp; `verdict` is 0 if every call went as its scenario says."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, protocol: str) -> None:
        self.process = process
        self.port = port
        target = ScaipTarget(
            host="127.0.0.1",
            port=port,
            transport=protocol,
            user="alarm",
            controller="100027",
            controllers={},
            username="guanai",
            password="a-secret",
            heartbeat=None,
            hold=timedelta(minutes=10),
        )
        access = ScaipAccess(targets={"county": target})
        self.centres = Scaips(access, FakeClock(), answer_seconds=2.5)

    async def verdict(self) -> int:
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def sipp(
    folder: Path, scenario: str, calls: int = 1, answers: str = "", protocol: str = "udp"
) -> AsyncIterator[Sipp]:
    """Play `scenario`; `answers` are the statuses of `answer.xml`, call by call."""
    program = shutil.which("sipp")
    assert program, "sipp is missing: deploy/tools.sh installs Debian's sip-tester"
    port = _free_port()
    command = [program, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1"]
    command += ["-p", str(port), "-m", str(calls), "-nostdin", "-timeout", "30s"]
    command += ["-t", "t1" if protocol == "tcp" else "u1"]
    if answers:
        (folder / "answers.csv").write_text("SEQUENTIAL\n" + "\n".join(answers.split()) + "\n")
        command += ["-inf", str(folder / "answers.csv")]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TERM": "dumb"},
    )
    try:
        await _until_taken(port, protocol, process)
        yield Sipp(process, port, protocol)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_centre_that_has_it(tmp_path: Path) -> None:
    async with sipp(tmp_path, "answer", answers="0") as centre:
        submitted = await centre.centres.send(ROW)
        assert submitted.progress.state is DeliveryState.DELIVERED
        assert await centre.verdict() == 0


async def test_the_same_over_tcp(tmp_path: Path) -> None:
    async with sipp(tmp_path, "answer", answers="0", protocol="tcp") as centre:
        submitted = await centre.centres.send(ROW)
        assert submitted.progress.state is DeliveryState.DELIVERED
        assert await centre.verdict() == 0


async def test_a_centre_that_holds_it_and_then_has_it(tmp_path: Path) -> None:
    async with sipp(tmp_path, "answer", calls=3, answers="4 4 0") as centre:
        held = await centre.centres.send(ROW)
        assert held.progress.state is DeliveryState.ACCEPTED
        kept = msgspec.structs.replace(
            ROW, provider_id=held.provider_id, submitted_at=ROW.created_at
        )
        states = [(await centre.centres.progress(kept)).state for _ in range(2)]
        assert states == [DeliveryState.ACCEPTED, DeliveryState.DELIVERED]
        assert await centre.verdict() == 0


@pytest.mark.parametrize("status", ["5", "6"])
async def test_a_centre_that_does_not_treat_it_or_is_busy(tmp_path: Path, status: str) -> None:
    async with sipp(tmp_path, "answer", answers=status) as centre:
        news = (await centre.centres.send(ROW)).progress
        assert (news.state, news.error) == (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE)
        assert news.code == status
        assert await centre.verdict() == 0


async def test_a_centre_that_asks_who_we_are(tmp_path: Path) -> None:
    """sipp verifies the digest itself."""
    async with sipp(tmp_path, "login") as centre:
        submitted = await centre.centres.send(ROW)
        assert submitted.progress.state is DeliveryState.DELIVERED
        assert await centre.verdict() == 0


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("other_reference", "another reference"),
        ("nothing", "the centre said nothing"),
        ("silent", "no answer"),
    ],
)
async def test_what_is_no_answer_is_none(tmp_path: Path, scenario: str, said: str) -> None:
    async with sipp(tmp_path, scenario) as centre:
        with pytest.raises(SendError) as caught:
            await centre.centres.send(ROW)
        assert caught.value.error is ErrorClass.AMBIGUOUS
        assert said in caught.value.detail


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _until_taken(port: int, protocol: str, process: asyncio.subprocess.Process) -> None:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    async with asyncio.timeout(10):
        while process.returncode is None:
            with socket.socket(socket.AF_INET, kind) as one:
                try:
                    one.bind(("127.0.0.1", port))
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        return
                    raise
            await asyncio.sleep(0.05)
    raise AssertionError(f"sipp ended with {process.returncode}")
