"""`python -m simulators`: the invented world around a gateway, from the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import click

from simulators.arc_command import arc
from simulators.bilingual import Both
from simulators.carrier.__main__ import main as carrier
from simulators.clouds.__main__ import main as clouds
from simulators.config import BrokerAddress, ConfigError, load
from simulators.feed import (
    RATE_MAX,
    Fed,
    Feeder,
    FeedError,
    Pace,
    config_for,
    feed,
    household_of,
    lines_of,
)
from simulators.modem.__main__ import main as modem
from simulators.options import (
    config_option,
    host_option,
    phone_flags,
    port_option,
    village_flags,
)
from simulators.phones.people import PeopleError
from simulators.serve import Parts, Plan, serve
from simulators.server import ServeError
from simulators.village.mishaps import MISHAPS

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
ASK_SECONDS_MAX = 10.0


@click.group(
    context_settings=HELP,
    help="模拟的世界：村民、设备、电话和运营商，都按真实的格式说话。\n\n"
    "The invented world around a gateway: residents, devices, phones and "
    "their carrier, all speaking the real formats. It needs a broker and the "
    "gateway's configuration.",
)
@click.option("-v", "--verbose", is_flag=True, help="多说一些。 Say more.")
def main(verbose: bool) -> None:
    """The invented world around a gateway."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")


@main.command(
    context_settings=HELP,
    help="只启动村庄：住户、设备和按键网页。\n\n"
    "Start the village only: residents, devices, and the page with the red "
    "buttons.",
    short_help="只启动村庄 The village only",
)
@config_option
@village_flags
@host_option
@port_option
def village(config: Path, host: str, port: int, **options: object) -> None:
    """Start the village only: residents, devices, and the page with the red buttons."""
    _run(config, Parts(village=True), host=host, port=port, **options)


@main.command(
    context_settings=HELP,
    help="启动村里的电话网页，连同模拟运营商。\n\n"
    "Start the page with everybody's phones, together with the simulated "
    "carrier.",
    short_help="电话网页和运营商 Phones and carrier",
)
@config_option
@host_option
@port_option
@phone_flags
def phones(config: Path, host: str, port: int, **options: object) -> None:
    """Start the page with everybody's phones, together with the simulated carrier."""
    _run(config, Parts(phones=True), host=host, port=port, **options)


@main.command(
    "serve",
    context_settings=HELP,
    help="村庄、电话、运营商一起启动，一个网页看全部。\n\n"
    "Start village, phones and carrier together, with one page that shows "
    "them all.",
    short_help="一起启动 Everything on one page",
)
@config_option
@village_flags
@host_option
@port_option
@phone_flags
def everything(config: Path, host: str, port: int, **options: object) -> None:
    """Start village, phones and carrier together, with one page that shows them all."""
    _run(config, Parts(village=True, phones=True), host=host, port=port, **options)


main.add_command(arc)
main.add_command(carrier, "carrier")
main.add_command(clouds, "clouds")
main.add_command(modem, "modem")


def _run(config: Path, parts: Parts, **options: object) -> None:
    try:
        plan = Plan.of(load(config), parts, config=config, **options)
        asyncio.run(_until_told(plan))
    except (ConfigError, PeopleError, ServeError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


async def _until_told(plan: Plan) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serve(plan) as addresses:
        for words, address in addresses:
            click.echo(f"{words.zh} {words.en}: {address}")
        await stopped.wait()


# ---------------------------------------------------------------- mishaps


@main.command(
    context_settings=HELP,
    help="列出可以发生的事。\n\nList everything that can happen.",
    short_help="列出可以发生的事 What can happen",
)
def mishaps() -> None:
    """List everything that can happen."""
    width = max(len(mishap.id) for mishap in MISHAPS) + 2
    for mishap in MISHAPS:
        click.echo(f"{mishap.id:<{width}}{mishap.scope:<9}{mishap.words.zh} / {mishap.words.en}")


@main.command(
    context_settings=HELP,
    help="让一件事发生，例如：do press h1 。\n\n"
    "Let something happen in a running village, e.g. `do press h1` or `do "
    "die h1 h1-panel`.",
    short_help="让一件事发生 Let something happen",
)
@click.argument("mishap")
@click.argument("home", default="")
@click.argument("device", default="")
@click.option(
    "--village",
    "address",
    default="http://127.0.0.1:8801",
    show_default=True,
    help="村庄网页的地址。 Address of the village's page.",
)
def do(mishap: str, home: str, device: str, address: str) -> None:
    """Let something happen in a running village, e.g."""
    query = urlencode({"home": home, "device": device})
    request = urllib.request.Request(
        f"{address.rstrip('/')}/village/mishaps/{quote(mishap)}?{query}",
        data=b"{}",
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=ASK_SECONDS_MAX) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        words = json.loads(error.read()).get("error", {})
        raise click.ClickException(f"{words.get('zh')} / {words.get('en')}") from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{address}: {error}") from None
    click.echo("好了。 Done.")


# ---------------------------------------------------------------- recordings

recording_argument = click.argument(
    "recording", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
household_option = click.option(
    "--household",
    default="",
    help="住户编号，默认取自文件名。 The household's id; default: from the file's name.",
)


@main.command(
    "feed",
    context_settings=HELP,
    help="把录下来的一户（CSV 或 .csv.gz）按任意速度经消息代理送给网关。\n\n"
    "Feed a recorded home through the broker, at any speed. Start the "
    "gateway with `guanai run --clock fed` and a configuration made by "
    "`config-for`.",
    short_help="送入录下的一户 Feed a recorded home",
)
@recording_argument
@click.option(
    "--broker",
    default="mqtt://127.0.0.1:1883",
    show_default=True,
    help="消息代理地址。 The broker's address.",
)
@click.option(
    "--speed",
    default="max",
    show_default=True,
    help="倍速，或 max（尽快）。 Times as fast as recorded, or `max`.",
)
@household_option
@click.option(
    "--rate",
    default=RATE_MAX,
    show_default=True,
    type=click.IntRange(min=1),
    help="max 时每秒最多条数。 At `max`: messages a second at most.",
)
@click.option(
    "--first",
    type=click.IntRange(min=1),
    help="只送前若干条。 Feed only so many observations.",
)
def feed_command(
    recording: Path, broker: str, speed: str, household: str, rate: int, first: int | None
) -> None:
    """Feed a recorded home through the broker, at any speed."""
    try:
        pace = Pace(None if speed == "max" else float(speed), rate)
    except ValueError:
        raise click.BadParameter(f"{speed!r}; 应为数字或 max / expected a number or max") from None
    try:
        total = first or max(sum(1 for _ in lines_of(recording)) - 1, 1)
        with Feeder(BrokerAddress.parse(broker)) as feeder:
            fed = feed(
                recording,
                household or household_of(recording),
                feeder,
                pace,
                lambda now: _progress(now, total),
                first,
            )
    except (ConfigError, FeedError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise click.ClickException("中断了。 Interrupted.") from None
    rate_reached = fed.messages / max(fed.seconds, 1e-9)
    click.echo(
        f"送完：{fed.observations} 条观测，{fed.messages} 条消息，{fed.seconds:.1f} 秒。 "
        f"Fed {fed.observations} observations in {fed.messages} messages, "
        f"{rate_reached:.0f} a second.",
    )


def _progress(fed: Fed, total: int) -> None:
    if sys.stderr.isatty() and fed.at is not None:
        share = min(fed.observations / total, 1)
        click.echo(
            f"\r{share:4.0%}  {fed.observations}  {fed.at:%Y-%m-%d %H:%M}  ", nl=False, err=True
        )
        if share == 1:
            click.echo(err=True)


@main.command(
    "config-for",
    context_settings=HELP,
    help="为录下来的一户写网关配置。\n\nWrite a gateway's configuration for a recorded home.",
    short_help="为录下的一户写配置 Configuration for a recorded home",
)
@recording_argument
@household_option
@click.option(
    "--broker",
    default="",
    help="外部消息代理；默认由网关自带。 An external broker; default: the gateway's own.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="写到文件，默认输出到屏幕。 File to write; default: the screen.",
)
def config_for_command(recording: Path, household: str, broker: str, output: Path | None) -> None:
    """Write a gateway's configuration for a recorded home."""
    try:
        text = config_for(
            recording,
            household or household_of(recording),
            BrokerAddress.parse(broker) if broker else None,
        )
        if output is None:
            click.echo(text, nl=False)
        else:
            output.write_text(text, "utf-8")
    except (ConfigError, FeedError, OSError) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    click.Context.formatter_class = Both
    with contextlib.suppress(KeyboardInterrupt):
        main(prog_name=os.environ.get("GUANAI_CALLED", "python -m simulators"))
