"""`python -m simulators.carrier`: the carrier and its phones, on one address."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

import click
from starlette.routing import Mount

from simulators.carrier.core import Carrier
from simulators.carrier.live import live
from simulators.carrier.server import CarrierServer
from simulators.carrier.settings import Timing, account_of
from simulators.config import ConfigError, World, load
from simulators.phones.app import build_phones_app
from simulators.phones.people import PeopleError, Person, of_world


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", required=True, type=click.Path(path_type=Path), help="The gateway's gateway.toml."
)
@click.option("--people", type=click.Path(path_type=Path), help="A file with people's habits.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8092, show_default=True, help="Port to listen on.")
@click.option("--pace", default=1.0, show_default=True, help="Real seconds per simulated second.")
@click.option("--seed", default=0, show_default=True, help="Where chance begins.")
@click.option("--sms-url", default="", help="Called for every text sent to the account's number.")
@click.option("--call-url", default="", help="Asked what a call to the account's number hears.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def main(
    config: Path,
    people: Path | None,
    host: str,
    port: int,
    pace: float,
    seed: int,
    sms_url: str,
    call_url: str,
    language: str,
) -> None:
    """Run a telephone carrier that speaks the provider's language.

    运行一个模拟运营商：网关以为在和真的服务商说话，村里的电话都在网页上。
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        world = load(config)
        everybody = of_world(world, people)
        core = _carrier(world, everybody, pace, seed)
        core.set_sms_url(core.account.numbers[0], sms_url)
        core.set_voice_url(core.account.numbers[0], call_url)
        asyncio.run(_run(core, everybody, host, port, language))
    except (ConfigError, PeopleError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _carrier(world: World, everybody: tuple[Person, ...], pace: float, seed: int) -> Carrier:
    if not 0 < pace <= 100:
        raise ValueError(f"--pace {pace}: expected above 0, at most 100")
    return Carrier(everybody, account_of(world), Timing(pace=pace), seed)


async def _run(
    core: Carrier, everybody: tuple[Person, ...], host: str, port: int, language: str
) -> None:
    async with live(core) as carrier:
        page = Mount("/", build_phones_app(carrier, everybody, language))
        server = CarrierServer(carrier, host, port, (page,))
        await server.start()
        click.echo(f"phones   {server.url}/")
        click.echo(f"provider {server.url}/2010-04-01/  (account {core.account.sid})")
        click.echo(f"admin    {server.url}/_admin/state")
        stopped = asyncio.Event()
        for signal_ in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_, stopped.set)
        await stopped.wait()
        await server.stop()


if __name__ == "__main__":
    main(prog_name="python -m simulators.carrier")
