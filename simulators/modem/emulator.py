"""The simulated modem: a line of AT commands, a memory, a radio, and everything wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from simulators.modem import pdu
from simulators.modem.calls import Calls
from simulators.modem.commands import Commands
from simulators.modem.network import Network
from simulators.modem.settings import Faults, Setup, Timing
from simulators.modem.tty import Tty
from simulators.phones.people import Person

LINE_BYTES_MAX = 2_000
_END, _ESCAPE = b"\x1a", b"\x1b"


class Emulator:
    """One modem on a pseudo-terminal. Everything runs on one event loop."""

    def __init__(
        self,
        link: Path,
        people: Iterable[Person] = (),
        setup: Setup | None = None,
        timing: Timing | None = None,
    ) -> None:
        """Make it; it is there after `start`.

        Args:
            link: the name the device gets, as a udev rule gives one.
            people: whose phones there are; others come into being when they are called.
            setup: what kind of modem it is.
            timing: how fast everything goes.
        """
        self.setup = setup or Setup()
        self.timing = timing or Timing()
        self.faults = Faults()
        self.tty = Tty(link, self._receive)
        self.network = Network(people, self.setup, self.timing)
        self.calls = Calls(self.network, self.setup, self.timing, self.unsolicited)
        self.network.incoming = self.store
        self.network.reports = self.report
        self.commands = Commands(self)
        self.log: list[str] = []
        """Every command that came, in order."""
        self.resets = 0
        self.power_cycles = 0
        self.memory: dict[int, str] = {}
        """Received texts, as PDUs, by slot."""
        self.kept_reports: dict[int, str] = {}
        self.held: list[str] = []
        """Texts the network keeps because the memory is full."""
        self.signal = 20
        self.registered = 1
        self.sim = "READY" if not self.setup.pin else "SIM PIN"
        self.reference = 0
        self._input = b""
        self._prompt: Callable[[str], None] | None = None
        self._boots: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Be plugged in and ready."""
        self.tty.appear()

    def stop(self) -> None:
        """Be pulled out for good."""
        self.tty.vanish()
        self.calls.drop()

    def power_cycle(self) -> None:
        """Lose power and get it again: whatever hung is over."""
        self.power_cycles += 1
        self.faults.hangs = self.faults.hangs_hard = False
        self.tty.vanish()
        self._forget()
        self._boots = self._later(self.timing.boot, self._booted)

    def reset(self) -> None:
        """Restart, as AT+CFUN=1,1 does."""
        self.resets += 1
        self.faults.hangs = False
        self._forget()
        if self.faults.reenumerates:
            self._later(self.timing.gone / 10, self.tty.vanish)
        self._boots = self._later(self.timing.boot, self._booted)

    def _forget(self) -> None:
        self.commands.forget()
        self.calls.drop()
        self._prompt, self._input = None, b""
        self.sim = "READY" if not self.setup.pin else "SIM PIN"

    def _booted(self) -> None:
        self._boots = None
        if not self.tty.is_there:
            self.tty.appear()
        for line in ("RDY", f"+CPIN: {self.sim}", "SMS DONE", "PB DONE"):
            self.unsolicited(line)

    # ------------------------------------------------------------------ the line

    @property
    def is_deaf(self) -> bool:
        """Return whether commands meet silence."""
        return self.faults.hangs or self.faults.hangs_hard or self._boots is not None

    def say(self, *lines: str) -> None:
        """Answer with these lines."""
        for line in lines:
            self.tty.write(b"\r\n" + line.encode("latin-1", "replace") + b"\r\n")

    def unsolicited(self, line: str) -> None:
        """Say something nobody asked for."""
        if not self.faults.hangs and not self.faults.hangs_hard:
            self.say(line)

    def garbage(self, data: bytes) -> None:
        """Put noise on the line."""
        self.tty.write(data)

    def prompt(self, take: Callable[[str], None]) -> None:
        """Ask for the text of a message; `take` gets it."""
        self._prompt = take
        self.tty.write(b"\r\n> ")

    def _receive(self, data: bytes) -> None:
        if self.commands.echo and not self.is_deaf:
            self.tty.write(data)
        self._input += data
        while self._input:
            if self._prompt is not None:
                if not self._take_message():
                    return
                continue
            line, end, rest = self._input.partition(b"\r")
            if not end:
                self._input = self._input[-LINE_BYTES_MAX:]
                return
            self._input = rest
            self._command(line.decode("latin-1").strip("\n \x1a\x1b"))

    def _take_message(self) -> bool:
        ends = [at for at in (self._input.find(_END), self._input.find(_ESCAPE)) if at >= 0]
        if not ends:
            return False
        end = min(ends)
        body, ending, self._input = (
            self._input[:end],
            self._input[end : end + 1],
            self._input[end + 1 :],
        )
        take, self._prompt = self._prompt, None
        if ending == _ESCAPE:
            self.say("OK")
        elif take is not None:
            take(body.decode("latin-1").strip())
        return True

    def _command(self, line: str) -> None:
        if not line:
            return
        self.log.append(line)
        if line.upper() == "AT+CFUN=1,1" and not self.faults.hangs_hard:
            if not self.is_deaf:
                self.say("OK")
            self.reset()
            return
        if self.is_deaf:
            return
        self.commands.run(line)

    # ------------------------------------------------------------------ what the network brings

    def store(self, text: str) -> None:
        """Take a text (or any PDU) from the network into the memory, or leave it there."""
        free = next((n for n in range(self.setup.slots) if n not in self.memory), None)
        if free is None:
            self.held.append(text)
            if self.setup.family == "simcom":
                self.unsolicited("+SMS FULL")
            return
        self.memory[free] = text
        if self.commands.tells_of_texts:
            self.unsolicited(f'+CMTI: "SM",{free}')

    def forget_text(self, slot: int) -> None:
        """Free a slot; what waited in the network takes it."""
        self.memory.pop(slot, None)
        if self.held:
            self.store(self.held.pop(0))

    def report(self, text: str) -> None:
        """Take a status report from the network."""
        if not self.commands.tells_of_reports:
            return
        if self.setup.stores_reports:
            slot = max(self.kept_reports, default=-1) + 1
            self.kept_reports[slot] = text
            self.unsolicited(f'+CDSI: "SR",{slot}')
        else:
            self.unsolicited(f"+CDS: {pdu.length(text)}\r\n{text}")

    def _later(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self.timing.of(seconds), call)
