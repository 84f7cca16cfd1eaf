"""One broker process: started, watched, started again, stopped.

It dies with us where `setpriv` is installed (Debian has it); one that outlived a
killed gateway is found by its pid file and ended before a new one starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import time
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

from gateway.brokers.errors import BrokerError

STOP_SECONDS_MAX = 5.0
POLL_SECONDS = 0.05
LOG_BYTES_MAX = 1_000_000
LAST_LINES_MAX = 5
LINE_BYTES_MAX = 4_096


log = logging.getLogger(__name__)


class BrokerProcess:
    """Starts `command` and keeps what it says."""

    def __init__(self, pid_file: Path, log_file: Path) -> None:
        self.command: tuple[str, ...] = ()
        self._pid_file = pid_file
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last: deque[str] = deque(maxlen=LAST_LINES_MAX)

    @property
    def pid(self) -> int | None:
        """The running process, if there is one."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    @property
    def last_words(self) -> str:
        """Its last lines, for an error."""
        return " / ".join(self._last)

    async def start(self) -> None:
        """Start it.

        Raises:
            BrokerError: the program cannot be executed.
        """
        try:
            self._process = await asyncio.create_subprocess_exec(
                *_bound_to_us(self.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=LINE_BYTES_MAX,
                start_new_session=True,  # Ctrl-C is for us; we stop it in our own time
            )
        except OSError as error:
            raise BrokerError(
                f"无法启动 {self.command[0]}：{error.strerror}",
                f"cannot start {self.command[0]}: {error.strerror}",
            ) from None
        self._reader = asyncio.create_task(self._keep_log(self._process))
        try:
            self._pid_file.write_text(f"{self._process.pid} {' '.join(self.command)}\n")
        except OSError as error:  # a disk that is full must not keep the homes from being heard
            log.warning("%s: %s", self._pid_file, error)

    async def wait(self) -> int:
        """Return its exit code once it has ended."""
        assert self._process is not None, "started before it is waited for"
        code = await self._process.wait()
        if self._reader is not None:
            await asyncio.wait((self._reader,))  # what it said may be lost, its end is not
        return code

    async def kill(self) -> None:
        """End it the hard way, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self.wait()

    async def stop(self) -> None:
        """Ask it to end; insist after `STOP_SECONDS_MAX`."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS_MAX):
                    await self.wait()
            except TimeoutError:
                await self.kill()
        self._pid_file.unlink(missing_ok=True)

    async def _keep_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None, "asked for above"
        handler = _log_handler(self._log_file)
        try:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:
                    continue  # longer than the limit: the reader has dropped it
                if not line:
                    return
                text = line.decode("utf-8", "replace").rstrip()
                self._last.append(text)
                handler.emit(logging.makeLogRecord({"msg": text}))
        finally:
            handler.close()


class _QuietHandler(RotatingFileHandler):
    """A full disk must not stop the broker, nor fill the console."""

    def handleError(self, record: logging.LogRecord) -> None:  # logging's name
        """Do without this line."""


def _log_handler(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _QuietHandler(file, maxBytes=LOG_BYTES_MAX, backupCount=1, encoding="utf-8")
    except OSError:
        return logging.NullHandler()


def _bound_to_us(command: tuple[str, ...]) -> tuple[str, ...]:
    """Let the kernel end the process when we die, however we die."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--", *command) if setpriv else command


def end_leftover(pid_file: Path) -> bool:
    """End the broker a killed gateway left behind; True if there was one. May take seconds.

    Raises:
        BrokerError: it is there and may not be ended.
    """
    found = _noted(pid_file)
    if found is not None:
        _end(*found)
    pid_file.unlink(missing_ok=True)
    return found is not None


def hang_up(pid_file: Path) -> bool:
    """Tell a running broker to read its accounts again; False if there is none.

    Raises:
        BrokerError: it is there and belongs to another user.
    """
    found = _noted(pid_file)
    if found is None:
        return False
    try:
        os.kill(found[0], signal.SIGHUP)
    except ProcessLookupError:
        return False
    except PermissionError:
        raise _not_ours(found[0]) from None
    return True


def noted_pid(pid_file: Path) -> int | None:
    """Return the number of the broker noted in the file, if it still runs."""
    found = _noted(pid_file)
    return found[0] if found else None


def _noted(pid_file: Path) -> tuple[int, str] | None:
    """Return number and command of the broker that is noted in the file, if it still runs."""
    try:
        pid_text, _, command = pid_file.read_text().strip().partition(" ")
        pid = int(pid_text)
    except (OSError, ValueError):
        return None
    # the number may be somebody else's by now
    return (pid, command) if command and _command_of(pid) == command else None


def _not_ours(pid: int) -> BrokerError:
    return BrokerError(
        f"代理（进程 {pid}）属于别的用户；请以该用户或 root 执行",
        f"the broker (process {pid}) belongs to another user; run this as that user or as root",
    )


def _end(pid: int, command: str) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        except PermissionError:
            raise _not_ours(pid) from None
        for _ in range(int(STOP_SECONDS_MAX / POLL_SECONDS)):
            if _command_of(pid) != command:
                return
            time.sleep(POLL_SECONDS)


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
    except (OSError, UnicodeDecodeError):
        return ""
