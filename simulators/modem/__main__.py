"""`python -m simulators modem`: a 4G modem that is not there, and hands to play its network."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click

from simulators.config import ConfigError, World, load
from simulators.modem.emulator import Emulator
from simulators.modem.phones import Fate
from simulators.modem.settings import FAMILIES, Setup, Timing
from simulators.phones.people import PeopleError, Person, of_world

POWER_LOOK_SECONDS = 0.2
HELP = """text NUMBER WORDS     a person texts the gateway       某人发来短信
ring NUMBER [KEYS]    a person calls, and presses keys  某人打来电话并按键
press KEY             a key in the call there is         通话中按键
hang-up               the other side hangs up            对方挂断
fate NUMBER FATE      delivered, failed, silent, late    发给某人的短信的下场
refuse NUMBER CODE    +CMS ERROR for ever; 0 ends it     发给某人的短信一直被拒
signal N              0 to 31, 99                        信号
registered N          0 to 5                             入网状态
hang | hang-hard      no answer until reset | power cut  死机
vanish | appear       the cable is pulled | plugged in   拔线、插线
garbage               noise on the line                  乱码
cut-off NUMBER WORDS  a text that ends in the middle     残缺的短信
log                   the last commands                  最近的命令"""


@click.command(
    "modem",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="模拟的 4G 模块：真的串口（伪终端），背后有网络和电话。\n\n"
    "A simulated 4G modem on a real pseudo-terminal, with a network and phones behind it. "
    "Write `help` to it.",
    short_help="4G 模块 A modem",
)
@click.option(
    "--link",
    default="/tmp/guanai-modem",
    show_default=True,
    type=click.Path(path_type=Path),
    help="串口的名字，写进 [modem] device。 The device's name, for `device` in [modem].",
)
@click.option("--config", type=click.Path(path_type=Path), help="The gateway's gateway.toml.")
@click.option("--people", type=click.Path(path_type=Path), help="A file with people's habits.")
@click.option("--family", type=click.Choice(FAMILIES), default="simcom", show_default=True)
@click.option("--pace", default=1.0, show_default=True, help="Real seconds per simulated second.")
@click.option("--pin", default="", help="What unlocks the SIM.")
@click.option(
    "--power-file",
    type=click.Path(path_type=Path),
    help="Touching this file cuts the modem's power for a moment.",
)
def main(
    link: Path,
    config: Path | None,
    people: Path | None,
    family: str,
    pace: float,
    pin: str,
    power_file: Path | None,
) -> None:
    """Run a simulated modem until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        everybody = _everybody(load(config) if config else None, people)
        if not 0 < pace <= 100:
            raise ValueError(f"--pace {pace} is not between 0 and 100")
        modem = Emulator(link, everybody, Setup(family=family, pin=pin), Timing(pace=pace))
        asyncio.run(_run(modem, power_file))
    except (ConfigError, PeopleError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _everybody(world: World | None, people: Path | None) -> tuple[Person, ...]:
    return of_world(world, people) if world is not None else ()


async def _run(modem: Emulator, power_file: Path | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    modem.start()
    power = asyncio.create_task(_watch_power(modem, power_file)) if power_file else None
    await asyncio.sleep(0)  # from now on a touch counts
    click.echo(f"串口 device: {modem.tty.link}")
    hand = Hand(modem)
    with contextlib.suppress(OSError, ValueError):  # no terminal to read from
        loop.add_reader(sys.stdin.fileno(), hand.read)
    try:
        await stopped.wait()
    finally:
        if power is not None:
            power.cancel()
        modem.stop()


async def _watch_power(modem: Emulator, file: Path) -> None:
    last = _touched(file)
    while True:
        await asyncio.sleep(POWER_LOOK_SECONDS)
        if (now := _touched(file)) != last:
            last = now
            modem.power_cycle()


def _touched(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0.0


class Hand:
    """Plays the network: one command a line."""

    def __init__(self, modem: Emulator) -> None:
        """Make it."""
        self._modem = modem
        self._can: dict[str, tuple[int, Callable[..., object]]] = {
            "help": (0, lambda: click.echo(HELP)),
            "text": (2, lambda number, *words: modem.network.send(number, " ".join(words))),
            "ring": (1, lambda number, keys="": modem.calls.ring(number, tuple(keys))),
            "press": (1, modem.calls.press),
            "hang-up": (0, self._hang_up),
            "fate": (2, self._fate),
            "refuse": (2, self._refuse),
            "signal": (1, lambda value: setattr(modem, "signal", int(value))),
            "registered": (1, lambda value: setattr(modem, "registered", int(value))),
            "hang": (0, lambda: setattr(modem.faults, "hangs", True)),
            "hang-hard": (0, lambda: setattr(modem.faults, "hangs_hard", True)),
            "vanish": (0, modem.tty.vanish),
            "appear": (0, modem.tty.appear),
            "garbage": (0, lambda: modem.garbage(b"\xff\x00RI\r\n+CM\r\n")),
            "cut-off": (2, self._cut_off),
            "log": (0, lambda: click.echo("\n".join(modem.log[-20:]))),
        }

    def read(self) -> None:
        """Take one line from the terminal."""
        line = sys.stdin.readline()
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            return
        click.echo(self.do(line))

    def do(self, line: str) -> str:
        """Do what a line says; return what came of it."""
        try:
            name, *given = shlex.split(line) or [""]
            if not name:
                return ""
            if name not in self._can:
                return f"{name}? help"
            least, act = self._can[name]
            if len(given) < least:
                return f"{name}: {least} more / 缺少内容"
            act(*given)
        except (ValueError, TypeError) as error:
            return str(error)
        return "好了 done"

    def _hang_up(self) -> None:
        if self._modem.calls.current is not None:
            self._modem.calls.far_end_hangs_up(self._modem.calls.current)

    def _fate(self, number: str, fate: str) -> None:
        self._modem.network.phone(number).fate = Fate(fate)

    def _refuse(self, number: str, code: str) -> None:
        self._modem.network.phone(number).refusal = int(code)

    def _cut_off(self, number: str, *words: str) -> None:
        self._modem.network.cut_off(number, " ".join(words))


if __name__ == "__main__":
    main(prog_name="python -m simulators.modem")
