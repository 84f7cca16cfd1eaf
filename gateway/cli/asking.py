"""Commands that only look: nothing is started, nothing is changed."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from pathlib import Path

import click

from alerting.words import Words
from gateway.cli.bilingual import Command, say
from gateway.config import GATEWAY_HOUSEHOLD, load


@click.command(
    "check-config",
    cls=Command,
    words=Words(
        "检查配置文件 FILE，一次列出全部问题。\n\n有问题时退出码为 78。",
        "Check the configuration FILE, and list everything wrong with it at once.\n\n"
        "The exit code is 78 if there is anything.",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
def check_config(file: Path) -> None:
    """Load the file and say what it holds."""
    settings = load(file)
    homes = [home for name, home in settings.households.items() if name != GATEWAY_HOUSEHOLD]
    devices = sum(len(home.devices) for home in homes)
    people = len(settings.responders)
    say(
        Words(
            f"{file}：正确。住户 {len(homes)} 家，设备 {devices} 台，联系人 {people} 位。",
            f"{file}: correct. {len(homes)} households, {devices} devices, {people} responders.",
        )
    )
    for warning in settings.warnings:
        line = Words(f"注意 {warning.said('zh')}", f"note: {warning.said('en')}")
        say(line)


@click.command(
    "version",
    cls=Command,
    words=Words("显示版本。", "Show the version."),
)
def version() -> None:
    """Print the installed version."""
    click.echo(f"guanai {installed_version('guanai-gateway')}")
