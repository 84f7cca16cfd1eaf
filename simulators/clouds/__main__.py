"""`python -m simulators clouds`: both clouds on one address."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

from simulators.clouds.both import both
from simulators.clouds.core import Clouds
from simulators.clouds.server import serving
from simulators.clouds.settings import Timing, tenants
from simulators.config import ConfigError, load
from simulators.phones.people import PeopleError, of_world

PORT = 8804


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    help="启动模拟的阿里云和腾讯云（短信、语音）。\n\n"
    "Start stand-ins for Aliyun and Tencent; set base_url of [aliyun] and [tencent] to their "
    "address.",
    short_help="模拟的国内云 Mainland clouds",
)
@click.option(
    "--config",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="网关的配置文件。 The gateway's configuration file.",
)
@click.option(
    "--people",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="接电话的人的习惯（文件）。 A file with the habits of those who are called.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="监听地址。 Address to listen on."
)
@click.option("--port", default=PORT, show_default=True, help="端口。 Port.")
@click.option(
    "--pace", default=1.0, show_default=True, help="一秒当几秒。 Real seconds per simulated second."
)
@click.option(
    "--push",
    multiple=True,
    help="往哪里推送，如 aliyun=http://127.0.0.1:8470/aliyun/密码。 Where a cloud pushes to.",
)
def main(
    config: Path, people: Path | None, host: str, port: int, pace: float, push: tuple[str, ...]
) -> None:
    """Start both clouds."""
    try:
        if not 0 < pace <= 100:
            raise ValueError(f"--pace {pace}: expected above 0, at most 100")
        accounts = tenants(config)
        for one in push:
            name, _, address = one.partition("=")
            if name not in accounts or not address:
                expected = ", ".join(f"{name}=http://..." for name in accounts)
                raise ValueError(f"--push {one!r}: expected {expected}")
            accounts[name].push_to = address.rstrip("/")
        clouds = both(accounts, of_world(load(config), people), Timing(pace=pace))
        asyncio.run(_run(clouds, host, port))
    except (ConfigError, PeopleError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


async def _run(clouds: Clouds, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serving(clouds, host, port) as server:
        click.echo(f"base_url = {server.url}")
        click.echo(f"状态 state: {server.url}/_admin/state")
        await stopped.wait()


if __name__ == "__main__":
    main(prog_name="python -m simulators.clouds")
