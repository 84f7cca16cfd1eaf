"""`guanai demo`: a gateway and an invented village around it, from one command.

Two child processes: `guanai run`, which brings its own broker, and the simulators.
Here they are given free ports and one configuration, watched, and stopped together.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import signal
import socket
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from alerting.words import Words
from gateway.child import EXIT_CONFIG, Child, ChildError
from gateway.transports.paths import CALL_PATH, SMS_PATH

BASE = Path(__file__).with_name("demo.toml")
HOST = "127.0.0.1"
RESTARTS_MAX = 3
RESTARTS_WITHIN_SECONDS = 120.0
PORTS_TRIED_MAX = 50
MODEM = ('number = "+8613800000000"', 'balance_number = "10086"')
"""The second line: an ordinary SIM, simulated, which needs no internet."""
DRILLS = ("[drills]", 'weekday = "sun"', 'at = "19:00"')
"""At an hour at which few people try a demonstration."""

Say = Callable[[Words], None]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where everything listens; a port that is taken is replaced by the next free one."""

    desk: int = 8800
    village: int = 8801
    carrier: int = 8802
    broker: int = 18830

    def free(self, say: Say) -> Ports:
        """Return ports that are free now, saying which had to change.

        Raises:
            ChildError: none is free near one of them.
        """
        chosen: dict[str, int] = {}
        for name, wanted in vars(self).items():
            found = _free_port(wanted, set(chosen.values()))
            chosen[name] = found
            if found != wanted:
                say(
                    Words(
                        f"端口 {wanted} 已被占用，改用 {found}。",
                        f"Port {wanted} is taken; using {found}.",
                    )
                )
        return replace(self, **chosen)


def run_demo(
    data: Path,
    *,
    say: Say,
    ports: Ports | None = None,
    speed: float = 1.0,
) -> int:
    """Run the demonstration until it is interrupted; return the exit code.

    Args:
        data: where everything is kept; the same folder goes on where it was.
        say: prints a sentence in the language of whoever started us.
        ports: where to listen.
        speed: how fast the residents live.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        with _only_one(data):
            return asyncio.run(_Demo(data, say, (ports or Ports()).free(say), speed).run())
    except ChildError as error:
        say(error.words)
        return 1
    except OSError as error:
        say(Words(f"无法启动：{error}", f"Cannot start: {error}"))
        return 1


def write_config(base: str, ports: Ports, modem: Path) -> str:
    """Return the demonstration's configuration with the addresses of this run.

    `modem` is the name the simulated modem's serial line gets.
    """
    url = f"http://{HOST}:{ports.desk}"
    own = {
        "[desk]": [f'listen = "{HOST}:{ports.desk}"', f'public_url = "{url}"'],
        "[twilio]": [f'base_url = "http://{HOST}:{ports.carrier}"', f'public_url = "{url}"'],
    }
    lines = ["# Written by `guanai demo` at every start; changes here are lost.", ""]
    for line in base.splitlines():
        lines += [line, *own.pop(line.strip(), [])]
    assert not own, f"gateway/demo.toml has no {list(own)}"
    device = json.dumps(str(modem), ensure_ascii=False)
    lines += ["", "[broker]", f'listen = "{HOST}:{ports.broker}"']
    lines += ["", "[modem]", f"device = {device}", *MODEM, "", *DRILLS, ""]
    text = "\n".join(lines)
    tomllib.loads(text)
    return text


# ---------------------------------------------------------------- the whole


class _Demo:
    """Starts, watches and stops the children."""

    def __init__(self, data: Path, say: Say, ports: Ports, speed: float) -> None:
        self._data = data
        self._say = say
        self._ports = ports
        self._config = data / "gateway.toml"
        self._modem = data.resolve() / "modem"
        logs = data / "logs"
        desk = f"http://{HOST}:{ports.desk}"
        self._simulators = Child(
            Words("模拟村庄", "The simulated village"),
            [
                *(sys.executable, "-m", "simulators", "serve"),
                *("--config", str(self._config)),
                *("--data", str(data / "village")),
                *("--port", str(ports.village), "--carrier-port", str(ports.carrier)),
                *("--desk", f"{desk}/", "--sms-url", f"{desk}{SMS_PATH}"),
                *("--call-url", f"{desk}{CALL_PATH}"),
                *("--speed", str(speed), "--modem"),
            ],
            logs / "simulators.log",
            f"http://{HOST}:{ports.village}/health",
        )
        self._gateway = Child(
            Words("网关", "The gateway"),
            [
                *(sys.executable, "-m", "gateway", "run"),
                *("--config", str(self._config), "--data", str(data / "gateway")),
            ],
            logs / "gateway.log",
            f"{desk}/healthz",
        )
        # the village first: the gateway greets its provider when it starts
        self._children = (self._simulators, self._gateway)

    async def run(self) -> int:
        """Run until interrupted; return the exit code."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        written = write_config(BASE.read_text("utf-8"), self._ports, self._modem)
        self._config.write_text(written, "utf-8")
        self._say(Words("正在启动……", "Starting …"))
        work = asyncio.create_task(self._work())
        stop = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            self._say(Words("正在停止……", "Stopping …"))
        finally:
            stop.cancel()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            for child in reversed(self._children):  # the gateway first: no false absences
                await child.stop()
        self._say(
            Words(
                f"已全部停止。再次启动会接着来（{self._data}）。",
                f"Everything has stopped. Started again, it goes on where it was ({self._data}).",
            )
        )
        return 0

    async def _work(self) -> None:
        for child in self._children:
            await child.start()
            await child.ready()
        self._announce()
        await asyncio.gather(*(self._keep(child) for child in self._children))

    async def _keep(self, child: Child) -> None:
        """Start a child again when it dies.

        Raises:
            ChildError: it dies again and again.
        """
        while True:
            assert child.process is not None
            await child.process.wait()
            await child.drain()
            error = child.gone()
            now = time.monotonic()
            child.deaths = [at for at in child.deaths if now - at < RESTARTS_WITHIN_SECONDS]
            child.deaths.append(now)
            if child.process.returncode == EXIT_CONFIG or len(child.deaths) > RESTARTS_MAX:
                raise error
            self._say(error.words)
            self._say(Words("正在重新启动它……", "Starting it again …"))
            await child.start()
            await child.ready()
            self._say(Words(f"{child.name.zh}又好了。", f"{child.name.en} is back."))

    def _announce(self) -> None:
        desk, village = (
            f"http://{HOST}:{self._ports.desk}/",
            f"http://{HOST}:{self._ports.village}/",
        )
        word = self._pass_phrase()
        changed = Words("（已由您更改）", "(the one you set)")
        self._say(
            Words(
                "\n关爱网关演示已经运行，都在这台电脑上，不会真的打电话、发短信。\n\n"
                f"  村庄和电话   {village}\n"
                f"  值班台       {desk}\n"
                f"               姓名随便填，口令 {word or changed.zh}\n\n"
                "  在村庄里按红色的呼叫键，看值班台报警、电话响铃。\n"
                "  电话也能打给网关；在电话页上还能断开互联网。\n"
                f"  日志在 {self._data / 'logs'}；按 Ctrl-C 停止。\n",
                "\nThe demonstration runs, all on this computer; nobody is really called.\n\n"
                f"  Village and phones   {village}\n"
                f"  Duty desk            {desk}\n"
                f"                       any name, pass phrase {word or changed.en}\n\n"
                "  Press a red button in the village; watch the desk, hear the phones ring.\n"
                "  The phones can call the gateway, too, and the internet can be cut there.\n"
                f"  Logs are in {self._data / 'logs'}; Ctrl-C stops everything.\n",
            )
        )

    def _pass_phrase(self) -> str:
        try:
            return (self._data / "gateway" / "desk-password").read_text("utf-8").strip()
        except OSError:
            return ""


def _free_port(wanted: int, taken: set[int]) -> int:
    for port in range(wanted, min(wanted + PORTS_TRIED_MAX, 65_536)):
        if port in taken:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                sock.bind((HOST, port))
                return port
    raise ChildError(f"{wanted} 附近没有空闲端口。", f"No port near {wanted} is free.")


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the folder for this run alone."""
    with (data / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ChildError(
                f"{data} 正被另一个演示使用。", f"Another demonstration is using {data}."
            ) from None
        yield
