"""AT commands: one at a time, each with its end; what the modem says unasked goes elsewhere.

Forms: 3GPP TS 27.007, 4 (syntax) and 27.005 (texts). A modem that does not answer in time
is not asked on: its late answer would be taken for the next one's. First it must answer a
plain `AT` again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

from gateway.clock import Clock, Timer

LINE_BYTES_MAX = 4_096
LINES_MAX = 1_000
"""Of one answer."""
RESYNC_SECONDS = 2.0

_UNASKED = (
    *("+CMTI:", "+CMT:", "+CDSI:", "+CDS:", "RING", "+CRING", "+CLIP:", "+CCWA:", "NO CARRIER"),
    *("BUSY", "NO ANSWER", "NO DIALTONE", "VOICE CALL:", "MISSED_CALL", "+RXDTMF:", "+DTMF:"),
    *("+QTONEDET:", "+CTTS:", "+QTTS:", "+QWTTS:", "+QPSND:", "+AUDIOSTATE:", "+WAVSTATE:"),
    *("RDY", "SMS DONE", "PB DONE", "SMS READY", "CALL READY", "+SMS FULL", "+CPIN:", "+QIND:"),
    *("^", "*", "+CREG:", "+CEREG:", "+CGREG:", "+CGEV:", "+CUSD:", "+CMGS:"),
)
"""How lines begin that come unasked, unless the command that waits has the same name."""
_WITH_PDU = ("+CMT:", "+CDS:")
_CALL_ENDS = ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE")
_ERROR = re.compile(r"(\+CM[SE] ERROR|ERROR|COMMAND NOT SUPPORT)(?::\s*(.*))?")
_NAME = re.compile(r"AT([+^][A-Z]+)", re.IGNORECASE)

_log = logging.getLogger(__name__)


class AtError(Exception):
    """The modem refused a command.

    Attributes:
        command: which.
        kind: `+CMS ERROR`, `+CME ERROR`, `ERROR`, or the result of a call.
        code: its number; 0: none.
    """

    def __init__(self, command: str, kind: str, code: int = 0) -> None:
        super().__init__(f"{command.split('=')[0]}: {kind}" + (f": {code}" if code else ""))
        self.command = command
        self.kind = kind
        self.code = code


class AtSilent(Exception):
    """The modem did not answer, or is gone.

    Attributes:
        doubtful: it may have done it all the same.
    """

    def __init__(self, why: str, doubtful: bool = False) -> None:
        super().__init__(why)
        self.doubtful = doubtful


class _Pending:
    """The command that waits for its answer."""

    def __init__(self, command: str, payload: bytes) -> None:
        self.command = command
        self.payload = payload
        self.is_paid = not payload
        self.lines: list[str] = []
        self.done: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        name = _NAME.match(command)
        self.name = f"{name[1].upper()}:" if name else ""

    @property
    def is_call(self) -> bool:
        return self.command.upper().startswith(("ATD", "ATA"))


class At:
    """Talks to one open line."""

    def __init__(
        self,
        clock: Clock,
        write: Callable[[bytes], None],
        unasked: Callable[[str, str], None],
        answer_seconds: float = RESYNC_SECONDS,
    ) -> None:
        """Make it.

        Args:
            clock: for the time limits.
            write: sends to the line.
            unasked: hears each line nobody asked for, and the PDU that belongs to it.
            answer_seconds: an ordinary answer takes at most so long.
        """
        self._clock = clock
        self._write = write
        self._resync = min(RESYNC_SECONDS, answer_seconds)
        self._unasked = unasked
        self._turn = asyncio.Lock()
        self._pending: _Pending | None = None
        self._buffer = b""
        self._head = ""
        """The first line of what comes in two."""
        self._is_muddled = False
        self._lost = ""

    # ------------------------------------------------------------------ asking

    async def ask(self, command: str, seconds: float, payload: bytes = b"") -> list[str]:
        """Send a command; return the lines of its answer, without `OK`.

        Args:
            command: `AT...`, without the end of the line.
            seconds: how long it may take.
            payload: what follows once the modem asks for it (`> `).

        Raises:
            AtError: it was refused.
            AtSilent: there was no answer.
        """
        async with self._turn:
            return await self._ask(command, seconds, payload)

    async def ask_all(self, commands: Sequence[str], seconds: float) -> list[list[str]]:
        """Send several commands with nothing in between; return their answers.

        Raises:
            AtError: one was refused; those after it were not sent.
            AtSilent: there was no answer.
        """
        async with self._turn:
            return [await self._ask(command, seconds, b"") for command in commands]

    def shout(self, command: str) -> None:
        """Send a command without waiting for anything: the last resort."""
        self._write(command.encode() + b"\r")

    def lose(self, why: str) -> None:
        """Take note that the line is gone."""
        self._lost = why
        if self._pending is not None and not self._pending.done.done():
            was_doubtful = bool(self._pending.payload) and self._pending.is_paid
            self._pending.done.set_exception(AtSilent(why, was_doubtful))

    async def _ask(self, command: str, seconds: float, payload: bytes) -> list[str]:
        if self._lost:
            raise AtSilent(self._lost)
        if self._is_muddled:
            await self._clear()
        return await self._once(command, seconds, payload)

    async def _once(self, command: str, seconds: float, payload: bytes) -> list[str]:
        pending = self._pending = _Pending(command, payload)
        timer = self._limit(pending, seconds)
        try:
            self._write(command.encode("ascii", "replace") + b"\r")
            return await pending.done
        except BaseException as error:
            # cancelled or too late: its answer may still come, and is not the next one's
            self._is_muddled = self._is_muddled or not isinstance(error, AtError)
            raise
        finally:
            timer.cancel()
            self._pending = None

    async def _clear(self) -> None:
        """Find out where answers begin again."""
        self._write(b"\x1b\r")  # out of a prompt, should it wait in one
        self._is_muddled = False
        await self._once("AT", self._resync, b"")
        # that may have been a late answer's end: what still comes is nobody's
        await self._clock.sleep(self._resync / 10)

    def _limit(self, pending: _Pending, seconds: float) -> Timer:
        def over() -> None:
            if not pending.done.done():
                name = pending.command.split("=")[0]
                doubtful = bool(pending.payload) and pending.is_paid
                why = f"no answer to {name} within {seconds:g} s"
                pending.done.set_exception(AtSilent(why, doubtful))

        return self._clock.call_later(seconds, over)

    # ------------------------------------------------------------------ listening

    def feed(self, data: bytes) -> None:
        """Take in what the line brought."""
        self._buffer += data
        while b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            written = line.strip(b"\r\0 ").decode("latin-1")
            if written:
                self._line(written)
        if self._buffer.lstrip(b"\r ")[:1] == b">" and self._pay():
            self._buffer = b""
        self._buffer = self._buffer[-LINE_BYTES_MAX:]

    def _pay(self) -> bool:
        """Send what follows the command, if the modem waits for it."""
        pending = self._pending
        if pending is None or pending.is_paid:
            return False
        pending.is_paid = True
        self._write(pending.payload)
        return True

    def _line(self, line: str) -> None:
        if line == ">" and self._pay():
            return  # it asked, and at once had something else to say
        if self._head:
            head, self._head = self._head, ""
            if all(one in "0123456789ABCDEFabcdef" for one in line):
                self._unasked(head, line)
                return
            self._unasked(head, "")  # its second line got lost
        pending = self._pending
        if pending is None or pending.done.done():
            self._aside(line)
            return
        if line == pending.command or line.startswith("> "):
            return  # its echo
        if line == "OK":
            pending.done.set_result(pending.lines)
        elif pending.is_call and line in _CALL_ENDS:
            pending.done.set_exception(AtError(pending.command, line))
        elif found := _ERROR.fullmatch(line):
            code = max(0, number(found[2] or ""))
            pending.done.set_exception(AtError(pending.command, found[1], code))
        elif line.startswith(_UNASKED) and not (pending.name and line.startswith(pending.name)):
            self._aside(line)
        elif len(pending.lines) < LINES_MAX:
            pending.lines.append(line)

    def _aside(self, line: str) -> None:
        if line.startswith(_WITH_PDU):
            self._head = line
        elif line.startswith(_UNASKED):
            self._unasked(line, "")
        else:
            _log.debug("the modem said %r", line[:80])


def values(line: str) -> list[str]:
    """Return what stands after the colon of a line, split at commas, without quotes."""
    return [one.strip().strip('"') for one in line.partition(":")[2].split(",")]


def number(written: str) -> int:
    """Return a whole number; -1 if it is none."""
    return int(written) if written.isascii() and written.isdigit() else -1
