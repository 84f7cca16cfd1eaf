"""The simulated modem by itself: what it answers, and the hand that plays its network."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from simulators.modem.__main__ import Hand
from simulators.modem.emulator import Emulator
from simulators.modem.phones import Fate
from simulators.modem.settings import HURRIED, Setup
from tests.fakes.modem import DAUGHTER, until


class Terminal:
    """A person at the other end of the line."""

    def __init__(self, folder: Path, setup: Setup | None = None) -> None:
        self.modem = Emulator(folder / "tty", setup=setup, timing=HURRIED)
        self.modem.start()
        self.fd = os.open(folder / "tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.said = ""

    async def types(self, command: str, end: str = "\r") -> str:
        self.said = ""
        os.write(self.fd, (command + end).encode())
        await until(lambda: self._reads(("OK", "ERROR", ">")))
        return self.said

    def _reads(self, ends: tuple[str, ...]) -> bool:
        try:
            self.said += os.read(self.fd, 4_096).decode("latin-1")
        except BlockingIOError:
            return False
        return any(end in self.said for end in ends)

    def close(self) -> None:
        os.close(self.fd)
        self.modem.stop()


async def test_it_echoes_until_it_is_told_not_to(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert await terminal.types("AT") == "AT\r\r\nOK\r\n"
    await terminal.types("ATE0")
    assert await terminal.types("AT") == "\r\nOK\r\n"
    assert "ERROR" in await terminal.types("AT+NONSENSE")
    assert "+CMS ERROR: 305" in await terminal.types("AT+CMGS=10")
    terminal.close()


async def test_a_text_that_is_no_pdu_is_refused(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    await terminal.types("ATE0")
    await terminal.types("AT+CMGF=0")
    assert ">" in await terminal.types("AT+CMGS=3")
    assert "+CMS ERROR: 304" in await terminal.types("00112233", "\x1a")
    terminal.close()


async def test_a_locked_sim_says_so(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, Setup(pin="1234"))
    assert "SIM PIN" in await terminal.types("AT+CPIN?")
    assert "+CME ERROR: 16" in await terminal.types('AT+CPIN="0000"')
    await terminal.types('AT+CPIN="1234"')
    assert "READY" in await terminal.types("AT+CPIN?")
    terminal.close()


async def test_a_hand_plays_the_network(tmp_path: Path) -> None:
    modem = Emulator(tmp_path / "tty", timing=HURRIED)
    modem.start()
    hand = Hand(modem)
    for line in (
        f"text {DAUGHTER} 收到 马上去",
        f"cut-off {DAUGHTER} 马上去",
        f"fate {DAUGHTER} silent",
        f"refuse {DAUGHTER} 500",
        f"ring {DAUGHTER} 1",
        "hang-up",
        "signal 7",
        "registered 5",
        "hang",
        "vanish",
        "appear",
        "garbage",
    ):
        assert hand.do(line) == "好了 done", line
    assert len(modem.memory) == 2
    assert modem.network.phone(DAUGHTER).fate is Fate.SILENT
    assert (modem.signal, modem.registered, modem.faults.hangs) == (7, 5, True)
    assert "help" in hand.do("dance")
    assert "缺少" in hand.do("text")
    assert "not a valid Fate" in hand.do(f"fate {DAUGHTER} lost")
    modem.stop()


@pytest.mark.line
async def test_the_command_runs_and_its_power_can_be_cut(tmp_path: Path) -> None:
    link, power = tmp_path / "tty", tmp_path / "power"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators", "modem", "--link", str(link)),
        *("--pace", "0.05", "--power-file", str(power)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert str(link) in (await process.stdout.readline()).decode()
    await until(link.exists)
    power.touch()
    await until(lambda: not link.exists())
    await until(link.exists)
    process.terminate()
    assert await process.wait() == 0
    assert not link.exists()
