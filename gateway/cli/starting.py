"""Commands that start something: the gateway, the demonstration, the simulators."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import click

from alerting.words import Words
from gateway.cli.bilingual import Command, language, option, say
from gateway.cli.options import config_option, data_option
from gateway.config import load
from gateway.web.access import PASSWORD_FILE

LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
"""Without the time: the journal adds its own."""
PLAIN = {"ignore_unknown_options": True, "help_option_names": []}
"""For commands that hand everything on, `--help` too."""


@click.command(
    "run",
    cls=Command,
    words=Words(
        "启动网关，直到被停止。\n\n"
        "没有写 broker.url 时，同时启动自己的代理。配置有误时退出码为 78。",
        "Start the gateway, and keep it running until it is stopped.\n\n"
        "Without broker.url it starts a broker of its own. The exit code is 78 if the "
        "configuration cannot be used.",
    ),
)
@config_option
@data_option
@option(
    "--clock",
    type=click.Choice(["system", "fed"]),
    default="system",
    show_default=True,
    zh="时间从哪里来：system 本机；fed 由 guanai feed 送入的录音决定。",
    en="Where the time comes from: the system, or the recording fed by `guanai feed`.",
)
@option("--verbose", "-v", is_flag=True, zh="日志更详细。", en="A more detailed log.")
def run(config: Path, data: Path, clock: str, verbose: bool) -> int:
    """Load the configuration and hand over to the gateway."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, format=LOG_FORMAT)
    settings = load(config)
    for warning in settings.warnings:
        logging.getLogger("gateway.config").warning("%s", warning.said(language()))
    url = f"http://{settings.desk.host}:{settings.desk.port}/"
    logging.getLogger("gateway.desk").info(
        "%s",
        Words(
            f"值班台在 {url}；第一个口令在 {data / PASSWORD_FILE}（改过口令就没有了）",
            f"the duty desk is at {url}; its first pass phrase is in {data / PASSWORD_FILE} "
            "until it is changed",
        ).said(language()),
    )
    from gateway import running  # the whole program: the other commands do without it

    return running.run(settings, data, fed=clock == "fed")


@click.command(
    "demo",
    cls=Command,
    words=Words(
        "演示：网关、模拟的村庄、所有人的电话和值班台，一起启动。\n\n"
        "什么都不用准备，不会真的打电话、发短信。Ctrl-C 停止；再次启动会接着来。",
        "A demonstration: gateway, simulated village, everybody's phones and the duty desk.\n\n"
        "Nothing has to be prepared, and nobody is really called. Ctrl-C stops it; started "
        "again, it goes on where it was.",
    ),
)
@option(
    "--data",
    "-d",
    type=click.Path(path_type=Path, file_okay=False),
    default="var/demo",
    show_default=True,
    zh="数据文件夹。",
    en="The data folder.",
)
@option(
    "--speed",
    type=click.FloatRange(min=0.01),
    default=1.0,
    show_default=True,
    zh="村民过日子的快慢。",
    en="How fast the residents live.",
)
def demo(data: Path, speed: float) -> int:
    """Run the demonstration until it is interrupted."""
    from gateway.demo import run_demo

    return run_demo(data, say=say, speed=speed)


@click.command(
    "feed",
    cls=Command,
    context_settings=PLAIN,
    words=Words(
        "把一户的真实录音经代理送给网关（guanai feed --help 看全部选项）。",
        "Feed a recorded home to the gateway through the broker (`guanai feed --help`).",
    ),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def feed(arguments: tuple[str, ...]) -> None:
    """Become the simulators' feed."""
    _become_simulators("feed", *arguments)


@click.command(
    "simulate",
    cls=Command,
    context_settings=PLAIN,
    words=Words(
        "模拟的世界：村庄、设备、电话、运营商（guanai simulate --help 看全部命令）。",
        "The simulated world: village, devices, phones, carrier (`guanai simulate --help`).",
    ),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulate(arguments: tuple[str, ...]) -> None:
    """Become the simulators."""
    _become_simulators(*arguments)


def _become_simulators(*arguments: str) -> None:
    """Replace this process: the simulators are a program of their own, which we never import."""
    sys.stdout.flush()
    called = {**os.environ, "GUANAI_CALLED": "guanai simulate"}
    os.execve(sys.executable, [sys.executable, "-m", "simulators", *arguments], called)
