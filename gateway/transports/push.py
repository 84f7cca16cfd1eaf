"""Pushes to apps, through a process of their own.

Apprise takes 20 MB, waits in its own threads and speaks to a hundred services; none of that
may touch the alarm path. So a child process has it (`gateway.push_child`), begun only where
pushes are configured, begun again when it ends, ended when it hangs. Its word is all that is
known: taken by a service, or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import sys
from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from alerting.delivery.channels.channel import Account, Progress
from alerting.delivery.channels.push import Push
from alerting.events import DeliveryState, ErrorClass
from gateway.child import die_with_parent
from gateway.clock import Clock
from gateway.store.rows import OutboxRow
from gateway.transports.targets import PushAccess
from gateway.transports.transport import FaultSink, SendError, Submitted, as_message, unsaid

COMMAND = (sys.executable, "-m", "gateway.push_child")
READY_SECONDS_MAX = 15.0
ANSWER_SECONDS_MAX = 15.0
"""Apprise gives each service some seconds; this is for what it does not bound."""
STOP_SECONDS_MAX = 2.0
AGAIN_SECONDS, AGAIN_SECONDS_MAX = 0.5, 60.0
"""After how long a child that ended is begun again, at first and at most."""
WELL_SECONDS = 60.0
"""A child that lived for so long was well."""
WAITING_MAX = 100
MISSES_MAX = 3
"""Messages in a row that a target may not take."""
PART = "provider"
LINE_BYTES_MAX = 65_536

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_NOBODY = Account("")

_log = logging.getLogger(__name__)


class Said(msgspec.Struct, frozen=True, gc=False):
    """One line of the child's."""

    id: int = -1
    status: str = ""
    ready: bool = False
    version: str = ""
    bad: dict[str, str] = {}
    error: str = ""


class Pushes:
    """The push tier."""

    name = "push"
    channels = ("push",)
    keeps_track = False

    def __init__(
        self,
        access: PushAccess,
        clock: Clock,
        command: tuple[str, ...] = COMMAND,
        answer_seconds: float = ANSWER_SECONDS_MAX,
    ) -> None:
        """Make it; the child is begun by `warm` or the first message.

        Args:
            access: the targets.
            clock: the time, and waiting for it.
            command: how the child is begun.
            answer_seconds: how long one message may take.
        """
        self._access = access
        self._clock = clock
        self._command = command
        self._answer_seconds = answer_seconds
        self._channel = Push()
        self._child: _Child | None = None
        self._beginning = asyncio.Lock()
        self._pause = 0.0
        self._not_before = 0.0
        self._misses: dict[str, int] = {}
        """By target: how many messages in a row were not taken."""
        self._fault: FaultSink = unsaid

    @property
    def pid(self) -> int | None:
        """The child's process id; None: there is none."""
        return self._child.process.pid if self._child is not None else None

    def look_after(self, fault: FaultSink, count: Callable[[str, str, str], None]) -> None:
        """Report targets that take nothing to `fault`; there is no bad input to count."""
        self._fault = fault

    async def warm(self) -> None:
        """Begin the child, and hear from it which targets it cannot use.

        Raises:
            SendError: it does not come up, has no library, or a target is wrong.
        """
        child = await self._running()
        if child.ready.error:
            raise SendError(ErrorClass.CONFIGURATION, child.ready.error)
        if child.ready.bad:
            wrong = "; ".join(f"{name}: {why}" for name, why in child.ready.bad.items())
            raise SendError(ErrorClass.CONFIGURATION, wrong)

    async def send(self, row: OutboxRow) -> Submitted:
        """Have the child hand one message over.

        Raises:
            SendError: it was not taken, or nobody can tell.
        """
        child = await self._running()
        request = self._channel.request(as_message(row), _NOBODY, self._clock.now())
        try:
            status = await child.ask(request, self._answer_seconds)
        except SendError:
            self._missed(row.address)
            raise
        news = self._channel.progress(status)
        if news.error is not None:
            self._missed(row.address)
            why = child.ready.bad.get(row.address) or child.ready.error or news.detail
            raise SendError(news.error, f"{row.address}: {why}", code=news.code)
        if self._misses.pop(row.address, 0) >= MISSES_MAX:
            self._say(row.address, active=False)
        return Submitted(row.key, news)

    def _missed(self, name: str) -> None:
        """A service says nothing of why: several in a row are for somebody to look at."""
        self._misses[name] = self._misses.get(name, 0) + 1
        if self._misses[name] == MISSES_MAX:
            self._say(name, active=True)

    def _say(self, name: str, *, active: bool) -> None:
        if active:
            detail = (
                f"推送 {name} 连续 {MISSES_MAX} 次没有被接收；请检查地址和服务 / "
                f"push {name}: not taken {MISSES_MAX} times in a row; look at address and service"
            )
        else:
            detail = f"推送 {name} 恢复 / push {name} works again"
        self._fault(PART, active, detail, f"push/{name}")

    async def find(
        self, row: OutboxRow, since: datetime, taken: Collection[str]
    ) -> Submitted | None:
        """Return None: no service can be asked."""
        return None

    async def progress(self, row: OutboxRow) -> Progress:
        """Return that it was taken; nothing more will ever be known."""
        return Progress(DeliveryState.ACCEPTED, final=True, detail="taken by the service")

    async def recall(self, row: OutboxRow) -> Progress | None:
        """Return None: what was pushed is on the phone."""
        return None

    async def close(self) -> None:
        """End the child."""
        if self._child is not None:
            await self._child.stop()

    async def _running(self) -> _Child:
        """Return a child that is ready.

        Raises:
            SendError: there is none for now.
        """
        async with self._beginning:
            if self._child is not None and self._child.is_alive:
                return self._child
            now = self._clock.monotonic()
            if self._child is not None:
                lived = now - self._child.began
                self._child = None
                self._later(now, is_well=lived >= WELL_SECONDS)
            if now < self._not_before:
                left = self._not_before - now
                raise SendError(
                    ErrorClass.TRANSIENT, f"its process ended; begun again in {left:.0f} s"
                )
            try:
                self._child = await _begin(self._command, self._access.targets, now)
            except (OSError, TimeoutError, ValueError) as error:
                self._later(now, is_well=False)
                detail = f"its process does not come up: {error!r}"
                raise SendError(ErrorClass.TRANSIENT, detail) from error
            return self._child

    def _later(self, now: float, *, is_well: bool) -> None:
        """Put off the next beginning, longer each time."""
        self._pause = AGAIN_SECONDS if is_well or not self._pause else self._pause * 2
        self._pause = min(self._pause, AGAIN_SECONDS_MAX)
        self._not_before = now + self._pause


class _Child:
    """One process, and who waits for its answers."""

    def __init__(self, process: asyncio.subprocess.Process, ready: Said, began: float) -> None:
        self.process = process
        self.ready = ready
        self.began = began
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._is_ended = False
        self._last_heard = asyncio.get_running_loop().time()
        self._reading = asyncio.create_task(self._read())

    @property
    def is_alive(self) -> bool:
        return not self._is_ended and self.process.returncode is None

    async def ask(self, request: dict[str, str | tuple[str, ...]], seconds: float) -> str:
        """Return its word on one message.

        Raises:
            SendError: it ended, or hangs; nobody can tell what became of the message.
        """
        if len(self._waiting) >= WAITING_MAX:
            return "busy"
        loop = asyncio.get_running_loop()
        number, asked = next(self._numbers), loop.time()
        answer: asyncio.Future[str] = loop.create_future()
        self._waiting[number] = answer
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(msgspec.json.encode({"id": number, **request}) + b"\n")
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            if self._last_heard < asked:
                # not one word since: it is not only this service that hangs
                _log.warning("the process of pushes hangs and is ended")
                self._kill()
            raise SendError(ErrorClass.AMBIGUOUS, f"no answer within {seconds:.0f} s") from None
        except (OSError, RuntimeError) as error:
            raise SendError(ErrorClass.TRANSIENT, f"its process is gone: {error!r}") from error
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """Let it end, and after a while make it."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self.process.wait()
        except TimeoutError:
            self._kill()
            await self.process.wait()
        await asyncio.wait((self._reading,), timeout=STOP_SECONDS_MAX)
        self._reading.cancel()

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while line := await self.process.stdout.readline():
                self._last_heard = asyncio.get_running_loop().time()
                said = msgspec.json.decode(line, type=Said)
                answer = self._waiting.get(said.id)
                if answer is not None and not answer.done():
                    answer.set_result(said.status)
        except ValueError as error:  # too long, or not what we speak
            _log.warning("the process of pushes says what we do not understand: %s", error)
            self._kill()
            while await self.process.stdout.read(LINE_BYTES_MAX):
                pass  # to the end, so that the pipe is closed
        finally:
            self._kill()
            for answer in self._waiting.values():
                if not answer.done():
                    detail = "its process ended in the middle of it"
                    answer.set_exception(SendError(ErrorClass.AMBIGUOUS, detail))

    def _kill(self) -> None:
        self._is_ended = True
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)


async def _begin(command: tuple[str, ...], targets: dict[str, str], now: float) -> _Child:
    """Return a child that has said that it is ready.

    Raises:
        OSError: it cannot be begun, or ended at once.
        TimeoutError: it does not say so in time.
        ValueError: it says something else.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # what a plugin writes may hold a key
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        limit=LINE_BYTES_MAX,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode({"targets": targets}) + b"\n")
        async with asyncio.timeout(READY_SECONDS_MAX):
            line = await process.stdout.readline()
        if not line:
            raise OSError("it ended before it was ready")
        ready = msgspec.json.decode(line, type=Said)
        if not ready.ready:
            raise ValueError("it does not say that it is ready")
    except BaseException:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        await process.wait()
        raise
    return _Child(process, ready, now)


def _environment() -> dict[str, str]:
    """Return what the child may know of ours: no credentials, no watchdog's socket."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.lower() in _PROXIES
    }
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
