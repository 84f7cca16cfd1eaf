"""A broker as the gateway sees it: an address, kept reachable."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import aiomqtt

from alerting.words import Words
from gateway.brokers.accounts import write_private
from gateway.brokers.address import BrokerAddress
from gateway.brokers.errors import BrokerError
from gateway.brokers.process import BrokerProcess, end_leftover
from gateway.brokers.program import Program, Setup, gateway_login
from gateway.brokers.selftest import Durability, self_test

READY_SECONDS_MAX = 10.0
READY_POLL_SECONDS = 0.05
RESTART_SECONDS_MIN = 0.2
RESTART_SECONDS_MAX = 10.0
STEADY_SECONDS = 60.0
"""A broker that ran this long has recovered: the next restart is quick again."""

Report = Callable[[bool, Words], None]
"""Told when the broker breaks (`True`) and when it works again (`False`)."""

PID_FILE = "broker.pid"
_SCRATCH = "selftest-"

log = logging.getLogger(__name__)


class Broker(Protocol):
    """What the gateway needs of any broker."""

    @property
    def name(self) -> str:
        """Name it for people."""

    @property
    def address(self) -> BrokerAddress:
        """Where sessions are opened."""

    async def start(self) -> None:
        """Make it reachable.

        Raises:
            BrokerError: it cannot be started, with what to do about it.
        """

    async def self_test(self) -> Durability:
        """Try whether a queued press survives, beside the real session."""

    async def stop(self) -> None:
        """End what `start` began."""


class ExternalBroker:
    """Somebody else's broker: we neither start nor stop it."""

    name = "external"

    def __init__(self, address: BrokerAddress) -> None:
        self.address = address

    async def start(self) -> None:
        """Do nothing: the session connects, and keeps trying, by itself."""

    async def self_test(self) -> Durability:
        """Try leaving and coming back; whether it survives a restart stays unknown."""
        return await self_test(self.address)

    async def stop(self) -> None:
        """Do nothing."""


class SupervisedBroker:
    """Our own broker: started with our configuration, and again whenever it dies."""

    def __init__(self, program: Program, setup: Setup, logs: Path, report: Report) -> None:
        self._program = program
        self._setup = replace(setup, port=setup.port or free_port(setup.host))
        self._report = report
        self._process = BrokerProcess(setup.folder / PID_FILE, logs / "broker.log")
        self._keeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The program's name."""
        return self._program.name

    @property
    def pid(self) -> int | None:
        """The broker's process while it runs."""
        return self._process.pid

    @property
    def address(self) -> BrokerAddress:
        """Where sessions are opened, from this machine."""
        host = _ANY_HOST.get(self._setup.host, self._setup.host)
        login = gateway_login(self._program)
        return BrokerAddress(
            host=host,
            port=self._setup.port,
            username=login,
            password=self._setup.password if login else "",
        )

    async def start(self) -> None:
        """Start it and return once it answers; from then on it is kept alive.

        Raises:
            BrokerError: the port is taken, the folder cannot be written, or it will not run.
        """
        await asyncio.to_thread(self._tidy_up)
        _check_free(self._setup.host, self._setup.port)
        self._configure()
        await self._start_once()
        self._keeper = asyncio.create_task(self._keep_alive())

    async def self_test(self) -> Durability:
        """Try whether a queued press survives.

        The hard kill is tried on a second broker of the same program and settings
        on the same disk, so that presses waiting in the real one are not risked.
        """
        here = await self_test(self.address)
        if not here.ok:
            return here
        with tempfile.TemporaryDirectory(
            prefix=_SCRATCH, dir=self._setup.folder, ignore_cleanup_errors=True
        ) as folder:
            scratch = SupervisedBroker(
                self._program,
                replace(self._setup, folder=Path(folder), host="127.0.0.1", port=0),
                Path(folder),
                lambda _broken, _words: None,
            )
            try:
                scratch._configure()
                await scratch._start_once()
                return await self_test(scratch.address, scratch._kill_and_start)
            except BrokerError as error:
                return Durability(
                    ok=False, survives_reconnect=True, survives_restart=None, words=error.words
                )
            finally:
                await scratch.stop()

    async def stop(self) -> None:
        """Stop it; it keeps what it has queued."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        await self._process.stop()

    def _tidy_up(self) -> None:
        """Remove what a killed gateway left behind."""
        end_leftover(self._setup.folder / PID_FILE)
        for folder in self._setup.folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _configure(self) -> None:
        try:
            self._setup.folder.mkdir(parents=True, exist_ok=True)
            self._process.command = self._program.configure(self._setup)
        except OSError as error:
            raise BrokerError(
                f"无法写入 {self._setup.folder}：{error.strerror}",
                f"cannot write to {self._setup.folder}: {error.strerror}",
            ) from None

    async def _start_once(self) -> None:
        await self._process.start()
        ended = asyncio.create_task(self._process.wait())
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                while not ended.done():
                    if await self._answers():
                        return
                    await asyncio.sleep(READY_POLL_SECONDS)
        except TimeoutError:
            await self._process.stop()
        finally:
            ended.cancel()
        raise BrokerError(
            f"{self.name} 没有启动：{self._process.last_words or '没有输出'}",
            f"{self.name} did not start: {self._process.last_words or 'it said nothing'}",
        )

    async def _answers(self) -> bool:
        """Return True once it lets us log in, not merely once the port is open."""
        try:
            async with aiomqtt.Client(
                identifier=f"guanai-probe-{secrets.token_hex(4)}",
                protocol=aiomqtt.ProtocolVersion.V311,
                timeout=READY_SECONDS_MAX,
                **self.address.client_arguments(),
            ):
                return True
        except (aiomqtt.MqttError, OSError):
            return False

    async def _kill_and_start(self) -> None:
        await self._process.kill()
        await self._start_once()

    async def _keep_alive(self) -> None:
        """Start it again whenever it ends; the pause grows while it keeps ending."""
        loop = asyncio.get_running_loop()
        pause = RESTART_SECONDS_MIN
        started = loop.time()
        while True:
            code = await self._process.wait()
            if loop.time() - started > STEADY_SECONDS:
                pause = RESTART_SECONDS_MIN
            said = self._process.last_words
            log.error("%s ended with %s; starting it again (%s)", self.name, code, said)
            self._report(
                True,
                Words(
                    f"代理 {self.name} 中断（{code}），正在重新启动",
                    f"the broker {self.name} ended ({code}) and is being started again",
                ),
            )
            started = await self._start_again(pause)
            pause = min(pause * 2, RESTART_SECONDS_MAX)
            self._report(
                False, Words(f"代理 {self.name} 恢复", f"the broker {self.name} works again")
            )

    async def _start_again(self, pause: float) -> float:
        """Start it, however often it takes; return when it was started."""
        while True:
            await asyncio.sleep(pause)
            try:
                await self._start_once()
            except Exception as error:  # whatever it is: without it nobody is heard
                log.error("%r", error)
                pause = min(pause * 2, RESTART_SECONDS_MAX)
            else:
                return asyncio.get_running_loop().time()


_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where to connect to what listens on all addresses."""


def free_port(host: str) -> int:
    """Return a port nobody listens on at `host`."""
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _check_free(host: str, port: int) -> None:
    """Raise BrokerError if somebody else listens at `host` and `port`."""
    try:
        with socket.socket(_family(host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise BrokerError(
            f"{host}:{port} 不能用（{error.strerror}）：可能已有别的代理，如系统的 mosquitto 服务；"
            "请停用它（systemctl disable --now mosquitto），或改 broker.listen，或写 broker.url",
            f"{host}:{port} cannot be used ({error.strerror}): perhaps another broker, such as the "
            "system's mosquitto service; stop it (systemctl disable --now mosquitto), change "
            "broker.listen, or name it in broker.url",
        ) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def kept_password(file: Path) -> str:
    """Return the gateway's own password at its broker, made at the first start.

    Raises:
        BrokerError: the file cannot be read or written.
    """
    try:
        if file.exists():
            found = file.read_text().strip()
            if found:
                return found
        file.parent.mkdir(parents=True, exist_ok=True)
        password = secrets.token_urlsafe()
        write_private(file, password + "\n")
    except OSError as error:
        raise BrokerError(
            f"无法使用 {file}：{error.strerror}", f"cannot use {file}: {error.strerror}"
        ) from None
    return password
