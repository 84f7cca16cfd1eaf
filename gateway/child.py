"""A child process we watch: its log is bounded, its end is explained, its stop is sure."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from alerting.words import Words

READY_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 8.0
DRAIN_SECONDS_MAX = 1.0
LOG_BYTES_MAX = 2_000_000
TAIL_LINES = 12
EXIT_CONFIG = 78


class ChildError(RuntimeError):
    """A child ended or did not come up; `words` say which, and its last lines."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


@dataclass
class Child:
    """One process of ours: its output goes to a bounded log, its last lines are kept."""

    name: Words
    command: list[str]
    log: Path
    health: str
    process: asyncio.subprocess.Process | None = None
    reading: asyncio.Task[None] | None = None
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    deaths: list[float] = field(default_factory=list)

    async def start(self) -> None:
        """Start the process, apart from our terminal's signals."""
        self.tail.clear()
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.reading = asyncio.create_task(self._read(self.process))

    async def ready(self) -> None:
        """Return when it answers.

        Raises:
            ChildError: it ended, or did not answer in time.
        """
        assert self.process is not None
        ending = asyncio.create_task(self.process.wait())
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                while not await asyncio.to_thread(_answers, self.health):
                    if ending.done():
                        raise self.gone()
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise ChildError(
                f"{self.name.zh}在 {READY_SECONDS_MAX:.0f} 秒内没有就绪。{self._last('zh')}",
                f"{self.name.en} was not ready within {READY_SECONDS_MAX:.0f} s. "
                f"{self._last('en')}",
            ) from None
        finally:
            ending.cancel()

    def gone(self) -> ChildError:
        """Return what to say of its end."""
        assert self.process is not None
        code = self.process.returncode
        if code == EXIT_CONFIG:
            hint = Words("配置有误。", "Its configuration is wrong.")
        else:
            hint = Words("", "")
        return ChildError(
            f"{self.name.zh}意外结束（代码 {code}）。{hint.zh}{self._last('zh')}",
            f"{self.name.en} ended (code {code}). {hint.en}{self._last('en')}",
        )

    async def stop(self) -> None:
        """Ask it to stop, and after a while make it."""
        if self.process is None:
            return
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(STOP_SECONDS_MAX):
                    await self.process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    self.process.kill()
                await self.process.wait()
        await self.drain()

    async def drain(self) -> None:
        """Read the rest of what it said; a grandchild may hold the pipe open for ever."""
        if self.reading is not None:
            await asyncio.wait((self.reading,), timeout=DRAIN_SECONDS_MAX)
            self.reading.cancel()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with BoundedLog(self.log) as log:
            while chunk := await process.stdout.read(8_192):
                log.write(chunk)
                text = chunk.decode("utf-8", "replace")
                self.tail.extend(line for line in text.splitlines() if line.strip())

    def _last(self, language: str) -> str:
        shown = "\n    ".join(self.tail)
        words = Words(
            f"\n  最后几行（全部在 {self.log}）：\n    {shown}",
            f"\n  Its last lines (all of them in {self.log}):\n    {shown}",
        )
        return words.said(language)


class BoundedLog:
    """A log file that starts over when it is full; the one before is kept beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> BoundedLog:
        self._stream = self._file.open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def write(self, chunk: bytes) -> None:
        """Append; a full disk must not stop the demonstration."""
        assert self._stream is not None
        with contextlib.suppress(OSError):
            if self._stream.tell() > LOG_BYTES_MAX:
                self._stream.close()
                self._file.replace(self._file.with_suffix(".log.1"))
                self._stream = self._file.open("ab")
            self._stream.write(chunk)
            self._stream.flush()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def die_with_parent() -> None:
    """Let the kernel end the child if we are killed without a chance to do it (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
