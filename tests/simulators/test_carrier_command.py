"""`python -m simulators.carrier`, as a process."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from simulators.config import load
from simulators.phones.people import of_world

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "gateway" / "demo.toml"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def command(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.carrier",
        *words,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.line
async def test_it_serves_page_provider_and_back_room_and_stops_cleanly() -> None:
    process = await command("--config", str(DEMO), "--port", str(free_port()), "--language", "en")
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[1].rstrip("/")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/") as answer:
                assert "The phones of the village" in await answer.text()
            for file in ("web/phones.js", "web/phones.css", "look/base.css"):
                async with session.get(f"{url}/{file}") as answer:
                    assert answer.status == 200
            async with session.get(f"{url}/_admin/state") as answer:
                assert len((await answer.json())["people"]) == len(of_world(load(DEMO)))
            async with session.get(f"{url}/events") as stream:
                assert b"event: phones" in await stream.content.readuntil(b"data: ")
                process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), 10)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    _, complaints = await process.communicate()
    assert b"Traceback" not in complaints


@pytest.mark.line
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--config", "absent.toml"), b"absent.toml"),
        (("--config", str(DEMO), "--people", "absent.toml"), b"a readable TOML file"),
        (("--config", str(DEMO), "--pace", "0"), b"expected above 0"),
        (("--config", str(DEMO), "--sms-url", "here"), b"expected an http(s) address"),
    ],
)
async def test_it_says_in_one_line_what_is_wrong(words: tuple[str, ...], reason: bytes) -> None:
    process = await command(*words)
    _, complaints = await process.communicate()
    assert process.returncode == 1
    assert complaints.startswith(b"Error: ")
    assert reason in complaints
    assert complaints.count(b"\n") == 1
